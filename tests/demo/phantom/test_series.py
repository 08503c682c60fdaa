"""A drawn series must be a sound volume, the same every time, and show what its case is labelled for."""

from functools import cache

import numpy as np
import pytest

from mrnet.demo.phantom import PlannedCase, draw_series
from mrnet.demo.phantom.anatomy import draw_knee
from mrnet.demo.phantom.bones import femur, patella, tibia
from mrnet.demo.phantom.canvas import Canvas
from mrnet.demo.phantom.joint import along_acl, anterior_cruciate, meniscal_cleft, meniscus, suprapatellar_recess
from mrnet.demo.phantom.series import place_scanner
from mrnet.demo.phantom.shapes import ellipsoid
from mrnet.vocabulary import Finding, Plane, Split

pytestmark = pytest.mark.slow


def case(number: str = "0003", *, abnormal: int = 0, acl: int = 0, meniscus: int = 0, slices: int = 9) -> PlannedCase:
    labels = {Finding.ABNORMAL: abnormal, Finding.ACL: acl, Finding.MENISCUS: meniscus}
    return PlannedCase(number, Split.TRAIN, labels, dict.fromkeys(Plane, slices))


@pytest.mark.parametrize("plane", Plane)
def test_a_series_is_a_volume_without_blank_or_repeated_slices(plane: Plane) -> None:
    volume = draw_series(0, case(slices=19), plane)
    assert volume.dtype == np.uint8
    assert volume.shape == (19, 256, 256)
    assert len({image.tobytes() for image in volume}) == 19
    assert all(image.std() > 5 for image in volume)
    assert volume.max() > 200


def test_the_same_seed_gives_the_same_voxels_and_any_change_others() -> None:
    first = draw_series(0, case(), Plane.SAGITTAL)
    assert np.array_equal(first, draw_series(0, case(), Plane.SAGITTAL))
    assert not np.array_equal(first, draw_series(1, case(), Plane.SAGITTAL))
    assert not np.array_equal(first, draw_series(0, case("0004"), Plane.SAGITTAL))
    assert not np.array_equal(first, draw_series(0, case(), Plane.CORONAL))


def test_no_two_series_are_alike() -> None:
    volumes = [draw_series(0, case(number, slices=2), plane) for number in ("0000", "0001", "1130") for plane in Plane]
    assert len({volume.tobytes() for volume in volumes}) == 9


class Look:
    """A drawn series, and the position in the knee of every second row and column."""

    def __init__(self, planned: PlannedCase, plane: Plane) -> None:
        self.knee = draw_knee(0, planned)
        scanner = place_scanner(0, planned, plane, self.knee)
        places = [scanner.points(index) for index in range(scanner.slices)]
        x, y, z = (np.stack([place[axis][:-1, :-1] for place in places]) for axis in range(3))
        self.points = (x, y, z)
        self.voxels = draw_series(0, planned, plane)[:, ::2, ::2].astype(float)


@cache
def look(number: str, plane: Plane, findings: str) -> Look:
    labels = {"healthy": (0, 0), "effusion": (1, 0), "torn": (1, 1)}
    abnormal, torn = labels[findings]
    return Look(case(number, abnormal=abnormal, acl=torn, meniscus=torn, slices=16), plane)


@pytest.mark.parametrize("plane", [Plane.AXIAL, Plane.SAGITTAL])
@pytest.mark.parametrize("number", ["0000", "0001"])
def test_a_whole_acl_is_dark_throughout_and_a_torn_one_is_interrupted(plane: Plane, number: str) -> None:
    whole, torn = look(number, plane, "effusion"), look(number, plane, "torn")
    dark = whole.voxels[anterior_cruciate(whole.points, whole.knee) < -1.5]
    assert dark.mean() < 60
    assert np.mean(dark < 90) > 0.95
    assert torn.knee.acl_gap is not None
    there = ellipsoid(torn.points, along_acl(torn.knee.acl_gap), (3, 3, 3)) < 0
    assert torn.voxels[there].mean() > 2 * whole.voxels[there].mean() + 20


@pytest.mark.parametrize("plane", [Plane.CORONAL, Plane.SAGITTAL])
@pytest.mark.parametrize("number", ["0000", "0001"])
def test_a_torn_meniscus_carries_a_bright_line(plane: Plane, number: str) -> None:
    whole, torn = look(number, plane, "effusion"), look(number, plane, "torn")
    assert torn.knee.tear is not None
    body, inwards = meniscus(torn.points, torn.knee, torn.knee.tear.side)
    line = (body < -0.5) & (meniscal_cleft(torn.points, torn.knee, inwards) < -0.2) & (inwards < 0.6)
    assert line.sum() > 5
    assert torn.voxels[line].mean() > whole.voxels[line].mean() + 30


@pytest.mark.parametrize("plane", [Plane.AXIAL, Plane.SAGITTAL])
@pytest.mark.parametrize("number", ["0000", "0001"])
def test_an_abnormal_joint_holds_an_effusion(plane: Plane, number: str) -> None:
    healthy, abnormal = look(number, plane, "healthy"), look(number, plane, "effusion")
    knee, points = abnormal.knee, abnormal.points
    pouch = (suprapatellar_recess(points, knee) < -1) & (femur(points, knee) > 4) & (patella(points, knee) > 4)
    assert np.median(abnormal.voxels[pouch]) > 160
    assert np.median(healthy.voxels[pouch]) < 130


def test_voxels_are_computed_in_single_precision() -> None:
    # One numpy float64 among the arrays makes all results double precision, which takes twice the time.
    canvas = Canvas(place_scanner(0, case(), Plane.AXIAL, draw_knee(0, case())), 4)
    assert canvas.image.dtype == canvas.grain.dtype == canvas.streaks.dtype == np.float32
    knee = draw_knee(0, case(abnormal=1, acl=1, meniscus=1))
    assert {axis.dtype for axis in canvas.points} == {np.dtype(np.float32)}
    for distance in (femur(canvas.points, knee), tibia(canvas.points), anterior_cruciate(canvas.points, knee)):
        assert distance.dtype == np.float32
