"""`mrnet export-gif`: series as animated GIFs."""

import math
from pathlib import Path
from typing import Annotated

import typer

from mrnet.cli.groups import PICTURE
from mrnet.cli.options.common import PlaneWords, SelectionOptions
from mrnet.cli.options.pictures import GREY_PANEL, GreyOptions, SliceOptions, TargetOptions, Together
from mrnet.cli.options.work import WorkOptions

GROUP = PICTURE
MOTION_PANEL = "Motion"
HUNDREDTHS = 100
MAX_DELAY_CENTISECONDS = MAX_LOOPS = 0xFFFF
"""GIF stores hundredths of a second and repeats in sixteen bits."""
MAX_FPS_PLAYED = 50
"""Slices per second. Most players show a faster GIF much more slowly."""


def run(
    selection: SelectionOptions,
    grey: GreyOptions,
    slices: SliceOptions,
    target: TargetOptions,
    work: WorkOptions,
    plane_words: PlaneWords = None,
    fps: Annotated[
        float, typer.Option("--fps", metavar="RATE", help="Slices per second.", rich_help_panel=MOTION_PANEL)
    ] = 10,
    loop: Annotated[
        int,
        typer.Option(
            min=0, max=MAX_LOOPS, metavar="N", help="Number of repeats; 0: forever.", rich_help_panel=MOTION_PANEL
        ),
    ] = 0,
    bounce: Annotated[
        bool, typer.Option("--bounce", help="Also play backwards to the start.", rich_help_panel=MOTION_PANEL)
    ] = False,
    pause: Annotated[
        float,
        typer.Option(
            metavar="SECONDS",
            help="Show the last slice longer by this time; with --bounce the first too.",
            rich_help_panel=MOTION_PANEL,
        ),
    ] = 0,
    together: Together = False,
    max_bytes: Annotated[
        str | None,
        typer.Option(
            metavar="SIZE",
            help="Merge grey levels until the file fits, such as 500k or 2MB.",
            show_default=False,
            rich_help_panel=GREY_PANEL,
        ),
    ] = None,
) -> int:
    """Write series as animated GIFs: always one frame per slice, with the grey levels of the volume.

    Files go to gifs/ as <case>-<plane>.gif; pictures that are up to date are not written again.

    Examples: [bold]mrnet export-gif 0001 --plane sagittal[/],
    [bold]mrnet export-gif --where acl --together --annotate[/],
    [bold]mrnet export-gif 0001 -p cor --slices 8:24 --max-bytes 1MB -o knee.gif[/].
    """
    from mrnet.cli.commands._pictures import make_pictures
    from mrnet.cli.options.pictures import parse_size
    from mrnet.pictures.animation import Animation

    style = Animation(
        appearance=slices.appearance(grey),
        delay=_delay(fps, quiet=selection.quiet),
        loop=loop,
        bounce=bounce,
        pause=_hundredths(pause),
        max_bytes=None if max_bytes is None else parse_size(max_bytes),
    )
    return make_pictures(selection, plane_words, style, target, Path("gifs"), together=together, work=work)


def _delay(fps: float, *, quiet: bool) -> int:
    """Return the duration of each frame in hundredths of a second; if rounding changes the rate, report the new one."""
    from mrnet.cli.console import say
    from mrnet.errors import UsageError

    if not (fps > 0 and math.isfinite(fps)) or HUNDREDTHS / fps > MAX_DELAY_CENTISECONDS:
        raise UsageError(f"--fps {fps:g}: expected slices per second, more than 0 (at least one in eleven minutes)")
    delay = max(1, round(HUNDREDTHS / fps))
    rate = HUNDREDTHS / delay
    if not quiet and not math.isclose(rate, fps, rel_tol=1e-3):
        say(f"GIF stores hundredths of a second: {fps:g} slices per second become {rate:.4g}.")
    if not quiet and rate > MAX_FPS_PLAYED:
        say(
            f"Warning: most players slow down a GIF of more than {MAX_FPS_PLAYED} slices per second; this has {rate:g}."
        )
    return delay


def _hundredths(pause: float) -> int:
    from mrnet.errors import UsageError

    if not 0 <= pause * HUNDREDTHS <= MAX_DELAY_CENTISECONDS:
        raise UsageError(f"--pause {pause:g}: expected seconds, 0 to {MAX_DELAY_CENTISECONDS // HUNDREDTHS}")
    return round(pause * HUNDREDTHS)
