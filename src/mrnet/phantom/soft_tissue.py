"""What surrounds the joint: skin, fat, muscles, tendons, collateral ligaments and vessels."""

from typing import NamedTuple

import numpy as np

from mrnet.phantom.anatomy import Knee
from mrnet.phantom.shapes import Distance, Point, Points, ellipse, ellipsoid, join, rod, within


class Belly(NamedTuple):
    """A muscle as an ellipsoid: its centre and half axes in mm."""

    centre: Point
    radii: Point


MUSCLES = {
    "vastus medialis": Belly((-31, 14, 78), (18, 25, 50)),
    "vastus lateralis": Belly((31, 16, 90), (18, 26, 50)),
    "vastus intermedius": Belly((0, 31, 104), (26, 12, 48)),
    "semimembranosus": Belly((-24, -36, 56), (14, 13, 62)),
    "semitendinosus": Belly((-14, -50, 84), (10, 8, 52)),
    "sartorius": Belly((-45, -20, 48), (7, 13, 75)),
    "biceps femoris": Belly((33, -32, 58), (13, 15, 62)),
    "medial gastrocnemius": Belly((-19, -41, -38), (17, 14, 60)),
    "lateral gastrocnemius": Belly((20, -41, -38), (15, 13, 58)),
    "popliteus": Belly((2, -25, -38), (22, 6.5, 23)),
    "soleus": Belly((8, -32, -82), (28, 13, 45)),
    "tibialis anterior": Belly((28, 4, -68), (11, 15, 42)),
    "peroneus longus": Belly((42, -9, -66), (7, 12, 38)),
}


def limb(points: Points, knee: Knee) -> Distance:
    """The surface of the skin."""
    x, y, z = points
    thigh = np.maximum(z - 10, 0) * 0.13
    calf = np.maximum(-z - 20, 0) * 0.05
    half_width = 45 + knee.fat + thigh + calf
    outline = ellipse(x - 1, y + 3, half_width, half_width + 5)
    kneecap = ellipsoid(points, (knee.patella[0], 36, knee.patella[2] - 8), (26, 23 + 0.35 * knee.fat, 48))
    return join(outline, kneecap, 14)


def muscle(points: Points, knee: Knee, name: str) -> Distance:
    """One muscle's belly."""
    centre, radii = MUSCLES[name]
    return ellipsoid(points, centre, (radii[0] * knee.bulk, radii[1] * knee.bulk, radii[2]))


def patellar_tendon(points: Points, knee: Knee) -> Distance:
    """From the patella's lower pole to the tibial tuberosity."""
    px, py, pz = knee.patella
    return _band(points, px, (49 + py, pz - 13), (23, -40), 13, 2.6)


def quadriceps_tendon(points: Points, knee: Knee) -> Distance:
    """Onto the patella's upper pole."""
    px, py, pz = knee.patella
    return _band(points, px, (46 + py, pz + 14), (43, 100), 15, 3.6)


def _band(
    points: Points, middle: float, start: tuple[float, float], end: tuple[float, float], half_width: float, half: float
) -> Distance:
    """A flat band across x, from and to points of the (y, z) plane."""
    x, y, z = points
    sheet = rod((np.zeros_like(x), y, z), (0, *start), (0, *end), (half, half))
    return within(sheet + 0.004 * (x - middle) ** 2, np.abs(x - middle) - half_width)


def medial_collateral(points: Points) -> Distance:
    """The MCL, a flat band from the medial epicondyle to the tibia."""
    x, y, z = points
    flat = (x, (y - 1) * 0.28, z)
    return rod(flat, (-40.5, 0, 30), (-41, 0, -5), (1.3, 1.4)).clip(
        max=rod(flat, (-41, 0, -5), (-27, 0, -52), (1.4, 1.0))
    )


def lateral_collateral(points: Points) -> Distance:
    """The LCL, a cord from the lateral epicondyle to the head of the fibula."""
    return rod(points, (40.5, -5, 25), (41, -19, -12), (1.8, 1.8))


def iliotibial_band(points: Points) -> Distance:
    """From the thigh to Gerdy's tubercle."""
    x, y, z = points
    return rod((x, (y - 8) * 0.22, z), (49, 0, 90), (34, 1.5, -14), (1.1, 1.4))


def popliteal_artery(points: Points) -> Distance:
    """Behind the knee, a flow void."""
    return rod(points, (-2, -29, 90), (3, -37, -80), (3.0, 2.6))


def popliteal_vein(points: Points) -> Distance:
    """Beside and behind the artery."""
    return rod(points, (4, -33, 90), (7, -43, -80), (3.4, 2.8))


def saphenous_vein(points: Points) -> Distance:
    """In the subcutaneous fat of the medial side."""
    return rod(points, (-50, -24, 90), (-47, -18, -90), (1.6, 1.6))
