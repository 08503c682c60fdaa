"""What a picture tells of itself: the command line that made it, and a fingerprint of what it was made from."""

import json
import re
import struct
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from mrnet import __version__

GIF_MARKS = (b"GIF87a", b"GIF89a")
PNG_MARK = b"\x89PNG\r\n\x1a\n"
PNG_KEYWORD = b"mrnet"
PNG_CHUNK = struct.Struct(">I4s")
LONGEST_NOTE = 1 << 22
"""Bytes: command lines end well before that on every system."""


@dataclass(frozen=True)
class Note:
    """What is written into a picture; never shown in it."""

    fingerprint: str
    command: str
    version: str = __version__

    def text(self) -> str:
        """Return the note as it is stored: JSON in ASCII, which a GIF's comment and a PNG's text can both hold."""
        return json.dumps({"mrnet": self.version, "command": self.command, "fingerprint": self.fingerprint})


def parse_note(text: bytes) -> Note | None:
    """Return the note that a picture's comment holds, None where it is someone else's comment."""
    try:
        fields = json.loads(text)
        note = Note(fields["fingerprint"], fields["command"], fields["mrnet"])
    except (ValueError, KeyError, TypeError, RecursionError):
        return None
    return note if all(isinstance(each, str) for each in (note.fingerprint, note.command, note.version)) else None


def read_note(path: Path) -> Note | None:
    """Return the note in a GIF or PNG that mrnet made, None of any other file.

    Raises:
        OSError: the file cannot be read.
    """
    with open(path, "rb") as file:
        start = file.read(8)
        if start[:6] in GIF_MARKS:
            file.seek(6)
            return _gif_note(file)
        return _png_note(file) if start == PNG_MARK else None


def is_whole(path: Path) -> bool:
    """Tell whether a picture ends as its format says that it must."""
    with open(path, "rb") as file:
        start = file.read(6)
        file.seek(0, 2)
        file.seek(max(0, file.tell() - 12))
        end = file.read()
    return end.endswith(b";") if start in GIF_MARKS else end[4:8] == b"IEND"


def _gif_note(file: BinaryIO) -> Note | None:
    screen = file.read(7)
    if len(screen) == 7 and screen[4] & 0x80:
        file.seek(3 << ((screen[4] & 7) + 1), 1)
    while file.read(1) == b"!":
        label = file.read(1)
        text = b""
        while (length := file.read(1)) > b"\0" and len(text) < LONGEST_NOTE:
            text += file.read(length[0])
        if label == b"\xfe" and (note := parse_note(text)):
            return note
    return None


def _png_note(file: BinaryIO) -> Note | None:
    while len(head := file.read(PNG_CHUNK.size)) == PNG_CHUNK.size:
        length, kind = PNG_CHUNK.unpack(head)
        if kind == b"tEXt" and length < LONGEST_NOTE:
            keyword, _, text = file.read(length).partition(b"\0")
            if keyword == PNG_KEYWORD and (note := parse_note(text)):
                return note
            file.seek(4, 1)
        elif re.fullmatch(rb"[A-Za-z]{4}", kind) and kind not in (b"IDAT", b"IEND"):
            file.seek(length + 4, 1)
        else:
            return None
    return None
