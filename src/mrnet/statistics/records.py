"""Figures held against a record: one that `mrnet stats -o FILE.json` wrote, or the published ones."""

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from math import isclose
from pathlib import Path
from typing import Any, TypeGuard

from mrnet.archive.published import NAME, SplitExpectations, mrnet_v1
from mrnet.errors import UsageError
from mrnet.statistics.figures import ALL, Answers, count_combinations, count_labels, count_pairs
from mrnet.statistics.keys import keyed, leaves
from mrnet.text import parse_json, read_text
from mrnet.vocabulary import Plane

NOT_COMPARED = ("tool", "archive", "synthetic", "selection", "differences")
"""An archive may move, and a record that itself was held against another is one all the same."""
MAX_COUNT = 1 << 63
"""A whole number beyond it is no count, and may be no float either."""
MAX_RECORD_BYTES = 1 << 20
"""A record has some 30 kB, and up to 80 kB more where it lists its cases."""
Tree = Mapping[str, Any]

NOTHING = object()
"""What stands on the side that lacks a key."""


@dataclass(frozen=True, slots=True)
class Record:
    """Figures to hold others against."""

    name: str
    figures: Tree
    whole: bool = True
    """Whether it has every figure, so that one which it lacks is a difference."""


@dataclass(frozen=True, slots=True)
class Difference:
    """One figure that is not as in the record."""

    against: str
    path: str
    expected: object
    found: object

    def __str__(self) -> str:
        """Return the line for the user."""
        return f"{self.path}: expected {_shown(self.expected)}, found {_shown(self.found)}"

    def as_json(self) -> dict[str, Any]:
        """Return the row; None for a side that lacks the figure."""
        sides = {"expected": self.expected, "found": self.found}
        plain = {side: None if value is NOTHING else value for side, value in sides.items()}
        return {"against": self.against, "path": self.path, **plain}


@dataclass(frozen=True, slots=True)
class Check:
    """What came of holding figures against a record."""

    against: str
    figures: int
    """How many were looked at."""
    differences: list[Difference]

    def __str__(self) -> str:
        """Return the sentence for the user."""
        if not self.differences:
            return f"{self.against}: all {self.figures} figures agree"
        return f"{self.against}: {len(self.differences)} of {self.figures} figures differ"

    def lines(self, *, named: bool) -> list[str]:
        """Return a line for each difference, with the record's name where there are several."""
        return [f"{difference} ({self.against})" if named else str(difference) for difference in self.differences]


def read_record(source: str) -> Record:
    """Read a record: a file that `mrnet stats -o FILE.json` wrote, or `mrnet-v1.0` for the published figures.

    Raises:
        UsageError: there is no such file, or it is no such record.
    """
    if source == NAME:
        return published_record()
    place = Path(source)
    if not place.exists():
        raise _no_record(source, "no such file")
    text = read_text(place, max_bytes=MAX_RECORD_BYTES)
    try:
        figures = parse_json(text)
    except ValueError as error:
        raise _no_record(source, f"it is not JSON ({error})") from error
    splits = figures.get("splits") if isinstance(figures, dict) else None
    if not isinstance(splits, dict) or not splits:
        raise _no_record(source, "it has no 'splits'")
    for split, each in splits.items():
        if not isinstance(each, dict) or type(each.get("cases")) is not int:
            raise _no_record(source, f"'splits.{split}' has no number of cases")
    return Record(source, figures)


def _no_record(source: str, reason: str) -> UsageError:
    return UsageError(f"--against {source}: {reason}; expected {NAME} or a file that `mrnet stats -o FILE.json` wrote")


def published_record() -> Record:
    """Return what is published of MRNet-v1.0, as far as figures follow from it."""
    splits = mrnet_v1().splits
    parts = {split.value: _published_split([expected]) for split, expected in splits.items()}
    return Record(NAME, {"splits": {**parts, ALL: _published_split(list(splits.values()))}}, whole=False)


def _published_split(parts: list[SplitExpectations]) -> dict[str, Any]:
    answers: Counter[Answers] = Counter()
    for part in parts:
        answers.update(part.combinations)
    return {
        "cases": sum(part.cases or 0 for part in parts),
        "labels": count_labels(answers),
        "combinations": count_combinations(answers),
        "cooccurrence": count_pairs(answers),
        "slices": {plane.value: _published_slices(parts, plane) for plane in Plane},
    }


def _published_slices(parts: list[SplitExpectations], plane: Plane) -> dict[str, int]:
    return {
        "series": sum(part.series[plane] for part in parts),
        "min": min(part.slices[plane][0] for part in parts),
        "max": max(part.slices[plane][1] for part in parts),
    }


def check_tolerance(tolerance: float) -> None:
    """Raise a UsageError where a tolerance is negative or no number."""
    if not 0 <= tolerance < float("inf"):
        raise UsageError(f"--tolerance is {tolerance}, expected a number from 0, such as 1e-9")


def compare(figures: Tree, record: Record, tolerance: float) -> Check:
    """Hold figures against a record: whole numbers exactly, reals within a relative tolerance."""
    expected, found = _compared(record.figures), _compared(figures)
    keys = [dict(leaves(tree)).keys() for tree in (expected, found)]
    differences = _differences(expected, found, tolerance, whole=record.whole)
    return Check(
        record.name,
        len(keys[0] | keys[1] if record.whole else keys[0]),
        [Difference(record.name, *each) for each in differences],
    )


def _compared(figures: Tree) -> dict[str, Any]:
    return {key: value for key, value in keyed(figures).items() if key not in NOT_COMPARED}


def _differences(
    expected: Tree, found: Tree, tolerance: float, *, whole: bool, above: str = ""
) -> Iterator[tuple[str, object, object]]:
    for key in expected if not whole else dict.fromkeys([*expected, *found]):
        here, there = expected.get(key, NOTHING), found.get(key, NOTHING)
        if isinstance(here, dict) and isinstance(there, dict):
            yield from _differences(here, there, tolerance, whole=whole, above=f"{above}{key}.")
        elif not _same(here, there, tolerance):
            yield f"{above}{key}", here, there


def _same(expected: object, found: object, tolerance: float) -> bool:
    if type(expected) is float or type(found) is float:
        return _is_number(expected) and _is_number(found) and isclose(expected, found, rel_tol=tolerance)
    return type(expected) is type(found) and expected == found


def _is_number(value: object) -> TypeGuard[float]:
    return type(value) is float or (type(value) is int and abs(value) < MAX_COUNT)


def _shown(value: object) -> str:
    if value is NOTHING:
        return "nothing"
    if isinstance(value, dict):
        return f"{len(list(leaves(value))):,} figures"
    return value if isinstance(value, str) else json.dumps(value)
