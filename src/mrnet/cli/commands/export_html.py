"""`mrnet export-html`: the slice viewer as offline files."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from mrnet.cli import console
from mrnet.cli.groups import PICTURE
from mrnet.cli.options.common import FormatOptions, SelectionOptions, planes_there, with_volumes
from mrnet.cli.options.view import ViewOptions
from mrnet.cli.options.work import WorkOptions
from mrnet.text import counted
from mrnet.vocabulary import Plane

if TYPE_CHECKING:
    from rich.console import RenderableType

    from mrnet.viewer.export import WrittenPage

GROUP = PICTURE


def run(
    selection: SelectionOptions,
    view: ViewOptions,
    work: WorkOptions,
    output_format: FormatOptions,
    together: Annotated[bool, typer.Option("--together", help="One file for all the cases.")] = False,
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", metavar="PATH", help="A folder, or one .html file.", show_default="pages/"),
    ] = None,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace files that mrnet did not make.")] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask before writing more than 1 GB.")] = False,
) -> int:
    """Write the slice viewer as files that need no network: one per case, with its voxels, lossless.

    Examples: [bold]mrnet export-html 0001[/], [bold]mrnet export-html 0001 0010 --together -o knees.html[/],
    [bold]mrnet export-html --sample 20 --blind --together --key key.csv[/].
    """
    from mrnet.statistics.origin import tool_words
    from mrnet.viewer.export import expected_bytes, plan_pages, refuse_foreign_files, write_page
    from mrnet.viewer.roster import REMINDER
    from mrnet.writing import check_target

    selected = with_volumes(selection.select(), list(Plane), quiet=selection.quiet)
    roster = view.roster(selected.archive, selected.cases, selection.seed)
    plan = plan_pages(roster, output, together=together)
    for file in plan:
        check_target(file)
    if not overwrite:
        refuse_foreign_files(plan)
    console.ask_before_writing(counted(len(plan), "page"), expected_bytes(roster), yes=yes)
    starts = {file: view.start(shown) for file, shown in plan.items()}
    view.write_key(roster)
    workers = work.workers(selected.archive)
    planes = planes_there(selected.archive, None)
    pages = []
    with console.progress("Writing pages", len(plan), unit="pages", quiet=selection.quiet) as advance:
        for file, shown in plan.items():
            pages.append(write_page(file, shown, starts[file], workers, planes))
            advance(1)
    data: list[dict[str, Any]] = [page.row() for page in pages]
    result = console.Result(data=data, draw=lambda: _draw(pages), below=[tool_words(selected.chosen)])
    console.publish(result, output_format.format)
    if lacking := [plane.value for plane in Plane if plane not in planes]:
        console.say(f"{selected.archive.root}: it holds no volume in {' and '.join(lacking)}; the pages say so")
    if not roster.synthetic and not selection.quiet:
        console.say(REMINDER)
    return 1 if any(page.errors for page in pages) else selected.status


def _draw(pages: "list[WrittenPage]") -> "Iterator[RenderableType]":
    for page in pages:
        yield console.styled(f"{page.path}  {page.size / 1e6:.1f} MB")
        for error in page.errors:
            yield console.styled(f"  {error}", "red")
