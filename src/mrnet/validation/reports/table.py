"""The report for people at a terminal: by rule, worst first, and the verdict in the last line."""

from collections.abc import Iterator

from rich.console import RenderableType
from rich.padding import Padding
from rich.text import Text

from mrnet.text import counted, safe
from mrnet.validation.reports.summary import MAX_PLACES_SHOWN, checked_words, grouped, last_lines, verdict
from mrnet.validation.rules import Problem, Severity
from mrnet.validation.run import Report

STYLES = {Severity.ERROR: "bold red", Severity.WARNING: "yellow", Severity.KNOWN: "dim"}


def draw_report(report: Report) -> Iterator[RenderableType]:
    """Yield the parts of a report for Rich to print."""
    for problems in grouped(report):
        yield from _draw_rule(problems)
    for line in last_lines(report):
        yield Text(safe(line), "dim")
    style = "bold green" if report.sound else "bold red"
    yield Text.assemble((verdict(report), style), f" {safe(report.root)}: {checked_words(report)}")


def _draw_rule(problems: list[Problem]) -> Iterator[RenderableType]:
    first = problems[0]
    places = counted(len(problems), "place")
    yield Text.assemble((first.severity, STYLES[first.severity]), " ", (first.rule, "bold"), f"  {places}")
    for problem in problems[:MAX_PLACES_SHOWN]:
        yield Padding(Text(safe(f"{problem.where}: {problem.message}")), (0, 0, 0, 2), expand=False)
    if len(problems) > MAX_PLACES_SHOWN:
        yield Padding(Text(f"and {len(problems) - MAX_PLACES_SHOWN:,} more"), (0, 0, 0, 2), expand=False)
    yield Padding(Text(safe(first.remedy), "italic"), (0, 0, 0, 2), expand=False)
    yield ""
