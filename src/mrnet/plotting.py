"""Imports matplotlib so that no file of the user's settings changes, delays or stops a picture."""

import os
import sys
from contextlib import chdir, nullcontext
from pathlib import Path


def load_matplotlib() -> None:
    """Import matplotlib once in a process, with its default settings.

    It reads the first `matplotlibrc` that it finds: in the working folder, then where `MATPLOTLIBRC` says, then among
    the user's settings. Such a file may be broken, endless, or a pipe.
    """
    if "matplotlib" in sys.modules:
        return
    import logging

    # Without a handler, Python prints its messages on standard error, for example that its cache cannot be written to.
    logging.getLogger("matplotlib").addHandler(logging.NullHandler())
    os.environ["MATPLOTLIBRC"] = os.devnull
    with chdir(Path(os.__file__).parent) if os.path.lexists("matplotlibrc") else nullcontext():
        import matplotlib  # noqa: F401 - the callers import what they need of it
