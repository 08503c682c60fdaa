"""Writes chosen cases of an archive as a classic one, a folder or a zip: the same bytes, checked on the way."""

import errno
import os
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from threading import BoundedSemaphore
from typing import Any

from mrnet.archive.editions import open_archive_storage
from mrnet.archive.model import Archive, Case, Series
from mrnet.archive.volume import MAX_VOLUME_BYTES
from mrnet.errors import FileError, MRNetError, TargetError, TargetTakenError, UsageError, VolumeError
from mrnet.inputs import is_same_file
from mrnet.memory import joined
from mrnet.parallel import Workers, ordered_map
from mrnet.storage.base import CHUNK_BYTES
from mrnet.storage.folder import INSIDE
from mrnet.storage.layout import SYNTHETIC_MARK, label_file
from mrnet.storage.zip_writing import Packed, ZipWriter
from mrnet.storage.zips import DEFLATED, STORED
from mrnet.vocabulary import Finding, Plane, Split
from mrnet.writing import FAILED, SAME, WRITTEN, check_room, check_target, reporting_failure, writing

TOP_FOLDER = "MRNet-v1.0"
"""The folder in a zip that holds all its files, as in the published one."""
SHARE_THAT_REMAINS = 0.85
"""Deflated size of a volume divided by its size; knee MRI, which is noisy, packs to about 0.8."""
MIN_WRITERS = 16
"""At least this many files are written at the same time: most of them wait for the disk, which flushes many files as fast
as one. No more of them are copied at once than there are processors."""
NO_ROOM = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}


@dataclass(frozen=True, slots=True)
class Copy:
    """One file of the new archive: a series of the old one, or a text."""

    path: str
    """Relative to the new root, with `/`."""
    split: Split | None = None
    series: Series | None = None
    text: bytes = b""

    def size(self) -> int:
        """Return its bytes; FileError where its series is not there."""
        return self.series.size() if self.series else len(self.text)

    def known_crc(self) -> int | None:
        """Return its CRC-32 where it is known without reading."""
        return self.series.storage.known_crc(self.series.path) if self.series else None

    def chunks(self) -> Iterator[bytes]:
        """Yield its bytes piece by piece; FileError where they cannot be read or are damaged."""
        if self.series is None:
            yield self.text
            return
        self.series.storage.entry(self.series.path)
        if (size := self.series.size()) > MAX_VOLUME_BYTES:
            raise VolumeError(f"the file has {size:,} bytes, too many for a knee MRI", self.series.path)
        yield from self.series.storage.chunks(self.series.path)


@dataclass(frozen=True, slots=True)
class Outcome:
    """The result of one file of the new archive."""

    copy: Copy
    path: str
    """Path of the written file; in a zip, its name there."""
    status: str
    bytes: int | None = None
    error: MRNetError | None = None

    def as_json(self) -> dict[str, Any]:
        """Return the row that users see."""
        series = self.copy.series
        return {
            "case": series.case if series else None,
            "split": self.copy.split.value if self.copy.split else None,
            "plane": series.plane.value if series else None,
            "path": self.path,
            "bytes": self.bytes,
            "status": self.status,
            "error": None if self.error is None else str(self.error),
        }


def plan_copies(archive: Archive, cases: Sequence[Case], planes: Sequence[Plane]) -> list[Copy]:
    """Return the files of a classic archive of these cases: texts first, then series by split, plane and case."""
    mark = archive.storage.read(SYNTHETIC_MARK) if archive.synthetic else None
    copies = [] if mark is None else [Copy(SYNTHETIC_MARK, text=mark)]
    for split in Split:
        ordered = sorted((case for case in cases if case.split is split), key=lambda case: case.id)
        copies += _label_copies(archive, split, ordered)
        copies += [
            Copy(f"{split}/{plane}/{case.id}.npy", split, case.series(plane)) for plane in planes for case in ordered
        ]
    return sorted(copies, key=lambda copy: copy.series is not None)


def _label_copies(archive: Archive, split: Split, cases: list[Case]) -> Iterator[Copy]:
    """Yield the label files of a split. If none of its cases is chosen they are empty, which marks the split as left out."""
    for finding in Finding:
        rows = [f"{case.id},{answer}\n" for case in cases if (answer := case.labels[finding]) is not None]
        if rows or (not cases and archive.label_files[split, finding].present):
            yield Copy(label_file(split, finding), split, text="".join(rows).encode())


@dataclass(frozen=True, slots=True)
class Target(ABC):
    """Where the new archive goes."""

    path: Path
    overwrite: bool = False
    """Whether existing files with other bytes are replaced."""
    dry_run: bool = False
    """Whether to report only what would be written."""

    @abstractmethod
    def prepare(self, archive: Archive, copies: Sequence[Copy]) -> None:
        """Check that the copies can be written, before the first one is.

        Raises:
            UsageError: the target lies inside the archive. TargetError: it cannot be written to, or its disk lacks the
            room. TargetTakenError: another file is there.
        """

    @abstractmethod
    def write(self, copies: Sequence[Copy], workers: Workers) -> Iterator[Outcome]:
        """Write the copies; yield the outcome of each, in their order. Stop early if the disk is full."""


class FolderTarget(Target):
    """A folder. Each file is written atomically, so that an interrupted run can be resumed."""

    def prepare(self, archive: Archive, copies: Sequence[Copy]) -> None:
        _refuse_archive(archive, self.path)
        folders = {(self.path / copy.path).parent for copy in copies}
        for each in (*folders, *(self.path / copy.path for copy in copies if (self.path / copy.path).is_symlink())):
            if not Path(os.path.realpath(each)).is_relative_to(os.path.realpath(self.path)):
                raise UsageError(f"{each}: a link leads out of {self.path}, where nothing is written; remove the link")
        missing = [copy for copy in copies if not (self.path / copy.path).exists()]
        check_room(self.path, sum(map(_size_or_nothing, missing)), dry_run=self.dry_run)

    def write(self, copies: Sequence[Copy], workers: Workers) -> Iterator[Outcome]:
        copying = BoundedSemaphore(workers.at_once(light=False))
        if workers.jobs is None:
            workers = replace(workers, jobs=max(MIN_WRITERS, workers.at_once(light=False)))
        for copy, made in ordered_map(partial(self._write, copying=copying), copies, workers):
            outcome = Outcome(copy, self._path(copy), FAILED, error=made) if isinstance(made, MRNetError) else made
            yield outcome
            if _disk_is_full(outcome.error):
                return

    def _path(self, copy: Copy) -> str:
        return (self.path / copy.path).as_posix()

    def _write(self, copy: Copy, copying: BoundedSemaphore) -> Outcome:
        target = self.path / copy.path
        outcome = Outcome(copy, self._path(copy), WRITTEN)
        if os.path.lexists(target):
            if _holds(target, copy):
                return replace(outcome, status=SAME, bytes=copy.size())
            # A power cut may leave an empty file; nothing is lost if it is replaced.
            if not self.overwrite and not (target.is_file() and target.stat().st_size == 0):
                raise TargetTakenError(f"{target}: other bytes are there already; --overwrite replaces them")
        if self.dry_run:
            return replace(outcome, bytes=copy.size())
        with writing(target, checked=True) as file, copying:
            written = sum(file.write(piece) for piece in copy.chunks())
        return replace(outcome, bytes=written)


@dataclass(frozen=True, slots=True)
class ZipTarget(Target):
    """A zip, written atomically."""

    stored: bool = False
    """Whether volumes are stored without compression."""

    def prepare(self, archive: Archive, copies: Sequence[Copy]) -> None:
        _refuse_archive(archive, self.path)
        if os.path.isdir(self.path):
            raise TargetError(f"{self.path}: this is a folder, expected the path of a zip to write")
        size = sum(map(_size_or_nothing, copies)) * (1 if self.stored else SHARE_THAT_REMAINS)
        if os.path.lexists(self.path):
            if self._is_same(copies):
                return
            if not self.overwrite:
                raise TargetTakenError(f"{self.path}: another file is there already; --overwrite replaces it")
        check_room(self.path.parent, int(size), dry_run=self.dry_run)

    def write(self, copies: Sequence[Copy], workers: Workers) -> Iterator[Outcome]:
        same = self._is_same(copies)
        if self.dry_run or same:
            status = SAME if same else WRITTEN
            yield from (Outcome(copy, _in_zip(copy), status, _size_or_nothing(copy)) for copy in copies)
            return
        with writing(self.path, checked=True) as file:
            zipped = ZipWriter(file)
            pack = partial(_pack, stored=self.stored)
            for copy, packed in ordered_map(pack, copies, workers, bytes_of=_size_or_nothing):
                if isinstance(packed, MRNetError):
                    yield Outcome(copy, _in_zip(copy), FAILED, error=packed)
                    continue
                with reporting_failure(self.path):
                    zipped.add(_in_zip(copy), packed)
                yield Outcome(copy, _in_zip(copy), WRITTEN, packed.size)
            zipped.close()

    def _is_same(self, copies: Sequence[Copy]) -> bool:
        """Return whether the existing zip has exactly these files, with the same bytes."""
        try:
            there = open_archive_storage(self.path)
            if {entry.path for entry in there.files()} != {copy.path for copy in copies}:
                return False
            return all(
                there.size(copy.path) == copy.size() and there.known_crc(copy.path) == _crc(copy) for copy in copies
            )
        except (MRNetError, OSError):
            return False


def target_of(path: Path, *, overwrite: bool, dry_run: bool, stored: bool) -> Target:
    """Return the target that a path means: a zip where it ends in `.zip`, else a folder.

    Raises:
        UsageError: `stored` is given for a folder.
    """
    if path.suffix.lower() == ".zip":
        return ZipTarget(path, overwrite, dry_run, stored)
    if stored:
        raise UsageError(f"-o {path}: --stored is for a target that ends in .zip")
    return FolderTarget(path, overwrite, dry_run)


def _refuse_archive(archive: Archive, path: Path) -> None:
    """Raise a UsageError if a path is this archive or lies in any archive; the path may be one that an earlier run wrote."""
    check_target(Path(os.path.realpath(path)).parent)
    location = archive.storage.location
    if isinstance(location, Path) and is_same_file(location, path):
        raise UsageError(f"{path}: {INSIDE.format(location)}")


def _in_zip(copy: Copy) -> str:
    return f"{TOP_FOLDER}/{copy.path}"


def _pack(copy: Copy, *, stored: bool) -> Packed:
    """Return a copy compressed for a zip. The whole file is in memory; its size is at most MAX_VOLUME_BYTES."""
    from isal import isal_zlib

    data = joined(copy.chunks(), copy.size())
    crc = isal_zlib.crc32(data)
    if stored and copy.series:
        return Packed(data, STORED, crc, len(data))
    return Packed(isal_zlib.compress(data, wbits=-15), DEFLATED, crc, len(data))


def _holds(target: Path, copy: Copy) -> bool:
    """Return whether a file has the bytes of a copy; reading stops at the first difference."""
    try:
        if not target.is_file() or target.stat().st_size != copy.size():
            return False
        with open(target, "rb") as file:
            if (crc := copy.known_crc()) is not None:
                return _crc_of(iter(partial(file.read, CHUNK_BYTES), b"")) == crc
            return all(file.read(len(piece)) == piece for piece in copy.chunks())
    except OSError as error:
        if isinstance(error, MRNetError):
            raise
        raise TargetError(f"{target}: cannot be read: {error.strerror}") from error


def _crc(copy: Copy) -> int:
    known = copy.known_crc()
    return _crc_of(copy.chunks()) if known is None else known


def _crc_of(pieces: Iterable[bytes]) -> int:
    from isal import isal_zlib

    crc = 0
    for piece in pieces:
        crc = isal_zlib.crc32(piece, crc)
    return crc


def _size_or_nothing(copy: Copy) -> int:
    try:
        size = copy.size()
    except FileError:
        return 0
    # A longer file is not a volume and is not written.
    return size if size <= MAX_VOLUME_BYTES else 0


def _disk_is_full(error: MRNetError | None) -> bool:
    cause = error.__cause__ if isinstance(error, TargetError) else None
    return isinstance(cause, OSError) and cause.errno in NO_ROOM
