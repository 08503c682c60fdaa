"""One slice being painted: tissue over tissue, each with a soft edge and a texture of its own.

Smooth anatomy is evaluated at every second row and column and its distances are interpolated, which a distance bears
well; only what is thinner than that grid is evaluated at every voxel.
"""

import numpy as np

from mrnet.phantom.scanner import Scanner
from mrnet.phantom.shapes import Distance, Point, Points
from mrnet.vocabulary import COLUMNS, ROWS

EDGE = 1.0
"""Width in mm over which one tissue gives way to the next: partial volume."""


class Patch:
    """The part of a slice that some anatomy can touch.

    `points` may be at every second voxel, of the slice's rows and columns `half`; `image`, `grain` and `streaks` always have every voxel.
    """

    def __init__(
        self, image: Distance, points: Points, half: tuple[slice, slice], grain: Distance, streaks: Distance
    ) -> None:
        self.image = image
        self.points = points
        self.half = half
        self.grain = grain
        self.streaks = streaks

    def lay(self, distance: Distance, signal: Distance | float, edge: float = EDGE, strength: float = 1.0) -> None:
        """Paint a tissue where the distance is negative, its edge `edge` mm wide, `strength` 1 covering fully."""
        if distance.min() > 0.5 * edge:
            return
        share = self.spread(distance * (-1 / edge) + 0.5)
        np.clip(share, 0, 1, out=share)
        if strength != 1:
            share *= strength
        share *= signal - self.image
        self.image += share

    def spread(self, values: Distance) -> Distance:
        """Return values at `points` as values at every voxel."""
        return values if values.shape == self.image.shape else enlarge(values)


class Canvas:
    """A slice's signal, the places of its voxels, and the textures that its tissues take theirs from."""

    def __init__(self, scanner: Scanner, index: int) -> None:
        self.scanner = scanner
        self.index = index
        self.image = np.zeros((ROWS, COLUMNS), np.float32)
        self.points = scanner.points(index)
        self.grain = enlarge(scanner.mottle())
        self.streaks = enlarge(scanner.streaks(index))

    def whole(self) -> Patch:
        """Return the whole slice."""
        return Patch(self.image, self.points, np.s_[:, :], self.grain, self.streaks)

    def near(self, low: Point, high: Point, fine: bool = False) -> Patch | None:
        """Return the part that a box of the knee touches, None where this slice passes it by.

        With `fine`, the points are those of every voxel.
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
    """Interpolate from every second row and column, the one after the last included, to all."""
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
