"""The only file that prints: one result in whatever form was asked for, progress, and messages."""

import io
import os
import re
import sys
from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, Protocol, TextIO

from mrnet.errors import UsageError
from mrnet.text import did_you_mean, markdown_text, safe, shortened
from mrnet.writing import writing

if TYPE_CHECKING:
    from rich.console import RenderableType
    from rich.progress import Task
    from rich.segment import Segments
    from rich.text import Text

TABLE = "table"
SUFFIXES = {".json": "json", ".csv": "csv", ".md": "markdown", ".txt": TABLE}
PLAIN_WIDTH = 80


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
    draw: Callable[[], "Iterable[RenderableType]"]
    rows: list[dict[str, Any]] | None = None
    columns: Sequence[str] = ()
    forms: Mapping[str, Callable[[], str]] = field(default_factory=dict)


def publish(result: Result, form: str = TABLE) -> None:
    """Print a result in one of its formats."""
    if form == TABLE and form not in result.forms:
        _draw(result, sys.stdout)
    else:
        sys.stdout.write(_text(result, form))


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
        _draw(result, file)
        return file.getvalue()
    rows = result.rows if result.rows is not None else _flat(result.data)
    return _csv(rows, result.columns) if form == "csv" else markdown_table(rows, result.columns)


def _draw(result: Result, file: TextIO) -> None:
    from rich.console import Console

    console = Console(file=file, width=None if file.isatty() else _plain_width())
    # Captured, as Rich would end the program with status 1 where the reader of a pipe has gone.
    with console.capture() as drawn:
        for part in result.draw():
            console.print(part, crop=False)
    file.write(re.sub(" +$", "", drawn.get(), flags=re.MULTILINE))


def _plain_width() -> int:
    columns = os.environ.get("COLUMNS", "")
    return int(columns) if columns.isdecimal() and 0 < len(columns) < 5 and int(columns) else PLAIN_WIDTH


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
    lines = [columns, ["---"] * len(columns), *([cell(row.get(column)) for column in columns] for row in rows)]
    return "".join(f"| {' | '.join(map(markdown_text, line))} |\n" for line in lines)


def styled(text: str, style: str = "") -> "Text":
    """Return text from a file or a name for Rich, in which nothing is taken for markup."""
    from rich.text import Text

    return Text(safe(text), style)


def aligned(head: Sequence[str], rows: Iterable[Sequence[str]], *, left: Container[str]) -> "Segments":
    """Return rows as lines under a bold head, which Rich prints as they are: a path stays in one piece.

    Rich's own table folds what is too long, and takes half a millisecond a row to measure each cell.

    Args:
        head: the columns' names.
        rows: a text for each column.
        left: the columns that are no numbers, and stand at the left.
    """
    from rich.segment import Segment, Segments
    from rich.style import Style

    cells = [list(head), *([safe(cell) for cell in row] for row in rows)]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    columns = zip(head, widths, strict=True)
    form = "  ".join(f"{{:{'<' if name in left else '>'}{width}}}" for name, width in columns)
    first, *lines = (form.format(*line).rstrip() for line in cells)
    return Segments([Segment(first, Style(bold=True)), *(Segment(f"\n{line}") for line in lines), Segment("\n")])


def say(message: str) -> None:
    """Tell the user something that is not data, on standard error; where that is closed, nobody."""
    with suppress(OSError):
        print("\n".join(safe(line) for line in message.splitlines()), file=sys.stderr, flush=True)


def put(data: bytes) -> None:
    """Write bytes to standard output as they are."""
    sys.stdout.flush()
    sys.stdout.buffer.write(data)


class Advance(Protocol):
    """Counts work done."""

    def __call__(self, done: float, note: str = "", /) -> None:
        """Add to what is done; the note is shown beside the bar."""


@contextmanager
def progress(doing: str, total: float, *, unit: str = "", quiet: bool = False) -> Iterator[Advance]:
    """Give a function that counts work done; where standard error is a terminal, a bar shows it.

    A note that the function is given stands beside the bar from then on.

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


def prepare_streams() -> None:
    """Give files and pipes UTF-8 with LF whatever the locale; have a terminal replace what it cannot draw."""
    sys.stdout = sys.stdout or _nowhere()
    sys.stderr = sys.stderr or _nowhere()
    for stream in (sys.stdout, sys.stderr):
        if not isinstance(stream, io.TextIOWrapper):
            continue
        if stream.isatty():
            stream.reconfigure(errors="replace")
        else:
            # For a name that is not UTF-8 this writes \udcXX, which is what JSON calls it too.
            stream.reconfigure(encoding="utf-8", errors="backslashreplace", newline="\n")


def abandon_output() -> None:
    """Throw away what standard output still holds, which would fail again when the interpreter ends."""
    with suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _nowhere() -> TextIO:
    """Return where output goes that was closed from the start, which Python says with None."""
    return open(os.devnull, "w", encoding="utf-8")
