"""Femur, tibia, fibula and patella of the synthetic knee, and the cartilage on them."""

from typing import Final

import numpy as np

from mrnet.demo.phantom.anatomy import Knee
from mrnet.demo.phantom.shapes import Distance, Points, carve, ease, ellipse, ellipsoid, join, meet, rod, wheel, within

JOINT_LINE: Final = -3.2
"""Height of the bony tibial plateau; the condyles end above 0 and cartilage fills most of the gap."""


def femur(points: Points, knee: Knee) -> Distance:
    """The femur: shaft, metaphysis, trochlea and both condyles, without the intercondylar notch."""
    x, y, z = points
    broad = np.abs(x)
    flare = ease(z, 76, 32)
    shaft = ellipse(x, y - 5, 14.5 + 21.5 * flare, 13.5 + 7.5 * flare)
    shaft = meet(shaft, 24 - z, 8)
    dip = np.minimum(x * x * (1 / 17**2), 1) * knee.trochlea
    tread = np.sqrt((y - 4) ** 2 + (z - 27.5) ** 2) - (26 - knee.trochlea) - dip
    trochlea = wheel(tread, broad + 0.25 * np.maximum(y, 0) - 38, 9)
    tread = np.sqrt((y + 14) ** 2 + (z - 24) ** 2) - 19.8 + 0.012 * x
    ends = join(trochlea, wheel(tread, np.abs(broad - 24.5) - 15, 10), 8)
    return carve(join(ends, shaft, 12), notch(points, knee), 5)


def notch(points: Points, knee: Knee) -> Distance:
    """The intercondylar notch, roofed by Blumensaat's line."""
    x, y, z = points
    roof = (y + z - 21) * 0.707
    return meet(np.abs(x) - knee.notch, roof, 8)


def femoral_cartilage(points: Points, knee: Knee, bone: Distance) -> Distance:
    """Cartilage 2.7 mm thick on condyles and trochlea, none in the notch or on the epicondyles."""
    x, y, z = points
    reach = np.maximum(np.abs(x) + 0.25 * np.maximum(y, 0) - 34, z - 40 - 0.2 * y)
    reach = np.maximum(reach, 1.5 - notch(points, knee))
    return within(bone - 2.7, reach)


def plateau(points: Points) -> Distance:
    """Height of the tibial plateau under each voxel: sloping backwards, with the two spines of the eminence."""
    x, y, _ = points
    away = (np.abs(x) - 4.5) ** 2 * (1 / 42) + (y + 3) ** 2 * (1 / 150)
    return JOINT_LINE + 0.1 * (y - 1) + 8 / (1 + away) ** 2


def tibia(points: Points) -> Distance:
    """The tibia: plateau with eminence, metaphysis, tuberosity and shaft."""
    x, y, z = points
    flare = ease(z, -68, 2)
    shaft = ellipse(x, y + 3 - 3 * (1 - flare), 14.5 + 25 * flare, 14 + 11.5 * flare)
    shaft = join(shaft, ellipsoid(points, (1, 16, -38), (9, 8, 16)), 8)
    shaft = carve(shaft, ellipsoid(points, (0, -31, -2), (9, 9, 14)), 4)
    return meet(shaft, z - plateau(points), 3)


def tibial_cartilage(points: Points, bone: Distance) -> Distance:
    """Cartilage 2.6 mm thick on both halves of the plateau, thinner under the menisci, none on the eminence."""
    outline = tibial_surface(points)
    thickness = np.clip(0.7 - 0.35 * outline, 0, 2.6)
    return within(bone - thickness, outline, plateau(points) - points[2])


def tibial_surface(points: Points) -> Distance:
    """The outline of the medial and the lateral articular surface, the same at every height."""
    x, y, _ = points
    return ellipse(np.abs(x) - 22.5, y + 4, 14.5, 20.5)


def physis(points: Points, height: float) -> Distance:
    """The scar of the growth plate, a wavy sheet across the bone."""
    x, y, z = points
    sheet: Distance = np.abs(z - height - 0.05 * y - 1.5 * np.cos(0.16 * x)) - 0.3
    return sheet


def fibula(points: Points) -> Distance:
    """The fibula: head and shaft."""
    head = ellipsoid(points, (37, -20, -18), (8.5, 9.5, 10))
    return join(head, rod(points, (38, -20, -22), (37, -14, -95), (6.5, 5.5)), 5)


def patella(points: Points, knee: Knee) -> Distance:
    """The patella: a wedge with a ridge towards the trochlea."""
    x, y, z = (p - c for p, c in zip(points, knee.patella, strict=True))
    whole = ellipsoid((x, y, z), (0, 42, 1), (23, 13.5, 21.5))
    facets = (36.5 + 0.36 * np.abs(x) - y) * 0.94
    return meet(whole, facets, 4)


def patellar_cartilage(points: Points, knee: Knee, bone: Distance) -> Distance:
    """Cartilage up to 3.6 mm thick, the thickest of the body, on the upper facets."""
    x, y, z = (p - c for p, c in zip(points, knee.patella, strict=True))
    thickness = 3.6 - 0.006 * x * x - 0.01 * (z - 4) ** 2
    return within(bone - thickness, y - 45)
