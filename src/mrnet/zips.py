"""The storage that is a zip, read in place: members by their own offsets, so that threads never share a position."""

import io
import re
import stat
import struct
import zipfile
from bisect import bisect_left
from collections.abc import Iterator
from functools import cached_property
from itertools import islice, takewhile
from pathlib import Path
from typing import BinaryIO

from mrnet.errors import BrokenZipError, CorruptMemberError, MRNetError, UnreadableFileError, UnsafeMemberError
from mrnet.layout import DEEPEST_ROOT, NEVER_A_ROOT, is_file_place, is_known_folder, marks_root, the_one_root
from mrnet.storage import CHUNK, Entry, Storage, unreadable

LOCAL_HEADER = struct.Struct("<4s22xHH")
"""A member's local header: its mark, and the lengths of the name and the extra field that follow (APPNOTE 4.3.7)."""
LOCAL_MARK = b"PK\x03\x04"
NOT_A_DIRECTORY = (zipfile.BadZipFile, OSError, NotImplementedError, ValueError, OverflowError, struct.error)
"""What zipfile raises of bytes that hold no directory of a zip, or one that contradicts itself."""
FOUR_GIB = 1 << 32
DRIVE = re.compile("[A-Za-z]:")
ENCRYPTED = 0x1
"""The bit of a member's flags that says it is encrypted (APPNOTE 4.4.4)."""


class ZipStorage(Storage):
    """An archive in a zip; its root is the folder inside that `prefix` names (empty, or ending in `/`)."""

    kind = "zip"

    def __init__(self, location: Path, prefix: str = "") -> None:
        self.location = location
        self.prefix = prefix

    @cached_property
    def members(self) -> list[zipfile.ZipInfo]:
        """Every member that the zip's directory lists, folders and repeated names too."""
        try:
            with open(self.location, "rb") as handle:
                members = _read_directory(self.location, handle)
        except OSError as error:
            raise unreadable(str(self.location), error) from error
        for member in members:
            member.filename = _tidy(member.filename)
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

    @cached_property
    def entries(self) -> dict[str, Entry]:
        found = (self._entry(path) for path in self._by_path)
        entries = {entry.path: entry for entry in found if entry}
        return dict(sorted(entries.items()))

    def _entry(self, path: str) -> Entry | None:
        parts = path.split("/")
        for depth in range(1, len(parts)):
            above = "/".join(parts[:depth])
            if is_file_place(above):
                return Entry(above, "a folder")
            if not is_known_folder(above):
                return None if path.endswith("/") else Entry(f"{above}/")
        return Entry(path, self._fault(path)) if parts[-1] else None

    def _fault(self, path: str) -> str | None:
        mode = self._by_path[path].external_attr >> 16
        return "a link, which cannot be followed inside a zip" if stat.S_ISLNK(mode) else None

    def walk(self, folder: str) -> Iterator[Entry]:
        begin = bisect_left(self._paths, folder)
        for path in takewhile(lambda path: path.startswith(folder), islice(self._paths, begin, None)):
            if not path.endswith("/"):
                yield Entry(path, self._fault(path))

    @cached_property
    def _paths(self) -> list[str]:
        return sorted(self._by_path)

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
        start = b""
        for piece in self._pieces(path, length):
            start += piece
            if len(start) >= length:
                break
        stated = self.size(path)
        if len(start) < min(length, stated):
            raise CorruptMemberError(f"{len(start):,} bytes come out, expected {stated:,}", path)
        return start[:length]

    def read(self, path: str) -> bytes:
        return b"".join(self.chunks(path))

    def chunks(self, path: str) -> Iterator[bytes]:
        from isal import isal_zlib

        member = self._member(path)
        crc = length = 0
        for piece in self._pieces(path, CHUNK):
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
        """Yield a member's bytes, uncompressed, in pieces of at most so many bytes; stops where the data stops."""
        from isal import isal_zlib

        member = self._member(path)
        if member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise CorruptMemberError(f"packed by method {member.compress_type}, expected stored or deflated", path)
        if member.compress_type == zipfile.ZIP_STORED:
            yield from self._packed(path, member, length)
            return
        inflater = isal_zlib.decompressobj(-15)
        try:
            for packed in self._packed(path, member, length):
                piece = inflater.decompress(packed, length)
                while piece:
                    yield piece
                    piece = inflater.decompress(inflater.unconsumed_tail, length)
            if not inflater.eof or inflater.unused_data:
                raise CorruptMemberError("its packed data does not end where the zip says that it does", path)
        except isal_zlib.error as error:  # type: ignore[misc]  # its stub declares the class as an instance
            raise CorruptMemberError(f"its data does not inflate ({error})", path) from error

    def _packed(self, path: str, member: zipfile.ZipInfo, length: int) -> Iterator[bytes]:
        """Yield the bytes that stand in the zip for a member, in pieces of at most so many bytes."""
        try:
            with open(self.location, "rb", buffering=0) as handle:
                handle.seek(_data_offset(path, member, handle))
                left = member.compress_size
                while left and (piece := handle.read(min(left, length))):
                    left -= len(piece)
                    yield piece
        except OSError as error:
            if isinstance(error, MRNetError):
                raise
            raise unreadable(path, error) from error


def open_zip(location: Path) -> ZipStorage:
    """Open the archive in a zip; its root is the shallowest folder in it that can be one.

    Raises:
        BrokenZipError: the file has no zip directory that fits it.
        ArchiveNotFoundError, AmbiguousArchiveError: it holds no archive, or two at one depth.
    """
    names = [member.filename for member in ZipStorage(location).members if not climbs_out(member.filename)]
    root = the_one_root(location, {root for name in names for root in _roots(name)})
    return ZipStorage(location, f"{root}/" if root else "")


def _roots(name: str) -> Iterator[str]:
    parts = name.split("/")
    for depth in range(min(DEEPEST_ROOT + 1, len(parts))):
        if marks_root("/".join(parts[depth:])) and NEVER_A_ROOT not in parts[:depth]:
            yield "/".join(parts[:depth])


def _why_unsafe(member: zipfile.ZipInfo) -> str | None:
    if climbs_out(member.filename):
        return "its name leads out of the folder that it is unpacked into"
    if member.flag_bits & ENCRYPTED:
        return "it is encrypted"
    return None


def _read_directory(location: Path, handle: BinaryIO) -> list[zipfile.ZipInfo]:
    try:
        return zipfile.ZipFile(handle).infolist()
    except NOT_A_DIRECTORY as error:
        raise BrokenZipError(
            f"{location}: no zip directory that fits this file ({error}); it may be cut short or be something else "
            "under that name; download it again"
        ) from error


def _tidy(name: str) -> str:
    r"""Return a member's name with `/` for the `\\` of some Windows programs, and without the `./` of some others."""
    if climbs_out(name):
        return name
    name = name.replace("\\", "/")
    while name.startswith("./") and name != "./":
        name = name[2:]
    return name


def climbs_out(name: str) -> bool:
    """Tell whether a member's name is absolute or has `..` in it, on any system."""
    parts = name.replace("\\", "/").split("/")
    return parts[0] == "" or ".." in parts or DRIVE.match(name) is not None


def _data_offset(path: str, member: zipfile.ZipInfo, handle: io.FileIO) -> int:
    """Return where in the zip a member's data begins.

    Zips over 4 GiB that macOS' Finder writes have no ZIP64 records: their offsets are right but for a multiple
    of 4 GiB, which zipfile then adds to every member. The member's own mark tells which multiple is right.
    """
    size = handle.seek(0, io.SEEK_END)
    as_stated = [member.header_offset] if 0 <= member.header_offset < size else []
    for offset in (*as_stated, *range(member.header_offset % FOUR_GIB, size, FOUR_GIB)):
        handle.seek(offset)
        header = handle.read(LOCAL_HEADER.size)
        if len(header) == LOCAL_HEADER.size and header.startswith(LOCAL_MARK):
            _, name_length, extra_length = LOCAL_HEADER.unpack(header)
            return int(offset + LOCAL_HEADER.size + name_length + extra_length)
    raise CorruptMemberError(f"no member begins at byte {member.header_offset:,}, where the zip says it does", path)
