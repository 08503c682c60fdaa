"""The storage that is a zip, read in place: members by their own offsets, so that threads never share a position."""

import stat
import struct
import zipfile
from collections.abc import Collection, Iterator
from functools import cached_property
from pathlib import Path
from typing import Any

from mrnet.errors import BrokenZipError, CorruptMemberError, Naming, UnreadableFileError, UnsafeMemberError
from mrnet.storage.base import Entry
from mrnet.storage.blobs import Blob, BlobFile, FileBlob, ReadAt
from mrnet.storage.layout import the_one_root
from mrnet.storage.listing import ListedStorage, roots_above
from mrnet.storage.zip_names import climbs_out, tidy

LOCAL_HEADER = struct.Struct("<4s22xHH")
"""A member's local header: its mark, and the lengths of the name and the extra field that follow (APPNOTE 4.3.7)."""
LOCAL_MARK = b"PK\x03\x04"
MAX_INFLATED_BYTES = 1 << 22
"""Bytes that come out at once: a piece that is read is mostly far less, but may hold a thousand times its length."""
USUAL_EXTRA = 64
"""Bytes: as long as the extra field of a local header mostly is; of a longer one the rest is read by itself."""
NOT_A_DIRECTORY = (zipfile.BadZipFile, OSError, NotImplementedError, ValueError, OverflowError, struct.error)
"""What zipfile raises of bytes that hold no directory of a zip, or one that contradicts itself."""
FOUR_GIB = 1 << 32
MAX_FILE_BYTES = 1 << 48
"""Bytes: no system can be asked for what lies far behind it."""
ENCRYPTED = 0x1
"""The bit of a member's flags that says it is encrypted (APPNOTE 4.4.4)."""


class ZipStorage(ListedStorage):
    """An archive in a zip; its root is the folder inside that `prefix` names (empty, or ending in `/`)."""

    kind = "zip"

    def __init__(self, blob: Blob, prefix: str = "") -> None:
        self.blob = blob
        self.location = blob.location
        self.readers = blob.readers
        self.prefix = prefix

    def opened_by(self) -> tuple[object, ...]:
        return self.blob, self.prefix

    @cached_property
    def members(self) -> list[zipfile.ZipInfo]:
        """Every member that the zip's directory lists, folders and repeated names too."""
        try:
            with Naming(str(self.location)), self.blob.reading() as read_at:
                file = BlobFile(self.blob.size(), read_at)
                members = zipfile.ZipFile(file).infolist()
                _check_count(file.tail, len(members))
        except UnreadableFileError:
            raise
        except NOT_A_DIRECTORY as error:
            raise BrokenZipError(
                f"{self.location}: no zip directory that fits this file ({error}); it may be cut short or be something "
                "else under that name; download it again"
            ) from error
        for member in members:
            # zipfile ends a name at a zero byte, and so gives it to another member.
            member.filename = tidy(member.orig_filename)
        return members

    def unsafe(self) -> Iterator[tuple[zipfile.ZipInfo, str]]:
        """Yield each member that must not be read, with the reason."""
        seen: set[str] = set()
        for member in self.members:
            reason = _why_unsafe(member)
            if reason is None and member.filename in seen:
                reason = "its name is given to an earlier member already"
            seen.add(member.filename)
            if reason:
                yield member, reason

    @cached_property
    def _unsafe_names(self) -> dict[str, str]:
        return {member.filename: reason for member, reason in self.unsafe()}

    @cached_property
    def _by_path(self) -> dict[str, zipfile.ZipInfo]:
        return {
            member.filename.removeprefix(self.prefix): member
            for member in self.members
            if member.filename.startswith(self.prefix) and not climbs_out(member.filename)
        }

    def names(self) -> Collection[str]:
        return self._by_path.keys()

    def fault(self, path: str) -> str | None:
        mode = self._by_path[path].external_attr >> 16
        return "a link, which cannot be followed inside a zip" if stat.S_ISLNK(mode) else None

    def outside(self) -> Iterator[Entry]:
        yield from dict.fromkeys(Entry(self._outermost(name)) for name in self._names_outside)

    def count_below(self, folder: str) -> int:
        outside = sum(1 for name in self._names_outside if name.startswith(folder))
        return outside or super().count_below(folder)

    @cached_property
    def _names_outside(self) -> list[str]:
        return [
            member.filename
            for member in self.members
            if not member.filename.startswith(self.prefix)
            and not member.filename.endswith("/")
            and member.filename not in self._unsafe_names
        ]

    def _outermost(self, name: str) -> str:
        """Return the outermost folder of a name that the archive's own folder does not lie in, or the whole name."""
        parts = name.split("/")
        above = ("/".join(parts[:depth]) + "/" for depth in range(1, len(parts)))
        return next((folder for folder in above if not self.prefix.startswith(folder)), name)

    def path_of(self, name: str) -> str:
        """Return a member's path relative to the archive's root; its whole name where it lies outside."""
        return name if climbs_out(name) else name.removeprefix(self.prefix)

    def size(self, path: str) -> int:
        return self._member(path).file_size

    def crc(self, path: str) -> int:
        """Return the CRC-32 that the zip's directory gives a file."""
        return self._member(path).CRC

    def read_start(self, path: str, length: int) -> bytes:
        start = b"".join(self._pieces(path, length))
        stated = self.size(path)
        if len(start) < min(length, stated):
            raise CorruptMemberError(f"{len(start):,} bytes come out, expected {stated:,}", path)
        return start

    def chunks(self, path: str) -> Iterator[bytes]:
        from isal import isal_zlib

        member = self._member(path)
        crc = length = 0
        for piece in self._pieces(path, min(member.file_size, MAX_FILE_BYTES) + 1):
            length += len(piece)
            if length > member.file_size:
                break
            crc = isal_zlib.crc32(piece, crc)
            yield piece
        if length != member.file_size:
            found = "more" if length > member.file_size else f"{length:,}"
            raise CorruptMemberError(f"{found} bytes come out, expected {member.file_size:,}", path)
        if crc != member.CRC:
            raise CorruptMemberError(f"its CRC-32 is {crc:08x}, expected {member.CRC:08x}", path)

    def _member(self, path: str) -> zipfile.ZipInfo:
        member = self._by_path.get(path)
        if member is None:
            raise UnreadableFileError(f"no such file in {self.location}", path)
        if reason := self._unsafe_names.get(member.filename):
            raise UnsafeMemberError(f"this member is not read: {reason}", path)
        return member

    def _pieces(self, path: str, length: int) -> Iterator[bytes]:
        """Yield a member's first bytes, uncompressed, piece by piece; stops where the data stops."""
        from isal import isal_zlib

        member = self._member(path)
        if member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise CorruptMemberError(f"packed by method {member.compress_type}, expected stored or deflated", path)
        if member.compress_type == zipfile.ZIP_STORED:
            yield from self._packed(path, member, min(member.compress_size, length), length)
            return
        inflater = isal_zlib.decompressobj(-15)
        more_follows = False
        try:
            for packed in self._packed(path, member, member.compress_size, length):
                # Reading on to a length that the zip makes up could go on to its end.
                if more_follows := inflater.eof:
                    break
                for piece in _inflate(inflater, packed, length):
                    yield piece
                    length -= len(piece)
                if not length:
                    return
            if more_follows or inflater.unused_data or not inflater.eof:
                raise CorruptMemberError("its packed data does not end where the zip says that it does", path)
        except isal_zlib.error as error:  # type: ignore[misc]  # its stub declares the class as an instance
            raise CorruptMemberError(f"its data does not inflate ({error})", path) from error

    def _packed(self, path: str, member: zipfile.ZipInfo, length: int, at_first: int) -> Iterator[bytes]:
        """Yield so many of the bytes that stand in the zip for a member; the first together with what precedes them."""
        wanted = LOCAL_HEADER.size + len(member.filename) + USUAL_EXTRA + min(length, at_first, self.blob.piece)
        with Naming(path), self.blob.reading() as read_at:
            offset, start = self._at_mark(read_at, member, max(wanted, self.blob.least))
            _, name_length, extra_length = LOCAL_HEADER.unpack_from(start)
            begin = LOCAL_HEADER.size + int(name_length) + int(extra_length)
            offset, piece = offset + begin, start[begin : begin + length]
            while piece or (length and (piece := read_at(offset, min(length, self.blob.piece)))):
                yield piece
                offset, length, piece = offset + len(piece), length - len(piece), b""

    def _at_mark(self, read_at: ReadAt, member: zipfile.ZipInfo, length: int) -> tuple[int, bytes]:
        """Return where in the zip a member begins, and so many bytes from there on.

        Zips over 4 GiB that macOS' Finder writes have no ZIP64 records: their offsets are right but for a multiple
        of 4 GiB, which zipfile then adds to every member. The member's own mark tells which multiple is right.
        """
        for offset in self._possible_offsets(member.header_offset):
            start = read_at(offset, length)
            if len(start) >= LOCAL_HEADER.size and start.startswith(LOCAL_MARK):
                return offset, start
        raise CorruptMemberError(f"no member begins at byte {member.header_offset:,}, where the zip says it does")

    def _possible_offsets(self, stated: int) -> Iterator[int]:
        if 0 <= stated < MAX_FILE_BYTES:
            yield stated
        yield from range(stated % FOUR_GIB, self.blob.size(), FOUR_GIB)


def _inflate(inflater: Any, packed: bytes, length: int) -> Iterator[bytes]:
    """Yield what comes out of packed bytes, so many bytes at most, in pieces that may be held."""
    while length and (piece := inflater.decompress(packed, min(length, MAX_INFLATED_BYTES))):
        yield piece
        length -= len(piece)
        packed = inflater.unconsumed_tail


def open_zip(place: Path | Blob) -> ZipStorage:
    """Open the archive in a zip; its root is the shallowest folder in it that can be one.

    Raises:
        BrokenZipError: the file has no zip directory that fits it. UnreadableFileError: it cannot be read.
        ArchiveNotFoundError, AmbiguousArchiveError: it holds no archive, or two at one depth.
    """
    blob = FileBlob(place) if isinstance(place, Path) else place
    opened = ZipStorage(blob)
    names = [member.filename for member in opened.members if not climbs_out(member.filename)]
    root = the_one_root(blob.location, {root for name in names for root in roots_above(name)})
    rooted = ZipStorage(blob, f"{root}/" if root else "")
    rooted.members = opened.members
    return rooted


def _check_count(tail: bytes, listed: int) -> None:
    """Raise BadZipFile where a zip's end record states another number of members than its directory lists.

    The number has sixteen bits; where more are needed it is all ones, or cut off by programs without ZIP64 records.
    """
    # APPNOTE 4.3.16; zipfile has found the record, so it is there.
    (stated,) = struct.unpack_from("<H", tail, tail.rindex(b"PK\5\6") + 10)
    if stated not in (0xFFFF, listed & 0xFFFF):
        raise zipfile.BadZipFile(f"it lists {listed:,} members, its end states {stated:,}")


def _why_unsafe(member: zipfile.ZipInfo) -> str | None:
    if climbs_out(member.filename):
        return "its name leads out of the folder that it is unpacked into"
    if member.flag_bits & ENCRYPTED:
        return "it is encrypted"
    return None
