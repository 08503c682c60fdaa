"""`mrnet stats`: how often the findings are there, how they stand together, and how many slices the series have."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from mrnet.commands import COUNT
from mrnet.options import OUTPUT_PANEL, Jobs, OutputOptions, SelectionOptions

if TYPE_CHECKING:
    from mrnet.console import Page
    from mrnet.statistics.counting import Count
    from mrnet.statistics.records import Comparison

GROUP = COUNT
GATE_PANEL = "Compare with a record"
TOLERANCE = 1e-9


def run(
    selection: SelectionOptions,
    output: OutputOptions,
    against: Annotated[
        list[str] | None,
        typer.Option(
            metavar="FILE|mrnet-v1.0", help="Compare with what -o FILE.json wrote, or with the published figures; "
            "exit 1 where any differs. Repeatable.", show_default=False, rich_help_panel=GATE_PANEL,
        ),
    ] = None,
    tolerance: Annotated[
        float, typer.Option(metavar="R", help="Relative, of figures that are no whole numbers.", rich_help_panel=GATE_PANEL)
    ] = TOLERANCE,
    plot: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", help="Draw a chart for print; .png, .svg or .pdf.", show_default=False,
            rich_help_panel=OUTPUT_PANEL,
        ),
    ] = None,
    jobs: Jobs = None,
) -> int:  # fmt: skip
    """Count labels and slices: prevalence with intervals, combinations, co-occurrence, slices a series.

    Examples: [bold]mrnet stats[/], [bold]mrnet stats --split valid --format json[/],
    [bold]mrnet stats -o baseline.json[/], [bold]mrnet stats --against baseline.json[/],
    [bold]mrnet stats --against mrnet-v1.0[/], [bold]mrnet stats --plot labels.pdf[/].
    """
    from mrnet.console import progress, say
    from mrnet.render.chart import check_format, draw_chart
    from mrnet.statistics.counting import count_cases
    from mrnet.statistics.records import check_tolerance, compare, read_record
    from mrnet.targets import refuse_inside, writing

    check_tolerance(tolerance)
    records = [read_record(source) for source in against or ()]
    picture = check_format(plot.suffix) if plot else ""
    selected = selection.select()
    if plot:
        refuse_inside(selected.archive.storage.location, plot)
    with progress("Reading headers", len(selected.cases), unit="cases", quiet=selection.quiet) as advance:
        count = count_cases(selected.archive, selected.cases, jobs, advance)
    compared = [compare(count.figures, record, tolerance) for record in records]
    output.publish(_page(count, compared), selected.archive)
    if plot:
        with writing(plot) as handle:
            handle.write(draw_chart(count.figures, count.slices, picture))
    for error in count.unreadable:
        say(f"Warning: {error}; its slices are not counted")
    if not selection.quiet:
        for each in compared:
            say(str(each))
    return 1 if count.unreadable or any(each.differences for each in compared) else selected.status


def _page(count: "Count", compared: "list[Comparison]") -> "Page":
    """Return the figures; or, compared with records, the differences, and in json and markdown the figures too."""
    from mrnet.console import Page, markdown_table
    from mrnet.statistics.keys import tidy_rows
    from mrnet.statistics.sections import titled_tables
    from mrnet.statistics.sentences import all_sentences
    from mrnet.statistics.terminal import draw_figures
    from mrnet.wording import safe

    differences = [difference.as_json() for each in compared for difference in each.differences]
    tables = list(titled_tables(count.figures))
    if compared:
        tables.insert(0, ("Differences", differences))

    def as_markdown() -> str:
        bodies = ((title, markdown_table(rows) if rows else "None.\n") for title, rows in tables)
        parts = [f"### {title}\n\n{body}" for title, body in bodies]
        return "\n".join([*parts, *(f"{sentence}\n" for sentence in all_sentences(count.figures))])

    def as_lines() -> str:
        return "".join(f"{safe(str(difference))}\n" for each in compared for difference in each.differences)

    if not compared:
        rows = tidy_rows(count.figures)
        return Page(data=count.figures, draw=lambda: draw_figures(count), rows=rows, forms={"markdown": as_markdown})
    return Page(
        data={**count.figures, "differences": differences},
        draw=lambda: draw_figures(count),
        rows=differences,
        columns=["against", "path", "expected", "found"],
        forms={"markdown": as_markdown, "table": as_lines},
    )
