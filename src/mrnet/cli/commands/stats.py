"""`mrnet stats`: prevalence and co-occurrence of the findings, and slices per series."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from mrnet.cli.groups import COUNT
from mrnet.cli.options.common import OUTPUT_PANEL, OutputOptions, SelectionOptions, warn
from mrnet.cli.options.work import WorkOptions

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rich.console import RenderableType

    from mrnet.cli.console import Result
    from mrnet.statistics.counting import Count
    from mrnet.statistics.records import Check

GROUP = COUNT
GATE_PANEL = "Compare with a record"
TOLERANCE = 1e-9


def run(
    selection: SelectionOptions,
    output: OutputOptions,
    work: WorkOptions,
    against: Annotated[
        list[str] | None,
        typer.Option(
            metavar="FILE|mrnet-v1.0", help="Compare with a record that -o FILE.json wrote, or with the published figures; "
            "exit 1 where any differs. Repeatable.", show_default=False, rich_help_panel=GATE_PANEL,
        ),
    ] = None,
    tolerance: Annotated[
        float | None,
        typer.Option(
            metavar="R", help="Relative, for figures that are not whole numbers.", show_default="1e-9",
            rich_help_panel=GATE_PANEL,
        ),
    ] = None,
    plot_files: Annotated[
        list[Path] | None,
        typer.Option(
            "--plot", metavar="FILE", help="Draw a chart for print; .png, .svg or .pdf; repeatable.", show_default=False,
            rich_help_panel=OUTPUT_PANEL,
        ),
    ] = None,
    panel: Annotated[
        str | None,
        typer.Option(
            metavar="PANEL", help="Draw one panel at column width: prevalence, cooccurrence, combinations or slices.",
            show_default="all of them", rich_help_panel=OUTPUT_PANEL,
        ),
    ] = None,
) -> int:  # fmt: skip
    """Count labels and slices: prevalence with intervals, combinations, co-occurrence, slices per series.

    Examples: [bold]mrnet stats[/], [bold]mrnet stats --split valid --format json[/],
    [bold]mrnet stats -o baseline.json[/], [bold]mrnet stats --against baseline.json[/],
    [bold]mrnet stats --against mrnet-v1.0[/], [bold]mrnet stats --plot labels.pdf[/].
    """
    from mrnet.cli.console import progress, say
    from mrnet.errors import UsageError
    from mrnet.statistics.chart import check_format, check_panel, draw_chart
    from mrnet.statistics.counting import count_cases
    from mrnet.statistics.records import check_tolerance, compare, read_record
    from mrnet.writing import check_target, writing

    if tolerance is not None:
        check_tolerance(tolerance)
        if not against:
            raise UsageError("--tolerance says how far figures may differ from those of --against FILE; name the file")
    records = [read_record(source) for source in against or ()]
    pictures = {file: check_format(file.suffix) for file in plot_files or ()}
    if panel is not None:
        check_panel(panel)
        if not pictures:
            raise UsageError("--panel chooses what --plot FILE draws; name the file")
    selected = selection.select()
    output.check_targets()
    for file in pictures:
        check_target(file)
    with progress("Reading headers", len(selected.cases), unit="cases", quiet=selection.quiet) as advance:
        count = count_cases(selected.archive, selected.cases, work.workers(selected.archive), advance, selected.chosen)
    compared = [compare(count.figures, record, TOLERANCE if tolerance is None else tolerance) for record in records]
    output.publish(_gate_result(count, compared) if records else _result(count))
    for file, form in pictures.items():
        drawn = draw_chart(count.figures, count.slices, form, panel)
        with writing(file) as handle:
            handle.write(drawn)
    unreadable = warn(count.unreadable, "more series cannot be read; `mrnet validate` names them")
    if not selection.quiet:
        for each in compared:
            say(str(each))
        if tolerance is not None and any(each.counts_differ for each in compared):
            say("--tolerance does not apply to whole numbers: a count that differs is a difference")
    return max(selected.status, unreadable, *(1 if each.differences else 0 for each in compared))


def _result(count: "Count") -> "Result":
    from mrnet.cli.console import Result
    from mrnet.statistics.keys import tidy_rows

    def draw() -> "Iterator[RenderableType]":
        from mrnet.statistics.terminal import draw_figures

        return draw_figures(count)

    return Result(
        data=count.figures,
        draw=draw,
        rows=tidy_rows(count.figures),
        forms={"markdown": lambda: _markdown(count)},
    )


def _gate_result(count: "Count", compared: "list[Check]") -> "Result":
    """Return the differences from records; json and markdown contain the figures too."""
    from mrnet.cli.console import Result, markdown_table
    from mrnet.statistics.origin import tool_words
    from mrnet.text import markdown_text, safe

    rows = [difference.as_json() for each in compared for difference in each.differences]
    lines = [line for each in compared for line in each.lines(named=len(compared) > 1)]
    lines += [tool_words(count.figures["selection"])] if lines else []
    table = markdown_table(rows) if rows else "None.\n"
    causes = "".join(f"- {markdown_text(cause)}\n" for each in compared for cause in each.causes)
    causes += "\n" if causes else ""
    return Result(
        data={**count.figures, "differences": rows},
        draw=list,
        rows=rows,
        columns=["against", "path", "expected", "found"],
        forms={
            "table": lambda: "".join(f"{safe(line)}\n" for line in lines),
            "markdown": lambda: f"### Differences\n\n{causes}{table}\n{_markdown(count)}",
        },
    )


def _markdown(count: "Count") -> str:
    from mrnet.cli.console import markdown_table
    from mrnet.statistics.origin import selection_words
    from mrnet.statistics.sentences import all_sentences
    from mrnet.statistics.tables import titled_tables
    from mrnet.text import markdown_text

    figures = count.figures
    about = f"{markdown_text(figures['archive'])}: {markdown_text(selection_words(figures['selection']))}, counted by mrnet "
    about += f"{figures['tool']['version']}.\n"
    tables = (f"### {title}\n\n{markdown_table(rows)}" for title, rows in titled_tables(count.figures))
    return "\n".join([about, *tables, *(f"{sentence}\n" for sentence in all_sentences(count.figures))])
