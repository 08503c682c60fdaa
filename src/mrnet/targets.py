"""Files that mrnet writes: whole or not at all, and never inside an archive."""

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from mrnet.errors import MRNetError, TargetError, UsageError
from mrnet.urls import Place
from mrnet.vocabulary import Plane, Split

SECONDS_TO_TRY = 2.0
"""How long a target that another program holds open (on Windows) is tried again."""
SECONDS_BETWEEN = 0.1
IN_USE_IS_TRIED_AGAIN = os.name == "nt"


@contextmanager
def writing(target: Path, writer: str = "") -> Iterator[BinaryIO]:
    """Open `<target>.part` for writing in bytes, and move it over the target once the block has ended well.

    Folders on the way are made. A `.part` that an earlier run left is replaced; one whose block fails is removed.
    A device or a pipe is written to as it is; of a link, what it leads to is written.

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
            with open(target, "wb") as handle:
                yield handle
            return
        file = Path(os.path.realpath(target))
        part = part_of(file, writer)
        make_folder(part.parent)
        try:
            # Opening what stands there would follow a link, or wait for a pipe's reader.
            part.unlink(missing_ok=True)
            with open(part, "xb") as handle:
                yield handle
            move(part, file)
        finally:
            part.unlink(missing_ok=True)


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


def _is_special(target: Path) -> bool:
    return os.path.exists(target) and not os.path.isfile(target)
