"""Which cases a synthetic archive holds: ids, labels and slice counts in the published proportions."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from mrnet.archive.published import Combination, SplitExpectations, mrnet_v1
from mrnet.errors import UsageError
from mrnet.vocabulary import Finding, Plane, Split, padded

# Mean and standard deviation of the slice counts, and how much of the spread the planes of a case share: rounded from
# 70 cases whose counts are public (correlations 0.7 to 0.9).
SLICES_MEAN = {Plane.AXIAL: 33.5, Plane.CORONAL: 30.5, Plane.SAGITTAL: 30.5}
SLICES_DEVIATION = 7.5
SHARED_VARIANCE = 0.8


@dataclass(frozen=True)
class PlannedCase:
    """One case before it is drawn: its four-digit id, its labels (0 or 1) and its slices in each plane."""

    id: str
    split: Split
    labels: dict[Finding, int]
    slices: dict[Plane, int]


def plan_cohort(cases: int, seed: int) -> list[PlannedCase]:
    """Return that many cases in order of id, train before valid, in the published proportions and ranges.

    The full number gives exactly the published counts, and every split and plane attains its published range.

    Raises:
        UsageError: for fewer than 2 cases (each split needs one) or more than the published number.
    """
    published = mrnet_v1().splits
    sizes = {split: published[split].cases or 0 for split in Split}
    everything = sum(sizes.values())
    if not 2 <= cases <= everything:
        raise UsageError(
            f"a synthetic archive cannot have {cases} cases: expected 2 (one in each split) to {everything} "
            "(with more, train ids would run into the valid ids)"
        )
    train = min(max(round(cases * sizes[Split.TRAIN] / everything), 1), cases - 1)
    numbers = {Split.TRAIN: train, Split.VALID: cases - train}
    return [case for split in Split for case in _plan_split(split, numbers[split], published[split], seed)]


def apportion(seats: int, weights: dict[Combination, int]) -> dict[Combination, int]:
    """Share out `seats` in proportion to the weights, by largest remainder (Hamilton's method)."""
    total = sum(weights.values())
    shares = {key: seats * weight // total for key, weight in weights.items()}
    by_remainder = sorted(weights, key=lambda key: (-(seats * weights[key] % total), key))
    for key in by_remainder[: seats - sum(shares.values())]:
        shares[key] += 1
    return shares


def _plan_split(split: Split, cases: int, published: SplitExpectations, seed: int) -> list[PlannedCase]:
    generator = np.random.default_rng([seed, list(Split).index(split)])
    shares = apportion(cases, published.combinations)
    combinations = [combination for combination, share in shares.items() for _ in range(share)]
    order = generator.permutation(cases)
    slices = _draw_slices(cases, published, generator)
    first = int(published.ids[0]) if published.ids else 0
    return [
        PlannedCase(
            id=padded(first + index),
            split=split,
            labels=dict(zip(Finding, combinations[order[index]], strict=True)),
            slices={plane: int(slices[plane][index]) for plane in Plane},
        )
        for index in range(cases)
    ]


def _draw_slices(
    cases: int, published: SplitExpectations, generator: np.random.Generator
) -> dict[Plane, npt.NDArray[np.int64]]:
    shared = generator.standard_normal(cases)
    drawn = {}
    for plane in Plane:
        own = generator.standard_normal(cases)
        spread = SHARED_VARIANCE**0.5 * shared + (1 - SHARED_VARIANCE) ** 0.5 * own
        low, high = published.slices[plane]
        counts = np.clip(np.rint(SLICES_MEAN[plane] + SLICES_DEVIATION * spread), low, high).astype(np.int64)
        if cases == published.cases:
            # The full split is held against the published range, whose ends some case must have.
            counts[spread.argmin()], counts[spread.argmax()] = low, high
        drawn[plane] = counts
    return drawn
