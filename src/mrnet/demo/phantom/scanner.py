"""The scanner: the position of each slice in the knee, the coil's shading, the noise and the grey levels."""

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from mrnet.demo.phantom.anatomy import Knee
from mrnet.demo.phantom.shapes import Distance, Point, Points
from mrnet.vocabulary import SLICE_COLUMNS, SLICE_ROWS, Plane

# Axes of the scanner: 0 towards the patient's left, 1 to anterior, 2 to superior.
AXES: Final = {Plane.AXIAL: (2, 1, 0), Plane.CORONAL: (1, 2, 0), Plane.SAGITTAL: (0, 2, 1)}
"""The scanner's axes along slices, rows and columns of each plane."""
DIRECTIONS: Final = {Plane.AXIAL: (-1, -1, 1), Plane.CORONAL: (-1, -1, 1), Plane.SAGITTAL: (1, -1, -1)}
CENTRE: Final[Point] = (0.0, -1.0, 6.0)
HALF_LENGTH_MM: Final = {Plane.AXIAL: 50.0, Plane.CORONAL: 48.0, Plane.SAGITTAL: 45.0}
"""Half the length that the slices of a plane cover."""
MARGIN_MM: Final = 5.5
"""A bent knee and a soft edge may reach this far out of a box."""
HALF: Final = SLICE_ROWS // 2 + 1
"""Every second row or column, and the one after the last."""


@dataclass(frozen=True)
class Window:
    """The block of a series that a box around some anatomy can touch."""

    slices: range
    whole: tuple[slice, slice]
    """Rows and columns, from an even one up to an even one."""
    half: tuple[slice, slice]
    """The same part of the arrays that have every second row and column, with one more row and column."""


class Scanner:
    """One series' geometry, shading and noise; all its randomness comes from its own generator."""

    def __init__(self, plane: Plane, slices: int, knee: Knee, generator: np.random.Generator) -> None:
        self.generator = generator
        self.slices = slices
        self.axes = AXES[plane]
        self.knee = knee
        field = generator.uniform(136, 150)
        steps = (
            2 * HALF_LENGTH_MM[plane] * generator.uniform(0.94, 1.06) / slices,
            field / SLICE_ROWS,
            field / SLICE_COLUMNS,
        )
        counts = (slices, SLICE_ROWS, SLICE_COLUMNS)
        self.ticks: list[npt.NDArray[np.floating[Any]]] = [
            CENTRE[axis] + generator.uniform(-2, 2) + direction * step * (np.arange(count) - (count - 1) / 2)
            for axis, direction, step, count in zip(self.axes, DIRECTIONS[plane], steps, counts, strict=True)
        ]
        self.turn = knee.turn * np.array([1.0 if knee.left else -1.0, 1.0, 1.0])[None, :]
        self.back = np.linalg.inv(self.turn)
        self.rows, self.columns = (_every_second(ticks) for ticks in self.ticks[1:])
        self._windows: dict[tuple[Point, Point], Window] = {}
        self.noise = generator.uniform(3.5, 6.5)
        self.gain = generator.uniform(1.0, 1.2)
        self.tilt = generator.normal(0, 0.0016, 3)
        self.fade = generator.uniform(0.15, 0.35)

    def points(self, index: int) -> Points:
        """Return where the voxels of a slice lie in the knee: x, y, z in mm at every second row and column."""
        along, down, across = self.axes
        position = self.ticks[0][index] - self.knee.shift[along]
        rows, columns = self.rows - self.knee.shift[down], self.columns - self.knee.shift[across]
        straight = [
            _outer(self.turn[axis, along] * position + self.turn[axis, down] * rows, self.turn[axis, across] * columns)
            for axis in range(3)
        ]
        x, y, z = (straight[axis] + self._waves(self.knee.sway[:, axis], index) for axis in range(3))
        return x, y, z

    def mottle(self) -> Distance:
        """Return fine noise with a deviation of about 1 once enlarged, at every second row and column."""
        noise = self.generator.standard_normal((HALF + 1, HALF + 1), dtype=np.float32)
        # Average neighbours; otherwise the interpolation would show as a grid.
        rows = noise[1:] + noise[:-1]
        return 0.6 * (rows[:, 1:] + rows[:, :-1])

    def streaks(self, index: int) -> Distance:
        """Return streaks up and down the limb, mean 0 and deviation 1, at every second row and column."""
        return self._waves(self.knee.streaks, index)

    def _waves(self, waves: npt.NDArray[np.floating[Any]], index: int) -> Distance:
        """Return a sum of plane waves over a slice, by the addition theorem from one sine per row and one per column."""
        along, down, across = self.axes
        amplitude, phase = waves[:, :1], waves[:, 4:] + waves[:, 1 + along, None] * self.ticks[0][index]
        rows = phase + waves[:, 1 + down, None] * self.rows
        columns = waves[:, 1 + across, None] * self.columns
        down_terms = np.concatenate([amplitude * np.sin(rows), amplitude * np.cos(rows)]).astype(np.float32)
        across_terms = np.concatenate([np.cos(columns), np.sin(columns)]).astype(np.float32)
        # Not a matrix product, because its last bits may depend on the library behind it and on its threads.
        total: Distance = np.einsum("kr,kc->rc", down_terms, across_terms)
        return total

    def window(self, low: Point, high: Point) -> Window:
        """Return the slices, rows and columns that a box of the knee, given by two corners in mm, can touch."""
        key = (low, high)
        if key not in self._windows:
            self._windows[key] = self._place(low, high)
        return self._windows[key]

    def _place(self, low: Point, high: Point) -> Window:
        corners = [(x, y, z) for x in (low[0], high[0]) for y in (low[1], high[1]) for z in (low[2], high[2])]
        placed = np.array([(self.back * corner).sum(axis=1) for corner in corners]) + self.knee.shift
        spans = [
            _touched(ticks, placed[:, axis].min() - MARGIN_MM, placed[:, axis].max() + MARGIN_MM)
            for axis, ticks in zip(self.axes, self.ticks, strict=True)
        ]
        if any(span.stop <= span.start for span in spans):
            return Window(range(0), (slice(0), slice(0)), (slice(0), slice(0)))
        rows, columns = (slice(span.start // 2 * 2, (span.stop + 1) // 2 * 2) for span in spans[1:])
        half = (slice(rows.start // 2, rows.stop // 2 + 1), slice(columns.start // 2, columns.stop // 2 + 1))
        return Window(range(spans[0].start, spans[0].stop), (rows, columns), half)

    def shading(self, index: int) -> Distance:
        """Return the coil's sensitivity over a slice: about 1, fading towards the coil's ends."""
        parts = []
        for axis, ticks in zip(self.axes, (self.ticks[0][index], *self.ticks[1:]), strict=True):
            fade = self.fade * ((ticks - CENTRE[axis]) / 75) ** 2 if axis == 2 else 0.0
            parts.append(self.tilt[axis] * ticks - fade + (0.06 * (ticks / 60) ** 2 if axis != 2 else 0.0))
        return _outer(1.0 + parts[0] + parts[1], parts[2])

    def expose(self, image: Distance) -> npt.NDArray[np.uint8]:
        """Return the picture of a slice's signal: magnitude with Rician noise, 0 to 255.

        The magnitude of a complex signal with Gaussian noise in both channels follows Rice's distribution
        (Gudbjartsson & Patz, Magnetic Resonance in Medicine 34:910, 1995).
        """
        real, imaginary = self.generator.standard_normal((2, *image.shape), dtype=np.float32) * self.noise
        real += image
        real *= real
        imaginary *= imaginary
        real += imaginary
        np.sqrt(real, out=real)
        real *= self.gain
        real += 0.5
        picture: npt.NDArray[np.uint8] = np.clip(real, 0, 255, out=real).astype(np.uint8)
        return picture


def _outer(rows: npt.NDArray[np.floating[Any]], columns: npt.NDArray[np.floating[Any]]) -> Distance:
    return rows.astype(np.float32)[:, None] + columns.astype(np.float32)


def _touched(ticks: npt.NDArray[np.floating[Any]], low: float, high: float) -> slice:
    touched = np.flatnonzero((ticks >= low) & (ticks <= high))
    return slice(int(touched[0]), int(touched[-1]) + 1) if touched.size else slice(0, 0)


def _every_second(ticks: npt.NDArray[np.floating[Any]]) -> npt.NDArray[np.floating[Any]]:
    return np.append(ticks[::2], 2 * ticks[-1] - ticks[-2])
