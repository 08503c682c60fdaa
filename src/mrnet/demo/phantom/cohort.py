"""Which cases a synthetic archive holds: ids and slice counts as published, labels in the published proportions."""

from dataclasses import dataclass

import numpy as np

from mrnet.archive.published import Combination, SplitExpectations, mrnet_v1, slice_counts
from mrnet.errors import UsageError
from mrnet.text import counted
from mrnet.vocabulary import Finding, Plane, Split, padded


@dataclass(frozen=True)
class PlannedCase:
    """One case before it is drawn: its four-digit id, its labels (0 or 1) and its slices in each plane."""

    id: str
    split: Split
    labels: dict[Finding, int]
    slices: dict[Plane, int]


def plan_cohort(cases: int, seed: int) -> list[PlannedCase]:
    """Return that many cases in order of id, train before valid, in the published proportions.

    The full number gives exactly the published counts. Each series has the published slice count of its id.

    Raises:
        UsageError: fewer than 2 cases (each split needs one), or more than the published number.
    """
    published = mrnet_v1().splits
    sizes = {split: published[split].cases or 0 for split in Split}
    everything = sum(sizes.values())
    if not 2 <= cases <= everything:
        raise UsageError(
            f"a synthetic archive cannot have {counted(cases, 'case')}: expected 2 (one in each split) to {everything} "
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
    first = int(published.ids[0]) if published.ids else 0
    ids = [padded(first + index) for index in range(cases)]
    return [
        PlannedCase(
            id=id,
            split=split,
            labels=dict(zip(Finding, combinations[number], strict=True)),
            slices={plane: slice_counts(split, plane)[id] for plane in Plane},
        )
        for id, number in zip(ids, order, strict=True)
    ]
