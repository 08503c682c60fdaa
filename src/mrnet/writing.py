"""Files that mrnet writes: whole or not at all, and never inside an archive."""

import errno
import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from mrnet.errors import MRNetError, TargetError, UsageError
from mrnet.storage.places import Place
from mrnet.vocabulary import Plane, Split

SECONDS_TO_TRY = 2.0
"""How long a target that another program holds open (on Windows), or a pipe that nobody reads, is tried again."""
SECONDS_BETWEEN = 0.1
ON_WINDOWS = os.name == "nt"
"""There, files that are open can be neither moved nor removed, by nobody."""
IN_USE_IS_TRIED_AGAIN = ON_WINDOWS


@contextmanager
def writing(target: Path, writer: str = "") -> Iterator[BinaryIO]:
    """Open `<target>.part` for writing in bytes, and move it over the target once the block has ended well.

    Folders on the way are made. A `.part` that an earlier run left is replaced; one whose block fails is removed; of one
    that another run is writing now the hands are kept off. A device, or a pipe that is read, is written to as it is; of
    a link, what it leads to is written.

    Args:
        target: where the file shall be.
        writer: a name of its own for whom else might be writing the same target at the same time.

    Raises:
        TargetError (an OSError): the target cannot be written.
    """
    if os.path.isdir(target):
        raise TargetError(f"{target}: this is a folder, expected the path of a file to write")
    with reporting_failure(target):
        if _is_special(target):
            with open(target, "wb", opener=_open_if_read) as handle:
                yield handle
            return
        file = Path(os.path.realpath(target))
        part = part_of(file, writer)
        make_folder(part.parent)
        remove_part(part)
        with open(part, "xb") as handle:
            _lock(part, handle)
            try:
                yield handle
                handle.flush()
                if ON_WINDOWS:
                    handle.close()
                # Locked until it is moved, lest it be another's by then.
                move(part, file)
            except BaseException:
                if ON_WINDOWS:
                    handle.close()
                part.unlink(missing_ok=True)
                raise


@contextmanager
def reporting_failure(target: Path) -> Iterator[None]:
    """Turn what the system says into a TargetError that names the target."""
    try:
        yield
    except OSError as error:
        if isinstance(error, MRNetError):
            raise
        raise TargetError(f"{target}: cannot be written: {error.strerror or error}") from error


def part_of(target: Path, writer: str = "") -> Path:
    """Return the name under which a target is written, by a writer with a name of its own, before it is whole."""
    return target.with_name(f"{target.name}{f'.{writer}' if writer else ''}.part")


def remove_part(part: Path) -> None:
    """Remove what an earlier run began to write; TargetError where another writes it now, or it cannot be removed."""
    try:
        if ON_WINDOWS or part.is_symlink() or not part.is_file():
            part.unlink(missing_ok=True)
            return
        with open(part, "r+b") as handle:
            _lock(part, handle)
            part.unlink()
    except FileNotFoundError:
        return
    except TargetError:
        raise
    except OSError as error:
        raise TargetError(f"{part}: this is in the way and cannot be removed: {error.strerror}") from error


def _lock(part: Path, handle: BinaryIO) -> None:
    """Take a file for this run; TargetError where another run has it, or has put its own in the same place."""
    if sys.platform == "win32":
        return
    import fcntl

    taken = TargetError(f"{part}: another run is writing this now; let it end")
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise taken from None
    except OSError:
        # Some network file systems have no locks; there two runs at once are the user's affair.
        return
    if not os.path.samestat(os.fstat(handle.fileno()), part.stat()):
        raise taken


def make_folder(folder: Path) -> None:
    """Make a folder and those above it, where they are not there yet; NotADirectoryError where a file stands there."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except FileExistsError as error:
        raise NotADirectoryError(0, f"{folder} is not a folder") from error


def move(part: Path, target: Path) -> None:
    """Move a file over its target; on Windows, where others' reading can forbid it, try for a while."""
    deadline = time.monotonic() + SECONDS_TO_TRY
    while True:
        try:
            part.replace(target)
        except PermissionError:
            if not IN_USE_IS_TRIED_AGAIN or time.monotonic() > deadline:
                raise
            time.sleep(SECONDS_BETWEEN)
        else:
            return


def refuse_inside(location: Place, target: Path) -> None:
    """Raise a UsageError where a target lies inside the archive at a location, which mrnet never changes."""
    if not isinstance(location, Path):
        return
    wanted = Path(os.path.realpath(target))
    # Splits and planes may be links that lead elsewhere.
    splits = [location / split for split in Split]
    for part in (location, *splits, *(split / plane for split in splits for plane in Plane)):
        if Path(os.path.realpath(part)) in (wanted, *wanted.parents):
            raise UsageError(
                f"{target}: this lies inside the archive {location}, which is never changed; write elsewhere"
            )


def _open_if_read(path: str, flags: int) -> int:
    """Open a device, or a pipe that somebody reads; whose reader does not come is given up, which is an OSError."""
    if ON_WINDOWS:
        return os.open(path, flags)
    deadline = time.monotonic() + SECONDS_TO_TRY
    while True:
        try:
            handle = os.open(path, flags | os.O_NONBLOCK)
        except OSError as error:
            if error.errno != errno.ENXIO or time.monotonic() > deadline:
                raise
            time.sleep(SECONDS_BETWEEN)
        else:
            os.set_blocking(handle, True)
            return handle


def _is_special(target: Path) -> bool:
    return os.path.exists(target) and not os.path.isfile(target)
