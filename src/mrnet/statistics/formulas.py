"""The formulas, each with its source: functions of counts, exact but for the last rounding, None where undefined."""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from math import erfc, sqrt

Z95 = 1.959964
"""The normal deviate that leaves 2.5 % above it, to the digits that the contract names."""

Interval = list[float | None]
"""Low and high end; two None where there is nothing to estimate from."""
UNKNOWN: tuple[None, None] = (None, None)


def ratio(part: int, whole: int) -> float | None:
    """Return part / whole, None where the whole is 0."""
    return part / whole if whole else None


def wilson(positive: int, total: int, z: float = Z95) -> Interval:
    """Return Wilson's score interval of a proportion.

    (p + z²/2n ± z √(p(1-p)/n + z²/4n²)) / (1 + z²/n), with p = positive/total and n = total.
    Wilson EB. Probable inference, the law of succession, and statistical inference. JASA 1927; 22: 209-212.
    """
    if not total:
        return list(UNKNOWN)
    share, spread = positive / total, z * z / total
    centre = share + spread / 2
    half = z * sqrt(share * (1 - share) / total + spread / (4 * total))
    # At the ends the formula gives 0 and 1 exactly, rounding may not.
    low = 0.0 if positive == 0 else (centre - half) / (1 + spread)
    high = 1.0 if positive == total else (centre + half) / (1 + spread)
    return [low, high]


def newcombe(positive: int, total: int, positive_b: int, total_b: int, z: float = Z95) -> Interval:
    """Return Newcombe's hybrid score interval of the difference p - q of two independent proportions.

    With (l, u) and (m, v) the Wilson intervals of p and q: from p - q - √((p - l)² + (v - q)²)
    to p - q + √((u - p)² + (q - m)²).
    Newcombe RG. Interval estimation for the difference between independent proportions: comparison of eleven
    methods. Statistics in Medicine 1998; 17: 873-890 (method 10).
    """
    low, high = wilson(positive, total, z)
    low_b, high_b = wilson(positive_b, total_b, z)
    if low is None or high is None or low_b is None or high_b is None:
        return list(UNKNOWN)
    p, q = positive / total, positive_b / total_b
    return [p - q - sqrt((p - low) ** 2 + (high_b - q) ** 2), p - q + sqrt((high - p) ** 2 + (q - low_b) ** 2)]


def equality_p(positive: int, total: int, positive_b: int, total_b: int) -> float | None:
    """Return the two-sided p-value of the score test that two independent proportions are equal.

    With P the share of both together, |p - q| / √(P(1-P)(1/n + 1/m)) is compared with the normal distribution: Pearson's
    chi-squared test of the 2 by 2 table without a correction. None where either has no case.
    Pearson K. On the criterion that a given system of deviations [...]. Philosophical Magazine 1900; 50: 157-175.
    """
    if not total or not total_b:
        return None
    pooled = (positive + positive_b) / (total + total_b)
    spread = pooled * (1 - pooled) * (1 / total + 1 / total_b)
    return erfc(abs(positive / total - positive_b / total_b) / sqrt(2 * spread)) if spread else 1.0


def holm(p_values: Sequence[float]) -> list[float]:
    """Return p-values adjusted for their number, in the order given.

    The i-th smallest of k is multiplied by k - i + 1; none is less than a smaller one's, none above 1.
    Holm S. A simple sequentially rejective multiple test procedure. Scandinavian Journal of Statistics 1979; 6: 65-70.
    """
    adjusted = [0.0] * len(p_values)
    least = 0.0
    for rank, index in enumerate(sorted(range(len(p_values)), key=lambda index: p_values[index])):
        least = max(least, min(1.0, p_values[index] * (len(p_values) - rank)))
        adjusted[index] = least
    return adjusted


def jaccard(both: int, a_only: int, b_only: int) -> float | None:
    """Return the share of the cases with either finding that have both.

    both / (both + a_only + b_only). Jaccard P. The distribution of the flora in the alpine zone. New Phytologist
    1912; 11: 37-50.
    """
    return ratio(both, both + a_only + b_only)


def phi(both: int, a_only: int, b_only: int, neither: int) -> float | None:
    """Return the correlation of two binary answers; None where one of them never varies.

    (both · neither - a_only · b_only) / √(the product of the four margins). Yule GU. On the methods of measuring
    association between two attributes. Journal of the Royal Statistical Society 1912; 75: 579-652.
    """
    margins = (both + a_only) * (both + b_only) * (neither + a_only) * (neither + b_only)
    return (both * neither - a_only * b_only) / sqrt(margins) if margins else None


def lift(both: int, a_only: int, b_only: int, neither: int) -> float | None:
    """Return how many times as often two findings occur together as they would if they were independent.

    both · n / (a · b), a and b being the cases with each. Brin S, Motwani R, Ullman JD, Tsur S. Dynamic itemset
    counting and implication rules for market basket data. SIGMOD 1997: 255-264 (there called interest).
    """
    total = both + a_only + b_only + neither
    return ratio(both * total, (both + a_only) * (both + b_only))


def percentile(ordered: Sequence[int], share: float) -> float:
    """Return a percentile of numbers in ascending order (at least one), interpolated linearly between neighbours.

    Hyndman RJ, Fan Y. Sample quantiles in statistical packages. The American Statistician 1996; 50: 361-365
    (definition 7, numpy's `linear`).
    """
    index = (len(ordered) - 1) * share
    below = int(index)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (ordered[above] - ordered[below]) * (index - below)


def mean_and_deviation(numbers: Sequence[int]) -> tuple[float, float]:
    """Return the mean and the population standard deviation, √(Σx²/n - (Σx/n)²), of whole numbers (at least one).

    The sums are whole numbers of any size, so that nothing is lost before the one division.
    """
    count, total = len(numbers), sum(numbers)
    squares = sum(number * number for number in numbers)
    return total / count, sqrt((count * squares - total * total) / (count * count))


def kappa(table: Sequence[Sequence[int]]) -> float | None:
    """Return Cohen's kappa of a square table of counts (rows: one reader's answers, columns: the other's).

    (p - e) / (1 - e), p being the share of agreement and e the one expected by chance from the margins; None
    where chance alone would agree always. Cohen J. A coefficient of agreement for nominal scales. Educational and
    Psychological Measurement 1960; 20: 37-46.
    """
    total, agreed, by_chance = _agreement(table)
    return ratio(total * agreed - by_chance, total * total - by_chance)


def kappa_interval(table: Sequence[Sequence[int]], z: float = Z95) -> Interval:
    """Return the large-sample interval of Cohen's kappa, kept within -1 and 1.

    With k = kappa, e as in `kappa`, p_ij the cells' shares and r_i, c_j the margins', the standard error is the
    root of [Σ p_ii (1 - (r_i + c_i)(1 - k))² + (1 - k)² Σ_{i≠j} p_ij (c_i + r_j)² - (k - e(1 - k))²] / (n (1 - e)²).
    Fleiss JL, Cohen J, Everitt BS. Large sample standard errors of kappa and weighted kappa. Psychological
    Bulletin 1969; 72: 323-327.
    """
    k = kappa(table)
    if k is None:
        return list(UNKNOWN)
    total, _, by_chance = _agreement(table)
    size, chance = range(len(table)), by_chance / (total * total)
    rows = [sum(table[i]) / total for i in size]
    columns = [sum(table[i][j] for i in size) / total for j in size]
    spread = -((k - chance * (1 - k)) ** 2)
    for i in size:
        for j in size:
            weight = 1 - (rows[i] + columns[i]) * (1 - k) if i == j else (1 - k) * (columns[i] + rows[j])
            spread += table[i][j] / total * weight**2
    error = sqrt(max(spread, 0.0) / total) / (1 - chance)
    return [max(-1.0, k - z * error), min(1.0, k + z * error)]


def _agreement(table: Sequence[Sequence[int]]) -> tuple[int, int, int]:
    """Return the number of cases, of those that agree, and of those expected to by chance times the first."""
    size = range(len(table))
    total = sum(map(sum, table))
    by_chance = sum(sum(table[i]) * sum(table[j][i] for j in size) for i in size)
    return total, sum(table[i][i] for i in size), by_chance


def auc(positive: Sequence[float], negative: Sequence[float]) -> float | None:
    """Return the area under the ROC curve of scores: the share of pairs in which the positive case has the higher one.

    Equal scores count a half. None where there is no pair. Hanley JA, McNeil BJ. The meaning and use of the area under
    a receiver operating characteristic (ROC) curve. Radiology 1982; 143: 29-36.
    """
    placements, _ = _placements(positive, negative)
    return sum(placements) / len(placements) if positive and negative else None


def auc_interval(positive: Sequence[float], negative: Sequence[float], z: float = Z95) -> Interval:
    """Return DeLong's interval of the area under the ROC curve, kept within 0 and 1.

    With V the share of the negative cases below each positive one and W the share of the positive cases above each
    negative one, the variance is var(V)/m + var(W)/n, both of a sample. There is none with fewer than two cases of a
    kind, nor where no score varies between cases of a kind (as with an area of 1): an estimate of 0 would mislead.
    DeLong ER, DeLong DM, Clarke-Pearson DL. Comparing the areas under two or more correlated receiver operating
    characteristic curves: a nonparametric approach. Biometrics 1988; 44: 837-845. Computed from ranks as in: Sun X,
    Xu W. Fast implementation of DeLong's algorithm. IEEE Signal Processing Letters 2014; 21: 1389-1393.
    """
    area = auc(positive, negative)
    if area is None or len(positive) < 2 or len(negative) < 2:
        return list(UNKNOWN)
    above, below = _placements(positive, negative)
    error = sqrt(_sample_variance(above) / len(above) + _sample_variance(below) / len(below))
    return [max(0.0, area - z * error), min(1.0, area + z * error)] if error else list(UNKNOWN)


def _placements(positive: Sequence[float], negative: Sequence[float]) -> tuple[list[float], list[float]]:
    """Return the share of negative scores below each positive one, and of positive scores above each negative one."""
    low, high = sorted(negative), sorted(positive)
    above = [(bisect_left(low, x) + bisect_right(low, x)) / (2 * len(low)) for x in positive] if low else []
    below = [1 - (bisect_left(high, y) + bisect_right(high, y)) / (2 * len(high)) for y in negative] if high else []
    return above, below


def _sample_variance(numbers: Sequence[float]) -> float:
    mean = sum(numbers) / len(numbers)
    return sum((number - mean) ** 2 for number in numbers) / (len(numbers) - 1)


def roc_curve(positive: Sequence[float], negative: Sequence[float]) -> tuple[list[float], list[float]]:
    """Return the shares of negative and of positive cases at or above each score, from 0, 0 to 1, 1."""
    thresholds = sorted({*positive, *negative}, reverse=True)
    low, high = sorted(negative), sorted(positive)
    false = [1 - bisect_left(low, each) / len(low) for each in thresholds]
    true = [1 - bisect_left(high, each) / len(high) for each in thresholds]
    return [0.0, *false], [0.0, *true]
