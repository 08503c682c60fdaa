"""The report for GitHub Actions: workflow commands that become annotations at the files, and a last line."""

import os
from operator import itemgetter
from pathlib import Path

from mrnet.text import counted, safe
from mrnet.validation.reports.summary import checked_words, grouped, verdict, weight_lines
from mrnet.validation.rules import Problem, Severity
from mrnet.validation.run import Report

MAX_SHOWN_PER_SEVERITY = 10
"""GitHub shows ten errors and ten warnings per step, and silently drops the others."""
WORKSPACE_VARIABLE = "GITHUB_WORKSPACE"


def write_github(report: Report) -> str:
    """Return the report as workflow commands; a notice counts the problems beyond GitHub's limit."""
    lines = []
    unshown = []
    for severity in (Severity.ERROR, Severity.WARNING):
        groups = [problems for problems in grouped(report) if problems[0].severity is severity]
        # List the first problem of each rule before the second of any, so that every rule is shown.
        ranked = sorted(
            ((rank, problem) for problems in groups for rank, problem in enumerate(problems)), key=itemgetter(0)
        )
        lines += [_annotation(report, problem) for _, problem in ranked[:MAX_SHOWN_PER_SEVERITY]]
        if len(ranked) > MAX_SHOWN_PER_SEVERITY:
            unshown.append(counted(len(ranked) - MAX_SHOWN_PER_SEVERITY, severity))
    if unshown:
        lines.append(f"::notice title=mrnet::{_data(' and '.join(unshown) + ' more; the report has them all')}")
    lines += [f"::notice title=mrnet::{_data(line)}" for line in weight_lines(report)]
    lines.append(safe(f"{verdict(report)} {report.root}: {checked_words(report)}"))
    return "".join(f"{line}\n" for line in lines)


def _annotation(report: Report, problem: Problem) -> str:
    file = _file(report, problem)
    shown = file is not None and problem.path is not None and file.endswith(problem.path) and problem.slice is None
    where = "" if shown else f"{problem.where}: "
    properties = {"title": f"mrnet: {problem.rule}"}
    if file is not None:
        properties["file"] = file
        if problem.line is not None and report.kind != "zip":
            properties["line"] = str(problem.line)
    command = ",".join(f"{key}={_property(value)}" for key, value in properties.items())
    return f"::{problem.severity} {command}::{_data(f'{where}{problem.message}. {problem.remedy}')}"


def _file(report: Report, problem: Problem) -> str | None:
    """Return the real path of a problem's file, relative to the repository or the current folder if it is below one of them.

    GitHub reads paths as relative to its workspace, not to the step's working folder.
    """
    labels = report.labels if problem.finding is not None else None
    if report.kind == "zip" and labels is None:
        path = Path(report.root)
    elif problem.path is None:
        return None
    else:
        path = Path(labels or report.root, problem.path)
    path = path.absolute()
    base = Path(os.environ.get(WORKSPACE_VARIABLE) or Path.cwd())
    return (path.relative_to(base) if path.is_relative_to(base) else path).as_posix()


def _data(text: str) -> str:
    return safe(text).replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
