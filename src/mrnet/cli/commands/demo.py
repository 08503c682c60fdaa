"""`mrnet demo`: a synthetic archive to try things on."""

from pathlib import Path
from typing import Annotated

import typer

from mrnet.cli.groups import TRY
from mrnet.cli.options.common import Jobs, Quiet, separate
from mrnet.storage.layout import DEMO

GROUP = TRY


def run(
    folder: Annotated[Path, typer.Argument(help="The folder to make; a name ending in .zip makes a zip.")] = Path(DEMO),
    cases: Annotated[int, typer.Option(metavar="N", help="2 to 1250, which has exactly the published counts.")] = 12,
    seed: Annotated[int, typer.Option(min=0, metavar="N", help="Decides every byte.")] = 0,
    plant_words: Annotated[
        list[str] | None,
        typer.Option(
            "--plant", metavar="RULE", help="Break this rule of validate, and no other; repeatable.", show_default=False
        ),
    ] = None,
    jobs: Jobs = None,
    quiet: Quiet = False,
) -> int:
    """Write a synthetic archive: a knee phantom in three planes, with findings that can be seen.

    Examples: [bold]mrnet demo[/], [bold]mrnet demo knees.zip --cases 100 --seed 7[/],
    [bold]mrnet demo broken --plant split-leakage,missing-label[/] (to see a check fail).
    """
    from mrnet.cli import console
    from mrnet.demo.build import write_demo
    from mrnet.demo.faults import beside
    from mrnet.vocabulary import Plane

    faults = separate(plant_words or ())
    with console.progress("Drawing knees", cases * len(Plane), unit="series", quiet=quiet) as advance:
        series = write_demo(folder, cases, seed, jobs, advance, faults)
    if not quiet:
        against = "".join(f" --against {file}" for file in beside(folder, faults))
        advice = f"see what is wrong: mrnet validate --root {folder}{against}"
        advice = advice if faults else f"look at one: mrnet info 0000 --root {folder}"
        console.say(f"{folder}: {cases:,} cases, {series:,} series written; {advice}")
    return 0
