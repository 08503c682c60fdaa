"""The options that commands for pictures share, each declared once."""

import math
import re
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from mrnet.cli.options.common import OUTPUT_PANEL, DryRun, FormatOptions, Yes, option_group
from mrnet.cli.options.window import METAVAR, parse_windows
from mrnet.errors import UsageError
from mrnet.text import shortened
from mrnet.vocabulary import MAX_GREY

if TYPE_CHECKING:
    from mrnet.pictures.sheet import Sheet
    from mrnet.pictures.stack import Appearance, SliceChoice
    from mrnet.pictures.still import Still
    from mrnet.pictures.window import Palette, Windowing

GREY_PANEL, LAYOUT_PANEL = "Grey levels", "Slices and layout"
SLICES = re.compile(r"(-?[0-9]{1,99})?:(-?[0-9]{1,99})?(?::(-?[0-9]{1,99})?)?")
MAX_DPI = 10_000
MIN_WIDTH_MM, MAX_WIDTH_MM = 10, 2000

grey_option = partial(typer.Option, rich_help_panel=GREY_PANEL, show_default=False)
layout_option = partial(typer.Option, rich_help_panel=LAYOUT_PANEL)
target_option = partial(typer.Option, rich_help_panel=OUTPUT_PANEL)

Together = Annotated[bool, layout_option("--together", help="A case's planes in one picture.")]


@option_group
class GreyOptions:
    """How grey levels are drawn; without these options they are unchanged."""

    windows: Annotated[
        list[str] | None,
        grey_option(
            "--window", metavar=METAVAR, help="Grey levels that become black and white; repeat it for other planes."
        ),
    ] = None
    percentiles: Annotated[
        tuple[float, float] | None,
        grey_option(metavar="LOW HIGH", help="The same, as percentiles of the whole series."),
    ] = None
    invert: Annotated[bool, grey_option("--invert", help="Black for white.")] = False
    colormap: Annotated[
        str | None,
        grey_option(metavar="COLORMAP", help="A colour map of matplotlib's, such as magma."),
    ] = None
    background: Annotated[
        int,
        grey_option(min=0, max=MAX_GREY, metavar="LEVEL", help="Brightness of gutters and captions' bands, to 255."),
    ] = 0

    def windowing(self) -> "Windowing":
        """Return the chosen change of grey levels; UsageError if it makes no sense."""
        from mrnet.pictures.window import Windowing

        if self.windows is not None and self.percentiles is not None:
            raise UsageError("--window and --percentiles were both given; one of them decides what is black and white")
        windows = parse_windows(self.windows)
        _check_pair("--percentiles", self.percentiles, 100)
        planes = tuple(windows.planes.items())
        return Windowing(window=windows.every, planes=planes, percentiles=self.percentiles, invert=self.invert)

    def palette(self) -> "Palette":
        """Return the chosen palette; UsageError if matplotlib has none of that name."""
        from mrnet.pictures.window import make_palette

        return make_palette(self.colormap)


@option_group
class SliceOptions:
    """Which slices of each series are drawn, and how large."""

    slices: Annotated[
        str | None,
        layout_option(metavar="START:STOP:STEP", help="As Python's slices, from 0.", show_default="all"),
    ] = None
    scale: Annotated[int, layout_option(min=1, max=8, metavar="N", help="Pixels per voxel, 1 to 8.")] = 1
    smooth: Annotated[bool, layout_option("--smooth", help="Interpolate when scaling.")] = False
    annotate: Annotated[
        bool, layout_option("--annotate", help="Case, plane, slice and findings in bands around the image.")
    ] = False

    def appearance(self, grey: GreyOptions) -> "Appearance":
        """Return the appearance that these options and those on grey levels choose."""
        from mrnet.pictures.stack import Appearance

        return Appearance(
            windowing=grey.windowing(),
            palette=grey.palette(),
            background=grey.background,
            slices=_parse_slices(self.slices),
            scale=self.scale,
            smooth=self.smooth,
            annotate=self.annotate,
        )


@option_group
class SheetOptions:
    """How images are laid out on a sheet."""

    columns: Annotated[
        int | None,
        layout_option(min=1, metavar="N", help="Images in a row.", show_default="by --aspect"),
    ] = None
    gutter: Annotated[int, layout_option(min=0, max=1000, metavar="PIXELS", help="Space between images.")] = 2
    aspect: Annotated[str, layout_option(metavar="W:H", help="Approximate shape of the sheet.")] = "4:3"

    def sheet(self) -> "Sheet":
        """Return the chosen layout; UsageError if the aspect is not one."""
        from mrnet.pictures.sheet import Sheet

        parts = re.fullmatch(r"([0-9]{1,5}(?:\.[0-9]{1,9})?)[:/x]([0-9]{1,5}(?:\.[0-9]{1,9})?)", self.aspect)
        if parts is None or float(parts[1]) == 0 or float(parts[2]) == 0:
            raise UsageError(f"--aspect {self.aspect!r}: expected width and height such as 4:3, 16:9 or 1:1")
        return Sheet(columns=self.columns, gutter=self.gutter, aspect=float(parts[1]) / float(parts[2]))


@option_group
class StillOptions:
    """File format and print size of still pictures."""

    file_type: Annotated[
        str | None,
        target_option("--file-type", metavar="TYPE", help="png or tif.", show_default="by the suffix, else png"),
    ] = None
    dpi: Annotated[
        int | None,
        target_option(
            "--dpi",
            min=1,
            max=MAX_DPI,
            metavar="N",
            help="Pixels per inch in print, noted in the file.",
            show_default=False,
        ),
    ] = None
    width: Annotated[
        float | None,
        layout_option(
            "--width", min=MIN_WIDTH_MM, max=MAX_WIDTH_MM, metavar="MM", show_default=False,
            help="Width in print: chooses and reports the scale for 300 dpi or --dpi.",
        ),
    ] = None  # fmt: skip

    def still(self, output: Path | None) -> "Still":
        """Return the chosen file format and print size; UsageError if options contradict each other."""
        from mrnet.pictures.still import still_of

        # Older releases of Typer let NaN pass the limits.
        if self.width is not None and math.isnan(self.width):
            raise UsageError(f"--width {self.width}: expected {MIN_WIDTH_MM} to {MAX_WIDTH_MM} millimetres")
        return still_of(self.file_type, output.suffix if output else "", self.dpi, self.width)


@option_group
class TargetOptions(FormatOptions):
    """Where pictures are written, and the format of their list."""

    output: Annotated[
        Path | None,
        target_option(
            "--output", "-o", metavar="PATH", help="A folder, or a file for one picture.", show_default=False
        ),
    ] = None
    overwrite: Annotated[bool, target_option("--overwrite", help="Replace files that mrnet did not make.")] = False
    dry_run: DryRun = False
    yes: Yes = False


def _check_pair(option: str, pair: tuple[float, float] | None, most: int) -> None:
    if pair is not None and not (0 <= pair[0] < pair[1] <= most):
        shown = " ".join(f"{each:g}" for each in pair)
        raise UsageError(f"{option} {shown}: expected LOW and HIGH from 0 to {most}, LOW the smaller")


def _parse_slices(text: str | None) -> "SliceChoice":
    if text is None:
        return None, None, None
    parts = SLICES.fullmatch(text.strip())
    if parts is None:
        raise UsageError(f"--slices {text!r}: expected START:STOP:STEP as in Python, such as 10:20, ::2 or ::-1")
    start, stop, step = (None if part is None else int(part) for part in parts.groups())
    if step == 0:
        raise UsageError(f"--slices {text!r}: the step is 0, expected another number")
    return start, stop, step


def parse_size(text: str) -> int:
    """Return a size in bytes from a text such as 500000, 500k, 2MB or 1.5MiB; UsageError if it is not a size."""
    units = {"": 1, "k": 10**3, "m": 10**6, "g": 10**9, "ki": 1 << 10, "mi": 1 << 20, "gi": 1 << 30}
    parts = re.fullmatch(r"([0-9]{1,99}(?:\.[0-9]*)?)\s*([kmg]i?)?b?", text.strip().lower())
    if parts is None or (size := math.floor(float(parts[1]) * units[parts[2] or ""])) < 1:
        raise UsageError(f"{shortened(text)!r} is not a size, expected bytes such as 500000, 500k, 2MB or 1.5MiB")
    return size
