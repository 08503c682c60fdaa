"""Known problems: those that are listed in an earlier report."""

from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

from mrnet.errors import UsageError
from mrnet.text import parse_json, read_text
from mrnet.validation.rules import PROBLEM_FIELDS, Severity
from mrnet.validation.run import Report

MAX_REPORT_BYTES = 8 << 20
"""Enough for a report of some 20,000 problems."""
Identity = tuple[Any, ...]
Fields = dict[str, Any]
"""A problem as an object of a JSON report."""
KEYS = ("rule", "path", "split", "case", "plane", "finding", "slice")
"""The fields that identify a problem. Its message may change, and its row may move to another line."""


def read_known(file: Path) -> list[Fields]:
    """Return the problems of an earlier report.

    Raises:
        UsageError: the file cannot be read, or is not a report that `mrnet validate` wrote as json.
    """
    try:
        document = parse_json(read_text(file, max_bytes=MAX_REPORT_BYTES))
        problems: list[Fields] = document["problems"]
        for problem in problems:
            hash(_identity(problem))
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        if isinstance(error, UsageError):
            raise
        raise UsageError(f"{file}: not a report that `mrnet validate -o FILE.json` wrote") from error
    return problems


def mark_known(report: Report, known: list[Fields]) -> None:
    """Give known problems the severity `known`, and note in the report which of them are gone."""
    left = Counter(map(_identity, known))
    marked = []
    for problem in report.problems:
        identity = _identity(problem.as_json())
        if left[identity] > 0:
            left[identity] -= 1
            marked.append(replace(problem, severity=Severity.KNOWN))
        else:
            marked.append(problem)
    report.problems = marked
    ran = {rule.name for rule in report.rules} - report.not_run
    for earlier in known:
        identity = _identity(earlier)
        if left[identity] > 0 and identity[0] in ran:
            left[identity] -= 1
            report.known_gone.append({name: earlier.get(name) for name in PROBLEM_FIELDS})


def _identity(fields: Fields) -> Identity:
    rule, *rest = (fields[key] for key in KEYS)
    if not isinstance(rule, str):
        raise TypeError("a rule is named by text")
    # If a row names no case, only its line identifies it.
    line = fields["line"] if fields["case"] is None else None
    return (rule, *rest, line)
