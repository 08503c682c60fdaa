"""A montage has each slice in reading order with the voxels unchanged, as other programs read it."""

import struct
import tracemalloc
import zlib
from pathlib import Path
from typing import Any

import hypothesis.extra.numpy as arrays
import matplotlib
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from mrnet.errors import PictureError
from mrnet.pictures.montage import Montage
from mrnet.pictures.notes import Note, is_whole, read_note
from mrnet.pictures.png import write_png
from mrnet.pictures.sheet import Drawing, Sheet, choose_columns
from mrnet.pictures.stack import Appearance, Stack, Subject
from mrnet.pictures.window import GREY, make_palette
from tests.archives import make_volume
from tests.decoders import decode_png, png_chunks

NOTE = Note("0" * 64, "mrnet export-montage 'a b' –")


def draw(path: Path, *volumes: np.ndarray, appearance: Appearance | None = None, **layout: Any) -> np.ndarray:
    appearance = appearance or Appearance()
    stacks = tuple(Stack(f"plane{place}", volume, appearance) for place, volume in enumerate(volumes))
    with open(path, "wb") as file:
        Montage(appearance=appearance, sheet=Sheet(**layout)).draw(Subject("0001", "ACL tear", stacks), file, NOTE)
    return decode_png(path)


def test_slices_are_in_reading_order_with_their_own_voxels(tmp_path: Path) -> None:
    volume = make_volume("0001", "axial", 7)
    sheet = draw(tmp_path / "a.png", volume, columns=3, gutter=5).copy()
    assert sheet.shape == (3 * 256 + 2 * 5, 3 * 256 + 2 * 5)
    for number, image in enumerate(volume):
        top, left = number // 3 * 261, number % 3 * 261
        assert np.array_equal(sheet[top : top + 256, left : left + 256], image)
        sheet[top : top + 256, left : left + 256] = 0
    assert not sheet.any()


@given(
    volume=arrays.arrays(np.uint8, arrays.array_shapes(min_dims=3, max_dims=3, max_side=12)),
    columns=st.integers(1, 15),
    gutter=st.integers(0, 3),
)
def test_any_volume_can_be_read_back_from_its_sheet(
    tmp_path_factory: pytest.TempPathFactory, volume: np.ndarray, columns: int, gutter: int
) -> None:
    sheet = draw(tmp_path_factory.getbasetemp() / "any.png", volume, columns=columns, gutter=gutter)
    slices, rows, width = volume.shape
    columns = min(columns, slices)
    for number, image in enumerate(volume):
        top, left = number // columns * (rows + gutter), number % columns * (width + gutter)
        assert np.array_equal(sheet[top : top + rows, left : left + width], image)


@given(arrays.arrays(np.uint8, arrays.array_shapes(min_dims=2, max_dims=2, min_side=1, max_side=40)))
def test_any_image_comes_back_unchanged_from_another_reader(
    tmp_path_factory: pytest.TempPathFactory, image: np.ndarray
) -> None:
    path = tmp_path_factory.getbasetemp() / "any.png"
    with open(path, "wb") as file:
        write_png(file, Drawing(image.shape, 0, [image]), GREY, NOTE)
    assert np.array_equal(decode_png(path), image)


def test_a_sheet_of_many_strips_comes_back_unchanged(tmp_path: Path) -> None:
    image = np.random.default_rng(0).integers(0, 256, (1500, 33), np.uint8)
    with open(tmp_path / "a.png", "wb") as file:
        write_png(file, Drawing(image.shape, 0, [image]), GREY, NOTE)
    assert np.array_equal(decode_png(tmp_path / "a.png"), image)
    chunks = png_chunks(tmp_path / "a.png")
    assert [kind for kind, _ in chunks[:2]] == [b"IHDR", b"tEXt"]
    assert chunks[-1] == (b"IEND", b"")
    assert struct.unpack(">IIBBBBB", chunks[0][1]) == (33, 1500, 8, 0, 0, 0, 0)
    assert len(zlib.decompress(b"".join(body for kind, body in chunks if kind == b"IDAT"))) == 1500 * 34


def test_a_colour_map_stays_a_palette(tmp_path: Path) -> None:
    volume = make_volume("0001", "axial", 2)
    sheet = draw(tmp_path / "a.png", volume, appearance=Appearance(palette=make_palette("magma")), columns=1, gutter=0)
    assert np.array_equal(sheet, matplotlib.colormaps["magma"](volume.reshape(512, 256), bytes=True)[..., :3])
    with Image.open(tmp_path / "a.png") as image:
        assert image.mode == "P"


def test_the_note_can_be_read_back_also_by_others(tmp_path: Path) -> None:
    draw(tmp_path / "a.png", np.zeros((1, 4, 4), np.uint8))
    assert read_note(tmp_path / "a.png") == NOTE
    assert is_whole(tmp_path / "a.png")
    with Image.open(tmp_path / "a.png") as image:
        assert NOTE.command.encode("unicode_escape").decode() in image.info["mrnet"]


@pytest.mark.parametrize("count", [1, 2, 3, 17, 24, 36, 61])
def test_columns_are_chosen_near_the_aspect_with_few_empty_cells(count: int) -> None:
    columns = choose_columns([count], 1.0, 4 / 3)
    rows = -(-count // columns)
    assert rows * columns - count < columns
    assert 0.7 <= columns / rows <= 2 or count < 4
    assert choose_columns([count], 1.0, 100) == count
    assert choose_columns([count], 1.0, 0.01) == 1


def test_captions_cover_no_voxel(tmp_path: Path) -> None:
    volume = make_volume("0001", "axial", 2)
    sheet = draw(tmp_path / "a.png", volume, appearance=Appearance(annotate=True), columns=2)
    rows = [row for row in range(len(sheet) - 255) if np.array_equal(sheet[row : row + 256, :256], volume[0])]
    assert len(rows) == 1
    assert np.array_equal(sheet[rows[0] : rows[0] + 256, 258:], volume[1])


def test_planes_together_are_one_below_the_other(tmp_path: Path) -> None:
    first, second = make_volume("0001", "axial", 3), make_volume("0001", "coronal", 2)
    sheet = draw(tmp_path / "a.png", first, second, columns=3, gutter=1)
    assert np.array_equal(sheet[:256, 257:513], first[1])
    assert np.array_equal(sheet[256 + 8 :, 257:513], second[1])
    assert not sheet[256 + 8 :, 514:].any()


def test_a_sheet_larger_than_programs_open_is_refused(tmp_path: Path) -> None:
    with pytest.raises(PictureError, match="1,258 million pixels.*a smaller --scale or fewer --slices"):
        draw(tmp_path / "a.png", np.zeros((300, 256, 256), np.uint8), appearance=Appearance(scale=8))


def test_a_sheet_is_drawn_in_less_memory_than_it_has_pixels(tmp_path: Path) -> None:
    appearance = Appearance(scale=8)
    stack = Stack("axial", make_volume("0000", "axial", 12), appearance)
    tracemalloc.start()
    with open(tmp_path / "knee.png", "wb") as file:
        Montage(appearance=appearance).draw(Subject("0000", "", (stack,)), file, NOTE)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 0.5 * 12 * 2048 * 2048
