"""An archive in a zip, read in place: each read has its own offset, so that threads share no position."""

import stat
import struct
from collections.abc import Collection, Iterator
from functools import cached_property
from itertools import pairwise
from typing import Any, Self

from mrnet.errors import (
    BrokenZipError,
    CorruptMemberError,
    Naming,
    UnreadableFileError,
    UnreadMethodError,
    UnsafeMemberError,
)
from mrnet.memory import PIECES
from mrnet.storage.base import Entry
from mrnet.storage.blobs import Blob, ReadAt
from mrnet.storage.layout import CLASSIC, NEVER_A_ROOT, Layout
from mrnet.storage.listing import ListedStorage
from mrnet.storage.places import Place
from mrnet.storage.zip_directory import FOUR_GIB, Member, NoDirectoryError, NoEndError, SplitZipError, read_directory
from mrnet.storage.zip_kinds import AGAIN, JOIN, method_name, split_part, what_it_is
from mrnet.storage.zip_names import climbs_out
from mrnet.text import shortened

LOCAL_HEADER = struct.Struct("<4s22xHH")
"""A member's local header: its mark, and the lengths of the name and the extra field that follow (APPNOTE 4.3.7)."""
LOCAL_MARK = b"PK\x03\x04"
MAX_INFLATED_BYTES = 1 << 22
"""Bytes per inflated piece: a piece of input may inflate to a thousand times its length."""
USUAL_EXTRA = 64
"""Room for the extra field of most local headers; the rest of a longer one is read separately."""
MAX_FILE_BYTES = 1 << 48
"""Operating systems refuse reads far beyond this offset."""
STORED, DEFLATED = READ_METHODS = (0, 8)
"""The supported compression methods (APPNOTE 4.4.5)."""
REPACK = "unpack the zip with 7-Zip, and name the folder that comes out"
PACKED_SUFFIXES = (".zip", ".tar", ".gz", ".tgz", ".7z", ".rar")


class ZipStorage(ListedStorage):
    """An archive in a zip; `prefix` is the folder in the zip that is its root (empty, or ending in `/`)."""

    kind = "zip"

    def __init__(self, blob: Blob, prefix: str = "", layout: Layout = CLASSIC) -> None:
        self.blob = blob
        self.layout = layout
        self.location = blob.location
        self.readers = blob.readers
        self.prefix = prefix

    def opened_by(self) -> tuple[object, ...]:
        return self.blob, self.prefix, self.layout

    def rooted(self, root: str, layout: Layout) -> Self:
        rooted = type(self)(self.blob, self.prefix + root, layout)
        rooted.members = self.members
        _refuse_unread_methods(rooted)
        return rooted

    def explain_absence(self) -> None:
        if not self.members:
            raise BrokenZipError(f"{self.location}: a zip that holds no file at all: {AGAIN}")
        names = [member.name for member in self.members if not _is_of_macos(member.name)]
        if packed := [name for name in names if name.lower().endswith(PACKED_SUFFIXES)]:
            raise BrokenZipError(
                f"{self.location}: no archive in it, but another packed file, {shortened(packed[0])}: unpack this zip, and "
                "name the file that comes out"
            )

    @cached_property
    def members(self) -> list[Member]:
        """Every member in the zip's directory, with folders and repeated names."""
        with Naming(str(self.location)), self.blob.opened() as read_at:
            size = self.blob.size()
            try:
                members = read_directory(size, read_at)
                if (part := split_part(self.location)) and read_at(0, len(LOCAL_MARK)) != LOCAL_MARK:
                    raise BrokenZipError(f"{self.location}: no zip that can be opened: this is {part}")
                return members
            except NoDirectoryError as error:
                raise BrokenZipError(f"{self.location}: {_why_broken(size, read_at, self.location, error)}") from error

    def unsafe(self) -> Iterator[tuple[Member, str]]:
        """Yield each member that must not be read, with the reason."""
        seen: set[str] = set()
        with Naming(str(self.location)):
            overlapping = _overlapping(self.members, self.blob.size())
        for member in self.members:
            reason = _why_unsafe(member) or overlapping.get(id(member))
            if reason is None and member.name in seen:
                reason = "its name is given to an earlier member already"
            seen.add(member.name)
            if reason:
                yield member, reason

    @cached_property
    def _unsafe_names(self) -> dict[str, str]:
        return {member.name: reason for member, reason in self.unsafe()}

    @cached_property
    def _by_path(self) -> dict[str, Member]:
        return {
            member.name.removeprefix(self.prefix): member
            for member in self.members
            if member.name.startswith(self.prefix) and not climbs_out(member.name) and not _is_of_macos(member.name)
        }

    def names(self) -> Collection[str]:
        return self._by_path.keys()

    def fault(self, path: str) -> str | None:
        mode = self._by_path[path].mode
        return "a link, which cannot be followed inside a zip" if stat.S_ISLNK(mode) else None

    def outside(self) -> Iterator[Entry]:
        yield from dict.fromkeys(Entry(self._outermost(name)) for name in self._names_outside)

    def count_below(self, folder: str) -> int:
        outside = sum(1 for name in self._names_outside if name.startswith(folder))
        return outside or super().count_below(folder)

    @cached_property
    def _names_outside(self) -> list[str]:
        return [
            member.name
            for member in self.members
            if not member.name.startswith(self.prefix)
            and not member.is_folder
            and not _is_of_macos(member.name)
            and member.name not in self._unsafe_names
        ]

    def _outermost(self, name: str) -> str:
        """Return the outermost folder of a name that does not contain the archive's own folder, or else the whole name."""
        parts = name.split("/")
        above = ("/".join(parts[:depth]) + "/" for depth in range(1, len(parts)))
        return next((folder for folder in above if not self.prefix.startswith(folder)), name)

    @property
    def unread_methods(self) -> dict[str, list[str]]:
        """The paths of files that are packed by an unsupported method, by the method's name."""
        paths: dict[str, list[str]] = {}
        for path, member in self._by_path.items():
            if member.method not in READ_METHODS and not member.is_folder:
                paths.setdefault(method_name(member.method), []).append(path)
        return paths

    def path_of(self, name: str) -> str:
        """Return a member's path relative to the archive's root; its whole name if it is outside."""
        return name if climbs_out(name) else name.removeprefix(self.prefix)

    def size(self, path: str) -> int:
        return self._member(path).size

    def known_crc(self, path: str) -> int:
        return self._member(path).crc

    def read_start(self, path: str, length: int) -> bytes:
        start = b"".join(self._pieces(path, length))
        stated = self.size(path)
        if len(start) < min(length, stated):
            raise CorruptMemberError(f"it unpacks to {len(start):,} bytes, expected {stated:,}", path)
        return start

    def chunks(self, path: str) -> Iterator[bytes]:
        from isal import isal_zlib

        member = self._member(path)
        crc = length = 0
        for piece in self._pieces(path, min(member.size, MAX_FILE_BYTES) + 1):
            length += len(piece)
            if length > member.size:
                break
            crc = isal_zlib.crc32(piece, crc)
            yield piece
        if length != member.size:
            found = f"more than {member.size:,}" if length > member.size else f"{length:,}"
            raise CorruptMemberError(f"it unpacks to {found} bytes, expected {member.size:,}", path)
        if crc != member.crc:
            raise CorruptMemberError(f"its CRC-32 is {crc:08x}, expected {member.crc:08x}", path)

    def _member(self, path: str) -> Member:
        member = self._by_path.get(path)
        if member is None:
            raise UnreadableFileError(f"no such file in {self.location}", path)
        if reason := self._unsafe_names.get(member.name):
            raise UnsafeMemberError(f"this member is not read: {reason}", path)
        return member

    def _pieces(self, path: str, length: int) -> Iterator[bytes]:
        """Yield a member's first bytes, uncompressed, piece by piece; stop at the end of its data."""
        from isal import isal_zlib

        member = self._member(path)
        if member.method not in READ_METHODS:
            raise UnreadMethodError(f"packed by {method_name(member.method)}, which is not read: {REPACK}", path)
        if member.method == STORED:
            yield from self._packed(path, member, min(member.packed_size, length), length)
            return
        inflater = isal_zlib.decompressobj(-15)
        more_follows = False
        try:
            for packed in self._packed(path, member, member.packed_size, length):
                # Stop here: a false length in the directory could otherwise make this read to the end of the zip.
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

    def _packed(self, path: str, member: Member, length: int, at_first: int) -> Iterator[bytes]:
        """Yield a member's packed bytes, up to a length; the first piece comes in the same read as the local header."""
        wanted = LOCAL_HEADER.size + len(member.written_name) + USUAL_EXTRA + min(length, at_first, self.blob.piece)
        inflated = 0 if member.method == STORED else min(at_first, member.size, MAX_INFLATED_BYTES)
        with Naming(path), self.blob.opened() as read_at, PIECES.taking(min(length, self.blob.piece) + inflated):
            offset, start = self._at_mark(read_at, member, max(wanted, self.blob.least))
            _, name_length, extra_length = LOCAL_HEADER.unpack_from(start)
            begin = LOCAL_HEADER.size + int(name_length) + int(extra_length)
            offset, piece = offset + begin, start[begin : begin + length]
            while piece or (length and (piece := read_at(offset, min(length, self.blob.piece)))):
                yield piece
                offset, length, piece = offset + len(piece), length - len(piece), b""

    def _at_mark(self, read_at: ReadAt, member: Member, length: int) -> tuple[int, bytes]:
        """Return where in the zip a member begins, and up to this number of bytes from there on.

        Zips over 4 GiB from the macOS Finder have no ZIP64 records: their offsets are right except for a multiple
        of 4 GiB. The member's own signature and name show which multiple is right.
        """
        other_name = None
        for offset in self._possible_offsets(member.offset):
            start = read_at(offset, length)
            if len(start) >= LOCAL_HEADER.size and start.startswith(LOCAL_MARK):
                _, name_length, _ = LOCAL_HEADER.unpack_from(start)
                name = start[LOCAL_HEADER.size : LOCAL_HEADER.size + int(name_length)]
                if name == member.written_name:
                    return offset, start
                other_name = other_name or name
        if other_name is not None:
            shown = shortened(other_name.decode("utf-8", "replace"))
            raise CorruptMemberError(
                f"its own header names it {shown!r}: other programs refuse it, or read another file"
            )
        raise CorruptMemberError(f"no member begins at byte {member.offset:,}, where the zip says it does")

    def _possible_offsets(self, stated: int) -> Iterator[int]:
        if 0 <= stated < MAX_FILE_BYTES:
            yield stated
        yield from range(stated % FOUR_GIB, self.blob.size(), FOUR_GIB)


def _inflate(inflater: Any, packed: bytes, length: int) -> Iterator[bytes]:
    """Yield inflated bytes up to a limit, in pieces that fit into memory."""
    while length and (piece := inflater.decompress(packed, min(length, MAX_INFLATED_BYTES))):
        yield piece
        length -= len(piece)
        packed = inflater.unconsumed_tail


def open_zip(blob: Blob) -> ZipStorage:
    """Open a zip, without finding the archive in it yet.

    Raises:
        BrokenZipError: the file has no zip directory that fits it. UnreadableFileError: it cannot be read.
    """
    opened = ZipStorage(blob)
    _ = opened.members
    return opened


def _refuse_unread_methods(storage: ZipStorage) -> None:
    """Raise a BrokenZipError if every volume is packed by an unsupported method."""
    unread = storage.unread_methods
    volume_at = storage.layout.volume_at
    volumes = sum(volume_at(path) is not None for path in storage.names())
    if volumes and volumes == sum(volume_at(path) is not None for paths in unread.values() for path in paths):
        raise BrokenZipError(f"{storage.location}: packed by {' and '.join(unread)}, which is not read: {REPACK}")


def _why_broken(size: int, read_at: ReadAt, location: Place, error: NoDirectoryError) -> str:
    if isinstance(error, SplitZipError):
        return f"{error}: {JOIN}"
    if isinstance(error, NoEndError) and (kind := what_it_is(size, read_at, location)):
        return f"no zip that can be opened: this is {kind}"
    return f"no zip directory that fits this file ({error}): {AGAIN}"


def _why_unsafe(member: Member) -> str | None:
    if climbs_out(member.name):
        return "its name leads out of the folder that it is unpacked into"
    return "it is encrypted" if member.encrypted else None


def _is_of_macos(name: str) -> bool:
    parts = name.split("/")
    return NEVER_A_ROOT in parts[:-1] or parts[-1] == ".DS_Store"


def _overlapping(members: list[Member], size: int) -> dict[int, str]:
    """Return a reason for each member, by its identity, that overlaps another one in a zip of this size.

    Zip bombs use such members to inflate to thousands of times their size. If two members have the same offset,
    the second gets a reason. A member that reaches into the next one gets a reason itself. A length beyond the zip's end is
    another fault.
    """
    reasons: dict[int, str] = {}
    by_offset = sorted(members, key=lambda each: each.offset)
    for member, following in pairwise(by_offset):
        if member.offset == following.offset:
            reasons[id(following)] = f"it begins where another member does, {shortened(member.name)}"
        elif following.offset < member.end <= size:
            reasons[id(member)] = f"it overlaps another member, {shortened(following.name)}"
    return reasons
