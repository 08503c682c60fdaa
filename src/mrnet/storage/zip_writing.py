"""Writes a zip of compressed files, so that several processors can compress; with ZIP64 where it is needed.

`zipfile` compresses each file itself, in one thread. The numbers in brackets are sections of PKWARE's APPNOTE.TXT 6.3.10.
"""

import struct
from dataclasses import dataclass
from typing import BinaryIO

from mrnet.storage import zip_directory as record

VERSION, VERSION_ZIP64 = 20, 45
"""The version of the format that a reader must know (4.4.3)."""
MADE_ON_UNIX = 3 << 8
PLAIN_FILE = 0o100644 << 16
EARLIEST_DATE = (1 << 5) | 1
"""1 January 1980 (4.4.6): the same in every zip, so that the same files give the same bytes."""


@dataclass(frozen=True, slots=True)
class Packed:
    """A file's bytes as they are stored in the zip, with the data for its directory entry."""

    data: bytes
    method: int
    """0: stored. 8: Deflate."""
    crc: int
    """CRC-32 of the file."""
    size: int
    """Bytes of the file, less than 4 GiB."""


class ZipWriter:
    """Writes files one after the other, and the directory at the end."""

    def __init__(self, handle: BinaryIO) -> None:
        self.handle = handle
        self.offset = 0
        self.entries: list[bytes] = []

    def add(self, name: str, packed: Packed) -> None:
        """Write one file; `name` with `/`."""
        written = name.encode()
        flags = 0 if name.isascii() else record.IS_UTF8
        sizes = (packed.crc, len(packed.data), packed.size)
        long = self.offset >= record.ALL_ONES_32
        version = VERSION_ZIP64 if long else VERSION
        extra = struct.pack("<HHQ", 1, 8, self.offset) if long else b""
        local = struct.pack(
            "<4s5H3L2H", b"PK\3\4", VERSION, flags, packed.method, 0, EARLIEST_DATE, *sizes, len(written), 0
        )
        entry = record.ENTRY.pack(
            record.ENTRY_MARK, MADE_ON_UNIX | version, version, flags, packed.method, 0, EARLIEST_DATE, *sizes,
            len(written), len(extra), 0, 0, 0, PLAIN_FILE, min(self.offset, record.ALL_ONES_32),
        )  # fmt: skip
        self.entries.append(entry + written + extra)
        self._write(local + written)
        self._write(packed.data)

    def close(self) -> None:
        """Write the directory, with ZIP64 records if its numbers need them."""
        directory = b"".join(self.entries)
        begin, count = self.offset, len(self.entries)
        self._write(directory)
        if begin >= record.ALL_ONES_32 or count >= record.ALL_ONES_16:
            end64 = self.offset
            versions = MADE_ON_UNIX | VERSION_ZIP64, VERSION_ZIP64
            self._write(record.END64.pack(record.END64_MARK, 44, *versions, 0, 0, count, count, len(directory), begin))
            self._write(record.LOCATOR.pack(record.LOCATOR_MARK, 0, end64, 1))
        few, low = min(count, record.ALL_ONES_16), min(begin, record.ALL_ONES_32)
        self._write(record.END.pack(record.END_MARK, 0, 0, few, few, len(directory), low, 0))

    def _write(self, data: bytes) -> None:
        self.handle.write(data)
        self.offset += len(data)
