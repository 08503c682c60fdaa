"""The published figures of MRNet-v1.0, and the reader of files with expectations (TOML)."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields
from functools import cache
from importlib.resources import files
from typing import Any

from mrnet.errors import UsageError
from mrnet.text import parse_toml
from mrnet.vocabulary import Finding, Plane, Split, padded

NAME = "mrnet-v1.0"
Combination = tuple[int, int, int]
"""The answers to abnormal, acl and meniscus of one case."""
COMBINATIONS: dict[str, Combination] = {f"{a}{b}{c}": (a, b, c) for a in (0, 1) for b in (0, 1) for c in (0, 1)}


@dataclass(frozen=True, slots=True)
class SplitExpectations:
    """What one split should hold; None or an empty table where nothing is expected.

    Ranges include both ends: `ids` is a range of case ids, `slices` one of slice counts.
    """

    cases: int | None = None
    ids: tuple[str, str] | None = None
    series: dict[Plane, int] = field(default_factory=dict)
    slices: dict[Plane, tuple[int, int]] = field(default_factory=dict)
    positives: dict[Finding, int] = field(default_factory=dict)
    combinations: dict[Combination, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Expectations:
    """What an archive should hold, split by split."""

    name: str
    splits: dict[Split, SplitExpectations]


@cache
def mrnet_v1() -> Expectations:
    """Return the published figures of MRNet-v1.0."""
    text = files("mrnet.archive").joinpath("mrnet-v1.0.toml").read_text(encoding="utf-8")
    return parse_expectations(text, NAME)


@cache
def slice_counts(split: Split, plane: Plane) -> Mapping[str, int]:
    """Return the published number of slices of each series in a split and plane, by case id.

    Source: one public log of every file, compared with six independent public statistics.
    """
    first, last = mrnet_v1().splits[split].ids or ("", "")
    counts = map(int, _slice_table()[split][plane].split())
    return dict(zip(map(padded, range(int(first), int(last) + 1)), counts, strict=True))


@cache
def _slice_table() -> dict[str, dict[str, str]]:
    text = files("mrnet.archive").joinpath("mrnet-v1.0-slices.toml").read_text(encoding="utf-8")
    return parse_toml(text, NAME)


def parse_expectations(text: str, source: str) -> Expectations:
    """Read expectations strictly: an unknown key or a value of the wrong kind is a UsageError that names it.

    Args:
        text: TOML, in the form that `docs/reference/expectations.md` describes.
        source: what messages call the text, such as its path.
    """
    document = parse_toml(text, source)
    reader = _Reader(source)
    reader.table(document, "", ["name", *Split])
    name = document.get("name", source)
    if not isinstance(name, str):
        raise reader.wrong("name", name, "a text")
    return Expectations(name, {split: reader.split(document[split], split) for split in Split if split in document})


class _Reader:
    """Turns the parsed TOML into expectations; remembers what to call the file in messages."""

    def __init__(self, source: str) -> None:
        self.source = source

    def wrong(self, key: str, found: object, expected: str) -> UsageError:
        return UsageError(f"{self.source}: '{key}' is {found!r}, expected {expected}")

    def table(self, found: Any, key: str, known: Iterable[str]) -> dict[str, Any]:
        names = list(known)
        if not isinstance(found, dict):
            raise self.wrong(key, found, f"a table of {', '.join(names)}")
        for name in found:
            if name not in names:
                where = f"{key}.{name}" if key else name
                raise UsageError(f"{self.source}: unknown key '{where}', expected one of {', '.join(names)}")
        return found

    def split(self, found: Any, split: Split) -> SplitExpectations:
        table = self.table(found, split, (each.name for each in fields(SplitExpectations)))

        def inner(key: str, known: Iterable[str]) -> dict[str, Any]:
            return self.table(table.get(key, {}), f"{split}.{key}", known)

        def counts(key: str, known: Iterable[str]) -> dict[str, int]:
            return {name: self.count(value, f"{split}.{key}.{name}") for name, value in inner(key, known).items()}

        return SplitExpectations(
            cases=self.count(table["cases"], f"{split}.cases") if "cases" in table else None,
            ids=self.id_range(table["ids"], f"{split}.ids") if "ids" in table else None,
            series={Plane(name): count for name, count in counts("series", Plane).items()},
            slices={
                Plane(name): self.slice_range(value, f"{split}.slices.{name}")
                for name, value in inner("slices", Plane).items()
            },
            positives={Finding(name): count for name, count in counts("positives", Finding).items()},
            combinations={COMBINATIONS[name]: count for name, count in counts("combinations", COMBINATIONS).items()},
        )

    def count(self, found: Any, key: str) -> int:
        if not isinstance(found, int) or isinstance(found, bool) or found < 0:
            raise self.wrong(key, found, "a whole number from 0")
        return found

    def slice_range(self, found: Any, key: str) -> tuple[int, int]:
        if not isinstance(found, list) or len(found) != 2:
            raise self.wrong(key, found, "[fewest, most]")
        low, high = (self.count(value, key) for value in found)
        if low > high:
            raise self.wrong(key, found, "[fewest, most], the smaller first")
        return low, high

    def id_range(self, found: Any, key: str) -> tuple[str, str]:
        if not isinstance(found, list) or len(found) != 2 or not all(map(_is_id, found)) or found[0] > found[1]:
            raise self.wrong(key, found, 'two ids of four digits, the smaller first: ["0000", "1129"]')
        return found[0], found[1]


def _is_id(found: Any) -> bool:
    return isinstance(found, str) and re.fullmatch("[0-9]{4}", found) is not None
