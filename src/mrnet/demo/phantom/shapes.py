"""Signed distances in millimetres, negative inside: the few solids from which a knee is built."""

from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt

Distance = npt.NDArray[np.floating[Any]]
"""One `float32` value per voxel of a slice or of a part of it. numpy's types cannot say that plain numbers keep `float32`."""
Point = tuple[float, float, float]
Points = tuple[Distance, Distance, Distance]
"""The x (medial to lateral), y (posterior to anterior) and z (inferior to superior) of each voxel, in mm."""

TINY = 1e-9
"""Prevents a division by zero at the centre of a solid."""


def join(a: Distance, b: Distance, blend: float) -> Distance:
    """Return the union of two solids, their seam filleted over `blend` mm (Quilez' polynomial smooth minimum)."""
    seam = np.abs(a - b)
    np.subtract(blend, seam, out=seam)
    np.clip(seam, 0, blend, out=seam)
    seam *= seam
    seam *= 0.25 / blend
    return np.subtract(np.minimum(a, b), seam, out=seam)


def meet(a: Distance, b: Distance, blend: float) -> Distance:
    """Return the intersection of two solids, its edge rounded over `blend` mm."""
    return -join(-a, -b, blend)


def carve(a: Distance, b: Distance, blend: float) -> Distance:
    """Return the difference of two solids, its edge rounded over `blend` mm."""
    return -join(-a, b, blend)


def within(solid: Distance, *bounds: Distance) -> Distance:
    """Return the part of a solid within all the bounds, with sharp edges."""
    for bound in bounds:
        solid = np.maximum(solid, bound)
    return solid


def ease(value: Distance, start: float, end: float) -> Distance:
    """Rise smoothly from 0 at `start` to 1 at `end`, which may be the smaller of the two."""
    t = np.clip((value - start) * (1 / (end - start)), 0, 1)
    eased: Distance = t * t * (3 - 2 * t)
    return eased


def ellipsoid(points: Points, centre: Point, radii: Point) -> Distance:
    """Return the distance to an ellipsoid, exact to first order at its surface."""
    (x, y, z), (cx, cy, cz), (rx, ry, rz) = points, centre, radii
    xx, yy, zz = ((x - cx) * (1 / rx)) ** 2, ((y - cy) * (1 / ry)) ** 2, ((z - cz) * (1 / rz)) ** 2
    inside = np.sqrt(xx + yy + zz)
    slope = np.sqrt(xx * rx**-2 + yy * ry**-2 + zz * rz**-2 + TINY)
    distance: Distance = inside * (inside - 1) / slope
    return distance


def ellipse(u: Distance, v: Distance, a: Distance | float, b: Distance | float) -> Distance:
    """Return the distance to an ellipse in a plane, the half axes of which may differ from voxel to voxel."""
    u, v = u / a, v / b
    uu, vv = u * u, v * v
    inside = np.sqrt(uu + vv)
    distance: Distance = inside * (inside - 1) / np.sqrt(uu / (a * a) + vv / (b * b) + TINY)
    return distance


def rod(points: Points, start: Point, end: Point, radii: tuple[float, float]) -> Distance:
    """Return the distance to a round rod from `start` to `end`, tapering from the first radius to the second."""
    ax, ay, az = (e - s for s, e in zip(start, end, strict=True))
    x, y, z = (p - s for p, s in zip(points, start, strict=True))
    along = np.clip((x * ax + y * ay + z * az) * (1 / (ax * ax + ay * ay + az * az)), 0, 1)
    away = np.sqrt((x - along * ax) ** 2 + (y - along * ay) ** 2 + (z - along * az) ** 2)
    distance: Distance = away - (radii[0] + along * (radii[1] - radii[0]))
    return distance


def cord(points: Points, course: list[Point], radius: float) -> Distance:
    """Return the distance to a round cord that follows a course of points."""
    first, *others = (rod(points, start, end, (radius, radius)) for start, end in pairwise(course))
    for other in others:
        np.minimum(first, other, out=first)
    return first


def wheel(radial: Distance, lateral: Distance, edge: float) -> Distance:
    """Return the distance to a disc with a rounded edge, from the distances to its tread and to its side."""
    tread, side = radial + edge, lateral + edge
    outside = np.sqrt(np.maximum(tread, 0) ** 2 + np.maximum(side, 0) ** 2)
    distance: Distance = outside + np.minimum(np.maximum(tread, side), 0) - edge
    return distance
