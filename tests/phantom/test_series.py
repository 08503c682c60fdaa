"""A drawn series must be a sound volume, the same every time, and show what its case is labelled for."""

import numpy as np
import pytest

from mrnet.phantom import PlannedCase, draw_series
from mrnet.vocabulary import Finding, Plane, Split


def case(number: str = "0003", *, abnormal: int = 0, acl: int = 0, meniscus: int = 0, slices: int = 9) -> PlannedCase:
    labels = {Finding.ABNORMAL: abnormal, Finding.ACL: acl, Finding.MENISCUS: meniscus}
    return PlannedCase(number, Split.TRAIN, labels, dict.fromkeys(Plane, slices))


@pytest.mark.parametrize("plane", Plane)
def test_a_series_is_a_volume_without_blank_or_repeated_slices(plane: Plane) -> None:
    volume = draw_series(0, case(slices=19), plane)
    assert (volume.dtype.name, volume.shape) == ("uint8", (19, 256, 256))
    assert len({image.tobytes() for image in volume}) == 19
    assert all(image.std() > 5 for image in volume)
    assert volume.max() > 200


def test_the_same_seed_gives_the_same_voxels_and_any_change_others() -> None:
    first = draw_series(0, case(), Plane.SAGITTAL)
    assert np.array_equal(first, draw_series(0, case(), Plane.SAGITTAL))
    assert not np.array_equal(first, draw_series(1, case(), Plane.SAGITTAL))
    assert not np.array_equal(first, draw_series(0, case("0004"), Plane.SAGITTAL))
    assert not np.array_equal(first, draw_series(0, case(), Plane.CORONAL))
