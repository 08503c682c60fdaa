"""`python -m mrnet` is `mrnet`."""

from mrnet.cli import main

if __name__ == "__main__":
    main()
