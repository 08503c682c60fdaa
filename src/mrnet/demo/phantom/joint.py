"""The tissues between the bones: menisci and cruciate ligaments, whole or torn, and joint fluid."""

import numpy as np

from mrnet.demo.phantom.anatomy import Knee
from mrnet.demo.phantom.bones import plateau, tibial_surface
from mrnet.demo.phantom.shapes import Distance, Point, Points, cord, ease, ellipsoid, join, meet, rod, within

TIBIAL_END: Point = (2.0, 9.0, -1.5)
FEMORAL_END: Point = (6.5, -15.0, 25.0)
HALF_GAP: float = 0.17
"""The share of a torn ACL's length that is missing on each side of the tear."""


def along_acl(share: float) -> Point:
    """Return the point of the ACL's axis at this share of its length, from tibia (0) to femur (1)."""
    x, y, z = (t + share * (f - t) for t, f in zip(TIBIAL_END, FEMORAL_END, strict=True))
    return x, y, z


def anterior_cruciate(points: Points, knee: Knee) -> Distance:
    """The ACL. If it is torn: two frayed stumps with a gap between them; the tibial stump sags."""
    if knee.acl_gap is None:
        return rod(points, TIBIAL_END, FEMORAL_END, (4.4, 3.8))
    low, high = knee.acl_gap - HALF_GAP, knee.acl_gap + HALF_GAP
    stump = [_sagging(share * low, knee.acl_waves) for share in (0, 0.35, 0.7, 1)]
    upper = [_sagging(high + share * (1 - high), -knee.acl_waves) for share in (0, 0.5, 1)]
    return np.minimum(cord(points, stump, 2.9), cord(points, upper, 2.7))


def _sagging(share: float, waves: float) -> Point:
    x, y, z = along_acl(share)
    swing = waves * float(np.sin(14 * share))
    return x, y + swing, z - 2.5 * share + swing


def acl_haemorrhage(points: Points, knee: Knee) -> Distance:
    """Fluid and swelling where a torn ACL ran."""
    x, y, z = along_acl(knee.acl_gap or 0.5)
    return ellipsoid(points, (x, y, z), (5.5, 8, 9))


def posterior_cruciate(points: Points) -> Distance:
    """The PCL, bent like a hockey stick."""
    return cord(points, [(-1, -29, -13), (-1.5, -27, 0), (-3, -21, 10), (-5, -12, 15.5), (-8, -3, 16)], 4.2)


def meniscus(points: Points, knee: Knee, side: int) -> tuple[Distance, Distance]:
    """Return the medial (side -1) or lateral (1) meniscus, and for each voxel its distance from the rim (0) to the inner edge (1)."""
    x, y, z = points
    across, along = (x * side - 23.5) * (1 / 15.5), (y + 4) * (1 / (22.5 if side < 0 else 20.0))
    ring = np.sqrt(across * across + along * along)
    inwards = (1 - ring) * (1 / 0.52)
    floor = plateau(points) + 1.1
    thickness = knee.meniscus * (8.0 - 7.0 * inwards)
    wedge = np.abs(z - floor - thickness * 0.5) - thickness * 0.5
    body = np.maximum(wedge, np.maximum(ring - 1, 0.48 - ring) * 17)
    # Open towards the eminence, where the horns attach.
    opening = np.minimum((-across - 0.35) * 15, (9 if side < 0 else 5) - np.abs(y + 4))
    return np.maximum(body, opening), inwards


def meniscal_cleft(points: Points, knee: Knee, inwards: Distance) -> Distance:
    """The tear: a thin cleft from the inner edge or the under surface into the posterior horn and body."""
    tear = knee.tear
    if tear is None:
        raise ValueError("this knee's menisci are whole")
    _, y, z = points
    if tear.vertical:
        sheet = np.abs((inwards - 0.35) * 9 + (z - 2) * 0.25 + 0.2 * np.sin(y * 0.6)) - 0.55
    else:
        middle = plateau(points) + 1.1 + knee.meniscus * (4.0 - 3.5 * inwards)
        sheet = np.abs(z - middle - tear.height + tear.slope * (inwards - 0.6) * 8) - 0.7
    return within(sheet, y - 4)


def femoral_fluid(points: Points, knee: Knee, bone: Distance) -> Distance:
    """Fluid as an uneven layer on the femur within the capsule, thin in the notch and thick in the gutters."""
    x, y, z = points
    uneven = (0.3 + 0.7 * ease(np.abs(x), 8, 30)) * (0.75 + 0.25 * np.sin(0.17 * y + 0.21 * z + 0.1 * x))
    capsule = ellipsoid(points, (0, 2, 17), (46, 42, 32))
    return meet(bone - 0.4 - knee.fluid * uneven, capsule, 5)


def tibial_fluid(points: Points, knee: Knee, bone: Distance) -> Distance:
    """Fluid as a thin layer on the plateau."""
    return within(bone - 0.3 - 0.35 * knee.fluid, tibial_surface(points) - 1.5, plateau(points) - points[2])


def suprapatellar_recess(points: Points, knee: Knee) -> Distance:
    """The pouch between quadriceps tendon and femur: a slit when empty, a bag with an effusion."""
    x, y, z = points
    px, _, pz = knee.patella
    pouch = ellipsoid(points, (px, 35.5, pz + 27), (6 + 4.5 * knee.recess, knee.recess, 6 + 4 * knee.recess))
    gutters = ellipsoid(
        (np.abs(x), y, z), (32, 24, 34), (knee.recess * 0.8, 3 + 1.5 * knee.recess, 6 + 2.6 * knee.recess)
    )
    return join(pouch, gutters, 5)


def popliteal_cyst(points: Points) -> Distance:
    """A Baker's cyst between semimembranosus and the medial head of gastrocnemius, with its neck."""
    bag = ellipsoid(points, (-27, -45, 2), (8, 6, 17))
    return join(bag, cord(points, [(-26, -45, 8), (-22, -34, 12)], 2.0), 3)
