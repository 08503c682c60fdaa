"""The layout of a contact sheet: one slice of each of many cases, with its id and findings below."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain
from math import ceil
from typing import BinaryIO

import numpy as np

from mrnet.errors import NoSlicesError
from mrnet.pictures.caption import TEXT_PIXELS, Typesetter
from mrnet.pictures.notes import Note
from mrnet.pictures.sheet import TITLE_PIXELS, TITLE_SHARE, Drawing, Grid, Sheet, choose_columns, space
from mrnet.pictures.stack import Appearance, Stack, enlarge, resize
from mrnet.pictures.still import Still, check_pixels
from mrnet.pictures.window import Image, Volume

FULL_TILE_PIXELS, SMALL_TILE_PIXELS = 256, 128
"""The side of a slice, and half of it."""
MAX_FULL_TILES = 150
"""With more cases, programs need long to open a sheet of full tiles."""
TILE_SHARE = 18
"""The height of a caption is that of its tile divided by this, but at least MIN_TEXT_PIXELS."""
MIN_TEXT_PIXELS = 10
CAPTION_LINES = 2
"""The case and its findings."""


@dataclass(frozen=True)
class Tile:
    """One case on a contact sheet."""

    case: str
    findings: tuple[str, ...]
    """The findings in several wordings, from long to short. All tiles use the first wording that fits everywhere."""
    image: "PackedImage | None"
    """The drawn slice, not larger than its voxels; None if there is none."""


@dataclass(frozen=True)
class PackedImage:
    """An image that is kept compressed until it is drawn, because a sheet may have thousands of them."""

    shape: tuple[int, int]
    data: bytes

    @classmethod
    def of(cls, image: Image) -> "PackedImage":
        """Compress an image."""
        from isal import isal_zlib

        return cls((image.shape[0], image.shape[1]), isal_zlib.compress(np.ascontiguousarray(image), 1))

    def unpacked(self) -> Image:
        """Return the image."""
        from isal import isal_zlib

        return np.frombuffer(isal_zlib.decompress(self.data), np.uint8).reshape(self.shape)


@dataclass(frozen=True, kw_only=True)
class ContactSheet:
    """The settings of a contact sheet."""

    appearance: Appearance = field(default_factory=Appearance)
    sheet: Sheet = field(default_factory=Sheet)
    slice: int | None = None
    """Number of the slice, from 0; a negative number counts from the end; None for the middle slice."""
    tile: int | None = None
    """Pixels along a side of a case's image; None to choose by the number of cases."""
    still: Still = field(default_factory=Still)

    def image(self, plane: str, volume: Volume, cases: int) -> PackedImage:
        """Return the drawn slice of a volume in a plane, for a sheet of this many cases; larger tiles are made when they are drawn.

        Raises:
            NoSlicesError: it has no slice of that number.
        """
        slices = len(volume)
        number = slices // 2 if self.slice is None else self.slice
        if not -slices <= number < slices:
            raise NoSlicesError(f"it has no slice {number}, its {slices} are numbered from 0")
        number %= slices
        appearance = replace(self.appearance, slices=(number, number + 1, None))
        image = Stack(plane, volume, appearance).image(0)
        side = self._side(cases)
        return PackedImage.of(fit(image, side) if side < max(image.shape) else image)

    def check(self, cases: int) -> None:
        """Raise a PictureError if a sheet of this many cases would be larger than programs can open."""
        side, columns = self._side(cases), self._columns(cases)
        check_pixels(ceil(cases / columns) * columns * side * side, "choose fewer cases or a smaller --tile")

    def draw(self, title: str, tiles: Sequence[Tile], file: BinaryIO, note: Note) -> str | None:
        """Write a sheet of cases as one picture; return a note for the user, if any.

        Raises:
            PictureError: it would be larger than programs can open.
        """
        side, columns = self._side(len(tiles)), self._columns(len(tiles))
        setter = self._setter(max(MIN_TEXT_PIXELS, side // TILE_SHARE))
        widths = [max(map(setter.width, findings)) for findings in zip(*(tile.findings for tile in tiles), strict=True)]
        wording = next((number for number, width in enumerate(widths) if width <= side), len(widths) - 1)
        width = max(side, widths[wording], *(setter.width(tile.case) for tile in tiles))
        cell = side + CAPTION_LINES * setter.height, width
        grid = Grid(len(tiles), min(columns, len(tiles)), self.sheet.gutter, cell, setter.paper)
        rows, own_width = grid.size
        titles = self._setter(min(TITLE_PIXELS, max(MIN_TEXT_PIXELS, own_width // TITLE_SHARE)))
        count = f"{len(tiles):,} cases" if len(tiles) > 1 else ""
        columns_needed = max(own_width, titles.width(title) + titles.width(count))
        pieces = chain([titles.band(columns_needed, title, count)], _grid_pieces(grid, tiles, wording, side, setter))
        drawing = Drawing((titles.height + rows, columns_needed), setter.paper, pieces)
        remark = self.still.write(file, drawing, self.appearance.palette, note)
        in_print = self.still.in_print(columns_needed, columns, self._scale(len(tiles)))
        return "; ".join(filter(None, [in_print, remark])) or None

    def expected_bytes(self, cases: int) -> int:
        """Return about how many bytes a sheet of this many cases has at most."""
        return cases * self._side(cases) ** 2

    def _side(self, cases: int) -> int:
        return self._side_unscaled(cases) * self._scale(cases)

    def _side_unscaled(self, cases: int) -> int:
        return self.tile or (FULL_TILE_PIXELS if cases <= MAX_FULL_TILES else SMALL_TILE_PIXELS)

    def _scale(self, cases: int) -> int:
        """Return the smallest scale that gives the printed width enough pixels; 1 without a width."""
        return self.still.scale_for(min(self._columns(cases), cases), self._side_unscaled(cases), self.sheet.gutter)

    def _columns(self, cases: int) -> int:
        side = self._side_unscaled(cases)
        return self.sheet.columns or choose_columns([cases], side / (side + 2 * TEXT_PIXELS), self.sheet.aspect)

    def _setter(self, size: int) -> Typesetter:
        return Typesetter(self.appearance.palette, self.appearance.background, size)


def _grid_pieces(grid: Grid, tiles: Sequence[Tile], wording: int, side: int, setter: Typesetter) -> Iterator[Image]:
    """Yield the rows of tiles from top to bottom, each tile in the middle of its cell, with its captions below."""
    columns = grid.cell[1]
    for row in grid.rows():
        if row.start:
            yield space(grid.gutter)
        shown = [tiles[number] for number in row]
        for part in grid.parts(side):
            yield grid.join(len(part), (_tile_part(tile, (side, columns), part, setter) for tile in shown))
        yield grid.join(setter.height, (setter.band(columns, tile.case) for tile in shown))
        yield grid.join(setter.height, (setter.band(columns, tile.findings[wording]) for tile in shown))


def _tile_part(tile: Tile, area: tuple[int, int], part: range, setter: Typesetter) -> Image:
    """Return a part of the rows of a tile, which is in the middle of an area of shape (rows, columns)."""
    if tile.image is None:
        return setter.centred(setter.band(area[1], centre="no image"), *area)[part.start : part.stop]
    rows, columns = fitted_shape(tile.image.shape, area[0])
    top, left = (area[0] - rows) // 2, (area[1] - columns) // 2
    piece = setter.blank(len(part), area[1])
    shown = range(max(part.start, top), min(part.stop, top + rows))
    if shown:
        drawn = fit(tile.image.unpacked(), area[0], range(shown.start - top, shown.stop - top))
        piece[shown.start - part.start : shown.stop - part.start, left : left + columns] = drawn
    return piece


def fitted_shape(shape: tuple[int, int], side: int) -> tuple[int, int]:
    """Return the shape (rows, columns) of an image after its longer side has this many pixels."""
    longer = max(shape)
    return max(1, round(shape[0] * side / longer)), max(1, round(shape[1] * side / longer))


def fit(image: Image, side: int, part: range | None = None) -> Image:
    """Return an image whose longer side has this many pixels, or a part of its rows: voxels become squares if the side is a multiple of theirs."""
    rows, columns = image.shape
    longer = max(rows, columns)
    if side % longer == 0:
        return enlarge(image, side // longer, part)
    return resize(image, fitted_shape((rows, columns), side), part)
