"""The note in a picture comes back unchanged; no other file has one."""

import struct
import zlib
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from mrnet.pictures.animation import Animation
from mrnet.pictures.notes import MAX_NOTE_BYTES, PNG_MARK, Note, is_whole, parse_note, read_note
from mrnet.pictures.stack import Appearance, Stack, Subject

GIF = BytesIO()
Image.new("L", (4, 4)).save(GIF, "GIF", comment=b"made by hand")


@pytest.mark.slow
@given(st.text(), st.text())
def test_any_note_comes_back_unchanged_in_plain_ascii(command: str, fingerprint: str) -> None:
    note = Note(fingerprint, command)
    assert note.text().isascii()
    assert parse_note(note.text().encode()) == note


@given(st.binary(max_size=300), st.sampled_from([b"", b"GIF89a", GIF.getvalue()[:-9], PNG_MARK]))
def test_random_bytes_never_read_as_a_note(tmp_path_factory: pytest.TempPathFactory, data: bytes, start: bytes) -> None:
    path = tmp_path_factory.getbasetemp() / "any"
    path.write_bytes(start + data)
    assert read_note(path) is None


@pytest.mark.parametrize(
    "text", [b"", b"[]", b"{}", b"null", b'{"mrnet": 1, "command": "a", "fingerprint": "b"}', b"\xff", b"[" * 100_000]
)
def test_a_foreign_comment_is_no_note(text: bytes) -> None:
    assert parse_note(text) is None


def test_a_comment_between_others_is_found(tmp_path: Path) -> None:
    note = Note("0", "mrnet")
    path = tmp_path / "a.gif"
    data = GIF.getvalue()
    end = 13 + (3 << ((data[10] & 7) + 1))
    text = note.text().encode()
    path.write_bytes(data[:end] + b"!\xfe\x02hi\0" + b"!\xfe" + bytes([len(text)]) + text + b"\0" + data[end:])
    assert read_note(path) == note


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I4s", len(data), kind) + data + struct.pack(">I", zlib.crc32(kind + data))


def text_chunk(keyword: bytes, text: bytes) -> bytes:
    return chunk(b"tEXt", keyword + b"\0" + text)


@pytest.mark.parametrize(
    "before",
    [
        text_chunk(b"Comment", b"made by hand"),
        text_chunk(b"Comment", Note("f", "theirs").text().encode()),
        text_chunk(b"mrnet", b"no note"),
        text_chunk(b"mrnet", Note("f", "x" * MAX_NOTE_BYTES).text().encode()),
    ],
    ids=["foreign", "foreign that looks like ours", "ours that is no note", "too long"],
)
def test_a_foreign_png_text_chunk_is_skipped(tmp_path: Path, before: bytes) -> None:
    path = tmp_path / "a.png"
    path.write_bytes(PNG_MARK + before)
    assert read_note(path) is None
    ours = Note("f", "mrnet export-montage")
    path.write_bytes(PNG_MARK + before + text_chunk(b"mrnet", ours.text().encode()))
    assert read_note(path) == ours


def test_a_note_behind_the_pixels_is_not_mrnets(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    path.write_bytes(PNG_MARK + chunk(b"IDAT", b"") + text_chunk(b"mrnet", Note("f", "mrnet").text().encode()))
    assert read_note(path) is None


def test_a_chunk_longer_than_the_file_does_no_harm(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    path.write_bytes(PNG_MARK + struct.pack(">I4s", 0xFFFFFFFF, b"tEXt") + b"mrnet")
    assert read_note(path) is None


@pytest.mark.slow
def test_a_gif_that_is_cut_off_anywhere_is_not_whole(tmp_path: Path) -> None:
    volume = np.random.default_rng(0).integers(0, 256, (3, 40, 40), np.uint8)
    path = tmp_path / "a.gif"
    with open(path, "wb") as file:
        Animation().draw(Subject("0001", "", (Stack("axial", volume, Appearance()),)), file, Note("f", "mrnet"))
    data = path.read_bytes()
    assert is_whole(path)
    for length in range(len(data)):
        path.write_bytes(data[:length])
        assert not is_whole(path)


def test_a_gif_with_endless_comments_is_foreign(tmp_path: Path) -> None:
    head = b"GIF89a" + struct.pack("<HHBBB", 4, 4, 0, 0, 0)
    path = tmp_path / "a.gif"
    block = b"\xff" + b"a" * 255
    for comments in (b"!\xfe" + block * 60_000, (b"!\xfe\x01a\0") * 1_000_000):
        path.write_bytes(head + comments + b"\0;")
        assert read_note(path) is None
