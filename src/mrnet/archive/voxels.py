"""The grey levels of a series in numbers: exact figures from one histogram."""

from dataclasses import dataclass
from math import floor, sqrt
from typing import TYPE_CHECKING

from mrnet.archive.volume import Voxels

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

LEVELS = 256


@dataclass(frozen=True, slots=True)
class Intensity:
    """Grey levels of one volume, over every voxel; `std` is that of the population."""

    min: int
    max: int
    mean: float
    std: float
    p1: float
    p50: float
    p99: float
    blank_slices: list[int]
    """Slices of one grey level, from 0."""
    histogram: list[int]
    """Voxels at each of the 256 grey levels."""


def measure_intensity(volume: "NDArray[np.uint8]") -> Intensity:
    """Return the grey levels of a volume of shape (slices, rows, columns)."""
    import numpy as np
    from PIL import Image

    slices, rows, columns = volume.shape
    # Pillow counts three times as fast as numpy's bincount, and leaves other threads free.
    stacked = (columns, slices * rows)
    histogram = Image.frombuffer("L", stacked, np.ascontiguousarray(volume), "raw", "L", 0, 1).histogram()
    of_slices = Voxels(volume)
    blank = (of_slices.lowest == of_slices.highest).nonzero()[0].tolist()
    voxels = sum(histogram)
    total = sum(level * count for level, count in enumerate(histogram))
    squares = sum(level * level * count for level, count in enumerate(histogram))
    levels = [level for level, count in enumerate(histogram) if count]
    return Intensity(
        min=levels[0],
        max=levels[-1],
        mean=total / voxels,
        std=sqrt(voxels * squares - total * total) / voxels,
        p1=percentile_of(histogram, 0.01),
        p50=percentile_of(histogram, 0.5),
        p99=percentile_of(histogram, 0.99),
        blank_slices=blank,
        histogram=histogram,
    )


def percentile_of(histogram: list[int], share: float) -> float:
    """Return a percentile of millions of voxels from their histogram, as numpy's method `linear` does.

    Between two voxels the level is interpolated from the nearer one, as numpy does to the last bit. For short lists of
    numbers there is `mrnet.statistics.formulas.percentile`; sorting all voxels for it would take a hundred times as long.

    Args:
        histogram: the number of voxels at each grey level.
        share: the part of the voxels below the percentile, 0 to 1.
    """
    position = share * (sum(histogram) - 1)
    below = floor(position)
    part = position - below
    low, high = _level_at(histogram, below), _level_at(histogram, below + 1)
    return high - (high - low) * (1 - part) if part >= 0.5 else low + (high - low) * part


def _level_at(histogram: list[int], rank: int) -> int:
    seen = 0
    for level, count in enumerate(histogram):
        seen += count
        if rank < seen:
            return level
    return max(level for level, count in enumerate(histogram) if count)
