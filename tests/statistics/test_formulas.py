"""Every formula compared with scipy or scikit-learn, for degenerate counts too, or with the example of its source."""

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from sklearn import metrics

from mrnet.statistics import formulas

EXACT_Z = float(stats.norm.ppf(0.975))
counts = st.integers(0, 1300)
squares = st.tuples(counts, counts, counts, counts)


def proportions() -> Any:
    return st.integers(0, 1300).flatmap(lambda total: st.tuples(st.integers(0, total), st.just(total)))


def answers(both: Any, a_only: Any, b_only: Any, neither: Any) -> Any:
    sizes = [both, a_only, b_only, neither]
    return np.repeat([1, 1, 0, 0], sizes), np.repeat([1, 0, 1, 0], sizes)


def close(number: Any) -> Any:
    return pytest.approx(number, rel=1e-12, abs=1e-12)


def test_z_is_the_normal_deviate_to_the_promised_digits() -> None:
    assert pytest.approx(EXACT_Z, abs=5e-7) == formulas.Z95


@given(proportions())
def test_wilson_is_scipys(proportion: tuple[int, int]) -> None:
    positive, total = proportion
    if total == 0:
        assert formulas.wilson(positive, total) == [None, None]
        return
    expected = stats.binomtest(positive, total).proportion_ci(0.95, method="wilson")
    assert formulas.wilson(positive, total, EXACT_Z) == [close(expected.low), close(expected.high)]


def test_wilson_ends_at_exactly_0_and_1() -> None:
    for total in range(1, 1251):
        assert formulas.wilson(0, total)[0] == 0.0
        assert formulas.wilson(total, total)[1] == 1.0


@pytest.mark.parametrize(
    ("first", "second", "low", "high"),
    [
        ((56, 70), (48, 80), 0.0524, 0.3339),
        ((9, 10), (3, 10), 0.1705, 0.8090),
        ((6, 7), (2, 7), 0.0582, 0.8062),
        ((5, 56), (0, 29), -0.0381, 0.1926),
        ((0, 10), (0, 20), -0.1611, 0.2775),
        ((0, 10), (0, 10), -0.2775, 0.2775),
        ((10, 10), (0, 20), 0.6791, 1.0),
        ((10, 10), (0, 10), 0.6075, 1.0),
    ],
)
def test_newcombe_gives_the_intervals_of_his_table_ii(
    first: tuple[int, int], second: tuple[int, int], low: float, high: float
) -> None:
    assert formulas.newcombe(*first, *second) == [pytest.approx(low, abs=5e-5), pytest.approx(high, abs=5e-5)]


@given(proportions(), proportions())
def test_newcombe_combines_scipys_wilson_intervals(first: tuple[int, int], second: tuple[int, int]) -> None:
    if 0 in (first[1], second[1]):
        assert formulas.newcombe(*first, *second) == [None, None]
        return
    p, q = first[0] / first[1], second[0] / second[1]
    low, high = stats.binomtest(*first).proportion_ci(method="wilson")
    low_b, high_b = stats.binomtest(*second).proportion_ci(method="wilson")
    expected = [p - q - math.hypot(p - low, high_b - q), p - q + math.hypot(high - p, q - low_b)]
    assert formulas.newcombe(first[0], first[1], second[0], second[1], EXACT_Z) == [
        close(expected[0]),
        close(expected[1]),
    ]


@given(squares)
def test_jaccard_is_scikit_learns(square: tuple[int, int, int, int]) -> None:
    a, b = answers(*square)
    both, a_only, b_only, _ = square
    found = formulas.jaccard(both, a_only, b_only)
    if both + a_only + b_only == 0:
        assert found is None
    else:
        assert found == close(metrics.jaccard_score(a, b))


@given(squares)
def test_phi_is_scikit_learns_and_null_where_an_answer_never_varies(square: tuple[int, int, int, int]) -> None:
    a, b = answers(*square)
    found = formulas.phi(*square)
    if len(set(a)) < 2 or len(set(b)) < 2:
        assert found is None
    else:
        assert found == close(metrics.matthews_corrcoef(a, b))


@given(squares)
def test_lift_is_the_association_odds_of_scipys_expected_counts(square: tuple[int, int, int, int]) -> None:
    table = np.array(square).reshape(2, 2)
    found = formulas.lift(*square)
    if 0 in (table[0].sum(), table[:, 0].sum()):
        assert found is None
    else:
        assert found == close(square[0] / stats.contingency.expected_freq(table)[0, 0])


@given(st.lists(st.integers(1, 200), min_size=1, max_size=60))
def test_percentiles_mean_and_deviation_are_numpys(numbers: list[int]) -> None:
    for share in (0.25, 0.5, 0.75):
        assert formulas.percentile(sorted(numbers), share) == np.percentile(numbers, 100 * share, method="linear")
    assert formulas.mean_and_deviation(numbers) == (close(np.mean(numbers)), close(np.std(numbers)))


@given(squares)
def test_kappa_is_scikit_learns(square: tuple[int, int, int, int]) -> None:
    a, b = answers(*square)
    found = formulas.kappa([square[:2], square[2:]])
    if len(set(a)) < 2 and len(set(b)) < 2 and (len(a) == 0 or a[0] == b[0]):
        assert found is None
    else:
        assert found == close(metrics.cohen_kappa_score(a, b))


def kappa_of(shares: Any) -> Any:
    observed, chance = np.trace(shares), shares.sum(1) @ shares.sum(0)
    return (observed - chance) / (1 - chance)


@given(st.tuples(*[st.integers(1, 400)] * 4))
def test_the_interval_of_kappa_is_the_delta_methods(square: tuple[int, int, int, int]) -> None:
    # The multinomial covariance of the cells' shares, propagated by a numeric gradient, without Fleiss's formula.
    table = np.array(square, float).reshape(2, 2)
    total, shares, step = table.sum(), table / table.sum(), 1e-6
    gradient = []
    for place in np.ndindex(2, 2):
        shift = np.zeros((2, 2))
        shift[place] = step
        gradient.append((kappa_of(shares + shift) - kappa_of(shares - shift)) / (2 * step))
    flat = shares.ravel()
    covariance = (np.diag(flat) - np.outer(flat, flat)) / total
    error = math.sqrt(max(np.array(gradient) @ covariance @ np.array(gradient), 0))
    expected = kappa_of(shares) + np.array([-1, 1]) * formulas.Z95 * error
    found = formulas.kappa_interval([square[:2], square[2:]])
    assert found == [pytest.approx(end, abs=1e-6) for end in np.clip(expected, -1, 1)]


def test_the_interval_of_kappa_is_that_of_the_textbook_example() -> None:
    # Fleiss, Levin and Paik, Statistical Methods for Rates and Proportions, 3rd edition, table 18.1.
    table = [[75, 1, 4], [5, 4, 1], [0, 0, 10]]
    assert formulas.kappa(table) == pytest.approx(0.68, abs=0.005)
    low, high = formulas.kappa_interval(table)
    assert low is not None
    assert high is not None
    assert (high - low) / 2 / formulas.Z95 == pytest.approx(0.087, abs=0.001)


def test_the_interval_of_perfect_agreement_is_1_but_for_rounding() -> None:
    for total in range(2, 1251):
        for yes in {1, total // 3 or 1, total // 2, total - 1}:
            assert formulas.kappa_interval([[total - yes, 0], [0, yes]]) == pytest.approx([1.0, 1.0], abs=1e-6)


def test_kappa_of_nothing_and_of_one_answer_is_null() -> None:
    for table in ([[0, 0], [0, 0]], [[9, 0], [0, 0]]):
        assert formulas.kappa(table) is None
        assert formulas.kappa_interval(table) == [None, None]


scores = st.lists(st.sampled_from([0.0, 0.1, 0.25, 0.5, 0.5001, 0.9, 1.0]), min_size=2, max_size=40)


@given(scores, scores)
def test_the_area_under_the_curve_is_scikit_learns(positive: list[float], negative: list[float]) -> None:
    truth = [1] * len(positive) + [0] * len(negative)
    assert formulas.auc(positive, negative) == pytest.approx(metrics.roc_auc_score(truth, [*positive, *negative]))
    false, true = formulas.roc_curve(positive, negative)
    assert metrics.auc(false, true) == pytest.approx(formulas.auc(positive, negative))


@given(scores, scores)
def test_the_interval_of_the_area_is_delongs_from_all_pairs(positive: list[float], negative: list[float]) -> None:
    wins = np.sign(np.subtract.outer(positive, negative)) / 2 + 0.5
    area, variance = wins.mean(), 0.0
    for axis in (1, 0):
        shares = wins.mean(axis=axis)
        variance += np.var(shares, ddof=1) / len(shares)
    found = formulas.auc_interval(positive, negative)
    if math.sqrt(variance) < 1e-9:
        assert found == [None, None] or found == pytest.approx([area, area], abs=1e-6)
    else:
        ends = np.clip(area + np.array([-1, 1]) * formulas.Z95 * math.sqrt(variance), 0, 1)
        assert found == [pytest.approx(end) for end in ends]


def test_the_interval_of_the_area_is_that_of_a_worked_example() -> None:
    # Ten cases, by hand: V = 1, 1, 0.8, 0.6, 0.6 and W = 0.6, 0.4, 1, 1, 1; sample variances 0.04, 0.08.
    positive, negative = [9.0, 8.0, 6.0, 4.0, 4.5], [5.0, 7.0, 3.0, 2.0, 1.0]
    assert formulas.auc(positive, negative) == pytest.approx(0.8)
    low, high = formulas.auc_interval(positive, negative)
    assert [low, high] == [pytest.approx(0.8 - 1.959964 * math.sqrt(0.024)), 1.0]


@pytest.mark.parametrize(
    ("positive", "negative"),
    [([], [1.0]), ([1.0], []), ([0.9], [0.1, 0.2]), ([0.9, 0.8], [0.1]), ([2.0, 2.0], [1.0, 1.0])],
)
def test_without_variation_of_scores_there_is_no_interval(positive: list[float], negative: list[float]) -> None:
    assert formulas.auc_interval(positive, negative) == [None, None]


@given(proportions(), proportions())
def test_the_p_value_of_equal_proportions_is_scipys(first: tuple[int, int], second: tuple[int, int]) -> None:
    found = formulas.equality_p(*first, *second)
    table = [[first[0], first[1] - first[0]], [second[0], second[1] - second[0]]]
    if not (first[1] and second[1]):
        assert found is None
    elif 0 in np.sum(table, axis=0):
        assert found == 1.0
    else:
        assert found == pytest.approx(stats.chi2_contingency(table, correction=False).pvalue, abs=1e-12)


def test_holms_p_values_are_those_of_a_worked_example() -> None:
    # Adjusted by hand: 3 × 0.01, then 2 × 0.02, then the larger of 0.04 and 0.03.
    assert formulas.holm([0.03, 0.01, 0.02]) == pytest.approx([0.04, 0.03, 0.04])
    assert formulas.holm([0.6, 0.5]) == [1.0, 1.0]
    assert formulas.holm([]) == []
