"""`mrnet export-montage`: the slices of series on sheets."""

from pathlib import Path

from mrnet.cli.groups import PICTURE
from mrnet.cli.options.common import PlaneWords, SelectionOptions
from mrnet.cli.options.pictures import GreyOptions, SheetOptions, SliceOptions, TargetOptions, Together
from mrnet.cli.options.work import WorkOptions

GROUP = PICTURE


def run(
    selection: SelectionOptions,
    grey: GreyOptions,
    slices: SliceOptions,
    sheet: SheetOptions,
    target: TargetOptions,
    work: WorkOptions,
    plane: PlaneWords = None,
    together: Together = False,
) -> int:
    """Write the slices of each series on one PNG: in reading order, with the grey levels of the volume.

    Files go to montages/ as <case>-<plane>.png; what is there already and the same is left as it is.

    Examples: [bold]mrnet export-montage 0001 --plane axial[/],
    [bold]mrnet export-montage 0001 --together --annotate[/],
    [bold]mrnet export-montage --where meniscus -p sag --slices ::2 --columns 6[/].
    """
    from mrnet.cli.commands._pictures import make_pictures
    from mrnet.cli.options.common import chosen_planes
    from mrnet.pictures.montage import Montage
    from mrnet.pictures.plan import plan_pictures

    style = Montage(appearance=slices.appearance(grey), sheet=sheet.sheet())
    planes = chosen_planes(plane)
    selected = selection.select()
    place = target.output or Path("montages")
    pictures = plan_pictures(selected.cases, planes, place, style.suffix, together=together)
    return make_pictures(selected, pictures, style, target, work=work, quiet=selection.quiet)
