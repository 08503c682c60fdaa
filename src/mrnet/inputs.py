"""The inputs of this run: they are opened without waiting, and the same run never overwrites them."""

import errno
import os
import stat
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


def open_plain_file(path: str, flags: int) -> int:
    """Open a plain file, as the opener of `open`; see `open_without_waiting`. OSError for a pipe or a device."""
    return open_without_waiting(path, flags, plain=True)


def open_without_waiting(path: str, flags: int, *, plain: bool = False) -> int:
    """Open a file or a device, and wait neither now nor while it is read.

    Raises:
        BlockingIOError: a program has to write its content first. `/proc/kmsg` waits like this, and is a plain file.
        OSError: it cannot be opened, or it is not the plain file that it has to be.
    """
    handle = os.open(path, flags | getattr(os, "O_NONBLOCK", 0))
    status = os.fstat(handle)
    if plain and not stat.S_ISREG(status.st_mode):
        os.close(handle)
        raise OSError(errno.EINVAL, "this is not a plain file", path)
    if status.st_size == 0 and not _is_ready(handle):
        os.close(handle)
        raise BlockingIOError(errno.EAGAIN, "it has no content yet, and reading would wait for it", path)
    return handle


def _is_ready(handle: int) -> bool:
    if os.name == "nt":
        return True
    import select

    ready = select.poll()
    ready.register(handle, select.POLLIN)
    return bool(ready.poll(0))


def is_same_file(path: Path, target: Path) -> bool:
    """Return whether two paths lead to the same file, or will once it is written."""
    try:
        return path.samefile(target)
    except OSError:
        return os.path.realpath(path) == os.path.realpath(target)
