"""`mrnet list`: one row per case."""

from typing import TYPE_CHECKING

from mrnet.cli.console import FORMATS, Formats, Result, progress
from mrnet.cli.groups import LOOK
from mrnet.cli.options.common import OutputOptions, SelectionOptions, option_group
from mrnet.text import counted

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mrnet.cli.tables import Table

GROUP = LOOK


@option_group
class ListOutput(OutputOptions):
    """A list can also contain the ids alone, which `-` reads."""

    formats = Formats((*FORMATS.names, "ids"))


def run(selection: SelectionOptions, output: ListOutput) -> int:
    """List the cases: split, labels and slice counts.

    Examples: [bold]mrnet list --split valid[/], [bold]mrnet list --where "acl and axial > 40"[/],
    [bold]mrnet list --format ids | mrnet info -[/] (one id per line).
    """
    from mrnet.archive.model import LIST_COLUMNS, list_rows
    from mrnet.statistics.origin import tool_words

    selected = selection.select()
    local = selected.archive.storage.readers == 1
    rows = []
    with progress("Reading headers", len(selected.cases), unit="cases", quiet=selection.quiet or local) as advance:
        for row in list_rows(selected.cases):
            rows.append(row)
            advance(1)
    result = Result(
        data=rows,
        columns=LIST_COLUMNS,
        draw=lambda: _draw(rows),
        below=[tool_words(selected.chosen), counted(len(rows), "case")],
        forms={"ids": lambda: "".join(f"{case.id}\n" for case in selected.cases)},
    )
    output.publish(result)
    return selected.status


def _draw(rows: "list[dict[str, str | int | None]]") -> "Iterator[Table]":
    from mrnet.archive.model import LIST_COLUMNS
    from mrnet.cli.tables import Table

    cells = (["–" if value is None else str(value) for value in row.values()] for row in rows)
    yield Table(LIST_COLUMNS, cells, left=("case", "split"))
