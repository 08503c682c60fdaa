"""Reads labels that come with a header row: what readers of the images wrote down, maybe under blind names."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from mrnet.archive.labels import LabelFault
from mrnet.errors import UsageError
from mrnet.text import csv_rows, read_text
from mrnet.vocabulary import Finding, Split, padded

READING_COLUMNS = ["case", *Finding]
MAX_BYTES = 8 << 20
"""Readings of ten thousand cases with long notes."""
KEY_COLUMNS = ["reading", "case", "split"]
ANSWERS = {"0": 0, "1": 1, "": None}
CaseKey = tuple[str, Split | None]
"""Where labels belong: a case's id, and its split where that is known."""


@dataclass(frozen=True, slots=True)
class Labelled:
    """One case's labels, and what else stood in its row."""

    answers: dict[Finding, int | None]
    notes: dict[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class Readings:
    """What a file of readings says, and which of its rows or cells cannot be used."""

    cases: dict[CaseKey, Labelled] = field(default_factory=dict)
    faults: list[LabelFault] = field(default_factory=list)


class _RowFault(ValueError):  # noqa: N818  # It never leaves this file: a fault is a value then.
    """A row cannot be used; the text says why."""


def read_readings(path: Path, key: dict[str, CaseKey] | None = None) -> Readings:
    """Read a CSV with a header row `case,abnormal,acl,meniscus` and any further columns; an empty cell is no label.

    Args:
        path: the file.
        key: what the names in the column `case` stand for, where they are no ids.

    Raises:
        UsageError: the file cannot be read, or its header is another.
    """
    readings = Readings()
    lines: dict[CaseKey, int] = {}
    for line, header, cells in _rows(path, READING_COLUMNS):
        try:
            row = _by_column(header, cells)
            place = _place_of(row, key)
            if place in lines:
                raise _RowFault(f"case {place[0]} is answered in line {lines[place]} already; this row is not used")
            answers, wrong = _answers_of(row)
        except _RowFault as fault:
            readings.faults.append(LabelFault(str(path), line, None, str(fault)))
            continue
        lines[place] = line
        notes = {name: text for name, text in row.items() if name not in (*READING_COLUMNS, "split", "")}
        readings.cases[place] = Labelled(answers, notes)
        readings.faults += [LabelFault(str(path), line, place[0], reason) for reason in wrong]
    return readings


def read_key(path: Path) -> dict[str, CaseKey]:
    """Read what blind names stand for: a CSV with a header row `reading,case,split`, the split maybe empty.

    Raises:
        UsageError: the file cannot be read, or a row of it cannot be used.
    """
    key: dict[str, CaseKey] = {}
    for line, header, cells in _rows(path, KEY_COLUMNS):
        try:
            row = _by_column(header, cells)
            name = row["reading"]
            if not name or name in key:
                raise _RowFault(f"the reading {name!r} is there already" if name else "the reading has no name")
            key[name] = _place_of(row, None)
        except _RowFault as fault:
            raise UsageError(f"{path}:{line}: {fault}") from fault
    return key


def _rows(path: Path, expected: list[str]) -> Iterator[tuple[int, list[str], list[str]]]:
    """Yield each row's last line number, the header's names and the row's cells, stripped."""
    rows = csv_rows(read_text(path, max_bytes=MAX_BYTES), str(path))
    _, header = next(rows, (0, []))
    if not set(expected) <= set(header) or len(set(header)) < len(header):
        raise UsageError(
            f"{path}: its first line is {','.join(header)[:60]!r}, expected a header row with the columns "
            f"{','.join(expected)} (others may be beside them, each name once)"
        )
    for line, cells in rows:
        yield line, header, cells


def _by_column(header: list[str], cells: list[str]) -> dict[str, str]:
    if len(cells) != len(header):
        raise _RowFault(f"the row has {len(cells)} cells, expected {len(header)}")
    return dict(zip(header, cells, strict=True))


def _place_of(row: dict[str, str], key: dict[str, CaseKey] | None) -> CaseKey:
    name, split = row["case"], row.get("split", "")
    if key is not None:
        if name not in key:
            raise _RowFault(f"the key does not say which case {name!r} is")
        return key[name]
    if not (name.isascii() and name.isdigit() and len(name) <= len(padded(0))):
        raise _RowFault(f"the case is {name!r}, expected an id such as 0001 (blind names need --key)")
    if split not in ("", *Split):
        raise _RowFault(f"the split is {split!r}, expected train, valid or nothing")
    return padded(name), Split(split) if split else None


def _answers_of(row: dict[str, str]) -> tuple[dict[Finding, int | None], list[str]]:
    """Return a row's labels, and what is wrong with those that are no labels and so count as none."""
    wrong = [
        f"{finding} is {row[finding]!r}, expected 0, 1 or nothing" for finding in Finding if row[finding] not in ANSWERS
    ]
    return {finding: ANSWERS.get(row[finding]) for finding in Finding}, wrong
