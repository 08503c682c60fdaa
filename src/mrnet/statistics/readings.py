"""Reads labels that come with a header row: what readers of the images wrote, perhaps under blind names."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from math import isfinite
from pathlib import Path, PurePosixPath

from mrnet.archive.labels import LabelFault
from mrnet.errors import UsageError
from mrnet.text import counted, csv_rows, read_text, shortened
from mrnet.vocabulary import ID_DIGITS, Finding, Split, is_case_number, padded

CASE_COLUMN = "case"
MAX_COLUMNS = 1000
"""A difference is shown with all columns of its row; the time to draw them grows with the square of their number."""
MAX_READINGS_BYTES = 8 << 20
"""Enough for readings of ten thousand cases with long notes."""
KEY_COLUMNS = ["reading", "case", "split"]
SCORE_COLUMNS = {finding: f"{finding}_confidence" for finding in Finding}
"""The columns in which the viewer writes how likely it is, in the reader's opinion, that a finding is present: 0 to 100."""
MAX_SCORE = 100.0
MAX_CELLS = 200_000
"""Enough for ten thousand cases with 20 columns; where every label differs, two million cells took 700 MB."""
CaseKey = tuple[str, Split | None]
"""The case that labels belong to: its id, and its split if that is known."""


@dataclass(frozen=True, slots=True)
class Labelled:
    """One case's labels, and the other cells of its row."""

    answers: dict[Finding, int | None]
    notes: dict[str, str] = field(default_factory=dict)
    scores: dict[Finding, float | None] = field(default_factory=dict)
    """The score of each finding, for the findings that have scores."""


@dataclass(slots=True)
class Readings:
    """The content of a file of readings, and its rows or cells that cannot be used."""

    cases: dict[CaseKey, Labelled] = field(default_factory=dict)
    faults: list[LabelFault] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    """Names of the other columns."""
    scored: list[Finding] = field(default_factory=list)
    """The findings whose own columns hold scores instead of labels."""


class _RowFault(ValueError):  # noqa: N818  # It never leaves this file; outside, a fault is a value.
    """A row cannot be used; the text says why."""


def read_readings(path: Path, key: dict[str, CaseKey] | None = None) -> Readings:
    """Read a CSV with a header row: `case`, one to three of the findings, and any further columns.

    A cell of a finding is 0 or 1, also as `1.0`; an empty one is no label. A column that holds other numbers holds
    scores, from 0 to 1 or from 0 to 100; so does `<finding>_confidence`.

    Args:
        path: the file.
        key: the case of each blind name in the column `case`, if it has names instead of ids; a file with none of these
            names, such as a model's, is read without the key.

    Raises:
        UsageError: the file cannot be read, has another header, or has rows of which none can be used.
    """
    header, rows = _table(path, [CASE_COLUMN])
    findings = [finding for finding in Finding if finding in header]
    if not findings:
        raise UsageError(
            f"{path}: its header row is {_shown(header)}, expected a column of a finding: {', '.join(Finding)}"
        )
    readings = Readings(notes=[name for name in header if name not in (CASE_COLUMN, *Finding, "split", "")])
    usable: dict[CaseKey, tuple[int, dict[str, str]]] = {}
    table = list(rows)
    if key and not any(set(cells) & key.keys() for _, cells in table):
        key = None
    for line, cells in table:
        try:
            row = _by_column(header, cells)
            case_key = _case_of(row, key)
            if case_key in usable:
                raise _RowFault(
                    f"case {case_key[0]} is answered in line {usable[case_key][0]} already; this row is not used"
                )
            usable[case_key] = line, row
        except _RowFault as fault:
            readings.faults.append(LabelFault(str(path), line, None, str(fault)))
    if readings.faults and not usable:
        raise UsageError(f"{_only_fault(readings.faults)}; is it a table of MRNet's cases?")
    readings.scored = [finding for finding in findings if any(_is_score(row[finding]) for _, row in usable.values())]
    columns = {finding: SCORE_COLUMNS[finding] for finding in findings if SCORE_COLUMNS[finding] in header}
    columns |= {finding: finding.value for finding in readings.scored}
    for case_key, (line, row) in usable.items():
        labels = _Cells(row)
        answers = dict.fromkeys(Finding) | {
            finding: labels.answer(finding) for finding in findings if finding not in readings.scored
        }
        scores = {finding: labels.score(column) for finding, column in columns.items()}
        readings.cases[case_key] = Labelled(answers, {name: row[name] for name in readings.notes}, scores)
        readings.faults += [LabelFault(str(path), line, case_key[0], reason) for reason in labels.wrong]
    return readings


def _only_fault(faults: list[LabelFault]) -> str:
    """Return the first fault of a file in which no row can be used, and the number of the others."""
    first, *others = faults
    more = f", and none of {counted(len(others), 'more row')} can be used" if others else ""
    return f"{first}{more}"


class _Cells:
    """Reads the cells of a row, and notes a fault for each cell that cannot be used."""

    def __init__(self, row: dict[str, str]) -> None:
        self.row = row
        self.wrong: list[str] = []

    def answer(self, column: str) -> int | None:
        """Return a label; None for an empty or faulty cell."""
        number = _number(self.row[column])
        if number in (0, 1):
            return int(number)
        if self.row[column]:
            self.wrong.append(f"{column} is {shortened(self.row[column])!r}, expected 0, 1 or nothing")
        return None

    def score(self, column: str) -> float | None:
        """Return a score; None for an empty or faulty cell."""
        number = _number(self.row[column])
        if number is not None and 0 <= number <= MAX_SCORE:
            return number
        if self.row[column]:
            self.wrong.append(
                f"{column} is {shortened(self.row[column])!r}, expected a score from 0 to 1 or from 0 to 100, or nothing"
            )
        return None


def _number(text: str) -> float | None:
    """Return a text as a finite number; None if it is not one."""
    try:
        # Python would read `0_5` as 5.
        number = float(text.replace("_", "?"))
    except ValueError:
        return None
    return number if isfinite(number) else None


def _is_score(text: str) -> bool:
    return _number(text) not in (None, 0, 1)


def read_key(path: Path) -> dict[str, CaseKey]:
    """Read the case of each blind name: a CSV with a header row `reading,case,split`; the split may be empty.

    Raises:
        UsageError: the file cannot be read, or a row of it cannot be used.
    """
    key: dict[str, CaseKey] = {}
    header, rows = _table(path, KEY_COLUMNS)
    for line, cells in rows:
        try:
            row = _by_column(header, cells)
            name = row["reading"]
            if not name or name in key:
                raise _RowFault(
                    f"the reading {shortened(name)!r} is there already" if name else "the reading has no name"
                )
            key[name] = _case_of(row, None)
        except _RowFault as fault:
            raise UsageError(f"{path}:{line}: {fault}") from fault
    return key


def _table(path: Path, expected: list[str]) -> tuple[list[str], Iterator[tuple[int, list[str]]]]:
    """Return the names of the header row, and the other rows: each one's last line number and its cells."""
    rows = csv_rows(read_text(path, max_bytes=MAX_READINGS_BYTES), str(path))
    _, header = next(rows, (0, []))
    if len(header) > MAX_COLUMNS:
        raise UsageError(f"{path}: this table has {len(header):,} columns, expected at most {MAX_COLUMNS:,}")
    if not set(expected) <= set(header) or len(set(header)) < len(header):
        raise UsageError(
            f"{path}: its first line is {_shown(header)}, expected a header row with "
            f"{','.join(expected)}; other columns are allowed, and each name occurs once"
        )
    return header, _bounded(rows, path)


def _bounded(rows: Iterator[tuple[int, list[str]]], path: Path) -> Iterator[tuple[int, list[str]]]:
    count = 0
    for line, cells in rows:
        count += len(cells)
        if count > MAX_CELLS:
            raise UsageError(
                f"{path}: this table has more than {MAX_CELLS:,} cells; leave out columns that are not compared"
            )
        yield line, cells


def _shown(header: list[str]) -> str:
    return repr(shortened(",".join(header)))


def _by_column(header: list[str], cells: list[str]) -> dict[str, str]:
    if len(cells) != len(header):
        raise _RowFault(f"the row has {len(cells)} cells, expected {len(header)}")
    return dict(zip(header, cells, strict=True))


def _case_of(row: dict[str, str], key: dict[str, CaseKey] | None) -> CaseKey:
    name, split = row[CASE_COLUMN], row.get("split", "")
    if key is not None:
        if name not in key:
            raise _RowFault(f"the key does not say which case {shortened(name)!r} is")
        return key[name]
    shown, name = name, _id_in(name)
    if not (is_case_number(name) and len(name) <= ID_DIGITS):
        raise _RowFault(f"the case is {shortened(shown)!r}, expected an id such as 0001 (blind names need --key)")
    if split not in ("", *Split):
        raise _RowFault(f"the split is {shortened(split)!r}, expected train, valid or nothing")
    return padded(name), Split(split) if split else None


def _id_in(name: str) -> str:
    """Return the id in the name of a volume (`0001.npy`, also with its folders) or in a number such as `1.0`."""
    file = PurePosixPath(name.replace("\\", "/")).name
    return file.removesuffix(".npy").removesuffix(".0")
