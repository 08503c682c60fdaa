"""THE label reader: ids stay text, and a row that cannot be used is a fault, never a guess."""

import re
from dataclasses import dataclass, field

from mrnet.errors import FileError
from mrnet.storage.base import Storage
from mrnet.text import BYTE_ORDER_MARK, shortened
from mrnet.vocabulary import Finding, Split, padded

MAX_LABEL_FILE_BYTES = 1 << 20
"""A label file with all 10,000 ids of four digits has less than a tenth of this."""
ROW = re.compile(rb"(?P<id>[0-9]{1,18}),(?P<label>[01])")
# Patterns for unusual files are compiled at their first use, not at every start.
PROMOTED_ROW = rb'("?)_(?P<id>[0-9]{1,18})\1,("?)_(?P<label>[01])\3'
"""A first row that Redivis turned into column names, each marked by `_`: `_0000,_1`."""
MARKED_ROW = rb'"?_[0-9]'
"""The beginning of a first row that became column names, with any label."""
QUOTED_ROW = rb'("?)(?P<id>[0-9]{1,18})\1,("?)(?P<label>[01])\3'
"""A row below a promoted one: some exports quote all cells, some only the column names."""
ROW_WITH_ID = rb"""[\s"'_]*([0-9]{1,18})\b"""
COLUMN_NAME = r"""["']?(?!_[0-9])[A-Za-z_][\w .-]*["']?"""
GIT_LFS = b"version https://git-lfs.github.com/spec/"
WEB_PAGE = rb"(?i)\s*<(!doctype|html|head|\?xml)\b"
MAX_LABEL_LINES = 20_000
"""Twice the number of ids of four digits."""


@dataclass(frozen=True, slots=True)
class LabelRow:
    """One usable row: a case's answer to one finding."""

    line: int
    written_id: str
    case: str
    """The id as the dataset writes it."""
    answer: int
    promoted: bool = False
    """Whether it was turned into column names (`_0000,_1`) and read back from them."""


@dataclass(frozen=True, slots=True)
class LabelFault:
    """A row, or a whole file, that cannot be used."""

    path: str
    line: int | None
    case: str | None
    reason: str

    def __str__(self) -> str:
        """Return the file, the line and the reason in one line."""
        return f"{self.path}:{self.line}: {self.reason}" if self.line else f"{self.path}: {self.reason}"


@dataclass(slots=True)
class LabelFile:
    """The content of one label file; `present` if the file exists, `readable` if it has rows of text."""

    split: Split
    finding: Finding
    path: str
    """Relative to the root of the storage that holds it, whether it is there or not."""
    present: bool = False
    readable: bool = False
    rows: list[LabelRow] = field(default_factory=list)
    faults: list[LabelFault] = field(default_factory=list)
    unreadable: FileError | None = None

    @property
    def empty(self) -> bool:
        """Whether the file is there and holds no byte of labels."""
        return self.present and not (self.readable or self.faults)

    def add_fault(self, reason: str, line: int | None = None, case: str | None = None) -> None:
        """Note a row, or the whole file, that cannot be used."""
        self.faults.append(LabelFault(self.path, line, case, reason))

    def answers(self) -> dict[str, int | None]:
        """Return the answer of each case, None where two rows answer differently."""
        answers: dict[str, int | None] = {}
        for row in self.rows:
            agrees = answers.setdefault(row.case, row.answer) == row.answer
            answers[row.case] = row.answer if agrees else None
        return answers

    def contradictions(self) -> list[LabelFault]:
        """Return a fault for each row that answers otherwise than an earlier one of the same case."""
        first: dict[str, LabelRow] = {}
        return [
            LabelFault(
                self.path,
                row.line,
                row.case,
                f"case {row.case} is {row.answer} here, {earlier.answer} in line {earlier.line}",
            )
            for row in self.rows
            if (earlier := first.setdefault(row.case, row)).answer != row.answer
        ]


def read_labels(storage: Storage, split: Split, finding: Finding) -> LabelFile:
    """Read one label file; a file that is absent, empty or cannot be read is a LabelFile that says so."""
    labels = LabelFile(split, finding, storage.layout.label_path(split, finding))
    if labels.path not in storage.entries:
        return labels
    labels.present = True
    try:
        storage.entry(labels.path)
        size = storage.size(labels.path)
        if size > MAX_LABEL_FILE_BYTES:
            # The zip's directory may state a false length. Reading then reports the member as damaged.
            storage.read_start(labels.path, MAX_LABEL_FILE_BYTES)
            labels.add_fault(f"the file has {size:,} bytes, far more than labels need; look at what it is", 1)
            return labels
        text = storage.read(labels.path).removeprefix(BYTE_ORDER_MARK)
    except FileError as error:
        labels.unreadable = error
        labels.add_fault(error.reason)
        return labels
    _read_rows(labels, text)
    return labels


def _read_rows(labels: LabelFile, text: bytes) -> None:
    if b"\0" in text:
        number = text.count(b"\n", 0, text.index(b"\0")) + 1
        labels.add_fault("this is not text in UTF-8 (it holds zero bytes); save it as CSV in UTF-8", number)
        return
    lines = text.split(b"\n")
    if lines[-1] == b"":
        lines.pop()
    if len(lines) > MAX_LABEL_LINES:
        labels.add_fault(f"the file has {len(lines):,} lines, far more than there can be ids; look at what it is", 1)
        return
    promoted, pattern = None, ROW
    if lines and not ROW.fullmatch(_bare(lines[0])):
        if other := _what_else(lines):
            labels.add_fault(other, 1)
            return
        promoted = re.fullmatch(PROMOTED_ROW, _bare(lines[0]))
        pattern = re.compile(QUOTED_ROW) if re.match(MARKED_ROW, lines[0]) else ROW
    for number, written in enumerate(lines, start=1):
        line = _bare(written)
        if row := promoted if promoted and number == 1 else pattern.fullmatch(line):
            id = row["id"].decode()
            labels.rows.append(LabelRow(number, id, padded(id), int(row["label"]), promoted=row is promoted))
        else:
            case = re.match(ROW_WITH_ID, line)
            reason = _why_malformed(line, first=number == 1)
            labels.add_fault(reason, number, padded(case[1].decode()) if case else None)
    labels.readable = bool(lines)


def _what_else(lines: list[bytes]) -> str | None:
    """Return what this file is instead of a label file; None where at least one row may be a label."""
    start = lines[0]
    if start.startswith(GIT_LFS):
        return "this is a pointer of Git LFS, not the file itself; `git lfs pull` fetches it"
    if re.match(WEB_PAGE, b"\n".join(lines[:3])):
        return "this is a web page, not a label file; download the file again, signed in if the site asks for it"
    first = start.decode("utf-8", "backslashreplace").strip()
    if len(lines) > 1 and _names_columns(first) and not any(re.fullmatch(QUOTED_ROW, _bare(line)) for line in lines):
        return (
            f"this is another table, not the labels of one finding: its first line is {shortened(first)!r}, "
            "expected rows such as 0000,1"
        )
    return None


def _names_columns(line: str) -> bool:
    names = [name.strip() for name in re.split(r"[,;\t]", line)]
    return len(names) == len(set(names)) > 1 and all(re.fullmatch(COLUMN_NAME, name) for name in names)


def _bare(line: bytes) -> bytes:
    return line.removesuffix(b"\r")


def _why_malformed(line: bytes, *, first: bool) -> str:
    expected = "expected an id and 0 or 1, such as 0000,1"
    if not line.strip():
        return f"the row is empty, {expected}"
    try:
        text = line.decode("utf-8")
    except UnicodeDecodeError:
        return f"the row is not text in UTF-8, {expected}"
    shown = repr(shortened(text))
    if first and re.match(r"[\s\"']*_[0-9]", text):
        return f"{shown} is a row that was made column names, but no label 0 or 1 can be read from it; look it up in another copy"
    if first and re.match(r"[\s\"']*[A-Za-z_]", text):
        return f"{shown} is a header row, which label files do not have; no label is read from it"
    return f"the row is {shown}, {expected}"
