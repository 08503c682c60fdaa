"""Montages: the slices of a case on one sheet, in reading order."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import BinaryIO

from mrnet.pictures.caption import TEXT_PIXELS, Typesetter
from mrnet.pictures.notes import Note
from mrnet.pictures.sheet import (
    MAX_WORKING_BYTES,
    TITLE_PIXELS,
    TITLE_SHARE,
    Drawing,
    Grid,
    Sheet,
    choose_columns,
    space,
)
from mrnet.pictures.stack import Appearance, Stack, Subject
from mrnet.pictures.still import Still, check_pixels
from mrnet.pictures.window import Image, Shape
from mrnet.text import counted

PLANE_GUTTERS = 8
"""Gutters between planes."""
NUMBER_PIXELS = 18
"""At scale 1. Sheets are viewed from a greater distance than animations."""
BYTES_PER_PIXEL = 0.65
"""Measured: some 0.6 for real scans, 0.7 for the synthetic knee."""


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
        drawing = replace(self, appearance=appearance)._drawing(replace(subject, stacks=stacks), columns)
        remark = self.still.write(file, drawing, self.appearance.palette, note)
        return "; ".join(filter(None, [self.still.in_print(drawing.shape[1], columns, scale), remark])) or None

    def _scale(self, stacks: Sequence[Stack], columns: int) -> int:
        """Return the chosen scale, or the smallest one that gives the printed width enough pixels."""
        if self.still.width_mm is None:
            return self.appearance.scale
        voxels = max(int(stack.volume.shape[2]) for stack in stacks)
        return self.still.scale_for(columns, voxels, self.sheet.gutter)

    def _drawing(self, subject: Subject, columns: int) -> Drawing:
        numbers = self._setter(NUMBER_PIXELS)
        grids = [self._grid(stack, columns, numbers) for stack in subject.stacks]
        width = max(grid.size[1] for grid in grids)
        titles = self._setter(max(TEXT_PIXELS, min(TITLE_PIXELS, width // self.appearance.scale // TITLE_SHARE)))
        bands = len(grids) + 1 if self.appearance.annotate else 0
        rows = bands * titles.height + sum(grid.size[0] for grid in grids) + self._gap * (len(grids) - 1)
        return Drawing((rows, width), numbers.paper, self._pieces(subject, grids, titles, numbers))

    def _pieces(
        self, subject: Subject, grids: Sequence[Grid], titles: Typesetter, numbers: Typesetter
    ) -> Iterator[Image]:
        """Yield the case, then each plane's name and grid, from top to bottom."""
        if self.appearance.annotate:
            yield titles.band(max(grid.size[1] for grid in grids), subject.case, subject.findings)
        for stack, grid in zip(subject.stacks, grids, strict=True):
            if stack is not subject.stacks[0]:
                yield space(self._gap)
            if self.appearance.annotate:
                yield titles.band(grid.size[1], stack.plane, _count(stack))
            yield from self._grid_pieces(stack, grid, numbers)

    def _grid_pieces(self, stack: Stack, grid: Grid, numbers: Typesetter) -> Iterator[Image]:
        """Yield the rows of slices, each with its number below if the picture has captions."""
        for row in grid.rows():
            if row.start:
                yield space(grid.gutter)
            for part in grid.parts(stack.size[0], self.appearance.scale):
                yield grid.join(len(part), (stack.image(position, part) for position in row))
            if self.appearance.annotate:
                shown = (str(stack.chosen[position]) for position in row)
                yield grid.join(numbers.height, (numbers.band(grid.cell[1], centre=number) for number in shown))

    @property
    def _gap(self) -> int:
        return PLANE_GUTTERS * self.sheet.gutter

    def slices(self, subject: Subject) -> int:
        """Return the number of slices on the sheet."""
        return sum(map(len, subject.stacks))

    def working_bytes(self, shapes: Sequence[Shape]) -> int:
        """Return about how much memory it takes to draw volumes of these shapes."""
        return min(MAX_WORKING_BYTES, self.appearance.scale**2 * self._pixels(shapes))

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

    def _grid(self, stack: Stack, columns: int, numbers: Typesetter) -> Grid:
        rows, width = stack.size
        height = rows + (numbers.height if self.appearance.annotate else 0)
        return Grid(len(stack), min(columns, len(stack)), self.sheet.gutter, (height, width), numbers.paper)


def _count(stack: Stack) -> str:
    total = counted(len(stack.volume), "slice")
    return total if len(stack) == len(stack.volume) else f"{len(stack)} of {total}"
