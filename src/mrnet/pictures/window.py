"""Grey levels as they are drawn: unchanged, unless a window, an inversion or a colour map is asked for."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mrnet.archive.voxels import LEVELS, measure_intensity, percentile_of
from mrnet.errors import UsageError
from mrnet.plotting import load_matplotlib
from mrnet.text import did_you_mean, shortened

Image = NDArray[np.uint8]
"""One slice or picture, of shape (rows, columns); each pixel is an index into a palette."""
Volume = NDArray[np.uint8]
"""A series' voxels, of shape (slices, rows, columns)."""
Shape = tuple[int, int, int]
"""Shape of a volume: (slices, rows, columns)."""

TOP = LEVELS - 1


@dataclass(frozen=True, kw_only=True)
class Windowing:
    """How grey levels are changed, the same way in every slice of a series."""

    window: tuple[float, float] | None = None
    """The grey levels that become black and white; levels between are mapped linearly."""
    planes: tuple[tuple[str, tuple[float, float]], ...] = ()
    """A window for single planes; it replaces `window` and `percentiles` there."""
    percentiles: tuple[float, float] | None = None
    """The same limits, given as percentiles of all voxels of the series."""
    invert: bool = False

    def in_plane(self, plane: str) -> "Windowing":
        """Return the settings for one plane."""
        own = dict(self.planes).get(plane)
        return self if own is None else Windowing(window=own, invert=self.invert)


def grey_table(volume: Volume, windowing: Windowing) -> Image | None:
    """Return the drawn level for each of the 256 grey levels; None if nothing changes."""
    limits = windowing.window
    if windowing.percentiles is not None:
        histogram = measure_intensity(volume).histogram
        low, high = windowing.percentiles
        limits = percentile_of(histogram, low / 100), percentile_of(histogram, high / 100)
    if limits is None and not windowing.invert:
        return None
    levels = np.arange(LEVELS, dtype=np.float64)
    if limits is not None:
        low, high = limits
        # The two percentiles may be equal, as in a blank series; the ramp is then a step.
        levels = (
            np.where(levels > high, TOP, 0) if low == high else (np.clip(levels, low, high) - low) / (high - low) * TOP
        )
    table = np.clip(np.rint(levels), 0, TOP).astype(np.uint8)
    return TOP - table if windowing.invert else table


@dataclass(frozen=True)
class Palette:
    """The 256 colours that a picture's pixels point to."""

    name: str | None
    """A colour map of matplotlib's; None for the grey levels themselves."""
    colours: bytes
    """Red, green and blue of each entry: 768 bytes."""

    def table(self) -> Image:
        """Return the colours as an array of shape (256, red-green-blue)."""
        return np.frombuffer(self.colours, np.uint8).reshape(LEVELS, 3)

    def nearest(self, wanted: int) -> int:
        """Return the index of the colour whose brightness is nearest to a grey level."""
        red, green, blue = self.table().T.astype(np.float64)
        # Weights of luma: ITU-R BT.601.
        return int(np.abs(0.299 * red + 0.587 * green + 0.114 * blue - wanted).argmin())


GREY = Palette(None, bytes(level for level in range(LEVELS) for _ in range(3)))


def make_palette(colormap: str | None) -> Palette:
    """Return a colour map of matplotlib as a palette; the grey palette if none is named.

    Raises:
        UsageError: matplotlib knows no such colour map; the message names similar ones.
    """
    if colormap is None:
        return GREY
    load_matplotlib()
    import matplotlib

    if colormap not in matplotlib.colormaps:
        near = did_you_mean(colormap, matplotlib.colormaps, otherwise="such as magma, viridis or bone")
        raise UsageError(f"--colormap {shortened(colormap)!r} is unknown, expected a name of matplotlib's{near}")
    colours = matplotlib.colormaps[colormap](np.linspace(0, 1, LEVELS), bytes=True)
    return Palette(colormap, np.asarray(colours)[:, :3].tobytes())
