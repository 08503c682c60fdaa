"""`mrnet export-montage`: the slices of series on sheets."""

from pathlib import Path

from mrnet.cli.groups import PICTURE
from mrnet.cli.options.common import PlaneWords, SelectionOptions
from mrnet.cli.options.pictures import GreyOptions, SheetOptions, SliceOptions, StillOptions, TargetOptions, Together
from mrnet.cli.options.work import WorkOptions

GROUP = PICTURE


def run(
    selection: SelectionOptions,
    grey: GreyOptions,
    slices: SliceOptions,
    sheet: SheetOptions,
    still: StillOptions,
    target: TargetOptions,
    work: WorkOptions,
    plane_words: PlaneWords = None,
    together: Together = False,
) -> int:
    """Write the slices of each series on one PNG or TIFF: in reading order, with the grey levels of the volume.

    Files go to montages/ as <case>-<plane>.png; pictures that are up to date are not written again.

    Examples: [bold]mrnet export-montage 0001 --plane axial[/],
    [bold]mrnet export-montage 0001 --together --annotate[/],
    [bold]mrnet export-montage 0001 -p sag --slices 10:16 --width 174 -o figure.tif[/],
    [bold]mrnet export-montage --where meniscus -p sag --slices ::2 --columns 6[/].
    """
    from mrnet.cli.commands._pictures import make_pictures
    from mrnet.errors import UsageError
    from mrnet.pictures.montage import Montage

    if still.width is not None and slices.scale != 1:
        raise UsageError("--width and --scale were both given; --width chooses the scale")
    style = Montage(appearance=slices.appearance(grey), sheet=sheet.sheet(), still=still.still(target.output))
    return make_pictures(selection, plane_words, style, target, Path("montages"), together=together, work=work)
