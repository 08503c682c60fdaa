"""What this run reads, remembered so that the same run never writes over it."""

import os
from collections.abc import Callable
from functools import partial
from pathlib import Path

Holds = Callable[[Path], bool]
"""Tells whether a path leads to what is read, or into it."""

_read: list[tuple[str, Holds]] | None = None
"""The inputs of the command that runs; None outside of the command line, where nothing is remembered."""


def begin() -> None:
    """Forget what an earlier run in this process has read, and remember from now on."""
    global _read  # noqa: PLW0603 - a process runs one command at a time
    _read = []


def remember(reason: str, holds: Holds) -> None:
    """Remember an input, with the reason why it is not written, as it follows the target in a message."""
    if _read is not None:
        _read.append((reason, holds))


def remember_file(path: Path) -> None:
    """Remember a file that is read."""
    remember("this run reads this file, and never writes what it reads; name another", partial(is_same_file, path))


def why_not(target: Path) -> str | None:
    """Return the reason why a target must not be written: it is, or lies inside, what this run reads; else None."""
    return next((reason for reason, holds in _read or () if holds(target)), None)


def is_same_file(path: Path, target: Path) -> bool:
    """Return whether two paths lead to one file, or will once it is written."""
    try:
        return path.samefile(target)
    except OSError:
        return os.path.realpath(path) == os.path.realpath(target)
