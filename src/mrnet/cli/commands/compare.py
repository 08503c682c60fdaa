"""`mrnet compare`: which labels differ between two sources, and how well the sources agree."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from mrnet.cli.groups import COUNT
from mrnet.cli.options.common import OutputOptions, SelectionOptions, tell_label_faults, warn
from mrnet.text import counted

if TYPE_CHECKING:
    from rich.console import RenderableType

    from mrnet.cli.tables import Table
    from mrnet.statistics.agreement import Agreement, Agreements
    from mrnet.statistics.formulas import Interval
    from mrnet.statistics.readings import CaseKey, Labelled

GROUP = COUNT
MAX_CASES_NAMED = 6
"""More cases of one source only than this are counted, not named."""
DIFFERENCE_COLUMNS = ["case", "split", "finding", "this", "other"]


def run(
    other: Annotated[
        str, typer.Argument(metavar="OTHER", help="An archive, a folder of label files, or a reader's CSV.")
    ],
    selection: SelectionOptions,
    output: OutputOptions,
    key: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", help="A CSV reading,case,split: which case each blind name in OTHER is.", show_default=False
        ),
    ] = None,
) -> int:
    """Compare labels with another source's: each that differs, agreement, kappa.

    A reader's CSV has a header row case,abnormal,acl,meniscus; an empty cell is no label.
    Sensitivity and specificity are OTHER's, this archive's labels being the truth.

    Examples: [bold]mrnet compare MRNet-v1.0.zip[/], [bold]mrnet compare reader.csv --split valid[/].
    """
    from mrnet.cli.console import Result, say
    from mrnet.statistics.agreement import compare_labels

    selected = selection.select()
    labels, status = _read(other, key)
    compared = compare_labels(selected.archive, selected.cases, labels)
    result = Result(data=compared.rows, draw=lambda: _draw(compared), columns=DIFFERENCE_COLUMNS)
    output.publish(result)
    if not selection.quiet:
        say("\n".join(_summary(compared)))
    return max(selected.status, status, 1 if compared.rows else 0)


def _read(text: str, key: Path | None) -> "tuple[dict[CaseKey, Labelled], int]":
    """Return the other source's labels, and the exit status that unusable ones make; the user is told of these."""
    from mrnet.archive.model import Archive
    from mrnet.errors import UsageError
    from mrnet.statistics.agreement import labelled_cases
    from mrnet.statistics.readings import read_key, read_readings
    from mrnet.storage.places import parse_place

    other = parse_place(text)
    if isinstance(other, Path) and not other.exists():
        raise UsageError(f"{other}: no such archive, folder of label files or CSV")
    if isinstance(other, Path) and other.is_file() and other.suffix.lower() != ".zip":
        readings = read_readings(other, read_key(key) if key else None)
        return readings.cases, warn(readings.faults, "more rows or labels cannot be used")
    if key is not None:
        raise UsageError(f"--key says what the blind names in a reader's CSV are, and {other} is none")
    archive = Archive.open(other)
    return labelled_cases(archive), tell_label_faults(archive, f"{other}: ")


def _draw(compared: "Agreements") -> "Iterator[RenderableType | Table]":
    from mrnet.cli.tables import Table

    if not compared.rows:
        yield "No label differs."
        return
    columns = list(dict.fromkeys(column for row in compared.rows for column in row))
    rows = ([str(row.get(column, "")) for column in columns] for row in compared.rows)
    yield Table(columns, rows, left=set(columns) - {"this", "other"})


def _summary(compared: "Agreements") -> Iterator[str]:
    """Yield the figures of each finding, and what could not be compared."""
    yield f"{'finding':9}{'compared':>9}{'agree':>8}  {'kappa':17}{'sensitivity':17}specificity"
    for each in compared.agreements:
        agreement = "–" if each.agreement is None else f"{each.agreement:.1%}"
        ratios = (each.kappa, each.sensitivity, each.specificity)
        estimates = "".join(f"{_estimate(*ratio):17}" for ratio in ratios)
        yield f"{each.finding:9}{each.compared:>9,}{agreement:>8}  {estimates}".rstrip()
    yield "In brackets: 95 % intervals. Sensitivity and specificity are OTHER's, this archive's labels being the truth."
    yield from (sentence for each in compared.agreements for sentence in _lacking(each))
    yield from _one_sided("only this archive has", [case.id for case in compared.only_this])
    yield from _one_sided("only OTHER has", [id for id, _ in compared.only_other])


def _estimate(value: float | None, ends: "Interval") -> str:
    low, high = ends
    if value is None or low is None or high is None:
        return "–"
    return f"{value:.2f} ({low:.2f}–{high:.2f})"


def _lacking(agreement: "Agreement") -> Iterator[str]:
    for count, where in ((agreement.only_this, "this archive"), (agreement.only_other, "OTHER")):
        if count:
            yield f"{agreement.finding}: {counted(count, 'label')} that only {where} has, not compared"


def _one_sided(who: str, ids: list[str]) -> Iterator[str]:
    if ids:
        more = f" and {len(ids) - MAX_CASES_NAMED:,} more" if len(ids) > MAX_CASES_NAMED else ""
        yield f"{counted(len(ids), 'case')} that {who}, not compared: {', '.join(ids[:MAX_CASES_NAMED])}{more}"
