"""The figures of `mrnet stats` and their types: counted from labels and slice counts, for each split."""

from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import combinations, product
from typing import NotRequired, TypedDict

from mrnet.statistics.formulas import (
    UNKNOWN,
    Interval,
    jaccard,
    lift,
    mean_and_deviation,
    newcombe,
    percentile,
    phi,
    ratio,
    wilson,
)
from mrnet.statistics.origin import Chosen, Tool
from mrnet.vocabulary import Finding, Split

Answers = tuple[int | None, int | None, int | None]
"""One case's answers to abnormal, acl and meniscus."""
ALL = "all"
"""The name of the figures over both splits."""
PAIRS = list(combinations(Finding, 2))
FINDINGS = list(Finding)


class LabelFigures(TypedDict):
    """How often one finding is positive."""

    positive: int
    negative: int
    missing: int
    prevalence: float | None
    ci95: Interval


class CombinationFigures(TypedDict):
    """The number of cases with exactly these three answers."""

    abnormal: int
    acl: int
    meniscus: int
    cases: int
    share: float | None


class PairFigures(TypedDict):
    """Co-occurrence of two findings."""

    a: str
    b: str
    both: int
    a_only: int
    b_only: int
    neither: int
    p_b_given_a: float | None
    p_a_given_b: float | None
    jaccard: float | None
    phi: float | None
    lift: float | None


class SliceFigures(TypedDict):
    """Slice counts of the series of one plane; None if there is no series."""

    series: int
    min: int | None
    p25: float | None
    median: float | None
    p75: float | None
    max: int | None
    mean: float | None
    std: float | None


class SplitFigures(TypedDict):
    """Everything about the cases of one split, or of all."""

    cases: int
    labels: dict[str, LabelFigures]
    labels_sha256: str
    combinations: list[CombinationFigures]
    cooccurrence: list[PairFigures]
    slices: dict[str, SliceFigures]


class ShiftFigures(TypedDict):
    """How much more frequent a finding is in valid than in train."""

    difference: float | None
    ci95: Interval


class Figures(TypedDict):
    """The figures of an archive, exactly as the JSON of `mrnet stats`."""

    tool: Tool
    archive: str
    synthetic: bool
    selection: Chosen | None
    """How the cases were chosen; None if all are counted."""
    splits: dict[str, SplitFigures]
    split_shift: NotRequired[dict[str, ShiftFigures]]


def labelled(label: LabelFigures) -> int:
    """Return the number of cases that have a finding's label."""
    return label["positive"] + label["negative"]


def count_labels(answers: Counter[Answers]) -> dict[str, LabelFigures]:
    """Count each finding; a case without an answer counts as missing, not in the positives or the prevalence."""
    return {finding.value: _label(_tally(answers, [number])) for number, finding in enumerate(Finding)}


def _label(tally: Counter[tuple[int | None, ...]]) -> LabelFigures:
    positive, negative = tally[(1,)], tally[(0,)]
    known = positive + negative
    return LabelFigures(
        positive=positive,
        negative=negative,
        missing=tally[(None,)],
        prevalence=ratio(positive, known),
        ci95=wilson(positive, known),
    )


def count_combinations(answers: Counter[Answers]) -> list[CombinationFigures]:
    """Count all eight combinations, in ascending order, among the cases that have all three labels."""
    eight = list(product((0, 1), repeat=len(Finding)))
    known = sum(answers[a, b, c] for a, b, c in eight)
    return [
        CombinationFigures(abnormal=a, acl=b, meniscus=c, cases=answers[a, b, c], share=ratio(answers[a, b, c], known))
        for a, b, c in eight
    ]


def count_pairs(answers: Counter[Answers]) -> list[PairFigures]:
    """Count the co-occurrence of each pair of findings, among the cases that have both labels."""
    return [_pair(a, b, _tally(answers, [FINDINGS.index(a), FINDINGS.index(b)])) for a, b in PAIRS]


def _pair(a: Finding, b: Finding, tally: Counter[tuple[int | None, ...]]) -> PairFigures:
    both, a_only, b_only, neither = tally[1, 1], tally[1, 0], tally[0, 1], tally[0, 0]
    return PairFigures(
        a=a.value,
        b=b.value,
        both=both,
        a_only=a_only,
        b_only=b_only,
        neither=neither,
        p_b_given_a=ratio(both, both + a_only),
        p_a_given_b=ratio(both, both + b_only),
        jaccard=jaccard(both, a_only, b_only),
        phi=phi(both, a_only, b_only, neither),
        lift=lift(both, a_only, b_only, neither),
    )


def _tally(answers: Counter[Answers], columns: Sequence[int]) -> Counter[tuple[int | None, ...]]:
    tally: Counter[tuple[int | None, ...]] = Counter()
    for each, cases in answers.items():
        tally[tuple(each[number] for number in columns)] += cases
    return tally


def count_slices(slices: Iterable[int]) -> SliceFigures:
    """Summarise the slice counts of one plane's series."""
    ordered = sorted(slices)
    if not ordered:
        return SliceFigures(series=0, min=None, p25=None, median=None, p75=None, max=None, mean=None, std=None)
    mean, deviation = mean_and_deviation(ordered)
    return SliceFigures(
        series=len(ordered),
        min=ordered[0],
        p25=percentile(ordered, 0.25),
        median=percentile(ordered, 0.5),
        p75=percentile(ordered, 0.75),
        max=ordered[-1],
        mean=mean,
        std=deviation,
    )


def count_shift(splits: dict[str, SplitFigures]) -> dict[str, ShiftFigures]:
    """Compare the splits: each finding's prevalence in valid minus its prevalence in train."""
    train, valid = splits[Split.TRAIN]["labels"], splits[Split.VALID]["labels"]
    return {finding.value: _shift(train[finding], valid[finding]) for finding in Finding}


def _shift(train: LabelFigures, valid: LabelFigures) -> ShiftFigures:
    before, after = train["prevalence"], valid["prevalence"]
    if before is None or after is None:
        return ShiftFigures(difference=None, ci95=list(UNKNOWN))
    return ShiftFigures(
        difference=after - before,
        ci95=newcombe(valid["positive"], labelled(valid), train["positive"], labelled(train)),
    )
