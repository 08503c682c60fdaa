"""`mrnet list`: a row a case."""

from typing import TYPE_CHECKING

from mrnet.commands import LOOK
from mrnet.console import Page, progress
from mrnet.options import OutputOptions, SelectionOptions
from mrnet.wording import counted

if TYPE_CHECKING:
    from rich.table import Table

GROUP = LOOK


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
        draw=lambda: [_table(rows)],
        forms={"ids": lambda: "".join(f"{case.id}\n" for case in selected.cases)},
    )
    output.publish(page, selected.archive)
    return selected.status


def _table(rows: "list[dict[str, str | int | None]]") -> "Table":
    from rich.table import Table
    from rich.text import Text

    from mrnet.vocabulary import Finding, Plane

    table = Table(box=None, header_style="bold", caption=counted(len(rows), "case"), caption_justify="left")
    for column in ("case", "split"):
        table.add_column(column)
    for column in (*Finding, *Plane):
        table.add_column(column, justify="right")
    for row in rows:
        table.add_row(*(Text("–", "dim") if value is None else Text(str(value)) for value in row.values()))
    return table
