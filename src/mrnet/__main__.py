"""`mrnet`, and `python -m mrnet`, which is the same."""

import sys

INTERRUPTED = 130


def main() -> None:
    """Run the command line; Ctrl-C is no error either while it is still being loaded."""
    try:
        from mrnet import cli
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)
    cli.main()


if __name__ == "__main__":
    main()
