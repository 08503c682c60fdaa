"""Sheets of many images: the slices of a case in reading order, or one slice of many cases."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from math import ceil, log
from typing import BinaryIO

import numpy as np

from mrnet.pictures.caption import TEXT_PIXELS, Typesetter
from mrnet.pictures.notes import Note
from mrnet.pictures.stack import Appearance, Stack, Subject
from mrnet.pictures.still import Still, check_pixels
from mrnet.pictures.window import Image, Shape
from mrnet.text import counted

PLANE_GUTTERS = 8
"""Gutters between planes."""
NUMBER_PIXELS, TITLE_PIXELS = 18, 32
"""At scale 1. Sheets are viewed from a greater distance than animations."""
BYTES_PER_PIXEL = 0.65
"""Measured: some 0.6 for real scans, 0.7 for the synthetic knee."""
TITLE_SHARE = 30
"""A title's size is at most the sheet's width divided by this."""


@dataclass(frozen=True, kw_only=True)
class Sheet:
    """The layout of a sheet."""

    columns: int | None = None
    """Images per row; None to come near the aspect."""
    gutter: int = 2
    """Pixels between images."""
    aspect: float = 4 / 3
    """Width divided by height; 4:3 fits a slide or a page in landscape."""


@dataclass(frozen=True, kw_only=True)
class Montage:
    """The settings of a sheet of one case's slices."""

    appearance: Appearance = field(default_factory=Appearance)
    sheet: Sheet = field(default_factory=Sheet)
    still: Still = field(default_factory=Still)

    @property
    def suffix(self) -> str:
        """The ending of the file's name."""
        return self.still.suffix

    def check(self, shapes: Callable[[], Sequence[Shape]]) -> None:
        """Raise a PictureError if the picture would be larger than programs can open."""
        scale = 1 if self.still.width_mm else self.appearance.scale
        check_pixels(self._pixels(shapes()) * scale * scale, "use a smaller --scale or fewer --slices")

    def draw(self, subject: Subject, file: BinaryIO, note: Note) -> str | None:
        """Write a subject's slices as one picture, the planes one below the other; return a note for the user, if any.

        Raises:
            PictureError: it would be larger than programs can open.
        """
        self.check(lambda: [stack.volume.shape for stack in subject.stacks])
        columns = min(self.sheet.columns or self._columns(subject.stacks), max(map(len, subject.stacks)))
        scale = self._scale(subject.stacks, columns)
        appearance = replace(self.appearance, scale=scale)
        stacks = tuple(Stack(stack.plane, stack.volume, appearance) for stack in subject.stacks)
        image = replace(self, appearance=appearance)._image(replace(subject, stacks=stacks), columns)
        remark = self.still.write(file, image, self.appearance.palette, note)
        return "; ".join(filter(None, [self.still.in_print(image.shape[1], columns, scale), remark])) or None

    def _scale(self, stacks: Sequence[Stack], columns: int) -> int:
        """Return the chosen scale, or the smallest one that gives the printed width enough pixels."""
        if self.still.width_mm is None:
            return self.appearance.scale
        voxels = max(int(stack.volume.shape[2]) for stack in stacks)
        return self.still.scale_for(columns, voxels, self.sheet.gutter)

    def _image(self, subject: Subject, columns: int) -> Image:
        numbers = self._setter(NUMBER_PIXELS)
        grids = [self._grid(stack, columns, numbers) for stack in subject.stacks]
        width = max(grid.size[1] for grid in grids)
        titles = [self._titles(subject, number, grids[number].size[1], width) for number in range(len(grids))]
        gap = PLANE_GUTTERS * self.sheet.gutter
        heights = [sum(map(len, above)) + grid.size[0] for above, grid in zip(titles, grids, strict=True)]
        sheet = numbers.blank(sum(heights) + gap * (len(heights) - 1), width)
        top = 0
        for stack, grid, above, height in zip(subject.stacks, grids, titles, heights, strict=True):
            rest = draw_bands(above, sheet[top:])
            grid.draw(self._cells(stack, numbers), rest)
            top += height + gap
        return sheet

    def _titles(self, subject: Subject, number: int, own_width: int, width: int) -> list[Image]:
        """Return the bands above a plane's grid: its name, and above the first plane the case."""
        if not self.appearance.annotate:
            return []
        titles = self._setter(max(TEXT_PIXELS, min(TITLE_PIXELS, width // self.appearance.scale // TITLE_SHARE)))
        stack = subject.stacks[number]
        bands = [titles.band(own_width, stack.plane, _count(stack))]
        return [titles.band(width, subject.case, subject.findings), *bands] if number == 0 else bands

    def slices(self, subject: Subject) -> int:
        """Return the number of slices on the sheet."""
        return sum(map(len, subject.stacks))

    def working_bytes(self, shapes: Sequence[Shape]) -> int:
        """Return about how much memory it takes to draw volumes of these shapes: the sheet."""
        return self.appearance.scale**2 * self._pixels(shapes)

    def expected_bytes(self, shapes: Sequence[Shape]) -> int:
        """Return the approximate number of bytes of a picture of volumes of these shapes."""
        return round(self.appearance.grown(self._pixels(shapes) * BYTES_PER_PIXEL))

    def _pixels(self, shapes: Sequence[Shape]) -> int:
        """Return the pixels of the chosen slices at scale 1."""
        return sum(len(self.appearance.chosen(slices)) * rows * columns for slices, rows, columns in shapes)

    def _setter(self, size: int) -> Typesetter:
        return Typesetter(self.appearance.palette, self.appearance.background, size * self.appearance.scale)

    def _columns(self, stacks: Sequence[Stack]) -> int:
        rows, columns = (max(stack.size[axis] for stack in stacks) for axis in (0, 1))
        counts = [len(stack) for stack in stacks]
        return choose_columns(counts, columns / rows, self.sheet.aspect)

    def _grid(self, stack: Stack, columns: int, setter: Typesetter) -> "Grid":
        rows, width = stack.size
        height = rows + (setter.height if self.appearance.annotate else 0)
        return Grid(len(stack), min(columns, len(stack)), self.sheet.gutter, (height, width))

    def _cells(self, stack: Stack, setter: Typesetter) -> Iterator[Image]:
        """Yield the slices, each with its number below if the picture has captions."""
        for image, number in zip(stack.images(), stack.chosen, strict=True):
            if self.appearance.annotate:
                yield np.vstack([image, setter.band(image.shape[1], centre=str(number))])
            else:
                yield image


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

    @property
    def size(self) -> tuple[int, int]:
        """Rows and columns of the grid, in pixels."""
        rows, width = (length + self.gutter for length in self.cell)
        return ceil(self.count / self.columns) * rows - self.gutter, self.columns * width - self.gutter

    def draw(self, images: Iterable[Image], area: Image) -> None:
        """Draw the images into the upper left corner of an area; they are taken one by one, so that only the area is in memory."""
        rows, width = self.cell
        for position, image in enumerate(images):
            down, right = divmod(position, self.columns)
            top, left = down * (rows + self.gutter), right * (width + self.gutter)
            area[top : top + rows, left : left + width] = image


def draw_bands(bands: Iterable[Image], area: Image) -> Image:
    """Draw bands at the top of an area, each at the left; return the area below them."""
    for band in bands:
        area[: len(band), : band.shape[1]] = band
        area = area[len(band) :]
    return area


def _count(stack: Stack) -> str:
    total = counted(len(stack.volume), "slice")
    return total if len(stack) == len(stack.volume) else f"{len(stack)} of {total}"
