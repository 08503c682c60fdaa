"""Makes a batch of pictures for the commands, and reports the outcomes."""

import shlex
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from mrnet.cli import console
from mrnet.cli.commands._outcomes import MAX_ROWS_SHOWN, size_and_status, summary
from mrnet.cli.options.common import Selection, SelectionOptions, planes_there, with_volumes
from mrnet.cli.options.pictures import TargetOptions
from mrnet.cli.options.work import WorkOptions
from mrnet.cli.tables import Table
from mrnet.errors import UsageError
from mrnet.storage.places import without_secrets
from mrnet.text import counted, megabytes

if TYPE_CHECKING:
    from mrnet.pictures.batch import Outcome, PictureWriter
    from mrnet.pictures.contact import ContactSheet
    from mrnet.pictures.plan import Style
    from mrnet.vocabulary import Plane

NO_VOLUME = "{}: no volume of these cases and planes, so no pictures"
PICTURE_COLUMNS = ("case", "plane", "slices", "size", "status", "path")


def make_pictures(
    selection: SelectionOptions,
    plane_words: list[str] | None,
    style: "Style",
    target: TargetOptions,
    folder: Path,
    *,
    together: bool,
    work: WorkOptions,
) -> int:
    """Make a picture of each chosen series, report each outcome, and return the exit status.

    Args:
        selection: chooses the cases.
        plane_words: the words of `--plane`.
        style: how the pictures look.
        target: where they go.
        folder: where they go if `target` names no place.
        together: whether the planes of a case share one picture.
        work: where the work runs.

    Raises:
        UsageError, TargetError: see `mrnet.pictures.plan.plan_pictures` and `mrnet.pictures.batch`.
    """
    from mrnet.pictures.batch import Batch
    from mrnet.pictures.plan import plan_pictures

    quiet = selection.quiet
    selected = selection.select()
    planes = planes_there(selected.archive, plane_words)
    selected = with_volumes(selected, planes, quiet=quiet)
    pictures = plan_pictures(selected.cases, planes, target.output or folder, style.suffix, together=together)
    if not pictures:
        raise UsageError(NO_VOLUME.format(selected.archive.root))
    batch = Batch(pictures, style, writer_of(target))
    sizes = batch.expected_bytes(selected.archive)
    expected = sum(sizes)
    folder = pictures[0].target.parent
    if len(pictures) > MAX_ROWS_SHOWN and not quiet:
        console.say(f"{len(pictures):,} pictures, about {megabytes(expected)}, into {folder}")
    console.ask_before_writing(counted(len(pictures), "picture"), expected, yes=target.yes or target.dry_run)
    batch.writer.prepare([picture.target for picture in pictures], sizes)
    outcomes = []
    workers = work.workers(selected.archive, writes=None if target.dry_run else folder)
    doing = "Comparing" if target.dry_run else "Drawing"
    with console.progress(doing, len(pictures), unit="pictures", quiet=quiet) as advance:
        for outcome in batch.make(workers):
            outcomes.append(outcome)
            advance(1)
    return tell_outcomes(outcomes, target, selected, quiet=quiet) or selected.status


def make_contact_sheets(
    selection: SelectionOptions,
    planes: "Sequence[Plane]",
    style: "ContactSheet",
    target: TargetOptions,
    *,
    work: WorkOptions,
) -> int:
    """Make one contact sheet per plane, report each outcome, and return the exit status.

    Raises:
        UsageError, TargetError: see `mrnet.pictures.contact_sheets`.
    """
    from mrnet.pictures.contact_sheets import Cohort, plan_sheets

    targets = plan_sheets(planes, target.output or Path(), style.still.suffix)
    quiet = selection.quiet
    selected = with_volumes(selection.select(), planes, quiet=quiet)
    cases = selected.cases
    if not cases:
        raise UsageError(NO_VOLUME.format(selected.archive.root))
    writer = writer_of(target)
    writer.prepare(list(targets.values()), [0 for _ in targets])
    outcomes = []
    for plane, file in targets.items():
        cohort = Cohort(cases, plane, style)
        if (refused := cohort.refused(file)) is not None:
            outcomes.append(refused)
            continue
        tiles = []
        with console.progress(f"Reading {plane}", len(cases), unit="cases", quiet=quiet) as advance:
            for tile in cohort.tiles(work.workers(selected.archive)):
                tiles.append(tile)
                advance(1)
        outcomes.append(cohort.write(tiles, file, writer))
    return tell_outcomes(outcomes, target, selected, quiet=quiet) or selected.status


def writer_of(target: TargetOptions) -> "PictureWriter":
    """Return the writer of pictures that the options choose."""
    from mrnet.pictures.batch import PictureWriter

    return PictureWriter(command_line(), overwrite=target.overwrite, dry_run=target.dry_run)


def tell_outcomes(outcomes: "Sequence[Outcome]", target: TargetOptions, selected: Selection, *, quiet: bool) -> int:
    """Report the outcomes of pictures; return 1 if one failed, else 0."""
    console.publish(_result(outcomes, selected, dry_run=target.dry_run), target.format)
    wrong = [outcome for outcome in outcomes if outcome.error]
    for outcome in wrong:
        reason = str(outcome.error).removeprefix(f"{outcome.target}: ")
        console.say(f"{outcome.status.capitalize()}: {outcome.target}: {reason}")
    if not quiet:
        tell_remarks(outcomes)
        files = [(outcome.bytes, outcome.status) for outcome in outcomes]
        console.say(summary("Pictures", files, dry_run=target.dry_run))
    return 1 if wrong else 0


def command_line() -> str:
    """Return the running command line in shell syntax, without secrets in addresses."""
    return shlex.join(["mrnet", *map(without_secrets, sys.argv[1:])])


def tell_remarks(outcomes: "Sequence[Outcome]") -> None:
    """Print the remarks about written pictures."""
    remarks = [f"{outcome.target}: {outcome.remark}" for outcome in outcomes if outcome.remark]
    for remark in remarks[:MAX_ROWS_SHOWN]:
        console.say(remark)
    if more := len(remarks[MAX_ROWS_SHOWN:]):
        console.say(f"The same holds, with other numbers, for {counted(more, 'more picture')}.")


def _result(outcomes: "Sequence[Outcome]", selected: Selection, *, dry_run: bool) -> console.Result:
    from mrnet.statistics.origin import tool_words

    rows = [outcome.as_json() for outcome in outcomes]
    return console.Result(data=rows, draw=lambda: _draw(outcomes, dry_run=dry_run), below=[tool_words(selected.chosen)])


def _draw(outcomes: "Sequence[Outcome]", *, dry_run: bool) -> "Iterator[Table]":
    rows = []
    for outcome in outcomes:
        if outcome.error or dry_run or len(outcomes) <= MAX_ROWS_SHOWN:
            slices = "–" if outcome.slices is None else str(outcome.slices)
            cells = size_and_status(outcome.bytes, outcome.status, dry_run=dry_run)
            rows.append([outcome.case or "many", outcome.plane, slices, *cells, outcome.target.as_posix()])
    if rows:
        yield Table(PICTURE_COLUMNS, rows, left=("case", "plane", "status", "path"))
