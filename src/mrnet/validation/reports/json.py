"""The report for programs: every problem with all of its fields."""

from typing import Any

from mrnet import __version__
from mrnet.validation.rules import PROBLEM_FIELDS
from mrnet.validation.run import Report


def report_data(report: Report) -> dict[str, Any]:
    """Return the report as plain data, with the keys that the reference page lists."""
    return {
        "tool": {"name": "mrnet", "version": __version__},
        "root": report.root,
        "synthetic": report.synthetic,
        "read": report.read.value,
        "against": report.against,
        "not_compared": report.not_compared,
        "checked": {"cases": report.cases, "series": report.series, "bytes": report.bytes},
        "seconds": round(report.seconds, 3),
        "counts": report.counts,
        "skipped": sorted(report.not_run - set(report.ignored)),
        "ignored": report.ignored,
        "weighed": [
            {
                "rule": rule.name,
                "severity": rule.severity,
                "default": rule.default,
                "by": report.chosen_by.get(rule.name),
            }
            for rule in report.weighed
        ],
        "config": report.config,
        "known_gone": report.known_gone,
        "problems": [problem.as_json() for problem in report.problems],
        "sound": report.sound,
    }


def report_rows(report: Report) -> list[dict[str, Any]]:
    """Return the rows of csv: a row for each rule that was ignored or has another severity, then the problems."""
    changed = [(name, "ignored", f"not checked: {report.chosen_by.get(name, 'ignored')}") for name in report.ignored]
    changed += [
        (
            rule.name,
            "weighed",
            f"{rule.severity} instead of {rule.default}: {report.chosen_by.get(rule.name, 'chosen')}",
        )
        for rule in report.weighed
    ]
    empty = dict.fromkeys(PROBLEM_FIELDS)
    rows: list[dict[str, Any]] = [
        {**empty, "rule": name, "severity": severity, "message": message} for name, severity, message in changed
    ]
    return [*rows, *report_data(report)["problems"]]
