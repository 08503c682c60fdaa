"""`mrnet`, and `python -m mrnet`, which is the same."""

import gc
import os
import sys

INTERRUPTED = 130
"""The same as in `cli/signals.py`, which is not imported yet when this is needed first."""
OBJECTS_UNTIL_COLLECTION = 100_000
"""Modules and rows form no reference cycles, and collecting garbage at Python's default takes 5 % of the start-up time."""


def main() -> None:
    """Run the command line as its own process; Ctrl-C ends it without a traceback even while it is loading."""
    gc.set_threshold(OBJECTS_UNTIL_COLLECTION)
    # Nothing here multiplies matrices. One BLAS thread per processor would only take memory, and fail where it is short.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    try:
        from mrnet.cli import app as cli
        from mrnet.cli import signals
    except KeyboardInterrupt:
        os._exit(INTERRUPTED)
    signals.prepare_signals()
    try:
        try:
            cli.main()
        finally:
            signals.ignore_signals()
            # Python collects garbage when it ends. That takes 7 % of the time of `mrnet list`, and frees nothing that is needed.
            gc.freeze()
    except KeyboardInterrupt:
        # The signal came when the command had its result.
        signals.end_now()
    except SystemExit as ended:
        # Where obstore was used, its threads may need Python once more, and fail when it has ended.
        if isinstance(ended.code, int) and (ended.code == INTERRUPTED or "obstore" in sys.modules):
            signals.end_now(ended.code)
        raise


if __name__ == "__main__":
    main()
