"""The one way in which commands make a batch of pictures, and tell what became of it."""

import shlex
import sys
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from mrnet import console
from mrnet.errors import UsageError
from mrnet.options import Selection
from mrnet.picture_options import TargetOptions

if TYPE_CHECKING:
    from rich.console import RenderableType

    from mrnet.exports import Outcome
    from mrnet.pictures import Picture, Style

MANY = 24
"""Pictures: from here on the size to expect is said beforehand, and the table shows only those that failed."""


def make_pictures(
    selection: Selection,
    pictures: "list[Picture]",
    style: "Style",
    target: TargetOptions,
    *,
    jobs: int | None,
    quiet: bool,
) -> int:
    """Make a batch of pictures, tell what became of each, and return the exit status.

    Raises:
        UsageError, TargetError: see `mrnet.exports.Batch`.
    """
    from mrnet.exports import FAILED, Batch

    if not pictures:
        raise UsageError(f"{selection.archive.root}: no cases, so no pictures")
    console.check_form(target.format, _page([]))
    batch = Batch(pictures, style, command_line(), overwrite=target.overwrite, dry_run=target.dry_run)
    expected = batch.prepare(selection.archive)
    if len(pictures) > MANY and not quiet:
        place = pictures[0].target.parent
        console.say(f"{len(pictures):,} pictures, about {megabytes(expected)}, into {place}")
    outcomes = []
    with console.progress("Drawing", len(pictures), unit="pictures", quiet=quiet) as advance:
        for outcome in batch.make(jobs):
            outcomes.append(outcome)
            advance(1)
    console.publish(_page(outcomes), target.format)
    failed = [outcome for outcome in outcomes if outcome.status == FAILED]
    for outcome in failed:
        console.say(f"Failed: {outcome.picture.target}: {outcome.error}")
    if not quiet:
        tell_remarks(outcomes)
        console.say(summary(outcomes, dry_run=target.dry_run))
    return 1 if failed else selection.status


def command_line() -> str:
    """Return the command line that runs now, as a shell would be given it."""
    return shlex.join(["mrnet", *sys.argv[1:]])


def tell_remarks(outcomes: "Sequence[Outcome]") -> None:
    """Say what is to be known of pictures that were written."""
    remarks = [f"{outcome.picture.target}: {outcome.remark}" for outcome in outcomes if outcome.remark]
    for remark in remarks[:MANY]:
        console.say(remark)
    if len(remarks) > MANY:
        console.say(f"The same holds, with other numbers, for {len(remarks) - MANY:,} more pictures.")


def summary(outcomes: "Sequence[Outcome]", *, dry_run: bool) -> str:
    """Return how many pictures were written, left as they were, and failed."""
    from mrnet.exports import FAILED, SAME, WRITTEN

    of = {status: [each for each in outcomes if each.status == status] for status in (WRITTEN, SAME, FAILED)}
    written = f"{len(of[WRITTEN]):,} {'to write' if dry_run else 'written'}"
    if not dry_run:
        written += f" ({megabytes(sum(each.bytes or 0 for each in of[WRITTEN]))})"
    parts = [written]
    if of[SAME]:
        parts.append(f"{len(of[SAME]):,} there already")
    if of[FAILED]:
        parts.append(f"{len(of[FAILED]):,} failed")
    return f"Pictures: {', '.join(parts)}."


def megabytes(count: int) -> str:
    """Return a number of bytes in the decimal unit that suits it."""
    for unit, size in (("GB", 1e9), ("MB", 1e6)):
        if count >= size:
            return f"{count / size:.1f} {unit}"
    return f"{count / 1e3:.0f} kB"


def _page(outcomes: "Sequence[Outcome]") -> console.Page:
    return console.Page(data=[outcome.as_json() for outcome in outcomes], draw=lambda: _draw(outcomes))


def _draw(outcomes: "Sequence[Outcome]") -> "Iterator[RenderableType]":
    from rich.table import Table

    shown = outcomes if len(outcomes) <= MANY else [outcome for outcome in outcomes if outcome.error]
    if not shown:
        return
    table = Table(box=None, header_style="bold", pad_edge=False)
    for column in ("case", "plane", "slices", "size", "status", "path"):
        table.add_column(column, justify="right" if column in ("slices", "size") else "left", overflow="fold")
    for outcome in shown:
        row = outcome.as_json()
        size = "–" if outcome.bytes is None else megabytes(outcome.bytes)
        slices = "–" if outcome.slices is None else str(outcome.slices)
        table.add_row(row["case"], row["plane"], slices, size, row["status"], console.styled(row["path"]))
    yield table
