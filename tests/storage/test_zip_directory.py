"""The directory of a zip is found and read in all its odd forms, at any size, without the file itself."""

import struct

import pytest

from mrnet.storage.blobs import ReadAt
from mrnet.storage.zip_directory import (
    ALL_ONES_16,
    ALL_ONES_32,
    END,
    END64,
    END64_MARK,
    END_MARK,
    ENTRY,
    ENTRY_MARK,
    FOUR_GIB,
    LOCATOR,
    LOCATOR_MARK,
    Member,
    NoEndError,
    read_directory,
)


def entry(name: str, offset: int) -> bytes:
    """Return the entry of an empty member; an offset from 4 GiB on is in a ZIP64 field."""
    extra = struct.pack("<HHQ", 1, 8, offset) if offset >= FOUR_GIB else b""
    short = ALL_ONES_32 if extra else offset
    fixed = ENTRY.pack(ENTRY_MARK, 20, 20, 0, 0, 0, 0, 0, 0, 0, len(name), len(extra), 0, 0, 0, 0, short)
    return fixed + name.encode() + extra


def directory(offsets: list[int]) -> bytes:
    return b"".join(entry(f"{number}.npy", offset) for number, offset in enumerate(offsets))


def end(count: int, length: int, offset: int, comment: bytes = b"") -> bytes:
    return END.pack(END_MARK, 0, 0, count, count, length, offset, len(comment)) + comment


def end64(count: int, length: int, offset: int) -> bytes:
    """Return the ZIP64 record of a directory that ends right before it, its locator, and an end without numbers."""
    record = END64.pack(END64_MARK, END64.size - 12, 45, 45, 0, 0, count, count, length, offset)
    return record + LOCATOR.pack(LOCATOR_MARK, 0, offset + length, 1) + end(ALL_ONES_16, ALL_ONES_32, ALL_ONES_32)


def read(content: bytes, begin: int = 0) -> list[Member]:
    """Read the directory of a file with this content at its end, and zeros up to where it begins."""
    size = begin + len(content)

    def read_at(offset: int, length: int) -> bytes:
        stop = min(offset + length, size)
        zeros = bytes(max(0, min(stop, begin) - offset))
        return zeros + content[max(0, offset - begin) : max(0, stop - begin)]

    reads: ReadAt = read_at
    return read_directory(size, reads)


def test_an_end_inside_the_comment_is_not_the_end() -> None:
    entries = directory([0])
    false = end(1, len(entries), 7)
    [member] = read(entries + end(1, len(entries), 0, comment=false))
    assert member.name == "0.npy"


def test_an_end_without_a_directory_is_not_the_end() -> None:
    with pytest.raises(NoEndError, match="no directory begins where it says"):
        read(bytes(100) + end(1, 50, 0))


@pytest.mark.parametrize("before", [b"", b"#!/bin/sh\n"])
def test_a_zip64_record_is_found_after_other_bytes_too(before: bytes) -> None:
    entries = directory([0, 0])
    members = read(before + entries + end64(2, len(entries), 0))
    assert [member.offset for member in members] == [len(before)] * 2


@pytest.mark.parametrize(
    ("stated", "meant"),
    [
        ([0, 3 << 30, 1 << 30, 1 << 20], [0, 3 << 30, 5 << 30, (8 << 30) + (1 << 20)]),
        ([3000, 2000, 1000, 500], [3000, 2000, 1000, 500]),
        ([5 << 30, 100, 200], [5 << 30, 100, 200]),
    ],
    ids=["offsets modulo 4 GiB", "another order", "another order with ZIP64 offsets"],
)
def test_offsets_lose_multiples_of_4_gib_only_where_the_members_then_fit(stated: list[int], meant: list[int]) -> None:
    entries, begin = directory(stated), 9 << 30
    members = read(entries + end(len(stated), len(entries), begin % FOUR_GIB), begin)
    assert [member.offset for member in members] == meant
