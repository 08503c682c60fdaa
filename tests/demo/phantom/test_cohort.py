"""The planned cohort follows the published figures, and equals them at full size."""

from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mrnet.archive.published import mrnet_v1, slice_counts
from mrnet.demo.phantom.cohort import PlannedCase, apportion, plan_cohort
from mrnet.errors import UsageError
from mrnet.vocabulary import Finding, Plane, Split


@pytest.fixture(scope="module")
def full() -> list[PlannedCase]:
    return plan_cohort(1250, seed=0)


@pytest.mark.parametrize("split", Split)
def test_full_cohort_has_exactly_the_published_labels_and_ids(full: list[PlannedCase], split: Split) -> None:
    published = mrnet_v1().splits[split]
    cases = [case for case in full if case.split is split]
    combinations = Counter(tuple(case.labels[finding] for finding in Finding) for case in cases)
    assert combinations == {key: count for key, count in published.combinations.items() if count}
    assert {finding: sum(case.labels[finding] for case in cases) for finding in Finding} == published.positives
    assert published.ids == (cases[0].id, cases[-1].id)
    assert len(cases) == published.cases


def test_each_series_has_the_published_slice_count_of_its_id(full: list[PlannedCase]) -> None:
    for case in full + plan_cohort(12, seed=3):
        assert case.slices == {plane: slice_counts(case.split, plane)[case.id] for plane in Plane}


@settings(max_examples=30, deadline=None)
@given(cases=st.integers(2, 1250), seed=st.integers(0, 2**32))
def test_any_cohort_is_sound(cases: int, seed: int) -> None:
    plan = plan_cohort(cases, seed)
    ids = [case.id for case in plan]
    assert len(set(ids)) == cases
    assert ids == sorted(ids)
    assert {case.split for case in plan} == set(Split)
    for case in plan:
        published = mrnet_v1().splits[case.split]
        assert published.ids is not None
        assert published.ids[0] <= case.id <= published.ids[1]
        abnormal, acl, meniscus = (case.labels[finding] for finding in Finding)
        assert published.combinations[abnormal, acl, meniscus]
        for plane, count in case.slices.items():
            low, high = published.slices[plane]
            assert low <= count <= high


@pytest.mark.parametrize("seed", range(4))
def test_twelve_cases_show_every_combination_that_occurs(seed: int) -> None:
    assert len({tuple(case.labels.values()) for case in plan_cohort(12, seed)}) == 5


def test_the_plan_depends_on_the_seed_alone() -> None:
    assert plan_cohort(40, 7) == plan_cohort(40, 7)
    assert plan_cohort(40, 7) != plan_cohort(40, 8)


@pytest.mark.parametrize("cases", [-1, 0, 1, 1251])
def test_an_impossible_size_is_a_usage_error_that_says_what_is_possible(cases: int) -> None:
    with pytest.raises(UsageError, match=r"2 .* to 1250"):
        plan_cohort(cases, 0)


@given(st.integers(0, 500), st.lists(st.integers(0, 90), min_size=8, max_size=8).filter(any))
def test_apportioning_hands_out_every_seat_within_one_of_the_fair_share(seats: int, weights: list[int]) -> None:
    keys = [(a, b, c) for a in (0, 1) for b in (0, 1) for c in (0, 1)]
    table = dict(zip(keys, weights, strict=True))
    shares = apportion(seats, table)
    assert sum(shares.values()) == seats
    for key, weight in table.items():
        assert abs(shares[key] - seats * weight / sum(weights)) < 1
