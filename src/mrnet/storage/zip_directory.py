"""Reads a zip's directory, with distrust and without `zipfile`, which fails on the published zip and other sound ones.

`zipfile` adds 4 GiB to every offset of a zip that macOS wrote without ZIP64 records, refuses a whole zip for one broken
extra field or for zeros after its end, and allocates a directory of any length. The numbers in brackets are sections of
PKWARE's APPNOTE.TXT 6.3.10.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass

from mrnet.storage.blobs import TAIL_BYTES, ReadAt
from mrnet.storage.zip_names import tidy

MAX_DIRECTORY_BYTES = 1 << 24
"""10,000 cases in both splits, with macOS's extra member for each file, need less."""
FOUR_GIB = 1 << 32
END = struct.Struct("<4s4H2LH")
"""End of central directory (4.3.16): mark, disks, members here and in all, length and offset of the directory, comment."""
END_MARK = b"PK\5\6"
END64 = struct.Struct("<4sQ2H2L4Q")
END64_MARK = b"PK\6\6"
LOCATOR = struct.Struct("<4sLQL")
LOCATOR_MARK = b"PK\6\7"
ENTRY = struct.Struct("<4s6H3L5H2L")
"""One member (4.3.12), before its name, extra fields and comment."""
ENTRY_MARK = b"PK\1\2"
ZIP64_FIELD = 1
IS_UTF8 = 0x800
ENCRYPTED = 0x1
ALL_ONES_32 = 0xFFFFFFFF
ALL_ONES_16 = 0xFFFF


class NoDirectoryError(ValueError):
    """The file has no directory, or one that does not fit it; the text says which."""


class NoEndError(NoDirectoryError):
    """The file does not end as a zip does: it is cut short, or something else."""


class SplitZipError(NoDirectoryError):
    """The file is one part of a zip that was split into several."""


@dataclass(slots=True)
class Member:
    """The directory's entry for one member."""

    name: str
    """With `/`, and without a leading `./`."""
    written_name: bytes
    method: int
    crc: int
    size: int
    """Bytes, uncompressed."""
    packed_size: int
    offset: int
    """Where its local header begins; in a zip over 4 GiB without ZIP64 records the real offset may be n × 4 GiB more."""
    mode: int
    """Its file's mode on Unix; 0 if the zip has none."""
    encrypted: bool

    @property
    def is_folder(self) -> bool:
        """Whether this member is a folder."""
        return self.name.endswith("/")

    @property
    def end(self) -> int:
        """The earliest possible end of its data."""
        return self.offset + 30 + len(self.written_name) + self.packed_size


def read_directory(size: int, read_at: ReadAt) -> list[Member]:
    """Return every member of a zip of this size, in the directory's order, with folders and repeated names.

    Raises:
        NoDirectoryError: there is no directory that fits the file. UnreadableFileError: the file cannot be read.
    """
    tail_begins = max(0, size - TAIL_BYTES)
    tail = read_at(tail_begins, TAIL_BYTES)
    begin, length, offset, count = _end(tail, tail_begins, read_at)
    if length > MAX_DIRECTORY_BYTES:
        raise NoDirectoryError(f"its directory would have {length:,} bytes, far more than 10,000 cases need")
    if begin < 0:
        raise NoDirectoryError("its directory would begin before the file does")
    directory = tail[begin - tail_begins :][:length] if begin >= tail_begins else read_at(begin, length)
    # Bytes before the zip (a self-extractor) shift all offsets; 32 bits lose multiples of 4 GiB.
    before = (begin - offset) % FOUR_GIB if begin >= offset % FOUR_GIB else 0
    members = list(_members(directory, before))
    if len(members) & ALL_ONES_16 != count & ALL_ONES_16:
        raise NoDirectoryError(f"it lists {len(members):,} members, its end states {count:,}")
    _unwrap(members, begin)
    return members


def _end(tail: bytes, tail_begins: int, read_at: ReadAt) -> tuple[int, int, int, int]:
    """Return where the directory begins, its length, its stated offset, and the number of members."""
    position = len(tail)
    reason = "it has no directory at its end"
    while (position := tail.rfind(END_MARK, 0, position)) >= 0:
        if position + END.size > len(tail):
            continue
        _, disk, first_disk, _, count, length, offset, _ = END.unpack_from(tail, position)
        begin = tail_begins + position - length
        record = _end64(tail, tail_begins, position, read_at)
        if record is not None:
            begin, length, offset, count = record
        elif 0 < disk < ALL_ONES_16 or 0 < first_disk < ALL_ONES_16:
            raise SplitZipError(f"it is the last of {max(disk, first_disk) + 1:,} parts of a split zip")
        if count == 0 or length > MAX_DIRECTORY_BYTES or _begins_directory(begin, tail, tail_begins, read_at):
            return begin, length, offset, count
        reason = "its end does not fit it: no directory begins where it says"
    raise NoEndError(reason)


def _begins_directory(begin: int, tail: bytes, tail_begins: int, read_at: ReadAt) -> bool:
    if begin < 0:
        return False
    start = tail[begin - tail_begins :][:4] if begin >= tail_begins else read_at(begin, 4)
    return start == ENTRY_MARK


def _end64(tail: bytes, tail_begins: int, end: int, read_at: ReadAt) -> tuple[int, int, int, int] | None:
    """Return the same from a ZIP64 record; None if there is none before the end."""
    locator = end - LOCATOR.size
    if locator < 0 or not tail.startswith(LOCATOR_MARK, locator):
        return None
    _, _, stated, _ = LOCATOR.unpack_from(tail, locator)
    # If other bytes precede the zip, the record is still directly before its locator.
    for position in (stated, tail_begins + locator - END64.size):
        inside = position - tail_begins
        found = tail[inside : inside + END64.size] if inside >= 0 else b""
        if inside < 0 <= position < FOUR_GIB << 16:
            found = read_at(position, END64.size)
        if len(found) == END64.size and found.startswith(END64_MARK):
            *_, count, length, offset = END64.unpack(found)
            return position - length, length, offset, count
    return None


def _members(directory: bytes, before: int) -> Iterator[Member]:
    position = 0
    while position < len(directory):
        if not directory.startswith(ENTRY_MARK, position) or position + ENTRY.size > len(directory):
            raise NoDirectoryError(f"its directory is damaged after {position:,} bytes")
        (_, _, _, flags, method, _, _, crc, packed, size, name, extra, comment, _, _, attributes, offset) = (
            ENTRY.unpack_from(directory, position)
        )
        position += ENTRY.size
        written = directory[position : position + name]
        fields = directory[position + name : position + name + extra]
        position += name + extra + comment
        if position > len(directory):
            raise NoDirectoryError("its directory ends inside a member's entry")
        size, packed, offset = _long_numbers(fields, size, packed, offset)
        decoded = written.decode("utf-8", "replace") if flags & IS_UTF8 else written.decode("cp437")
        yield Member(
            tidy(decoded),
            written,
            method,
            crc,
            size,
            packed,
            offset + before,
            attributes >> 16,
            bool(flags & ENCRYPTED),
        )


def _long_numbers(fields: bytes, *numbers: int) -> tuple[int, int, int]:
    """Return length, packed length and offset, each from the ZIP64 field (4.5.3) if all its bits in the entry are 1.

    A broken extra field ends the search and has no other effect, because no other field is used.
    """
    position = 0
    while position + 4 <= len(fields):
        kind, length = struct.unpack_from("<HH", fields, position)
        position += 4
        if kind == ZIP64_FIELD and position + length <= len(fields):
            long = iter(struct.unpack_from(f"<{length // 8}Q", fields, position))
            size, packed, offset = (next(long, number) if number == ALL_ONES_32 else number for number in numbers)
            return size, packed, offset
        position += length
    size, packed, offset = numbers
    return size, packed, offset


def _unwrap(members: list[Member], directory_begins: int) -> None:
    """Add to each offset the multiples of 4 GiB that 32 bits cannot hold, if the members are in the directory's order.

    If the members then do not fit before the directory, the zip is of another kind, and its offsets stay as they are.
    """
    if directory_begins <= FOUR_GIB or any(member.offset >= FOUR_GIB for member in members):
        return
    added = earlier = 0
    offsets = []
    for member in members:
        if member.offset < earlier:
            added += FOUR_GIB
        earlier = member.offset
        offsets.append(member.offset + added)
    if offsets and offsets[-1] < directory_begins:
        for member, offset in zip(members, offsets, strict=True):
            member.offset = offset
