"""Sheets of many images: their layout, and their pixels strip by strip, so that a large sheet is never in memory as a whole."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from math import ceil, log

import numpy as np

from mrnet.pictures.window import Image

TITLE_PIXELS = 32
"""At scale 1. Sheets are viewed from a greater distance than animations."""
TITLE_SHARE = 30
"""A title's size is at most the sheet's width divided by this."""
PART_BYTES = 4 << 20
"""A row of images is drawn in parts of about this size; a pixel is one byte."""
STRIP_BYTES = 1 << 20
"""Unpacked. A file is written in strips of about this size."""
MAX_WORKING_BYTES = 64 << 20
"""A sheet of the largest size takes less to draw: a strip, a part of a row, and a title across its width."""


@dataclass(frozen=True, kw_only=True)
class Sheet:
    """The layout of a sheet."""

    columns: int | None = None
    """Images per row; None to come near the aspect."""
    gutter: int = 2
    """Pixels between images."""
    aspect: float = 4 / 3
    """Width divided by height; 4:3 fits a slide or a page in landscape."""


def choose_columns(counts: Sequence[int], shape: float, aspect: float) -> int:
    """Return the number of images per row for a sheet near an aspect with few empty cells.

    Args:
        counts: the number of images in each block; blocks are drawn one below the other.
        shape: width divided by height of an image.
        aspect: width divided by height that the sheet should have.
    """

    def badness(columns: int) -> float:
        rows = sum(ceil(count / columns) for count in counts)
        empty = rows * columns / sum(counts) - 1
        return abs(log(columns * shape / rows / aspect)) + empty

    return min(range(1, max(counts) + 1), key=badness)


@dataclass(frozen=True)
class Drawing:
    """A picture that is made from top to bottom, once, while it is written."""

    shape: tuple[int, int]
    """Rows and columns, in pixels."""
    background: int
    """The index into the palette of pixels that no piece covers."""
    pieces: Iterable[Image]
    """One below the other, they have all rows; each is at the left, and may be narrower than the picture."""

    def strips(self, row_bytes: int) -> Iterator[Image]:
        """Yield the picture in strips of about STRIP_BYTES, with the same number of rows; the last one may have fewer.

        Args:
            row_bytes: the bytes of a row in the file.
        """
        height = strip_rows(row_bytes)
        strip, filled = self._blank(height), 0
        for piece in self.pieces:
            done = 0
            while done < len(piece):
                part = piece[done : done + height - filled]
                strip[filled : filled + len(part), : piece.shape[1]] = part
                done, filled = done + len(part), filled + len(part)
                if filled == height:
                    yield strip
                    strip, filled = self._blank(height), 0
        if filled:
            yield strip[:filled]

    def _blank(self, rows: int) -> Image:
        return np.full((rows, self.shape[1]), self.background, np.uint8)


def strip_rows(row_bytes: int) -> int:
    """Return the rows of a strip, for rows of this many bytes."""
    return max(1, STRIP_BYTES // row_bytes)


def space(rows: int) -> Image:
    """Return a piece of a drawing that covers nothing."""
    return np.empty((rows, 0), np.uint8)


@dataclass(frozen=True)
class Grid:
    """Images of one shape in reading order, with a gutter between them."""

    count: int
    """How many images, at least one."""
    columns: int
    """Images per row, at most their number."""
    gutter: int
    """Pixels between images."""
    cell: tuple[int, int]
    """Rows and columns of an image, in pixels."""
    background: int
    """The index into the palette of pixels that no image covers."""

    @property
    def size(self) -> tuple[int, int]:
        """Rows and columns of the grid, in pixels."""
        rows, width = (length + self.gutter for length in self.cell)
        return ceil(self.count / self.columns) * rows - self.gutter, self.columns * width - self.gutter

    def rows(self) -> Iterator[range]:
        """Yield the numbers of the images in each row."""
        for first in range(0, self.count, self.columns):
            yield range(first, min(first + self.columns, self.count))

    def parts(self, rows: int, step: int = 1) -> Iterator[range]:
        """Yield parts of the rows of all images in a row of the grid, which together have about PART_BYTES.

        Args:
            rows: of each image.
            step: each part begins at a multiple of this.
        """
        height = max(1, PART_BYTES // (self.size[1] * step)) * step
        for first in range(0, rows, height):
            yield range(first, min(first + height, rows))

    def join(self, rows: int, images: Iterable[Image]) -> Image:
        """Return images of this many rows side by side; they are taken one by one."""
        joined = np.full((rows, self.size[1]), self.background, np.uint8)
        for number, image in enumerate(images):
            left = number * (self.cell[1] + self.gutter)
            joined[:, left : left + self.cell[1]] = image
        return joined
