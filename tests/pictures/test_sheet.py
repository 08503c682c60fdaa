"""A sheet is the same whether it is drawn in one part or in many."""

from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import hypothesis.extra.numpy as arrays
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mrnet.pictures.contact import ContactSheet, PackedImage, Tile
from mrnet.pictures.montage import Montage
from mrnet.pictures.notes import Note
from mrnet.pictures.sheet import Drawing, Sheet, space
from mrnet.pictures.stack import Appearance, Stack, Subject, enlarge, resize
from tests.archives import make_volume
from tests.decoders import decode_png

IMAGES = arrays.arrays(np.uint8, arrays.array_shapes(min_dims=2, max_dims=2, max_side=30))


@given(
    heights=st.lists(st.integers(0, 9), min_size=1, max_size=8),
    strip_bytes=st.integers(1, 200),
)
def test_strips_have_one_height_and_hold_every_piece(heights: list[int], strip_bytes: int) -> None:
    pieces = [np.full((rows, 1 + number % 3), number, np.uint8) for number, rows in enumerate(heights)]
    drawing = Drawing((sum(heights), 5), 99, [*pieces, space(2)])
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("mrnet.pictures.sheet.STRIP_BYTES", strip_bytes)
        strips = list(drawing.strips(5))
    assert len({len(strip) for strip in strips[:-1]}) <= 1
    expected = np.full((sum(heights) + 2, 5), 99, np.uint8)
    top = 0
    for piece in pieces:
        expected[top : top + len(piece), : piece.shape[1]] = piece
        top += len(piece)
    assert np.array_equal(np.vstack(strips), expected)


@given(image=IMAGES, scale=st.integers(1, 8), height=st.integers(1, 40), smooth=st.booleans())
def test_an_image_enlarged_in_parts_is_the_enlarged_image(
    image: np.ndarray, scale: int, height: int, smooth: bool
) -> None:
    rows = len(image) * scale
    step = height * scale if smooth else height
    parts = [enlarge(image, scale, range(top, min(top + step, rows)), smooth=smooth) for top in range(0, rows, step)]
    assert np.array_equal(np.vstack(parts), enlarge(image, scale, smooth=smooth))


@given(image=IMAGES, rows=st.integers(1, 90), columns=st.integers(1, 90), step=st.integers(1, 40))
def test_an_image_resized_in_parts_is_the_resized_image_within_one_level(
    image: np.ndarray, rows: int, columns: int, step: int
) -> None:
    parts = [resize(image, (rows, columns), range(top, min(top + step, rows))) for top in range(0, rows, step)]
    whole = resize(image, (rows, columns), range(rows))
    assert np.abs(np.vstack(parts).astype(int) - whole).max() <= 1


def montage() -> bytes:
    """Return a montage of two planes with captions."""
    appearance = Appearance(scale=2, annotate=True)
    stacks = tuple(
        Stack(plane, make_volume("0001", plane, 5)[:, :70, :90], appearance) for plane in ("axial", "coronal")
    )
    file = BytesIO()
    Montage(appearance=appearance, sheet=Sheet(columns=3)).draw(
        Subject("0001", "ACL tear", stacks), file, Note("0" * 64, "mrnet")
    )
    return file.getvalue()


def contact_sheet() -> bytes:
    """Return a contact sheet of images of several shapes, one of them missing."""
    images = [make_volume(str(number), "axial", 1)[0, :rows] for number, rows in enumerate([256, 128, 100, 256, 7])]
    tiles = [Tile(f"{number:04d}", ("no tear",), PackedImage.of(image)) for number, image in enumerate(images)]
    tiles.append(Tile("0009", ("no tear",), None))
    file = BytesIO()
    ContactSheet(tile=512, sheet=Sheet(columns=4)).draw("axial", tiles, file, Note("0" * 64, "mrnet"))
    return file.getvalue()


@pytest.mark.parametrize("draw", [montage, contact_sheet])
def test_a_sheet_drawn_in_many_parts_has_the_same_pixels(
    draw: Callable[[], bytes], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mrnet.pictures.sheet.PART_BYTES", 1 << 30)
    (tmp_path / "whole.png").write_bytes(draw())
    monkeypatch.setattr("mrnet.pictures.sheet.PART_BYTES", 9000)
    (tmp_path / "parts.png").write_bytes(draw())
    assert np.array_equal(decode_png(tmp_path / "whole.png"), decode_png(tmp_path / "parts.png"))
