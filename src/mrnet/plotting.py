"""Imports matplotlib so that no file of the user's changes, delays or stops a picture."""

import importlib
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import chdir, contextmanager, nullcontext
from pathlib import Path
from typing import Any, NoReturn


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
    # It fails if this names no backend that it knows. None is needed: the format of a file decides how it is drawn.
    os.environ.pop("MPLBACKEND", None)
    with chdir(Path(os.__file__).parent) if os.path.lexists("matplotlibrc") else nullcontext():
        import matplotlib  # noqa: F401 - the callers import what they need of it


def load_fonts() -> None:
    """Import only the fonts that come with matplotlib, which charts use, and let it keep no cache in this process.

    By default it reads the list of fonts in its cache, or makes that list: it opens each font of the system and of the
    user, and runs the program `fc-list`. Any of these may be a pipe, may never end, or may take minutes.
    """
    if "matplotlib.font_manager" in sys.modules:
        return
    import subprocess

    import matplotlib

    # Only matplotlib 3.11 and later know this variable.
    os.environ["MPL_IGNORE_SYSTEM_FONTS"] = "1"
    own, walk = Path(matplotlib.get_data_path(), "fonts", "ttf"), os.walk

    def walk_own(top: str, *options: Any) -> Iterator[Any]:
        return walk(top, *options) if Path(top) == own else iter(())

    # matplotlib makes the folder of its cache as soon as it asks for it. Nothing can be read or written below this path.
    matplotlib.get_cachedir = lambda: os.devnull
    with _replaced(os, "walk", walk_own), _replaced(subprocess, "check_output", _run_nothing):
        # It looks for fonts while it is imported.
        importlib.import_module("matplotlib.font_manager")


def _run_nothing(*_words: object, **_options: object) -> NoReturn:
    raise OSError("no program is needed to find the fonts")


@contextmanager
def _replaced(module: object, name: str, function: Callable[..., object]) -> Iterator[None]:
    original = getattr(module, name)
    setattr(module, name, function)
    try:
        yield
    finally:
        setattr(module, name, original)
