"""Files that mrnet writes: whole or not at all, and never inside an archive."""

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from mrnet.errors import MRNetError, TargetError, UsageError

SECONDS_TO_TRY = 2.0
"""How long a target that another program holds open (on Windows) is tried again."""


@contextmanager
def writing(target: Path) -> Iterator[BinaryIO]:
    """Open `<target>.part` for writing in bytes, and move it over the target once the block has ended well.

    Folders on the way are made. A `.part` that an earlier run left is replaced; one whose block fails is removed.
    A device or a pipe is written to as it is.

    Raises:
        TargetError (an OSError): the target cannot be written.
    """
    if target.is_dir():
        raise TargetError(f"{target}: this is a folder, expected the path of a file to write")
    part = target if _is_special(target) else part_of(target)
    try:
        part.parent.mkdir(parents=True, exist_ok=True)
        try:
            with open(part, "wb") as handle:
                yield handle
            if part != target:
                _move(part, target)
        finally:
            if part != target:
                part.unlink(missing_ok=True)
    except OSError as error:
        if isinstance(error, MRNetError):
            raise
        raise TargetError(f"{target}: cannot be written: {error.strerror or error}") from error


def part_of(target: Path) -> Path:
    """Return the name under which a target is written before it is whole."""
    return target.with_name(f"{target.name}.part")


def refuse_inside(location: Path, target: Path) -> None:
    """Raise a UsageError where a target lies inside the archive at a location, which mrnet never changes."""
    archive, wanted = Path(os.path.realpath(location)), Path(os.path.realpath(target))
    if wanted == archive or archive in wanted.parents:
        raise UsageError(f"{target}: this lies inside the archive {location}, which is never changed; write elsewhere")


def _is_special(target: Path) -> bool:
    return target.exists() and not target.is_file()


def _move(part: Path, target: Path) -> None:
    deadline = time.monotonic() + SECONDS_TO_TRY
    while os.name == "nt" and time.monotonic() < deadline:
        with suppress(PermissionError):
            part.replace(target)
            return
        time.sleep(0.1)
    part.replace(target)
