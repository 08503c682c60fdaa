"""The report for programs: every problem with all of its fields."""

from dataclasses import fields
from typing import Any

from mrnet import __version__
from mrnet.validation.rules import Problem
from mrnet.validation.run import Report

VERSION_OF_TOOL = {"name": "mrnet", "version": __version__}

FIELDS = [field.name for field in fields(Problem)]


def report_data(report: Report) -> dict[str, Any]:
    """Return the report as plain data, its keys as the command line promises them."""
    return {
        "tool": VERSION_OF_TOOL,
        "root": report.root,
        "synthetic": report.synthetic,
        "read": report.read.value,
        "against": report.against,
        "checked": {"cases": report.cases, "series": report.series, "bytes": report.bytes},
        "seconds": round(report.seconds, 3),
        "counts": report.counts,
        "skipped": report.skipped,
        "problems": [{name: getattr(problem, name) for name in FIELDS} for problem in report.problems],
        "sound": report.sound,
    }
