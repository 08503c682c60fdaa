"""Figures compared with a record: one that `mrnet stats -o FILE.json` wrote, or the published figures."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from math import isclose
from pathlib import Path
from typing import Any, TypeGuard

from mrnet.archive.published import NAME, SplitExpectations, mrnet_v1, slice_counts
from mrnet.errors import UsageError
from mrnet.statistics.causes import causes, short
from mrnet.statistics.figures import ALL, Answers, count_combinations, count_labels, count_pairs, count_slices
from mrnet.statistics.keys import keyed, leaves
from mrnet.statistics.origin import selection_words
from mrnet.text import counted, parse_json, read_text, shortened
from mrnet.vocabulary import Plane, Split

NOT_COMPARED = ("tool", "archive", "synthetic", "selection", "differences")
"""Keys that are not compared: an archive may move, and a record may contain the result of an earlier comparison."""
MAX_COUNT = 1 << 63
"""A larger whole number is not a count, and a float may not hold it."""
MAX_RECORD_BYTES = 1 << 20
"""A record has some 30 kB, and up to 80 kB more where it lists its cases."""
Tree = Mapping[str, Any]

NOTHING = object()
"""The value shown for the side that lacks a key."""


@dataclass(frozen=True, slots=True)
class Record:
    """Figures to compare others with."""

    name: str
    figures: Tree
    whole: bool = True
    """Whether it has every figure; then a figure that it lacks is a difference."""


@dataclass(frozen=True, slots=True)
class Difference:
    """One figure that differs from the record."""

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
    """The result of comparing figures with a record."""

    against: str
    figures: int
    """How many figures were compared."""
    differences: list[Difference]
    causes: list[str]
    """The changes in words that explain the differences."""
    cohort: str = ""
    """How the compared cases were chosen, in brackets; empty if they are all cases."""

    def __str__(self) -> str:
        """Return the sentence for the user, with the next step."""
        if self.differences:
            accept = (
                ""
                if self.against == NAME
                else f"; to accept the change, run the same command with -o {self.against} instead of --against"
            )
            return (
                f"{self.against}: {len(self.differences)} of {self.figures} figures differ{self.cohort}; "
                f"{self._where}{accept}"
            )
        unknown = (
            "; nobody has published a digest of its labels, so only a record of your own (mrnet stats -o FILE.json) can show "
            "that labels were exchanged between cases"
        )
        return f"{self.against}: all {self.figures} figures agree{self.cohort}{unknown if self.against == NAME else ''}"

    @property
    def _where(self) -> str:
        """The command that names the labels or the series that differ."""
        if not all(".slices." in each.path for each in self.differences):
            return "which labels: mrnet compare OTHER-COPY"
        listing = f"mrnet validate --against {NAME}" if self.against == NAME else "mrnet list, here and of another copy"
        return f"which series: {listing}"

    @property
    def counts_differ(self) -> bool:
        """Whether a whole number differs; no tolerance applies to whole numbers."""
        return any(type(each.expected) is int and type(each.found) is int for each in self.differences)

    def lines(self, *, named: bool) -> list[str]:
        """Return the changes, and how many differences they explain; with the record's name if there are several records."""
        lines = self.causes or [str(each) for each in self.differences]
        lines = [f"{line} ({self.against})" if named else line for line in lines]
        if self.causes:
            follows = counted(len(self.differences), "figure differs", "figures differ")
            lines.append(f"  {follows} because of this; --format csv lists each")
        return lines


def read_record(source: str) -> Record:
    """Read a record: a file that `mrnet stats -o FILE.json` wrote, or `mrnet-v1.0` for the published figures.

    Raises:
        UsageError: there is no such file, or it is no such record.
    """
    if source == NAME:
        return published_record()
    path = Path(source)
    if not path.exists():
        raise _no_record(source, "no such file")
    text = read_text(path, max_bytes=MAX_RECORD_BYTES)
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
    if "selection" not in figures:
        raise _no_record(
            source, "it does not say which cases it counts (an earlier mrnet wrote it); write it again with -o"
        )
    return Record(source, figures)


def _no_record(source: str, reason: str) -> UsageError:
    return UsageError(f"--against {source}: {reason}; expected {NAME} or a file that `mrnet stats -o FILE.json` wrote")


def published_record() -> Record:
    """Return the published figures of MRNet-v1.0, and those that follow from them."""
    splits = mrnet_v1().splits
    parts = {split.value: _published_split({split: expected}) for split, expected in splits.items()}
    return Record(NAME, {"selection": None, "splits": {**parts, ALL: _published_split(splits)}}, whole=False)


def _published_split(splits: Mapping[Split, SplitExpectations]) -> dict[str, Any]:
    parts = splits.values()
    answers: Counter[Answers] = Counter()
    for part in parts:
        answers.update(part.combinations)
    return {
        "cases": sum(part.cases or 0 for part in parts),
        "labels": count_labels(answers),
        "combinations": count_combinations(answers),
        "cooccurrence": count_pairs(answers),
        "slices": {
            plane.value: count_slices([count for split in splits for count in slice_counts(split, plane).values()])
            for plane in Plane
        },
    }


def check_tolerance(tolerance: float) -> None:
    """Raise a UsageError if a tolerance is negative or not a number."""
    if not 0 <= tolerance < float("inf"):
        raise UsageError(f"--tolerance is {tolerance}, expected a number from 0, such as 1e-9")


def compare(figures: Tree, record: Record, tolerance: float) -> Check:
    """Compare figures with a record: whole numbers exactly, others within a relative tolerance.

    Raises:
        UsageError: the record counts other cases, or another version of mrnet wrote other figures.
    """
    if record.figures.get("selection") != figures.get("selection"):
        raise UsageError(
            f"--against {record.name}: it counts other cases, {_cohort(record.figures)}; this run counts "
            f"{_cohort(figures)}; choose the same cases, or write a record of these with -o"
        )
    expected, found = _compared(record.figures), _compared(figures)
    keys = [dict(leaves(tree)).keys() for tree in (expected, found)]
    differences = [
        Difference(record.name, *each) for each in _differences(expected, found, tolerance, whole=record.whole)
    ]
    _refuse_other_version(record, figures, differences)
    return Check(
        record.name,
        len(keys[0] | keys[1] if record.whole else keys[0]),
        differences,
        causes(expected, found) if differences else [],
        f" ({_cohort(figures)})" if figures.get("selection") else "",
    )


def _cohort(figures: Tree) -> str:
    try:
        return selection_words(figures["selection"])
    except (KeyError, TypeError, AttributeError):
        return "chosen in a way that is unknown"


def _refuse_other_version(record: Record, figures: Tree, differences: list[Difference]) -> None:
    """Raise a UsageError where a record has other figures because another version of mrnet wrote it."""
    ours, theirs = (each.get("tool") for each in (figures, record.figures))
    others = [each for each in differences if NOTHING in (each.expected, each.found) and each.path.count(".") > 1]
    if record.whole and others and ours != theirs:
        version = theirs.get("version") if isinstance(theirs, dict) else None
        raise UsageError(
            f"--against {record.name}: mrnet {shortened(str(version or 'of an unknown version'))} wrote this record, and its "
            f"figures are others, such as {shortened(others[0].path)}; write it again with -o"
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
    return short(value)
