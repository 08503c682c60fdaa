"""`mrnet export-contact-sheet`: one slice of many cases on one sheet."""

from typing import Annotated

import typer

from mrnet.cli.groups import PICTURE
from mrnet.cli.options.common import PlaneWords, SelectionOptions
from mrnet.cli.options.pictures import LAYOUT_PANEL, GreyOptions, SheetOptions, StillOptions, TargetOptions
from mrnet.cli.options.work import WorkOptions

GROUP = PICTURE


def run(
    selection: SelectionOptions,
    grey: GreyOptions,
    sheet: SheetOptions,
    still: StillOptions,
    target: TargetOptions,
    work: WorkOptions,
    plane_words: PlaneWords = None,
    slice: Annotated[
        int | None,
        typer.Option(
            metavar="NUMBER",
            help="Which slice, from 0; negative ones from the end.",
            show_default="the middle one",
            rich_help_panel=LAYOUT_PANEL,
        ),
    ] = None,
    tile: Annotated[
        int | None,
        typer.Option(
            min=32,
            max=2048,
            metavar="PIXELS",
            help="Side of each case's image.",
            show_default="256; 128 for many cases",
            rich_help_panel=LAYOUT_PANEL,
        ),
    ] = None,
) -> int:
    """Write one slice of every chosen case on one PNG or TIFF: each with its id and findings below.

    The file is contact-sheet-<plane>.png, one for each plane that is named.

    Examples: [bold]mrnet export-contact-sheet --plane sagittal --sample 50[/],
    [bold]mrnet export-contact-sheet -p cor --split valid --where acl -o torn.png[/].
    """
    from mrnet.cli.commands._pictures import make_contact_sheets
    from mrnet.cli.options.common import chosen_planes
    from mrnet.errors import UsageError
    from mrnet.pictures.contact import ContactSheet
    from mrnet.pictures.stack import Appearance

    if still.width is not None and tile is not None:
        raise UsageError("--width and --tile were both given; --width chooses the tile")
    appearance = Appearance(windowing=grey.windowing(), palette=grey.palette(), background=grey.background)
    style = ContactSheet(
        appearance=appearance, sheet=sheet.sheet(), still=still.still(target.output), slice=slice, tile=tile
    )
    return make_contact_sheets(selection, chosen_planes(plane_words), style, target, work=work)
