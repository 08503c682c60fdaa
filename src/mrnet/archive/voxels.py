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
        p1=percentile(histogram, 1),
        p50=percentile(histogram, 50),
        p99=percentile(histogram, 99),
        blank_slices=blank,
        histogram=histogram,
    )


def percentile(histogram: list[int], percent: float) -> float:
    """Return a percentile of the grey levels that a histogram counts, as numpy's method `linear` does.

    Between two voxels the level is interpolated from the nearer one, which is what numpy does to the last bit.
    """
    position = percent / 100 * (sum(histogram) - 1)
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
