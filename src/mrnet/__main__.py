"""`mrnet`, and `python -m mrnet`, which is the same."""

import gc
import os
import sys

INTERRUPTED = 130
OBJECTS_UNTIL_COLLECTION = 50_000
"""Modules and rows, of which many are made, hold no cycles: to look for some so often takes a twentieth of a start."""


def main() -> None:
    """Run the command line as a process of its own; Ctrl-C is no error either while it is still being loaded."""
    gc.set_threshold(OBJECTS_UNTIL_COLLECTION)
    # Nothing here multiplies matrices; a thread per processor for it would only take memory, and fail where that is low.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    try:
        from mrnet.cli import app as cli
        from mrnet.cli import signals
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)
    signals.prepare_signals()
    try:
        cli.main()
    except SystemExit as ended:
        if ended.code == INTERRUPTED:
            signals.end_now()
        raise


if __name__ == "__main__":
    main()
