"""The content of a picture: the chosen slices of one or more series of a case, drawn one by one."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property

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

    def image(self, position: int) -> Image:
        """Return the drawn slice at a position among the chosen ones."""
        image = self.volume[self.chosen[position]]
        if self._table is not None:
            image = self._table[image]
        return enlarge(image, self.appearance.scale, smooth=self.appearance.smooth)

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


def enlarge(image: Image, scale: int, *, smooth: bool = False) -> Image:
    """Return an image enlarged by a whole number."""
    if scale == 1:
        return image
    rows, columns = image.shape
    if smooth:
        return resize(image, (rows * scale, columns * scale))
    # This equals numpy.repeat along both axes, in one pass over the result.
    wide = np.broadcast_to(image[:, None, :, None], (rows, scale, columns, scale))
    return wide.reshape(rows * scale, columns * scale)


def resize(image: Image, shape: tuple[int, int]) -> Image:
    """Return an image resized to a shape (rows, columns), with interpolated grey levels."""
    from PIL import Image as Pillow

    picture = Pillow.fromarray(np.ascontiguousarray(image))
    return np.asarray(picture.resize(shape[::-1], Pillow.Resampling.BICUBIC))
