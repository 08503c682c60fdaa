"""`mrnet extract`: chosen cases as a classic archive."""

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from mrnet.cli.commands._outcomes import MAX_ROWS_SHOWN, size_and_status, summary
from mrnet.cli.groups import COPY
from mrnet.cli.options.common import OUTPUT_PANEL, DryRun, FormatOptions, Jobs, PlaneWords, SelectionOptions, Yes
from mrnet.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from mrnet.archive.extraction import Outcome
    from mrnet.archive.model import Case
    from mrnet.cli.options.common import Selection
    from mrnet.cli.tables import Table
    from mrnet.vocabulary import Plane

GROUP = COPY
TABLE_COLUMNS = ("case", "split", "plane", "size", "status", "path")
COPY_COLUMNS = ("case", "split", "plane", "path", "bytes", "status", "error")


def run(
    selection: SelectionOptions,
    form: FormatOptions,
    output: Annotated[
        str,
        typer.Option(
            "--output", "-o", metavar="PATH", show_default=False, rich_help_panel=OUTPUT_PANEL,
            help="The folder to write, or a path that ends in .zip.",
        ),
    ],
    plane_words: PlaneWords = None,
    stored: Annotated[bool, typer.Option("--stored", help="Store volumes in a .zip without compression: faster, larger.")] = False,
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Replace files that differ.", rich_help_panel=OUTPUT_PANEL)
    ] = False,
    dry_run: DryRun = False,
    yes: Yes = False,
    jobs: Jobs = None,
) -> int:  # fmt: skip
    """Write cases as a classic archive, a folder or a zip: from any edition, folder, zip or address.

    Volumes are copied byte for byte and checked on the way. Files that already have the same bytes are skipped, so the
    same command resumes an interrupted one.

    Examples: [bold]mrnet extract --root MRNet-v1.0.zip -o MRNet-v1.0[/],
    [bold]mrnet extract 0000-0099 -o first-100.zip[/],
    [bold]mrnet extract --where acl --plane sagittal -o acl[/].
    """
    from mrnet.archive.extraction import plan_copies, target_of
    from mrnet.cli import console
    from mrnet.cli.options.common import chosen_planes
    from mrnet.parallel import Workers
    from mrnet.storage.places import Url, parse_place
    from mrnet.text import counted, megabytes

    if isinstance(parse_place(output), Url):
        raise UsageError(f"-o {output!r}: expected a folder or a .zip of this machine")
    target = target_of(Path(output), overwrite=overwrite, dry_run=dry_run, stored=stored)
    selected = selection.select()
    planes = chosen_planes(plane_words)
    cases, planes = _with_volumes(selected, planes, every_plane=plane_words is not None, quiet=selection.quiet)
    copies = plan_copies(selected.archive, cases, planes)
    sizes = {copy.path: copy.size() for copy in copies if copy.series is None or copy.series.exists}
    console.ask_before_writing(counted(len(copies), "file"), sum(sizes.values()), yes=yes or dry_run)
    target.prepare(selected.archive, copies)
    if not selection.quiet and len(copies) > MAX_ROWS_SHOWN:
        console.say(f"{counted(len(copies), 'file')}, {megabytes(sum(sizes.values()))}, into {output}")
    outcomes = []
    workers = Workers(jobs, selected.archive.storage.readers)
    with console.progress("Extracting", sum(sizes.values()), unit="bytes", quiet=selection.quiet) as advance:
        for outcome in target.write(copies, workers):
            outcomes.append(outcome)
            advance(sizes.get(outcome.copy.path, 0))
    told = _tell(outcomes, len(copies), selected, form.format, dry_run=dry_run, quiet=selection.quiet)
    return max(told, selected.status)


def _with_volumes(
    selected: "Selection", planes: "list[Plane]", *, every_plane: bool, quiet: bool
) -> "tuple[list[Case], list[Plane]]":
    """Return the cases and planes to extract. If none were chosen: the cases that have a volume, in the planes that have one.

    Args:
        selected: the selected cases; cases that the user chose stay, even without a volume.
        planes: the selected planes.
        every_plane: keep planes without a volume too, because the user named them.
        quiet: say nothing.

    Raises:
        UsageError: there is no volume.
    """
    from mrnet.cli.options.common import with_volumes

    held = {plane for plane in planes if any(case.series(plane).exists for case in selected.cases)}
    if not held:
        raise UsageError(f"{selected.archive.root}: it holds no volume of these cases, so there is nothing to extract")
    planes = planes if every_plane else [plane for plane in planes if plane in held]
    return with_volumes(selected, planes, quiet=quiet).cases, planes


def _tell(
    outcomes: "Sequence[Outcome]", planned: int, selected: "Selection", form: str, *, dry_run: bool, quiet: bool
) -> int:
    """Print the rows, name what failed, and return the exit status.

    Raises:
        TargetError: no file could be written to its target.
    """
    from mrnet.cli import console
    from mrnet.errors import TargetError
    from mrnet.statistics.origin import tool_words
    from mrnet.writing import FAILED

    failed = [outcome for outcome in outcomes if outcome.status == FAILED]
    if failed and len(failed) == len(outcomes) and all(isinstance(each.error, TargetError) for each in failed):
        raise failed[0].error or TargetError(failed[0].path)
    # A label file is not a series, so it has a row only if it could not be written.
    rows = [outcome for outcome in outcomes if outcome.copy.series or outcome.status == FAILED]
    rows.sort(key=lambda outcome: outcome.copy.series.case if outcome.copy.series else "")
    data = [outcome.as_json() for outcome in rows]
    shown = rows if dry_run or len(rows) <= MAX_ROWS_SHOWN else failed
    below = [tool_words(selected.chosen)]
    draw = partial(_draw, shown, dry_run=dry_run)
    console.publish(console.Result(data=data, columns=COPY_COLUMNS, draw=draw, below=below), form)
    for outcome in failed:
        reason = str(outcome.error).removeprefix(f"{outcome.path}: ")
        console.say(f"Failed: {outcome.path}: {reason}")
    if len(outcomes) < planned:
        console.say(
            f"Stopped: the disk is full, {planned - len(outcomes):,} files are left; make room and run it again"
        )
    if not quiet:
        console.say(summary("Files", ((outcome.bytes, outcome.status) for outcome in outcomes), dry_run=dry_run))
    return 1 if failed else 0


def _draw(outcomes: "Sequence[Outcome]", *, dry_run: bool) -> "Iterator[Table]":
    from mrnet.cli.tables import Table

    rows = []
    for outcome in outcomes:
        row = outcome.as_json()
        cells = size_and_status(outcome.bytes, outcome.status, dry_run=dry_run)
        rows.append([row["case"] or "–", row["split"] or "–", row["plane"] or "–", *cells, outcome.path])
    if rows:
        yield Table(TABLE_COLUMNS, rows, left=("case", "split", "plane", "status", "path"))
