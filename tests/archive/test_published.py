"""The published figures of MRNet-v1.0 agree with each other: slice counts of series, ranges and totals."""

import statistics

import pytest

from mrnet.archive.published import mrnet_v1, slice_counts
from mrnet.vocabulary import Plane, Split

SUMS = {
    ("train", "axial"): 38_778, ("train", "coronal"): 33_649, ("train", "sagittal"): 34_370,
    ("valid", "axial"): 4_118, ("valid", "coronal"): 3_531, ("valid", "sagittal"): 3_663,
}  # fmt: skip


@pytest.mark.parametrize("split", Split)
@pytest.mark.parametrize("plane", Plane)
def test_each_series_has_a_count_within_the_published_range(split: Split, plane: Plane) -> None:
    counts, published = slice_counts(split, plane), mrnet_v1().splits[split]
    assert (min(counts), max(counts)) == published.ids
    assert len(counts) == published.cases
    assert (min(counts.values()), max(counts.values())) == published.slices[plane]
    assert sum(counts.values()) == SUMS[split, plane]


def test_the_counts_have_the_published_mean_and_deviation() -> None:
    every = [count for split in Split for plane in Plane for count in slice_counts(split, plane).values()]
    assert (len(every), sum(every)) == (3_750, 118_109)
    assert round(statistics.mean(every), 3) == 31.496
    assert round(statistics.pstdev(every), 3) == 7.989


def test_the_first_case_has_the_counts_that_many_notebooks_print() -> None:
    assert [slice_counts(Split.TRAIN, plane)["0000"] for plane in Plane] == [44, 36, 36]
