"""Files that mrnet writes: atomically, and never over an input or into an archive."""

import errno
import os
import re
import shutil
import stat
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import BinaryIO

from mrnet import inputs
from mrnet.errors import MRNetError, TargetError, UsageError
from mrnet.text import megabytes

WRITTEN, SAME, FAILED = "written", "same", "failed"
"""The results of writing a file; the same bytes that are there already are not written again."""
PART = ".mrnet.part"
"""The end of a file's name while it is written. With `mrnet` in it, it differs from the `.part` of other programs."""
FOLDER_MARK = "written-by-mrnet"
"""The file that marks a folder as being written by mrnet; a folder without it belongs to somebody else."""
MAX_NAME_BYTES = 255
"""The limit of most file systems."""
SECONDS_TO_TRY = 2.0
"""How long to wait for a target that another program has open (on Windows), or for a pipe's reader."""
SECONDS_BETWEEN = 0.1
ON_WINDOWS = os.name == "nt"
"""On Windows an open file can be neither moved nor deleted."""
IN_USE_IS_TRIED_AGAIN = ON_WINDOWS
ADDRESS = r"([A-Za-z][A-Za-z0-9+.-]+:)/"
"""The beginning of an address; `Path` has already merged its two slashes."""
STREAMS = {"/dev/stdout": 1, "/dev/stderr": 2}
DESCRIPTOR = r"(?:/dev|/proc/(self|[0-9]{1,9}))/fd/([0-9]{1,9})"
MAX_LINKS = 40
"""The number of links that Linux follows."""
UNSUPPORTED = {errno.EINVAL, errno.ENOTSUP, errno.ENOSYS, errno.EBADF, errno.EROFS}
"""Errors of file systems that cannot flush a file to the disk."""

_beginning = threading.Lock()
"""Locked while a part is created and recorded; `abandon` locks it forever."""
_under_way: dict[Path, BinaryIO | None] = {}
"""The parts that this process is writing, open files or folders; `abandon` removes them."""


def refuse_address(path: Path) -> None:
    """Raise a UsageError if a path is an address, unless a folder has the name with which the address begins."""
    address = re.match(ADDRESS, str(path))
    if address and not os.path.isdir(address[1]):
        raise UsageError(f"{address[1]}//…: this is an address, expected a path of this machine")


def check_target(target: Path) -> None:
    """Raise an error if a file or folder must not be written, before any work is done for it.

    Raises:
        UsageError: the target is an address, an input of this run, or inside an archive.
        TargetError: the system does not allow access to the path, or it is a link that leads back to itself.
    """
    refuse_address(target)
    from mrnet.storage.folder import INSIDE, is_archive_folder

    with reporting_failure(target):
        if reason := inputs.why_not(target):
            raise UsageError(f"{target}: {reason}")
        real = Path(os.path.realpath(target))
        if real.is_symlink():
            raise TargetError(f"{target}: this link leads back to itself; remove it, or name another path")
        for folder in (real, *real.parents):
            if is_archive_folder(folder):
                raise UsageError(f"{target}: {INSIDE.format(folder)}")


def check_no_folder(target: Path) -> None:
    """Raise a TargetError if a folder is at the path of a file to write."""
    if os.path.isdir(target):
        raise TargetError(f"{target}: this is a folder, expected the path of a file to write")


@contextmanager
def writing(target: Path, writer: str = "", *, checked: bool = False, new: bool = False) -> Iterator[BinaryIO]:
    """Open a part beside a target for writing bytes, and move it over the target when the block ends without an error.

    Missing folders are made. The part is flushed to the disk before the move, its folder after it. A part that a dead
    run left is removed, and so is the part if the block fails. A replaced file keeps its mode. Devices, pipes and
    this process's open files (`/dev/stdout`) are written to directly; a link is followed.

    Args:
        target: the path of the file.
        writer: a name for this writer, if others may write the same target at the same time.
        checked: `check_target` has been called or is not needed.
        new: fail if the target exists when the part is complete.

    Raises:
        UsageError: see `check_target`. TargetError (an OSError): the target cannot be written.
    """
    if not checked:
        check_target(target)
    with reporting_failure(target):
        if (descriptor := _descriptor(target)) is not None:
            _check_given(descriptor)
            sys.stdout.flush()
            with open(os.dup(descriptor), "wb") as handle:
                yield handle
            return
        check_no_folder(target)
        if os.path.exists(target) and not os.path.isfile(target):
            with open(target, "wb", opener=_open_if_read) as handle:
                yield handle
            return
        file = Path(os.path.realpath(target))
        mode = stat.S_IMODE(file.stat().st_mode) if os.path.exists(file) else None
        part = part_of(file, writer)
        with ExitStack() as stack:
            # If the block fails, the folder stays: another thread may be about to write there.
            with made_folder(file.parent):
                claimed = stack.enter_context(_claimed(part, mode))
            yield claimed
            flush(claimed)
            if mode is not None:
                part.chmod(mode)
            if ON_WINDOWS:
                claimed.close()
            # Keep the lock until after the rename; otherwise another run could take over the part.
            _move_new(part, file) if new else move(part, file)
        flush_folder(file.parent)


@contextmanager
def writing_folder(target: Path) -> Iterator[Path]:
    """Make a new folder atomically: give a folder to fill, and move it to the target when the block ends without an error.

    Raises:
        UsageError: see `check_target`. TargetError: the target exists, or cannot be written.
    """
    check_target(target)
    path = Path(os.path.abspath(target))
    with reporting_failure(target), scratch_folder(path) as scratch:
        folder = scratch / path.name
        folder.mkdir()
        yield folder
        if os.path.lexists(path):
            raise _exists(target)
        folder.rename(path)
        flush_folder(path.parent)


@contextmanager
def scratch_folder(path: Path) -> Iterator[Path]:
    """Give a temporary folder beside a path, and remove it at the end; one that a dead run left is removed first."""
    part = part_of(path)
    with made_folder(part.parent):
        _remove_dead_folder(part)
        try:
            part.mkdir()
        except FileExistsError:
            raise _taken(part) from None
        _under_way[part] = None
        try:
            with _claimed(part / FOLDER_MARK, stays=True):
                yield part
        finally:
            _remove_folder(part)
            _under_way.pop(part, None)
            if os.path.lexists(part):
                raise _stays(part)


def check_room(folder: Path, needed: int, *, dry_run: bool = False) -> None:
    """Make a folder, unless this is a dry run; raise a TargetError if it cannot be written to or its disk is too full.

    Args:
        folder: where files are to be written.
        needed: how many bytes.
        dry_run: only compare with the free bytes of the disk.
    """
    with reporting_failure(folder):
        existing = next(each for each in (folder, *folder.absolute().parents) if each.exists())
        if needed > (free := shutil.disk_usage(existing).free):
            raise TargetError(
                f"{folder}: {megabytes(needed)} are needed, and its disk has {megabytes(free)} free; make room, name another "
                "folder with -o, or choose fewer cases"
            )
        if not dry_run:
            with made_folder(folder), tempfile.TemporaryFile(dir=folder):
                pass


@contextmanager
def reporting_failure(target: Path) -> Iterator[None]:
    """Turn an OSError into a TargetError that names the target."""
    try:
        yield
    except OSError as error:
        if isinstance(error, MRNetError):
            raise
        raise TargetError(f"{target}: cannot be written: {error.strerror or error}") from error


def part_of(target: Path, writer: str = "") -> Path:
    """Return the path of a target's part, the file that is written until it is complete."""
    ending = f"{f'.{writer}' if writer else ''}{PART}"
    if len(os.fsencode(target.name + ending)) > MAX_NAME_BYTES >= len(os.fsencode(target.name)):
        import hashlib

        return target.with_name(hashlib.sha256(os.fsencode(target.name)).hexdigest() + ending)
    return target.with_name(target.name + ending)


def remove_leftovers(folder: Path, pattern: str = "*") -> None:
    """Remove the parts that dead runs left in a folder: those without a lock.

    On file systems without locks nothing is removed here, because finished and running processes cannot be distinguished.
    """
    with suppress(OSError):
        for part in folder.glob(f"{pattern}{PART}"):
            with suppress(OSError), _opened_part(part) as handle:
                if _lock(handle):
                    part.unlink()


def remove_part(part: Path) -> None:
    """Remove a part that a dead run left.

    Raises:
        TargetError: another run is writing it, or it is not mrnet's. OSError: its folder may not be entered.
    """
    try:
        with _opened_part(part) as handle:
            if _lock(handle) is False:
                raise _taken(part)
            _check_same(part, handle)
            if ON_WINDOWS:
                handle.close()
            part.unlink()
    except FileNotFoundError:
        return
    except MRNetError:
        raise
    except OSError as error:
        if not os.path.lexists(part):
            # No part is in the way: its folder may not be entered.
            raise
        raise _in_the_way(part, error.strerror) from error


def abandon() -> None:
    """Remove the parts that this process is writing, before it ends without waiting for its threads. No new part can begin."""
    # With a time limit: this thread itself may hold the lock, if the signal interrupted it there.
    _beginning.acquire(timeout=SECONDS_TO_TRY)
    for part, handle in list(_under_way.items()):
        with suppress(OSError):
            if ON_WINDOWS and handle is not None:
                handle.close()
            if handle is None:
                _remove_folder(part)
            else:
                part.unlink()


@contextmanager
def _claimed(part: Path, mode: int | None = None, *, stays: bool = False) -> Iterator[BinaryIO]:
    """Create and lock a part; remove it if the block fails, unless it stays as the mark of a folder."""
    remove_part(part)
    # Nobody else may read the part of a private file, not even for a moment.
    opener = None if mode is None else partial(os.open, mode=0o600)
    try:
        with _beginning:
            handle = open(part, "xb", opener=opener)  # noqa: SIM115 - closed below, when it is known to be ours
            if not stays:
                _under_way[part] = handle
    except FileExistsError:
        raise _taken(part) from None
    with handle:
        try:
            if _lock(handle) is False:
                raise _taken(part)
            _check_same(part, handle)
        except BaseException:
            # A race: another run has locked or replaced the part since, and now owns it.
            _under_way.pop(part, None)
            raise
        try:
            yield handle
        except BaseException:
            if ON_WINDOWS:
                handle.close()
            if not stays:
                _remove_failed(part)
            raise
        finally:
            _under_way.pop(part, None)


def _remove_failed(part: Path) -> None:
    """Remove the part of a failed run; TargetError where its folder lets no file be removed, as after `chattr +a`."""
    try:
        part.unlink(missing_ok=True)
    except OSError as error:
        raise _stays(part) from error


def _opened_part(part: Path) -> BinaryIO:
    """Open a part of an earlier run; TargetError if it is not a plain file, because mrnet makes only these."""
    if not stat.S_ISREG(part.lstat().st_mode):
        raise _in_the_way(part, "it is not a file that mrnet began")
    return open(part, "r+b")


def _remove_dead_folder(part: Path) -> None:
    if not os.path.lexists(part):
        return
    if part.is_symlink() or not (part / FOLDER_MARK).is_file():
        raise _in_the_way(part, "mrnet did not make it")
    with _opened_part(part / FOLDER_MARK) as handle:
        if _lock(handle) is False:
            raise _taken(part)
    _remove_folder(part)


def _remove_folder(part: Path) -> None:
    """Remove a folder of mrnet's, its mark last: if this is interrupted, the next run still recognises the rest."""
    with suppress(OSError):
        # A umask such as 0777 makes folders that even their owner may not enter.
        part.chmod(stat.S_IRWXU)
        for each in part.iterdir():
            if each.name != FOLDER_MARK:
                shutil.rmtree(each) if each.is_dir() and not each.is_symlink() else each.unlink()
        shutil.rmtree(part)


def _lock(handle: BinaryIO) -> bool | None:
    """Lock a file for this run; return whether that worked, or None where the system or file system has no such locks."""
    if sys.platform == "win32":
        return None
    import fcntl

    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:
        return None
    return True


def _check_same(part: Path, handle: BinaryIO) -> None:
    """Raise a TargetError if another run has replaced the part with its own since this one was opened."""
    try:
        same = os.path.samestat(os.fstat(handle.fileno()), part.stat())
    except FileNotFoundError:
        same = False
    if not same:
        raise _taken(part)


def _exists(target: Path) -> TargetError:
    return TargetError(f"{target}: already exists and is not replaced")


def _taken(part: Path) -> TargetError:
    return TargetError(f"{part}: another run is writing this now; wait until it ends")


def _stays(part: Path) -> TargetError:
    return TargetError(
        f"{part}: what was begun here cannot be removed; name a target in a folder whose files can be renamed and removed, and "
        "remove this when its folder does"
    )


def _in_the_way(part: Path, reason: str | None) -> TargetError:
    return TargetError(f"{part}: this is in the way and is not deleted ({reason}); move it, or name another target")


def flush(handle: BinaryIO) -> None:
    """Flush a file to the disk, if its file system can."""
    handle.flush()
    try:
        os.fsync(handle.fileno())
    except OSError as error:
        if error.errno not in UNSUPPORTED:
            raise


def flush_folder(folder: Path) -> None:
    """Flush a folder's names to the disk, so that a file that was moved there survives a power cut."""
    if ON_WINDOWS:
        return
    with suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


@contextmanager
def made_folder(folder: Path) -> Iterator[None]:
    """Make a folder and its missing parents; remove those that are still empty if the block fails.

    Raises:
        NotADirectoryError: a file is in the way.
    """
    made = [each for each in (folder, *folder.parents) if not os.path.lexists(each)]
    try:
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except FileExistsError as error:
            raise NotADirectoryError(0, f"{folder} is not a folder") from error
        yield
    except BaseException:
        for each in made:
            with suppress(OSError):
                each.rmdir()
        raise


def move(part: Path, target: Path) -> None:
    """Move a file over its target. On Windows a program that has the target open prevents this, so try for a while."""
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


def _move_new(part: Path, target: Path) -> None:
    """Move a file to a target that must not exist. A hard link fails if it exists; a move would replace it."""
    try:
        os.link(part, target)
    except FileExistsError:
        raise _exists(target) from None
    except OSError:
        if os.path.lexists(target):
            raise _exists(target) from None
        move(part, target)
    else:
        part.unlink()


def _descriptor(target: Path) -> int | None:
    """Return this process's file descriptor for a path such as `/dev/stdout`; None for other paths."""
    path = Path(os.path.abspath(target))
    for _ in range(MAX_LINKS):
        if str(path) in STREAMS:
            return STREAMS[str(path)]
        found = re.fullmatch(DESCRIPTOR, str(path))
        if found and found[1] in (None, "self", str(os.getpid())):
            return int(found[2])
        try:
            link = path.readlink()
            path = Path(os.path.normpath(Path(os.path.realpath(path.parent)) / link))
        except OSError:
            return None
    return None


def _check_given(descriptor: int) -> None:
    """Raise an OSError if this process was not started with an open file of this number.

    It may have opened another file under that number since, but Python lets no other program inherit such a file.
    """
    if not os.get_inheritable(descriptor):
        raise OSError(errno.EBADF, "this stream is closed")


def _open_if_read(path: str, flags: int) -> int:
    """Open a device, or a pipe that has a reader; OSError if a pipe gets no reader in time."""
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
