"""`mrnet show`: slices in the terminal."""

import os
import sys
from typing import TYPE_CHECKING, Annotated

import typer

from mrnet.cli import console
from mrnet.cli.groups import LOOK
from mrnet.cli.options.common import (
    ArchiveOptions,
    PlaneWords,
    check_slice,
    chosen_words,
    planes_there,
    separate,
    slice_number,
    tell_label_faults,
)
from mrnet.cli.streams import USUAL_COLUMNS, columns_of
from mrnet.errors import FileError, UsageError
from mrnet.text import slice_caption
from mrnet.vocabulary import Split

if TYPE_CHECKING:
    from mrnet.archive.model import Case

GROUP = LOOK
MAX_SLICES = 100
"""In one row. Each takes 64 kB several times, and no terminal has room for as many."""


def run(
    case_word: Annotated[str, typer.Argument(metavar="CASE", help="Its id (0001 or 1).")],
    archive_options: ArchiveOptions,
    plane_words: PlaneWords = None,
    slice_words: Annotated[
        list[str] | None,
        typer.Option(
            "--slice", "-s", metavar="N", help="From 0; repeat it or use commas for a row.", show_default="the middle"
        ),
    ] = None,
    split: Annotated[str | None, typer.Option(metavar="SPLIT", help="train or valid, where the id is in both.")] = None,
    protocol: Annotated[
        str | None,
        typer.Option(
            metavar="PROTOCOL",
            help="iterm2, blocks or shades; kitty or sixel with textual-image.",
            show_default="guessed from the terminal",
        ),
    ] = None,
) -> int:
    """Draw slices of a case in the terminal: the middle one of each plane, or those that are named.

    Examples: [bold]mrnet show 0001[/], [bold]mrnet show 0001 --plane sagittal --slice 10,14,18[/].
    """
    from mrnet.cli.selection import name_case
    from mrnet.viewer.terminal import Protocol, arrange_row, choose_protocol, picture

    wanted = chosen_words(Protocol, [protocol], "--protocol")[0] if protocol else None
    drawn_by = choose_protocol(
        wanted, os.environ, is_terminal=sys.stdout.isatty(), encoding=sys.stdout.encoding or "ascii"
    )
    numbers = [slice_number(word, "--slice") for word in separate(slice_words or ())]
    archive = archive_options.open(archive_options.place([case_word]))
    id = name_case(case_word, archive.cases)
    case = archive.case(id, chosen_words(Split, [split], "--split")[0] if split else None)
    planes = planes_there(archive, plane_words)
    if len(planes) * len(numbers) > MAX_SLICES:
        raise UsageError(f"--slice: {len(planes) * len(numbers):,} slices in a row, expected at most {MAX_SLICES}")
    images, captions, status = [], [], tell_label_faults(archive)
    if not case.has_volumes:
        console.say(f"mrnet: {_title(case)} has no volume in {archive.root}")
        return 1
    for plane in planes:
        try:
            volume = case.series(plane).load()
        except FileError as error:
            console.say(f"mrnet: {error}")
            status = 1
            continue
        for number in numbers or [len(volume) // 2]:
            check_slice("--slice", plane, number, len(volume))
            images.append(volume[number])
            captions.append(f"{plane} {slice_caption(number, len(volume))}")
    if images:
        row = arrange_row(images)
        columns = columns_of(sys.stdout) or USUAL_COLUMNS
        text = f"{_title(case)}: {', '.join(captions)}"
        console.publish(
            console.Result(data=captions, draw=lambda: [picture(row, drawn_by, columns), console.styled(text)])
        )
    return status


def _title(case: "Case") -> str:
    return f"Case {case.id} ({case.split})"
