"""The figures for a paper's appendix or a job's summary: titled tables with rounded numbers."""

from collections.abc import Iterator
from typing import Any

from mrnet.statistics.figures import Figures
from mrnet.statistics.formulas import Interval

Rows = list[dict[str, Any]]
NONE = "–"


def titled_tables(figures: Figures) -> Iterator[tuple[str, Rows]]:
    """Yield each table's title and rows."""
    yield "Prevalence", list(_prevalence(figures))
    yield "Combinations", _combinations(figures)
    yield "Co-occurrence", list(_pairs(figures))
    yield "Slices per series", list(_slices(figures))
    if "split_shift" in figures:
        yield "Difference in prevalence (valid − train)", list(_shift(figures))


def _prevalence(figures: Figures) -> Iterator[dict[str, Any]]:
    for split, each in figures["splits"].items():
        for finding, label in each["labels"].items():
            counts = {key: label[key] for key in ("positive", "negative", "missing")}
            shares = {"prevalence (%)": percent(label["prevalence"]), "95 % interval": interval(label["ci95"])}
            yield {"split": split, "finding": finding, **counts, **shares}


def _combinations(figures: Figures) -> Rows:
    rows: Rows = []
    for number, combination in enumerate(figures["splits"]["all"]["combinations"]):
        row: dict[str, Any] = {finding: combination[finding] for finding in ("abnormal", "acl", "meniscus")}
        for name, split in figures["splits"].items():
            each = split["combinations"][number]
            row |= {name: each["cases"], f"{name} (%)": percent(each["share"])}
        rows.append(row)
    return rows


def _pairs(figures: Figures) -> Iterator[dict[str, Any]]:
    for name, split in figures["splits"].items():
        for pair in split["cooccurrence"]:
            counts = {key.replace("_", " "): pair[key] for key in ("a", "b", "both", "a_only", "b_only", "neither")}
            shares = {
                "b given a (%)": percent(pair["p_b_given_a"]),
                "a given b (%)": percent(pair["p_a_given_b"]),
                **{key: NONE if pair[key] is None else f"{pair[key]:.3f}" for key in ("jaccard", "phi", "lift")},
            }
            yield {"split": name, **counts, **shares}


def _slices(figures: Figures) -> Iterator[dict[str, Any]]:
    for name, split in figures["splits"].items():
        for plane, each in split["slices"].items():
            figures_of = {key: round(value, 2) if isinstance(value, float) else value for key, value in each.items()}
            yield {"split": name, "plane": plane, **figures_of}


def _shift(figures: Figures) -> Iterator[dict[str, Any]]:
    for finding, shift in figures["split_shift"].items():
        points = {"points": _points(shift["difference"]), "95 % interval": _point_interval(shift["ci95"])}
        yield {"finding": finding, **points}


def _points(difference: float | None) -> str:
    return NONE if difference is None else f"{100 * difference:+.1f}"


def _point_interval(ends: Interval) -> str:
    return NONE if None in ends else " to ".join(map(_points, ends))


def percent(share: float | None) -> str:
    """Return a share in per cent with one decimal; only exact 0 and 1 become 0 and 100."""
    return NONE if share is None else _rounded(100 * share, digits=1)


def whole_percent(share: float | None) -> str:
    """Return a share in whole per cent with its sign; only exact 0 and 1 become 0 % and 100 %."""
    return NONE if share is None else f"{_rounded(100 * share, digits=0)}%"


def _rounded(number: float, digits: int) -> str:
    least = 10**-digits
    shown = f"{number:.{digits}f}"
    if number > 0 and float(shown) == 0:
        return f"<{least:.{digits}f}"
    return f">{100 - least:.{digits}f}" if number < 100 and float(shown) == 100 else shown


def interval(ends: Interval) -> str:
    """Return an interval in per cent."""
    return NONE if None in ends else " to ".join(map(percent, ends))
