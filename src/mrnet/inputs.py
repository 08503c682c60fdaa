"""The inputs of this run, so that the same run never overwrites them."""

import os
from collections.abc import Callable
from functools import partial
from pathlib import Path

Holds = Callable[[Path], bool]
"""Returns whether a path leads to this input, or into it."""

_read: list[tuple[str, Holds]] | None = None
"""The inputs of the running command; None outside the command line, where inputs are not recorded."""


def begin() -> None:
    """Forget the inputs of an earlier run in this process, and record inputs from now on."""
    global _read  # noqa: PLW0603 - a process runs one command at a time
    _read = []


def remember(reason: str, holds: Holds) -> None:
    """Record an input, with the reason why it is not overwritten; in a message the reason follows the target."""
    if _read is not None:
        _read.append((reason, holds))


def remember_file(path: Path) -> None:
    """Record a file that is read."""
    remember("this run reads this file, and never writes what it reads; name another", partial(is_same_file, path))


def why_not(target: Path) -> str | None:
    """Return why a target must not be written, if it is an input of this run or inside one; else None."""
    return next((reason for reason, holds in _read or () if holds(target)), None)


def is_same_file(path: Path, target: Path) -> bool:
    """Return whether two paths lead to the same file, or will once it is written."""
    try:
        return path.samefile(target)
    except OSError:
        return os.path.realpath(path) == os.path.realpath(target)
