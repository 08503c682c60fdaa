"""`mrnet list`: a row a case."""

from typing import TYPE_CHECKING

from mrnet.commands import LOOK
from mrnet.console import Page, progress
from mrnet.options import OutputOptions, SelectionOptions
from mrnet.wording import counted

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rich.console import RenderableType

GROUP = LOOK
TEXTS = ("case", "split")
"""The columns that are no numbers."""


def run(selection: SelectionOptions, output: OutputOptions) -> int:
    """List the cases: split, labels and slice counts.

    Examples: [bold]mrnet list --split valid[/], [bold]mrnet list --where "acl and axial > 40"[/],
    [bold]mrnet list --format ids | mrnet info -[/] (one id a line).
    """
    from mrnet.archive import LIST_COLUMNS, list_rows

    selected = selection.select()
    near = selected.archive.storage.readers == 1
    rows = []
    with progress("Reading headers", len(selected.cases), unit="cases", quiet=selection.quiet or near) as advance:
        for row in list_rows(selected.cases):
            rows.append(row)
            advance(1)
    page = Page(
        data=rows,
        columns=LIST_COLUMNS,
        draw=lambda: _draw(rows),
        forms={"ids": lambda: "".join(f"{case.id}\n" for case in selected.cases)},
    )
    output.publish(page, selected.archive)
    return selected.status


def _draw(rows: "list[dict[str, str | int | None]]") -> "Iterator[RenderableType]":
    """Lay the lines out here, as Rich's own table takes half a millisecond for each: longer than to read three headers."""
    from rich.segment import Segment, Segments
    from rich.style import Style
    from rich.text import Text

    from mrnet.archive import LIST_COLUMNS

    cells = [LIST_COLUMNS, *(["–" if value is None else str(value) for value in row.values()] for row in rows)]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    form = "  ".join(
        f"{{:{'<' if column in TEXTS else '>'}{width}}}" for column, width in zip(LIST_COLUMNS, widths, strict=True)
    )
    head, *lines = (f" {form.format(*line)}\n" for line in cells)
    yield Segments([Segment(head, Style(bold=True)), Segment("".join(lines))])
    yield Text(counted(len(rows), "case"), "dim italic")
