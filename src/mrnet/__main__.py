"""`mrnet`, and `python -m mrnet`, which is the same."""

import gc
import sys

INTERRUPTED = 130
OBJECTS_UNTIL_COLLECTION = 50_000
"""Modules and rows, of which many are made, hold no cycles: to look for some so often takes a twentieth of a start."""


def main() -> None:
    """Run the command line; Ctrl-C is no error either while it is still being loaded."""
    gc.set_threshold(OBJECTS_UNTIL_COLLECTION)
    try:
        from mrnet.cli import app as cli
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)
    cli.main()


if __name__ == "__main__":
    main()
