"""One slice being painted: tissue over tissue, each with a soft edge and a texture of its own.

Smooth anatomy is evaluated at every second row and column, and its distances are interpolated, which works well for
distances. Only anatomy thinner than this grid is evaluated at every voxel.
"""

from typing import NamedTuple, Self

import numpy as np
import numpy.typing as npt

from mrnet.demo.phantom.scanner import Scanner
from mrnet.demo.phantom.shapes import Distance, Point, Points
from mrnet.vocabulary import SLICE_COLUMNS, SLICE_ROWS

EDGE_MM = 1.0
"""The width over which one tissue changes into the next: partial volume."""


class Patch:
    """The part of a slice that some anatomy can touch.

    `image`, `grain` and `streaks` have a value for every voxel. `points` has every second row and column of the slice,
    chosen by `half`; for thin anatomy it has every voxel.
    """

    def __init__(
        self, image: Distance, points: Points, half: tuple[slice, slice], grain: Distance, streaks: Distance
    ) -> None:
        self.image = image
        self.points = points
        self.half = half
        self.grain = grain
        self.streaks = streaks

    def lay(self, distance: Distance, signal: Distance | float, edge: float = EDGE_MM, strength: float = 1.0) -> None:
        """Paint a tissue where the distance is negative, with an edge of `edge` mm; with `strength` 1 it covers what is below."""
        reached = distance < 0.5 * edge
        step = 1 if distance.shape == self.image.shape else 2
        if not reached.any():
            return
        rows = _Span.around(np.flatnonzero(reached.any(axis=1)), reached.shape[0], step)
        columns = _Span.around(np.flatnonzero(reached.any(axis=0)), reached.shape[1], step)
        image = self.image[rows.whole, columns.whole]
        part = distance[rows.sampled, columns.sampled] * (-1 / edge) + 0.5
        share = part if step == 1 else enlarge(part)
        np.clip(share, 0, 1, out=share)
        if strength != 1:
            share *= strength
        share *= (signal[rows.whole, columns.whole] if isinstance(signal, np.ndarray) else signal) - image
        image += share

    def spread(self, values: Distance) -> Distance:
        """Interpolate values that are given at `points` to every voxel."""
        return values if values.shape == self.image.shape else enlarge(values)


class _Span(NamedTuple):
    """The rows or columns that a tissue reaches, as indices into its sampled distance and into the whole patch."""

    sampled: slice
    whole: slice

    @classmethod
    def around(cls, hits: npt.NDArray[np.intp], size: int, step: int) -> Self:
        if step == 1:
            only = slice(int(hits[0]), int(hits[-1]) + 1)
            return cls(only, only)
        # One more sample on each side, for the interpolation at the edge.
        first, last = max(int(hits[0]) - 1, 0), min(int(hits[-1]) + 1, size - 1)
        return cls(slice(first, last + 1), slice(2 * first, 2 * last))


class Canvas:
    """A slice's signal, the positions of its voxels, and the textures for its tissues."""

    def __init__(self, scanner: Scanner, index: int) -> None:
        self.scanner = scanner
        self.index = index
        self.image = np.zeros((SLICE_ROWS, SLICE_COLUMNS), np.float32)
        self.points = scanner.points(index)
        self.grain = enlarge(scanner.mottle())
        self.streaks = enlarge(scanner.streaks(index))

    def whole(self) -> Patch:
        """Return the whole slice."""
        return Patch(self.image, self.points, np.s_[:, :], self.grain, self.streaks)

    def patch(self, low: Point, high: Point, fine: bool = False) -> Patch | None:
        """Return the part of the slice that a box of the knee touches; None if the slice does not touch it.

        With `fine`, there is a point for every voxel.
        """
        window = self.scanner.window(low, high)
        if self.index not in window.slices:
            return None
        x, y, z = (axis[window.half] for axis in self.points)
        if fine:
            x, y, z = enlarge(x), enlarge(y), enlarge(z)
        grain, streaks = self.grain[window.whole], self.streaks[window.whole]
        return Patch(self.image[window.whole], (x, y, z), window.half, grain, streaks)


def enlarge(half: Distance) -> Distance:
    """Interpolate to every row and column; given are every second one, and the one after the last."""
    rows, columns = 2 * half.shape[0] - 2, 2 * half.shape[1] - 2
    wide = np.empty((half.shape[0], columns), np.float32)
    wide[:, ::2] = half[:, :-1]
    np.add(half[:, :-1], half[:, 1:], out=wide[:, 1::2])
    wide[:, 1::2] *= 0.5
    whole = np.empty((rows, columns), np.float32)
    whole[::2] = wide[:-1]
    np.add(wide[:-1], wide[1:], out=whole[1::2])
    whole[1::2] *= 0.5
    return whole
