"""Painting a part of a slice must give what painting all of it would."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mrnet.demo.phantom.anatomy import draw_knee
from mrnet.demo.phantom.canvas import Canvas, Patch, enlarge
from mrnet.demo.phantom.cohort import plan_cohort
from mrnet.demo.phantom.scanner import Scanner
from mrnet.demo.phantom.series import place_scanner
from mrnet.demo.phantom.shapes import ellipsoid
from mrnet.vocabulary import Plane

CASE = plan_cohort(12, 0)[0]
coordinate = st.floats(-60, 60)


def scanner(plane: Plane) -> Scanner:
    return place_scanner(0, CASE, plane, draw_knee(0, CASE))


def test_enlarging_keeps_the_samples_and_a_slope_between_them() -> None:
    rows, columns = np.mgrid[:9:2, :7:2].astype(np.float32)
    whole_rows, whole_columns = np.mgrid[:8, :6]
    assert np.allclose(enlarge(3 * rows - columns), 3 * whole_rows - whole_columns)


@settings(max_examples=40, deadline=None)
@given(st.sampled_from(list(Plane)), st.tuples(*[coordinate] * 3), st.tuples(*[st.floats(1, 40)] * 3))
def test_a_box_reaches_every_voxel_that_lies_in_it(
    plane: Plane, low: tuple[float, float, float], size: tuple[float, float, float]
) -> None:
    place = scanner(plane)
    x, y, z = low
    high = (x + size[0], y + size[1], z + size[2])
    window = place.window(low, high)
    for index in range(0, place.slices, 7):
        inside = np.ones((129, 129), bool)
        for axis, least, most in zip(place.points(index), low, high, strict=True):
            inside &= (axis >= least) & (axis <= most)
        if index in window.slices:
            inside[window.half] = False
        assert not inside[:128, :128].any()


@pytest.mark.parametrize("plane", Plane)
def test_a_tissue_laid_on_a_part_of_a_slice_matches_one_laid_on_all_of_it(plane: Plane) -> None:
    place = scanner(plane)
    centre, radii, middle = (0.0, 0.0, 5.0), (12.0, 9.0, 14.0), place.slices // 2
    part, whole = Canvas(place, middle), Canvas(place, middle)
    for fine in (False, True):
        patch = part.patch((-13, -10, -10), (13, 10, 20), fine=fine)
        assert patch is not None
        patch.lay(ellipsoid(patch.points, centre, radii), 100.0)
        everything = whole.whole()
        everything.lay(ellipsoid(everything.points, centre, radii), 100.0)
        assert part.image.max() == pytest.approx(100)
        assert np.abs(part.image - whole.image).max() < 30 * fine + 1e-3
    assert part.image.dtype == np.float32


def test_strength_and_a_tissue_that_is_nowhere() -> None:
    image = np.zeros((4, 4), np.float32)
    patch = Patch(image, (image, image, image), np.s_[:, :], image, image)
    patch.lay(np.full((4, 4), 9, np.float32), 100.0)
    assert not image.any()
    patch.lay(np.full((4, 4), -9, np.float32), 100.0, strength=0.5)
    assert (image == 50).all()
