"""`mrnet info`: the content of an archive, or of each chosen case."""

import sys
from typing import TYPE_CHECKING, Annotated, Any

import typer

from mrnet.cli.groups import LOOK
from mrnet.cli.options.common import OutputOptions, SelectionOptions
from mrnet.cli.options.work import WorkOptions
from mrnet.text import counted, megabytes

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rich.console import RenderableType

    from mrnet.archive.overview import CaseInfo, SeriesInfo
    from mrnet.cli.tables import Table

GROUP = LOOK
BLOCKS = " ▁▂▃▄▅▆▇█"
HISTOGRAM_WIDTH = 16


def run(
    selection: SelectionOptions,
    output: OutputOptions,
    work: WorkOptions,
    intensity: Annotated[
        bool, typer.Option("--intensity", help="Read every voxel too: range, mean, histogram.")
    ] = False,
) -> int:
    """Show a case (split, findings, one row per plane), or the whole archive.

    Examples: [bold]mrnet info[/], [bold]mrnet info 0001[/], [bold]mrnet info 1130-1139 --intensity[/],
    [bold]mrnet info --where meniscus --format json[/].
    """
    from mrnet.archive.overview import INTENSITY_COLUMNS, SERIES_COLUMNS, archive_overview, inspect_cases
    from mrnet.cli.console import TABLE, Result, progress, show, styled
    from mrnet.statistics.origin import tool_words

    selected = selection.select()
    output.check_targets()
    below = [tool_words(selected.chosen)]
    if not selected.narrowed and not intensity:
        overview = archive_overview(selected.archive)
        output.publish(Result(data=overview, draw=lambda: _draw_archive(overview), below=below))
        return selected.status
    infos = []
    local = selected.archive.storage.readers == 1
    # Print a table case by case: early results help more than a progress bar.
    at_once = output.format == TABLE
    quiet = selection.quiet or (local and not intensity) or (at_once and sys.stdout.isatty())
    with progress(
        "Reading voxels" if intensity else "Reading headers", len(selected.cases), unit="cases", quiet=quiet
    ) as advance:
        for info in inspect_cases(selected.cases, intensity=intensity, workers=work.workers(selected.archive)):
            infos.append(info)
            if at_once:
                show(_draw_case(info))
            advance(1)
    if at_once:
        show(map(styled, below))
    result = Result(
        data=[info.as_json() for info in infos],
        columns=(*SERIES_COLUMNS, *(INTENSITY_COLUMNS if intensity else ()), "error"),
        rows=[row for info in infos for row in info.flat_rows()],
        draw=lambda: (part for info in infos for part in _draw_case(info)),
        below=below,
    )
    output.publish(result, printed=at_once)
    return selected.status if all(info.sound for info in infos) else 1


def _draw_archive(overview: dict[str, Any]) -> "Iterator[RenderableType | Table]":
    from mrnet.cli.console import styled
    from mrnet.cli.tables import Table
    from mrnet.vocabulary import Finding

    kind = f"{overview['edition']} edition, {overview['kind']}{', synthetic' if overview['synthetic'] else ''}"
    yield styled(f"{overview['root']} ({kind})", "bold")
    yield f"{counted(overview['cases'], 'case')}, {overview['series']:,} series, {megabytes(overview['bytes'])}"
    splits = overview["splits"]
    planes = next((figures["planes"] for figures in splits.values()), ())
    head = ["split", "cases", "ids", *planes, *(f"{finding} +" for finding in Finding)]
    rows = []
    for split, figures in splits.items():
        counts = [*figures["planes"].values(), *figures["positives"].values()]
        ids = f"{figures['first']}–{figures['last']}"
        rows.append(
            [split, f"{figures['cases']:,}", ids, *("–" if count is None else f"{count:,}" for count in counts)]
        )
    yield Table(head, rows, left=("split", "ids"))
    yield "planes: files; +: positive cases. One case: mrnet info 0001"


def _draw_case(info: "CaseInfo") -> "Iterator[RenderableType | Table]":
    from rich.text import Text

    case = info.case
    yield Text.assemble(("Case ", "bold"), (case.id, "bold cyan"), f"  {case.split}  ", _findings(info))
    if any(series.error is None for series in info.series):
        yield _figures_table(info.series)
    for series in info.series:
        if series.error is not None:
            from mrnet.cli.console import styled

            yield styled(f"  {series.plane}: {series.error}", "red")
    yield ""


def _findings(info: "CaseInfo") -> str:
    from mrnet.vocabulary import FINDING_WORDS

    labels = info.case.labels.items()
    positive = [FINDING_WORDS[finding] for finding, answer in labels if answer == 1]
    negative = [
        f"no {FINDING_WORDS[finding]}" if finding != "abnormal" else "normal"
        for finding, answer in labels
        if answer == 0
    ]
    missing = [f"{finding} not labelled" for finding, answer in labels if answer is None]
    return "; ".join(", ".join(words) for words in (positive, negative, missing) if words)


def _figures_table(series: "list[SeriesInfo]") -> "Table":
    from mrnet.cli.tables import Table

    sound = [each for each in series if each.error is None]
    columns = ["slices", "size", "dtype", "MB"]
    if any(each.intensity for each in sound):
        columns = ["slices", "min", "p1", "p50", "p99", "max", "mean", "std", "blank", "histogram"]
    rows = ([each.plane, *_figures(each)] for each in sound)
    return Table(["plane", *columns], rows, left=("plane", "histogram"), indent=2)


def _figures(series: "SeriesInfo") -> list[str]:
    assert series.header is not None
    slices, rows, columns = series.header.shape
    found = series.intensity
    if found is None:
        return [str(slices), f"{rows} × {columns}", series.header.dtype, f"{series.bytes / 1e6:.1f}"]
    levels = [f"{level:g}" for level in (found.min, found.p1, found.p50, found.p99, found.max)]
    figures = [f"{found.mean:.1f}", f"{found.std:.1f}", str(len(found.blank_slices)), draw_histogram(found.histogram)]
    return [str(slices), *levels, *figures]


def draw_histogram(histogram: list[int]) -> str:
    """Return a histogram of 256 grey levels as block characters; a bar's height is the square root of its count.

    Most voxels of an MRI are dark, so plain counts would show one bar only.
    """
    per_bar = len(histogram) // HISTOGRAM_WIDTH
    bars = [sum(histogram[start : start + per_bar]) ** 0.5 for start in range(0, len(histogram), per_bar)]
    tallest = max(bars)
    return "".join(BLOCKS[round(bar / tallest * (len(BLOCKS) - 1))] for bar in bars)
