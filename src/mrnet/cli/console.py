"""The only file that prints: results in the chosen format, progress, and messages."""

import io
import os
import re
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, Protocol, TextIO

from mrnet.cli.streams import USUAL_COLUMNS, columns_of
from mrnet.cli.tables import Table
from mrnet.errors import UsageError
from mrnet.text import did_you_mean, markdown_text, megabytes, safe, shortened
from mrnet.writing import writing

if TYPE_CHECKING:
    from rich.console import RenderableType
    from rich.progress import Task
    from rich.text import Text

MAX_UNASKED_BYTES = 1_000_000_000
"""A person at a terminal is asked before more than this is written."""
TABLE = "table"
SUFFIXES = {".json": "json", ".csv": "csv", ".md": "markdown", ".txt": TABLE}


@dataclass(frozen=True)
class Formats:
    """The formats that a command's result can take, and the suffixes of files that choose them."""

    names: tuple[str, ...] = (TABLE, "json", "csv", "markdown")
    suffixes: Mapping[str, str] = field(default_factory=lambda: SUFFIXES)

    def check(self, name: str) -> None:
        """Raise a UsageError if a format is not one of these."""
        if name not in self.names:
            raise UsageError(
                f"--format {shortened(name)!r} is unknown here, expected one of {', '.join(self.names)}"
                f"{did_you_mean(name, self.names)}"
            )

    def of_file(self, file: Path) -> str:
        """Return the format that a file's suffix chooses; UsageError if it is unknown."""
        if file.suffix.lower() not in self.suffixes:
            raise UsageError(f"-o {file}: the suffix decides the format, expected one of {', '.join(self.suffixes)}")
        return self.suffixes[file.suffix.lower()]


FORMATS = Formats()
"""The formats of most commands."""


@dataclass(frozen=True, kw_only=True)
class Result:
    """The result of a command, in all its formats."""

    data: Any
    """The content of json."""
    draw: Callable[[], "Iterable[RenderableType | Table]"]
    """Returns the parts of the table."""
    rows: list[dict[str, Any]] | None = None
    """The flat rows of csv and markdown; None if they are those of `data`."""
    columns: Sequence[str] = ()
    """The columns that csv and markdown have even without a row."""
    below: Sequence[str] = ()
    """The lines below the table, and below the rows of markdown."""
    forms: Mapping[str, Callable[[], str]] = field(default_factory=dict)
    """Functions that return the text of a format, for formats besides the four or in place of one of them."""

    def parts(self) -> "Iterator[RenderableType | Table]":
        """Yield what Rich shows: the table, and the lines below it."""
        yield from self.draw()
        yield from map(styled, self.below)


def publish(result: Result, form: str = TABLE) -> None:
    """Print a result in one of its formats."""
    if form == TABLE and form not in result.forms:
        show(result.parts())
    else:
        text = _text(result, form)
        sys.stdout.write(_spelled_out(text, json=form == "json") if sys.stdout.isatty() else text)


def write(result: Result, form: str, file: Path) -> None:
    """Write a result to a file in one of its formats; TargetError if it cannot be written."""
    with writing(file) as handle:
        handle.write(_text(result, form).encode("utf-8", "backslashreplace"))


def _text(result: Result, form: str) -> str:
    if form in result.forms:
        return result.forms[form]()
    if form == "json":
        import json

        # `dumps` would keep each number and word of a long report as a text of its own.
        file = io.StringIO()
        json.dump(result.data, file, indent=2, ensure_ascii=False, allow_nan=False)
        return f"{file.getvalue()}\n"
    if form == TABLE:
        file = io.StringIO()
        show(result.parts(), file)
        return file.getvalue()
    rows = result.rows if result.rows is not None else _flat(result.data)
    if form == "csv":
        return _csv(rows, result.columns)
    below = (f"\n{markdown_text(line)}\n" for line in result.below)
    return "".join([markdown_table(rows, result.columns), *below])


def show(parts: "Iterable[RenderableType | Table]", file: TextIO | None = None) -> None:
    """Print what Rich draws, each part as it comes; to standard output if no file is given."""
    from rich.console import Console

    file = file or sys.stdout
    columns = columns_of(file)
    # FORCE_COLOR applies to the terminal; files get no colours.
    colours: dict[str, Any] = {} if file is sys.stdout else {"force_terminal": False, "color_system": None}
    console = Console(file=file, width=columns or USUAL_COLUMNS, **colours)
    for part in parts:
        # Capture the output: Rich itself ends the program with status 1 if the reader has closed the pipe.
        with console.capture() as drawn:
            console.print(part.segments(columns) if isinstance(part, Table) else part, crop=False)
        file.write(re.sub(" +$", "", drawn.get(), flags=re.MULTILINE))


def _spelled_out(text: str, *, json: bool = False) -> str:
    """Return text without control characters that a terminal would obey; JSON keeps its meaning."""
    if json:
        return "".join(letter if letter.isprintable() or letter == "\n" else f"\\u{ord(letter):04x}" for letter in text)
    return "\n".join(map(safe, text.split("\n")))


def _flat(data: Any) -> list[dict[str, Any]]:
    if isinstance(data, list):
        return data
    return [{"key": key, "value": value} for key, value in _dotted(data)]


def _dotted(data: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    for key, value in data.items():
        if isinstance(value, Mapping):
            yield from _dotted(value, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}", value


def cell(value: Any) -> str:
    """Return a value as a cell of csv or markdown: nothing for null, and JSON for lists and objects."""
    import json

    if value is None:
        return ""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _all_columns(rows: Iterable[dict[str, Any]], columns: Iterable[str]) -> list[str]:
    return list(dict.fromkeys([*columns, *(column for row in rows for column in row)]))


def _csv(rows: list[dict[str, Any]], columns: Iterable[str]) -> str:
    import csv

    columns = _all_columns(rows, columns)
    lines: list[str] = []
    # The csv module quotes only the characters of its line end: with LF alone, macOS's "Icon\r" would break its row.
    writer = csv.writer(SimpleNamespace(write=lines.append), lineterminator="\r\n")
    writer.writerow(columns)
    writer.writerows([cell(row.get(column)) for column in columns] for row in rows)
    return "".join(line.removesuffix("\r\n") + "\n" for line in lines)


def markdown_table(rows: list[dict[str, Any]], columns: Iterable[str] = ()) -> str:
    """Return rows as a Markdown table, with these columns even if no row has them."""
    columns = _all_columns(rows, columns)
    cells = [[cell(row.get(column)) for column in columns] for row in rows]
    head, *lines = ([markdown_text(text) for text in line] for line in [columns, *cells])
    return "".join(f"| {' | '.join(line)} |\n" for line in [head, ["---"] * len(head), *lines])


def styled(text: str, style: str = "") -> "Text":
    """Return text from a file or a name for Rich, without interpreting it as markup."""
    from rich.text import Text

    return Text(safe(text), style)


def say(message: str) -> None:
    """Print a message on standard error, addresses without their secrets; do nothing if that is closed."""
    if ":/" in message:
        from mrnet.storage.places import without_secrets

        message = without_secrets(message)
    with suppress(OSError):
        print("\n".join(safe(line) for line in message.splitlines()), file=sys.stderr, flush=True)


def ask_before_writing(what: str, expected_bytes: int, *, yes: bool) -> None:
    """Ask a person at a terminal before a large amount is written; without a terminal, go on without a question.

    Raises:
        UsageError: the answer is not yes.
    """
    if yes or expected_bytes <= MAX_UNASKED_BYTES:
        return
    if sys.stdin is None or not (sys.stdin.isatty() and sys.stderr.isatty()):
        return
    sys.stderr.write(f"Write {safe(what)}, about {megabytes(expected_bytes)}? [y/N] ")
    sys.stderr.flush()
    if sys.stdin.readline().strip().lower() not in {"y", "yes"}:
        raise UsageError("nothing is written; choose fewer cases or planes, or agree with --yes")


def put(data: bytes) -> None:
    """Write the bytes of a text to standard output; on a terminal, escape control characters."""
    if sys.stdout.isatty():
        sys.stdout.write(_spelled_out(os.fsdecode(data)))
    else:
        sys.stdout.flush()
        sys.stdout.buffer.write(data)


class Advance(Protocol):
    """Counts finished work."""

    def __call__(self, done: float, note: str = "", /) -> None:
        """Add to the finished work; the bar shows the note."""


@contextmanager
def progress(doing: str, total: float, *, unit: str = "", quiet: bool = False) -> Iterator[Advance]:
    """Give a function that counts finished work; if standard error is a terminal, a bar shows it.

    The bar also shows a note that is passed to the function.

    Args:
        doing: the activity, such as "Reading".
        total: the amount of work in units; in bytes if the unit is "bytes".
        unit: what is counted.
        quiet: show nothing.
    """
    if quiet or not sys.stderr.isatty():
        yield lambda _done, _note="": None
        return
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        DownloadColumn,
        MofNCompleteColumn,
        Progress,
        ProgressColumn,
        TextColumn,
        TimeRemainingColumn,
        TransferSpeedColumn,
    )

    counts: list[ProgressColumn] = [DownloadColumn(), TransferSpeedColumn()]
    if unit != "bytes":
        counts = [MofNCompleteColumn(), TextColumn(unit + "{task.fields[rate]}")]
    columns = [TextColumn("{task.description}"), BarColumn(), *counts, TimeRemainingColumn()]
    bar = Progress(*columns, console=Console(stderr=True), transient=True)
    with bar:
        task = bar.add_task(doing, total=total, rate="")

        def advance(done: float, note: str = "", /) -> None:
            bar.update(task, advance=done, description=f"{doing} {note}".rstrip(), rate=_rate(bar.tasks[task]))

        yield advance


def _rate(task: "Task") -> str:
    """Return the average speed; nothing in the first second, when it means little."""
    elapsed = task.elapsed or 0
    if elapsed < 1:
        return ""
    rate = task.completed / elapsed
    return f", {rate:,.0f} per second" if rate >= 10 else f", {rate:.1f} per second"


def abandon_output() -> None:
    """Discard the buffer of standard output: Python would try again to write it at the end, and fail."""
    with suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
