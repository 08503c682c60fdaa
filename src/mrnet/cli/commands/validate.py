"""`mrnet validate`: is this copy of the archive whole and consistent?"""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from mrnet.cli.console import FORMATS, SUFFIXES, Formats
from mrnet.cli.groups import CHECK
from mrnet.cli.options.common import (
    ArchiveArgument,
    ArchiveOptions,
    OutputOptions,
    chosen_words,
    option_group,
    separate,
)
from mrnet.cli.options.work import WorkOptions

if TYPE_CHECKING:
    from mrnet.archive.model import Archive
    from mrnet.cli.console import Result
    from mrnet.parallel import Workers
    from mrnet.validation.rules import Read, Rule
    from mrnet.validation.run import Report
    from mrnet.validation.sources import Source

GROUP = CHECK
COMPARED, WEIGHED = "Compare with", "What counts"

RuleNames = list[str] | None


@option_group
class ValidatedArchive(ArchiveArgument, ArchiveOptions):
    """The archive as an argument too, with the folder of its label files."""


@option_group
class ReportOptions(OutputOptions):
    """A report can also be JUnit XML or annotations for GitHub."""

    formats = Formats((*FORMATS.names, "junit", "github"), {**SUFFIXES, ".xml": "junit"})


def run(
    archive: ValidatedArchive,
    output: ReportOptions,
    work: WorkOptions,
    read: Annotated[
        str, typer.Option(metavar="HOW-MUCH", help="labels, headers or voxels (every byte of every series).")
    ] = "voxels",
    against: Annotated[
        list[str] | None,
        typer.Option(
            metavar="SOURCE", show_default=False, rich_help_panel=COMPARED,
            help="A SHA-256 or MD5 manifest, a file index (train.csv), a .zip, a .toml of expectations, or mrnet-v1.0; repeatable.",
        ),
    ] = None,
    known: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE.json", show_default=False, rich_help_panel=COMPARED,
            help="Problems in this earlier report do not fail the run.",
        ),
    ] = None,
    ignore: Annotated[
        RuleNames,
        typer.Option(metavar="RULE", help="Do not report it.", show_default=False, rich_help_panel=WEIGHED),
    ] = None,
    warn: Annotated[
        RuleNames,
        typer.Option(metavar="RULE", help="Make it a warning.", show_default=False, rich_help_panel=WEIGHED),
    ] = None,
    error: Annotated[
        RuleNames,
        typer.Option(metavar="RULE", help="Make it an error.", show_default=False, rich_help_panel=WEIGHED),
    ] = None,
    config: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", show_default="pyproject.toml here", rich_help_panel=WEIGHED,
            help="Lists ignore, warn, error under [tool.mrnet.validate].",
        ),
    ] = None,
) -> int:  # fmt: skip
    """Check that an archive is whole and consistent; exit status 1 where a problem is an error.

    [bold]mrnet rules[/] lists what is checked.

    Examples: [bold]mrnet validate[/], [bold]mrnet validate MRNet-v1.0.zip[/], [bold]mrnet validate --against mrnet-v1.0[/],
    [bold]mrnet validate --read labels --format github[/], [bold]mrnet validate -o report.json -o report.xml[/].
    """
    from mrnet.errors import BrokenZipError
    from mrnet.validation.baseline import mark_known, read_known
    from mrnet.validation.catalogue import all_rules
    from mrnet.validation.rules import Read
    from mrnet.validation.run import broken_zip_report
    from mrnet.validation.severities import PROJECT_FILE, choose, choose_in_file, chosen_by, weighed
    from mrnet.validation.sources import open_source

    rules = all_rules()
    level = chosen_words(Read, [read], "--read")[0]
    lists = {"ignore": separate(ignore or ()), "warn": separate(warn or ()), "error": separate(error or ())}
    in_file, on_line = choose_in_file(config, rules), choose(lists, rules, "--")
    config = config or (Path(PROJECT_FILE) if in_file else None)
    rules = weighed(rules, in_file, on_line)
    sources = [open_source(each) for each in against or ()]
    _refuse_unread_manifests(level, sources)
    expected = read_known(known) if known is not None else None
    place = archive.place()
    try:
        opened = archive.open(place)
    except BrokenZipError as broken:
        report = broken_zip_report(place, broken, rules, level)
        output.check_targets()
    else:
        output.check_targets()
        report = _examine(opened, rules, level, sources, work.workers(opened), quiet=archive.quiet)
    report.against = list(against or ())
    report.config = str(config) if config else None
    report.chosen_by = chosen_by(in_file, report.config, on_line)
    if expected is not None:
        mark_known(report, expected)
    output.publish(_result(report))
    return 0 if report.sound else 1


def _refuse_unread_manifests(level: "Read", sources: "list[Source]") -> None:
    from mrnet.errors import UsageError
    from mrnet.validation.rules import Read
    from mrnet.validation.sources import Manifest

    for source in sources:
        if isinstance(source, Manifest) and level is not Read.VOXELS:
            raise UsageError(f"--against {source.name}: a manifest needs every byte to be read, so --read voxels")


def _examine(
    archive: "Archive", rules: "list[Rule]", level: "Read", sources: "list[Source]", workers: "Workers", *, quiet: bool
) -> "Report":
    from mrnet.cli.console import progress, say
    from mrnet.text import counted
    from mrnet.validation.rules import Read
    from mrnet.validation.run import examine

    whole = level is Read.VOXELS
    total = len(archive.volumes)
    done = found = 0
    with progress(
        "Reading", archive.size() if whole else total, unit="bytes" if whole else "series", quiet=quiet
    ) as advance:

        def watch(size: int, problems: int) -> None:
            nonlocal done, found
            done, found = done + 1, found + problems
            advance(size if whole else 1, counted(found, "problem") if found else "")

        try:
            return examine(archive, rules, level, sources, workers, watch)
        except KeyboardInterrupt:
            say(f"Stopped after {done:,} of {total:,} series; {counted(found, 'problem')} in them so far.")
            raise


def _result(report: "Report") -> "Result":
    from mrnet.cli.console import Result
    from mrnet.validation.reports.github import write_github
    from mrnet.validation.reports.json import report_data, report_rows
    from mrnet.validation.reports.markdown import write_markdown
    from mrnet.validation.reports.table import draw_report
    from mrnet.validation.rules import PROBLEM_FIELDS

    data = report_data(report)
    return Result(
        data=data,
        rows=report_rows(report),
        columns=PROBLEM_FIELDS,
        draw=lambda: draw_report(report),
        forms={
            "markdown": lambda: write_markdown(report),
            "junit": lambda: _junit(report),
            "github": lambda: write_github(report),
        },
    )


def _junit(report: "Report") -> str:
    from mrnet.validation.reports.junit import write_junit

    return write_junit(report)
