"""The only file that prints: one result in whatever form was asked for, progress, and messages."""

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
from mrnet.text import did_you_mean, markdown_text, safe, shortened
from mrnet.writing import writing

if TYPE_CHECKING:
    from rich.console import RenderableType
    from rich.progress import Task
    from rich.text import Text

TABLE = "table"
SUFFIXES = {".json": "json", ".csv": "csv", ".md": "markdown", ".txt": TABLE}


@dataclass(frozen=True)
class Formats:
    """The formats that a command's result can take, and the suffixes of files that choose them."""

    names: tuple[str, ...] = (TABLE, "json", "csv", "markdown")
    suffixes: Mapping[str, str] = field(default_factory=lambda: SUFFIXES)

    def check(self, name: str) -> None:
        """Raise a UsageError where a format is none of these."""
        if name not in self.names:
            raise UsageError(
                f"--format {shortened(name)!r} is unknown here, expected one of {', '.join(self.names)}"
                f"{did_you_mean(name, self.names)}"
            )

    def of_file(self, file: Path) -> str:
        """Return the format that a file's suffix chooses; UsageError where it chooses none."""
        if file.suffix.lower() not in self.suffixes:
            raise UsageError(f"-o {file}: the suffix decides the format, expected one of {', '.join(self.suffixes)}")
        return self.suffixes[file.suffix.lower()]


FORMATS = Formats()
"""Those of a command that has no other."""


@dataclass(frozen=True, kw_only=True)
class Result:
    """What a command found, in every form that it can take.

    `data` is what json holds; `draw` gives what Rich shows as the table; `rows` are the flat rows of csv and
    markdown, where they differ from `data`, and `columns` those that are there even without a row; `forms` are the
    texts of further formats by name, or a text of the result's own for one of the four.
    """

    data: Any
    draw: Callable[[], "Iterable[RenderableType | Table]"]
    rows: list[dict[str, Any]] | None = None
    columns: Sequence[str] = ()
    forms: Mapping[str, Callable[[], str]] = field(default_factory=dict)


def publish(result: Result, form: str = TABLE) -> None:
    """Print a result in one of its formats."""
    if form == TABLE and form not in result.forms:
        show(result.draw())
    else:
        text = _text(result, form)
        sys.stdout.write(_spelled_out(text, json=form == "json") if sys.stdout.isatty() else text)


def write(result: Result, form: str, file: Path) -> None:
    """Write a result to a file in one of its formats; TargetError where that cannot be."""
    with writing(file) as handle:
        handle.write(_text(result, form).encode("utf-8", "backslashreplace"))


def _text(result: Result, form: str) -> str:
    if form in result.forms:
        return result.forms[form]()
    if form == "json":
        import json

        return json.dumps(result.data, indent=2, ensure_ascii=False, allow_nan=False) + "\n"
    if form == TABLE:
        file = io.StringIO()
        _draw(result.draw(), file)
        return file.getvalue()
    rows = result.rows if result.rows is not None else _flat(result.data)
    return _csv(rows, result.columns) if form == "csv" else markdown_table(rows, result.columns)


def show(parts: "Iterable[RenderableType | Table]") -> None:
    """Print what Rich draws, each part as it comes."""
    _draw(parts, sys.stdout)


def _draw(parts: "Iterable[RenderableType | Table]", file: TextIO) -> None:
    from rich.console import Console

    columns = columns_of(file)
    # FORCE_COLOR is about what is printed: no file gets colours.
    colours: dict[str, Any] = {} if file is sys.stdout else {"force_terminal": False, "color_system": None}
    console = Console(file=file, width=columns or USUAL_COLUMNS, **colours)
    for part in parts:
        # Captured, as Rich would end the program with status 1 where the reader of a pipe has gone.
        with console.capture() as drawn:
            console.print(part.segments(columns) if isinstance(part, Table) else part, crop=False)
        file.write(re.sub(" +$", "", drawn.get(), flags=re.MULTILINE))


def _spelled_out(text: str, *, json: bool = False) -> str:
    """Return text in whose lines a terminal finds nothing to obey; JSON stays JSON of the same meaning."""
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
    """Return a value as text for a flat form: nothing for null, and JSON for what is neither text nor number."""
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
    # Only what the lines end with is quoted inside them: with LF alone, macOS' "Icon\r" would break its row.
    writer = csv.writer(SimpleNamespace(write=lines.append), lineterminator="\r\n")
    writer.writerow(columns)
    writer.writerows([cell(row.get(column)) for column in columns] for row in rows)
    return "".join(line.removesuffix("\r\n") + "\n" for line in lines)


def markdown_table(rows: list[dict[str, Any]], columns: Iterable[str] = ()) -> str:
    """Return rows as a table in Markdown, with these columns also where no row has them."""
    columns = _all_columns(rows, columns)
    cells = [[cell(row.get(column)) for column in columns] for row in rows]
    head, *lines = ([markdown_text(text) for text in line] for line in [columns, *cells])
    return "".join(f"| {' | '.join(line)} |\n" for line in [head, ["---"] * len(head), *lines])


def styled(text: str, style: str = "") -> "Text":
    """Return text from a file or a name for Rich, in which nothing is taken for markup."""
    from rich.text import Text

    return Text(safe(text), style)


def say(message: str) -> None:
    """Tell the user something that is not data, on standard error; where that is closed, nobody."""
    with suppress(OSError):
        print("\n".join(safe(line) for line in message.splitlines()), file=sys.stderr, flush=True)


def is_agreed(question: str) -> bool:
    """Ask a person at a terminal a question; where nobody can answer, nobody is asked, and it is agreed."""
    if sys.stdin is None or not (sys.stdin.isatty() and sys.stderr.isatty()):
        return True
    sys.stderr.write(f"{safe(question)} [y/N] ")
    sys.stderr.flush()
    return sys.stdin.readline().strip().lower() in {"y", "yes"}


def put(data: bytes) -> None:
    """Write text that is bytes to standard output: as it is, but for control characters on a terminal."""
    if sys.stdout.isatty():
        sys.stdout.write(_spelled_out(os.fsdecode(data)))
    else:
        sys.stdout.flush()
        sys.stdout.buffer.write(data)


class Advance(Protocol):
    """Counts work done."""

    def __call__(self, done: float, note: str = "", /) -> None:
        """Add to what is done; the note is shown beside the bar."""


@contextmanager
def progress(doing: str, total: float, *, unit: str = "", quiet: bool = False) -> Iterator[Advance]:
    """Give a function that counts work done; where standard error is a terminal, a bar shows it.

    A note that is passed to the function is shown beside the bar.

    Args:
        doing: what is being done, such as "Reading".
        total: how much there is, in units, or in bytes where the unit is "bytes".
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
    """Return how fast work goes, on average; nothing in the first second, when that means little."""
    elapsed = task.elapsed or 0
    if elapsed < 1:
        return ""
    rate = task.completed / elapsed
    return f", {rate:,.0f} a second" if rate >= 10 else f", {rate:.1f} a second"


def abandon_output() -> None:
    """Throw away what standard output still holds, which would fail again when the interpreter ends."""
    with suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
