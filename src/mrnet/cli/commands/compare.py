"""`mrnet compare`: which labels differ between two sources, and how well the sources agree."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from mrnet.cli.commands._label_sources import Source, read_reference, read_source, second_source, selected_labels
from mrnet.cli.groups import COUNT
from mrnet.cli.options.common import OUTPUT_PANEL, OutputOptions, SelectionOptions
from mrnet.text import counted, first_of

if TYPE_CHECKING:
    from rich.console import RenderableType

    from mrnet.cli.tables import Table
    from mrnet.statistics.agreement import Agreement, Agreements
    from mrnet.statistics.formulas import Interval
    from mrnet.statistics.readings import CaseKey

GROUP = COUNT
MAX_CASES_NAMED = 6
"""If one source alone has more cases than this, only their number is given."""
COUNTS = {
    "cases compared": "compared",
    "both positive": "both",
    "only THIS positive": "this_only",
    "only OTHER positive": "other_only",
    "neither positive": "neither",
}
"""The rows of the table with counts of labels, and their names in JSON."""
FIGURE_ROWS = (
    *COUNTS, "agreement", "kappa", "sensitivity", "specificity", "cases with a score", "of these positive in THIS", "AUC",
    "missing in THIS", "missing in OTHER",
)  # fmt: skip
"""The rows of the table, of which a finding has those that its labels or scores have."""


def run(
    other: Annotated[
        str, typer.Argument(metavar="OTHER", help="An archive, a folder of label files, or a reader's CSV.")
    ],
    selection: SelectionOptions,
    output: OutputOptions,
    key: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", help="A CSV reading,case,split: which case each blind name is.", show_default=False
        ),
    ] = None,
    plot_files: Annotated[
        list[Path] | None,
        typer.Option(
            "--plot", metavar="FILE", help="Draw the ROC curves of OTHER's scores; .png, .svg or .pdf; repeatable.",
            show_default=False, rich_help_panel=OUTPUT_PANEL,
        ),
    ] = None,
) -> int:  # fmt: skip
    """Compare labels with those of another source: which differ, agreement, kappa, ROC curves of scores.

    A CSV has a header row: case, and one to three of abnormal, acl, meniscus; an empty cell is no label.
    A column of other numbers than 0 and 1 holds scores. The archive's labels are the reference.
    A second source in the place of the cases is compared with the first, without the archive.

    Examples: [bold]mrnet compare MRNet-v1.0.zip[/], [bold]mrnet compare reader.csv --split valid[/],
    [bold]mrnet compare model.csv --plot roc.pdf[/], [bold]mrnet compare first.csv second.csv --key key.csv[/].
    """
    from mrnet.cli.console import Result
    from mrnet.errors import UsageError
    from mrnet.statistics.agreement import DIFFERENCE_COLUMNS, compare_labels
    from mrnet.statistics.chart import check_format
    from mrnet.statistics.readings import read_key
    from mrnet.writing import check_target

    pictures = {file: check_format(file.suffix) for file in plot_files or ()}
    blind = None if key is None else read_key(key)
    second = second_source(selection)
    if second is not None:
        this = read_reference(other, blind)
        theirs = read_source(second, blind)
        compared = compare_labels(this.labels, theirs.labels, complete=this.complete and theirs.complete)
    else:
        selected = selection.select()
        theirs = read_source(other, blind)
        this = selected_labels(selected)
        chosen = {case.id for case in selected.cases}
        # It does not matter which source has the cases that were not chosen.
        meant = {key: each for key, each in theirs.labels.items() if not selected.narrowed or key[0] in chosen}
        known = [(case.id, case.split) for case in selected.archive.cases]
        compared = compare_labels(this.labels, meant, known=known, complete=theirs.complete)
    if compared.nothing:
        raise UsageError(
            f"nothing to compare: no case has a label both in {this.name} and in {theirs.name}; "
            f"they hold {this.cases_held} and {theirs.cases_held}"
        )
    if pictures and not any(each.scored for each in compared.agreements):
        raise UsageError("--plot draws ROC curves, and OTHER has no scores: a column of other numbers than 0 and 1")
    for file in pictures:
        check_target(file)
    result = Result(
        data=_data(compared, this, theirs),
        draw=lambda: _draw(compared, this, theirs),
        rows=compared.rows,
        columns=[*DIFFERENCE_COLUMNS, *(name for name in theirs.notes if name not in DIFFERENCE_COLUMNS)],
        forms={"markdown": lambda: _markdown(compared, this, theirs)},
    )
    output.publish(result)
    if pictures:
        _plot(pictures, compared, this, theirs)
    if not selection.quiet:
        _tell(compared, this, theirs, figures=output.format == "csv")
    return max(this.status, theirs.status, 1 if compared.rows else 0)


def _data(compared: "Agreements", this: Source, other: Source) -> dict[str, Any]:
    from mrnet.statistics.origin import TOOL

    data: dict[str, Any] = {
        "tool": TOOL,
        "this": this.name,
        "other": other.name,
        "selection": this.chosen,
        "findings": {each.finding.value: each.as_json() for each in compared.agreements},
    }
    if any(each.scored for each in compared.agreements):
        data["mean_auc"] = compared.mean_auc
    return data | {"differences": compared.rows}


def _draw(compared: "Agreements", this: Source, other: Source) -> "Iterator[RenderableType | Table]":
    from rich.console import Group

    from mrnet.cli.console import styled
    from mrnet.cli.tables import Table
    from mrnet.statistics.agreement import DIFFERENCE_COLUMNS

    for line in _about(this, other):
        text = styled(line)
        text.no_wrap, text.overflow = True, "ignore"
        # Keep a path in one piece: Rich would wrap a plain str.
        yield Group(text)
    figures = _figure_rows(compared)
    yield Table(list(figures[0]), [list(row.values()) for row in figures], left=("",))
    if (mean := compared.mean_auc) is not None:
        yield f"Mean AUC of the three findings: {mean:.3f}"
    yield ""
    if not compared.rows:
        yield (
            "No label differs."
            if any(each.compared for each in compared.agreements)
            else "There are scores only, no labels to differ."
        )
        return
    columns = list(dict.fromkeys([*DIFFERENCE_COLUMNS, *(column for row in compared.rows for column in row)]))
    rows = [["–" if row.get(column) is None else str(row[column]) for column in columns] for row in compared.rows]
    left = [column for column in columns if column not in ("this", "other")]
    yield Table(columns, rows, left=left, prose=columns[-1] if len(columns) > len(DIFFERENCE_COLUMNS) else None)


def _markdown(compared: "Agreements", this: Source, other: Source) -> str:
    from mrnet.cli.console import markdown_table
    from mrnet.statistics.agreement import DIFFERENCE_COLUMNS
    from mrnet.text import markdown_text

    about = "\n".join(f"- {markdown_text(line)}" for line in _about(this, other))
    figures = markdown_table([{**row} for row in _figure_rows(compared)])
    mean = "" if compared.mean_auc is None else f"\nMean AUC of the three findings: {compared.mean_auc:.3f}\n"
    differences = markdown_table(compared.rows, DIFFERENCE_COLUMNS) if compared.rows else "None.\n"
    return f"### Agreement\n\n{about}\n\n{figures}{mean}\n### Differences\n\n{differences}"


def _about(this: Source, other: Source) -> Iterator[str]:
    from mrnet.statistics.origin import tool_words

    yield f"THIS, the reference: {this.name}"
    yield f"OTHER: {other.name}"
    yield tool_words(this.chosen)
    yield "In brackets: 95 % intervals. Sensitivity, specificity, AUC are those of OTHER."


def _figure_rows(compared: "Agreements") -> list[dict[str, str]]:
    """Return a row for each figure, with a column for each finding."""
    findings = {each.finding.value: dict(_figure_cells(each)) for each in compared.agreements}
    names = [name for name in FIGURE_ROWS if any(name in cells for cells in findings.values())]
    return [{"": name, **{finding: cells.get(name, "–") for finding, cells in findings.items()}} for name in names]


def _figure_cells(agreement: "Agreement") -> Iterator[tuple[str, str]]:
    """Yield the figures of labels if some could be compared, and those of scores if OTHER has scores."""
    figures = agreement.as_json()
    if not (agreement.compared or agreement.scored):
        yield "cases compared", "0"
    if agreement.compared:
        for text, name in COUNTS.items():
            yield text, f"{figures[name]:,}"
        yield "agreement", _share(figures["agreement"])
        for name in ("kappa", "sensitivity", "specificity"):
            yield name, _estimate(figures[name], figures[f"{name}_ci95"])
    if agreement.scored:
        negative, positive = figures["scored_negative"], figures["scored_positive"]
        yield "cases with a score", f"{negative + positive:,}"
        yield "of these positive in THIS", f"{positive:,}"
        yield "AUC", _estimate(figures["auc"], figures["auc_ci95"])
    yield "missing in THIS", f"{figures['missing_in_this']:,}"
    yield "missing in OTHER", f"{figures['missing_in_other']:,}"


def _share(share: float | None) -> str:
    from mrnet.statistics.tables import percent

    return "–" if share is None else f"{percent(share)} %"


def _estimate(value: float | None, ends: "Interval") -> str:
    low, high = ends
    if value is None:
        return "–"
    if low is None or high is None:
        return f"{value:.2f} (–)"
    return f"{value:.2f} ({low:.2f}–{high:.2f})"


def _plot(pictures: dict[Path, str], compared: "Agreements", this: Source, other: Source) -> None:
    from mrnet.statistics.origin import tool_words
    from mrnet.statistics.roc import draw_roc
    from mrnet.writing import writing

    title = f"{tool_words(this.chosen)}: {other.name} against {this.name}"
    for file, form in pictures.items():
        drawn = draw_roc(compared, title, form)
        with writing(file) as handle:
            handle.write(drawn)


def _tell(compared: "Agreements", this: Source, other: Source, *, figures: bool) -> None:
    """Report on standard error what was not compared, and the figures if the format has no place for them."""
    from mrnet.cli.console import say

    lines: list[str] = []
    # If both should be complete, a label that one side lacks is a difference with its own row.
    if not (this.complete and other.complete):
        where = "this archive" if this.archive else this.name
        lines += [line for each in compared.agreements for line in _lacking(each, where)]
        lines += _one_sided(f"only {where} has", compared.only_this)
        lines += _one_sided("only OTHER has", compared.only_other)
    if figures:
        rows = _figure_rows(compared)
        lines = ["\n".join(", ".join(f"{key} {value}".strip() for key, value in row.items()) for row in rows), *lines]
    if other.scored:
        names = ", ".join(each.finding for each in compared.agreements if each.scored and not each.compared)
        lines += [f"{names}: treated as scores, because there are numbers other than 0 and 1"] if names else []
    lines += [line for each in compared.agreements if each.scored for line in _without_meaning(each)]
    if lines:
        say("\n".join(lines))


def _without_meaning(agreement: "Agreement") -> Iterator[str]:
    """Yield why the area under the curve is unknown, or has no meaning."""
    negative, positive = agreement.scores
    if not (negative and positive):
        kind = "negative" if negative else "positive"
        all_alike = f"all cases with a score are {kind} in THIS" if negative or positive else "no case has a score"
        yield f"{agreement.finding}: {all_alike}, so there is no AUC"
    elif len({*negative, *positive}) == 1:
        yield f"{agreement.finding}: every score is the same, so its AUC has no meaning"


def _lacking(agreement: "Agreement", this: str) -> Iterator[str]:
    for count, where in ((agreement.only_this, this), (agreement.only_other, "OTHER")):
        if count:
            yield f"{agreement.finding}: {counted(count, 'label')} that only {where} has, not compared"


def _one_sided(who: str, keys: "list[CaseKey]") -> Iterator[str]:
    ids = [id for id, _ in keys]
    if ids:
        yield f"{counted(len(ids), 'case')} that {who}, not compared: {first_of(ids, MAX_CASES_NAMED)}"
