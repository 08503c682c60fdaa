"""Problems that one has decided to live with: those that stand in an earlier report."""

from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

from mrnet.errors import UsageError
from mrnet.text import parse_json, read_text
from mrnet.validation.rules import Problem, Severity
from mrnet.validation.run import Report

MAX_REPORT_BYTES = 8 << 20
"""A report of some 20,000 problems."""
Identity = tuple[Any, ...]
KEYS = ("rule", "path", "split", "case", "plane", "finding", "slice")
"""What makes a problem the same as an earlier one. Its words may change, and rows move to other lines."""


def read_known(file: Path) -> Counter[Identity]:
    """Return the problems of an earlier report, how many of each.

    Raises:
        UsageError: the file cannot be read, or is no report that `mrnet validate` wrote as json.
    """
    try:
        document = parse_json(read_text(file, max_bytes=MAX_REPORT_BYTES))
        problems = document["problems"]
        return Counter(_identity(problem) for problem in problems)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        if isinstance(error, UsageError):
            raise
        raise UsageError(f"{file}: no report as `mrnet validate -o FILE.json` writes it") from error


def mark_known(report: Report, known: Counter[Identity]) -> None:
    """Give the problems that are known the severity of known ones, and note in the report which are gone."""
    left = known.copy()
    marked = []
    for problem in report.problems:
        identity = _identity(_fields(problem))
        if left[identity] > 0:
            left[identity] -= 1
            marked.append(replace(problem, severity=Severity.KNOWN))
        else:
            marked.append(problem)
    report.problems = marked
    asked = {rule.name for rule in report.rules} - report.unasked
    report.gone = sorted(_words(identity) for identity in left.elements() if identity[0] in asked)


def _fields(problem: Problem) -> dict[str, Any]:
    return {name: getattr(problem, name) for name in (*KEYS, "line")}


def _identity(fields: dict[str, Any]) -> Identity:
    rule, *rest = (fields[key] for key in KEYS)
    if not isinstance(rule, str):
        raise TypeError("a rule is named by text")
    # A row that names no case is told from others of its file by its line alone.
    line = fields["line"] if fields["case"] is None else None
    return (rule, *rest, line)


def _words(identity: Identity) -> str:
    rule, path, split, *_, slice, line = identity
    where = path or split or "the archive"
    if line is not None:
        return f"{rule} {where}:{line}"
    return f"{rule} {where}" if slice is None else f"{rule} {where} slice {slice}"
