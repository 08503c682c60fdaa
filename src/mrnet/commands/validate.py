"""`mrnet validate`: is this copy of the archive whole and consistent?"""

from typing import TYPE_CHECKING, Annotated

import typer

from mrnet.commands import CHECK
from mrnet.options import ArchiveOptions, Jobs, OutputOptions, chosen_words

if TYPE_CHECKING:
    from mrnet.archive import Archive

GROUP = CHECK


def run(
    archive: ArchiveOptions,
    output: OutputOptions,
    read: Annotated[str, typer.Option(metavar="HOW-MUCH", help="labels, headers or voxels (every byte).")] = "voxels",
    jobs: Jobs = None,
) -> int:
    """Check that an archive is whole and consistent.

    Examples: [bold]mrnet validate[/], [bold]mrnet validate --read headers[/].
    """
    from mrnet.checks import all_rules
    from mrnet.console import Page, progress
    from mrnet.integrity import examine
    from mrnet.reports.json import report_data
    from mrnet.reports.table import draw_report
    from mrnet.rules import Read

    level = chosen_words(Read, [read], "--read")[0]
    opened = archive.open()
    with progress("Reading", _bytes_of(opened), unit="bytes", quiet=archive.quiet) as advance:
        report = examine(opened, all_rules(), level, jobs=jobs, watch=lambda size, _: advance(size))
    data = report_data(report)
    output.publish(Page(data=data, rows=data["problems"], draw=lambda: draw_report(report)), opened)
    return 0 if report.sound else 1


def _bytes_of(archive: "Archive") -> int:
    from contextlib import suppress

    from mrnet.errors import FileError

    total = 0
    for place in archive.volumes:
        with suppress(FileError):
            total += archive.storage.size(place.path)
    return total
