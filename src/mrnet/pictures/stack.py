"""The content of a picture: the chosen slices of one or more series of a case, drawn one by one."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from math import ceil, floor

import numpy as np

from mrnet.errors import NoSlicesError
from mrnet.pictures.window import GREY, Image, Palette, Volume, Windowing, grey_table
from mrnet.text import slice_caption

MAX_SCALE = 8
SQUARES_GROW = 1.4
"""The packed size grows with the scale to this power, if each voxel becomes a square (measured)."""
SliceChoice = tuple[int | None, int | None, int | None]
"""Start, stop and step, as in Python's slices."""


@dataclass(frozen=True, kw_only=True)
class Appearance:
    """The settings that all kinds of pictures share."""

    windowing: Windowing = field(default_factory=Windowing)
    palette: Palette = GREY
    slices: SliceChoice = (None, None, None)
    scale: int = 1
    """Pixels along each side of a voxel."""
    smooth: bool = False
    """Whether to interpolate when enlarging; if not, each voxel becomes a square."""
    annotate: bool = False
    background: int = 0
    """Brightness of the area that no voxel covers, 0 to 255."""

    def chosen(self, slices: int) -> range:
        """Return the indices of the slices to draw, for a series of this many slices."""
        return range(slices)[slice(*self.slices)]

    def grown(self, packed: float) -> float:
        """Return the packed bytes after enlarging; squares of one grey level pack well."""
        return float(packed * self.scale ** (2 if self.smooth else SQUARES_GROW))


class Stack:
    """The slices of one series that a picture shows, in order.

    Raises:
        NoSlicesError: the appearance chooses no slice of this volume.
    """

    def __init__(self, plane: str, volume: Volume, appearance: Appearance) -> None:
        self.plane = plane
        self.volume = volume
        self.appearance = appearance
        self.chosen = appearance.chosen(len(volume))
        if not self.chosen:
            raise NoSlicesError(f"--slices chooses none of the {len(volume)} {plane} slices (numbered from 0)")

    def __len__(self) -> int:
        """Return the number of chosen slices."""
        return len(self.chosen)

    @property
    def size(self) -> tuple[int, int]:
        """Rows and columns of a drawn slice, in pixels."""
        _, rows, columns = self.volume.shape
        return rows * self.appearance.scale, columns * self.appearance.scale

    @cached_property
    def _table(self) -> Image | None:
        return grey_table(self.volume, self.appearance.windowing.in_plane(self.plane))

    def image(self, position: int, part: range | None = None) -> Image:
        """Return the drawn slice at a position among the chosen ones, or a part of its rows."""
        image = self.volume[self.chosen[position]]
        if self._table is not None:
            image = self._table[image]
        return enlarge(image, self.appearance.scale, part, smooth=self.appearance.smooth)

    def images(self) -> Iterator[Image]:
        """Yield the drawn slices."""
        return map(self.image, range(len(self)))

    def caption(self, position: int) -> str:
        """Return the number of the slice at a position, and which numbers there are."""
        return slice_caption(self.chosen[position], len(self.volume))

    def longest_caption(self) -> str:
        """Return a caption as long as the longest of this stack."""
        return slice_caption(len(self.volume) - 1, len(self.volume))


@dataclass(frozen=True)
class Subject:
    """One case as a picture shows it."""

    case: str
    findings: str
    """The positive findings in words."""
    stacks: tuple[Stack, ...]


def enlarge(image: Image, scale: int, part: range | None = None, *, smooth: bool = False) -> Image:
    """Return an image enlarged by a whole number, or a part of the enlarged rows."""
    rows, columns = image.shape
    part = part or range(rows * scale)
    if smooth and scale > 1:
        return resize(image, (rows * scale, columns * scale), part)
    first, end = part.start // scale, -(-part.stop // scale)
    shown = image[first:end]
    if scale > 1:
        # This equals numpy.repeat along both axes, in one pass over the result.
        wide = np.broadcast_to(shown[:, None, :, None], (end - first, scale, columns, scale))
        shown = wide.reshape((end - first) * scale, columns * scale)
    return shown[part.start - first * scale : part.stop - first * scale]


def resize(image: Image, shape: tuple[int, int], part: range | None = None) -> Image:
    """Return an image resized to a shape (rows, columns), with interpolated grey levels, or a part of the resized rows."""
    from PIL import Image as Pillow

    cubic = Pillow.Resampling.BICUBIC
    if part is None:
        return np.asarray(Pillow.fromarray(np.ascontiguousarray(image)).resize(shape[::-1], cubic))
    rows, height = len(image), shape[0]
    begin, end = part.start * rows / height, min(rows, part.stop * rows / height)
    reach = 2 * max(1, ceil(rows / height))
    first, last = max(0, floor(begin) - reach), min(rows, ceil(end) + reach)
    # In two calls: in one, Pillow decides by the sizes which direction comes first, and so the levels depend on the part.
    wide = Pillow.fromarray(np.ascontiguousarray(image[first:last])).resize((shape[1], last - first), cubic)
    return np.asarray(wide.resize((shape[1], len(part)), cubic, (0, begin - first, shape[1], end - first)))
