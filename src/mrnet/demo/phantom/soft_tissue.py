"""The tissues around the joint: skin, fat, muscles, tendons, collateral ligaments and vessels."""

from typing import NamedTuple

import numpy as np

from mrnet.demo.phantom.anatomy import Knee
from mrnet.demo.phantom.shapes import Distance, Point, Points, ease, ellipse, ellipsoid, join, rod


class Belly(NamedTuple):
    """A muscle as an ellipsoid: its centre and half axes in mm."""

    name: str
    centre: Point
    radii: Point


MUSCLES = (
    Belly("vastus intermedius", (0, 30, 100), (30, 15, 48)),
    Belly("vastus medialis", (-30, 14, 74), (21, 27, 50)),
    Belly("vastus lateralis", (31, 16, 88), (21, 28, 52)),
    Belly("semimembranosus", (-24, -38, 54), (16, 14, 62)),
    Belly("semitendinosus", (-12, -50, 80), (12, 9, 56)),
    Belly("sartorius", (-46, -20, 48), (8, 16, 75)),
    Belly("biceps femoris", (32, -34, 56), (16, 16, 62)),
    Belly("popliteus", (2, -25, -38), (24, 8, 24)),
    Belly("soleus", (6, -34, -84), (32, 18, 50)),
    Belly("medial gastrocnemius", (-19, -42, -40), (20, 17, 62)),
    Belly("lateral gastrocnemius", (20, -42, -40), (18, 16, 60)),
    Belly("tibialis anterior", (28, 4, -66), (13, 16, 46)),
    Belly("peroneus longus", (42, -9, -64), (8, 13, 42)),
)


def limb(points: Points, knee: Knee) -> Distance:
    """The surface of the skin."""
    x, y, z = points
    shin = ease(z, 12, -50)
    half_width = 47 + knee.fat + 0.13 * np.maximum(z - 10, 0)
    outline = ellipse(x - 1, y + 3 + 8 * shin, half_width, half_width + 5 - 6 * shin)
    kneecap = ellipsoid(points, (knee.patella[0], 36, knee.patella[2] - 6), (26, 22 + 0.35 * knee.fat, 40))
    return join(outline, kneecap, 14)


def add_muscle(flesh: Distance, points: Points, knee: Knee, belly: Belly) -> Distance:
    """Add one more muscle to the others: distances stay negative inside each, and 0 where two of them touch."""
    across, along, up = belly.radii
    one = ellipsoid(points, belly.centre, (across * knee.bulk, along * knee.bulk, up))
    return np.minimum(one, np.maximum(flesh, -one))


def patellar_tendon(points: Points, knee: Knee) -> Distance:
    """The patellar tendon, from the patella's lower pole to the tibial tuberosity."""
    px, py, pz = knee.patella
    return _band(points, px, (49 + py, pz - 13), (23, -40), 13, 2.6)


def quadriceps_tendon(points: Points, knee: Knee) -> Distance:
    """The quadriceps tendon, down to the patella's upper pole."""
    px, py, pz = knee.patella
    return _band(points, px, (46 + py, pz + 14), (43, 100), 15, 3.0)


def _band(
    points: Points, middle: float, start: tuple[float, float], end: tuple[float, float], half_width: float, half: float
) -> Distance:
    """A flat band between two points of the (y, z) plane; its width runs along x."""
    x, y, z = points
    squeezed = (x - middle) * (half / half_width)
    return rod((squeezed, y, z), (0, *start), (0, *end), (half, half))


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
    """The iliotibial band, from the thigh to Gerdy's tubercle."""
    x, y, z = points
    return rod((x, (y - 8) * 0.22, z), (49, 0, 90), (34, 1.5, -14), (1.1, 1.4))


def popliteal_artery(points: Points) -> Distance:
    """The popliteal artery behind the knee; moving blood gives no signal."""
    return rod(points, (-2, -29, 90), (3, -37, -80), (3.0, 2.6))


def popliteal_vein(points: Points) -> Distance:
    """The popliteal vein, beside and behind the artery."""
    return rod(points, (4, -33, 90), (7, -43, -80), (3.4, 2.8))


def saphenous_vein(points: Points) -> Distance:
    """The great saphenous vein, in the subcutaneous fat of the medial side."""
    return rod(points, (-50, -24, 90), (-47, -18, -90), (1.1, 1.1))
