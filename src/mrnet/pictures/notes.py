"""The note inside a picture: the command line that made it, and a fingerprint of its settings and voxels."""

import json
import re
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import BinaryIO

from mrnet import __version__
from mrnet.inputs import open_plain_file

GIF_MARKS = (b"GIF87a", b"GIF89a")
TIFF_MARK = b"II*\0"
"""Little-endian, as imageio writes it on nearly every machine."""
TIFF_DESCRIPTION = 270
TIFF_ENTRY = struct.Struct("<HHI4s")
TIFF_ITEM_BYTES = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8}
"""The types that mrnet's files use (TIFF 6.0, section 2): byte, text, short, long, rational."""
MAX_TIFF_ENTRIES = 64
PNG_MARK = b"\x89PNG\r\n\x1a\n"
PNG_KEYWORD = b"mrnet"
PNG_END = b"\0\0\0\0IEND\xaeB`\x82"
PNG_CHUNK = struct.Struct(">I4s")
MAX_NOTE_BYTES = 1 << 22
"""Command lines are shorter on every system."""
MAX_BLOCKS_READ = 32
"""GIF extensions or PNG chunks: mrnet's note is the second or third."""


@dataclass(frozen=True)
class Note:
    """Text that is stored in a picture but not drawn."""

    fingerprint: str
    command: str
    version: str = __version__

    def text(self) -> str:
        """Return the note as it is stored: JSON in ASCII, which a GIF's comment, a PNG's text and a TIFF's description can hold."""
        return json.dumps({"mrnet": self.version, "command": self.command, "fingerprint": self.fingerprint})


def parse_note(text: bytes) -> Note | None:
    """Return the note in a picture's comment; None if the comment is not from mrnet."""
    try:
        fields = json.loads(text)
        note = Note(fields["fingerprint"], fields["command"], fields["mrnet"])
    except (ValueError, KeyError, TypeError, RecursionError):
        return None
    return note if all(isinstance(each, str) for each in (note.fingerprint, note.command, note.version)) else None


def read_note(path: Path) -> Note | None:
    """Return the note in a GIF, PNG or TIFF that mrnet made; None for any other file.

    Raises:
        OSError: the file cannot be read.
    """
    with open(path, "rb", opener=open_plain_file) as file:
        start = file.read(8)
        if start[:6] in GIF_MARKS:
            file.seek(6)
            return _gif_note(file)
        if start[:4] == TIFF_MARK:
            return _tiff_note(file)
        return _png_note(file) if start == PNG_MARK else None


def is_whole(path: Path) -> bool:
    """Return whether a picture that mrnet made is complete; an interrupted copy is not."""
    with open(path, "rb", opener=open_plain_file) as file:
        start = file.read(6)
        size = file.seek(0, 2)
        if start[:4] == TIFF_MARK:
            return all(end <= size for _, _, end in _tiff_entries(file))
        file.seek(max(0, size - len(gif_end(0))))
        end = file.read()
    return end == gif_end(size - len(end)) if start in GIF_MARKS else end.endswith(PNG_END)


def is_tiff_without_end(path: Path) -> bool:
    """Return whether a file is a TIFF whose directory is cut off; it cannot tell who made it.

    The directory, which holds the note, comes after the pixels.
    """
    with open(path, "rb", opener=open_plain_file) as file:
        if file.read(len(TIFF_MARK)) != TIFF_MARK:
            return False
        begin = int.from_bytes(file.read(4), "little")
        return file.seek(0, 2) < begin + 2


def gif_end(length: int) -> bytes:
    """Return the end of a GIF: a comment with the number of bytes before it, and the trailer.

    The trailer alone is one byte, and any byte in the middle of the file may have the same value.
    """
    return b"!\xfe\x08%08x\0;" % length


def _gif_note(file: BinaryIO) -> Note | None:
    screen = file.read(7)
    if len(screen) == 7 and screen[4] & 0x80:
        file.seek(3 << ((screen[4] & 7) + 1), 1)
    for _ in range(MAX_BLOCKS_READ):
        if file.read(1) != b"!":
            return None
        label = file.read(1)
        text = b"".join(islice(_gif_blocks(file), MAX_NOTE_BYTES // 255))
        if label == b"\xfe" and (note := parse_note(text)):
            return note
    return None


def _gif_blocks(file: BinaryIO) -> Iterator[bytes]:
    while length := file.read(1).rstrip(b"\0"):
        yield file.read(length[0])


def _png_note(file: BinaryIO) -> Note | None:
    for _ in range(MAX_BLOCKS_READ):
        if len(head := file.read(PNG_CHUNK.size)) < PNG_CHUNK.size:
            return None
        length, kind = PNG_CHUNK.unpack(head)
        if kind == b"tEXt" and length < MAX_NOTE_BYTES:
            keyword, _, text = file.read(length).partition(b"\0")
            if keyword == PNG_KEYWORD and (note := parse_note(text)):
                return note
            file.seek(4, 1)
        elif re.fullmatch(rb"[A-Za-z]{4}", kind) and kind not in (b"IDAT", b"IEND"):
            file.seek(length + 4, 1)
        else:
            return None
    return None


def _tiff_note(file: BinaryIO) -> Note | None:
    for tag, start, end in _tiff_entries(file):
        if tag == TIFF_DESCRIPTION and end - start < MAX_NOTE_BYTES:
            file.seek(start)
            return parse_note(file.read(end - start).rstrip(b"\0"))
    return None


def _tiff_entries(file: BinaryIO) -> Iterator[tuple[int, int, int]]:
    """Yield the tag of each entry of a TIFF's directory, and where its value begins and ends."""
    file.seek(len(TIFF_MARK))
    begin = int.from_bytes(file.read(4), "little")
    file.seek(begin)
    count = int.from_bytes(file.read(2), "little")
    for number in range(min(count, MAX_TIFF_ENTRIES)):
        entry_begin = begin + 2 + number * TIFF_ENTRY.size
        file.seek(entry_begin)
        entry = file.read(TIFF_ENTRY.size)
        if len(entry) < TIFF_ENTRY.size:
            return
        tag, kind, items, value = TIFF_ENTRY.unpack(entry)
        length = items * TIFF_ITEM_BYTES.get(kind, 1)
        start = int.from_bytes(value, "little") if length > len(value) else entry_begin + TIFF_ENTRY.size - len(value)
        yield tag, start, start + length
