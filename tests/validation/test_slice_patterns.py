"""Slice counts that differ from the published ones are explained by one sentence, if enough of them fit it."""

import pytest

from mrnet.archive.published import slice_counts
from mrnet.validation.slice_patterns import SHIFTS, slice_patterns
from mrnet.vocabulary import Plane, Split

IDS = [f"{number:04d}" for number in range(100, 110)]


def published(plane: Plane) -> dict[str, int]:
    counts = slice_counts(Split.TRAIN, plane)
    return {id: counts[id] for id in IDS}


def test_published_counts_need_no_explanation() -> None:
    assert slice_patterns({(Split.TRAIN, plane): published(plane) for plane in Plane}) == []


@pytest.mark.parametrize(("series", "patterns"), [(4, 0), (5, 1)])
def test_equal_counts_are_a_resampled_plane_from_five_series_on(series: int, patterns: int) -> None:
    found = {(Split.TRAIN, Plane.AXIAL): dict.fromkeys(IDS[:series], 24)}
    assert len(slice_patterns(found)) == patterns


@pytest.mark.parametrize("shift", [*SHIFTS, 4])
def test_counts_of_ids_up_to_three_further_are_renumbered_cases(shift: int) -> None:
    counts = slice_counts(Split.TRAIN, Plane.AXIAL)
    found = {(Split.TRAIN, Plane.AXIAL): {id: counts[f"{int(id) + shift:04d}"] for id in IDS}}
    sentences = " ".join(pattern.sentence for pattern in slice_patterns(found))
    ids = "1 id" if abs(shift) == 1 else f"{abs(shift)} ids"
    assert (f"have the slice counts of {ids} {'further' if shift > 0 else 'before'}" in sentences) == (shift != 4)


def test_the_shifts_that_are_searched_for_are_one_to_three() -> None:
    assert sorted(SHIFTS) == [-3, -2, -1, 1, 2, 3]
