"""Imports matplotlib so that no file of the user's settings changes, delays or stops a picture."""

import os
import sys
from contextlib import chdir, nullcontext
from pathlib import Path

FOLDER_VARIABLE = "MPLCONFIGDIR"
NAMED_FOLDER = os.environ.get(FOLDER_VARIABLE)
"""The folder for settings and caches that the user named, if any; matplotlib changes the variable."""


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


def abandon() -> None:
    """Remove the temporary folder that matplotlib makes, and names in the environment, where it may not write to its own.

    matplotlib removes it when Python ends, but not if `os._exit` ends the process.
    """
    folder = os.environ.get(FOLDER_VARIABLE, "")
    if folder != NAMED_FOLDER and Path(folder).name.startswith("matplotlib-"):
        import shutil

        shutil.rmtree(folder, ignore_errors=True)
