"""The report for CI servers: JUnit XML with one test case per rule, which also shows the rules that passed."""

import time
from collections import defaultdict
from xml.etree import ElementTree

from mrnet import __version__
from mrnet.text import counted, safe
from mrnet.validation.reports.summary import checked_words, last_lines, verdict
from mrnet.validation.rules import Problem, Rule, Severity
from mrnet.validation.run import Report

TIMESTAMP = "%Y-%m-%dT%H:%M:%S"
HOST = "localhost"
"""The format requires a host name; the real one stays private."""


def write_junit(report: Report) -> str:
    """Return the report as JUnit XML; only errors are failures, because only they fail the command."""
    errors: dict[str, list[Problem]] = defaultdict(list)
    for problem in report.problems:
        if problem.severity is Severity.ERROR:
            errors[problem.rule].append(problem)
    root = ElementTree.Element("testsuites")
    suite = ElementTree.SubElement(root, "testsuite", _counts(report, failures=len(errors)))
    properties = ElementTree.SubElement(suite, "properties")
    facts = {"version": __version__, "root": report.root, "read": report.read.value, "config": report.config or ""}
    for name, value in facts.items():
        ElementTree.SubElement(properties, "property", {"name": name, "value": safe(value)})
    for rule in report.rules:
        _add_case(suite, report, rule, errors[rule.name])
    ElementTree.SubElement(suite, "system-out").text = _text([_warning_lines(report), last_lines(report)])
    ElementTree.SubElement(suite, "system-err")
    ElementTree.indent(root)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{ElementTree.tostring(root, encoding="unicode")}\n'


def _counts(report: Report, failures: int) -> dict[str, str]:
    return {
        "name": "mrnet validate",
        "package": "mrnet",
        "id": "0",
        "hostname": HOST,
        "timestamp": time.strftime(TIMESTAMP),
        "time": f"{report.seconds:.3f}",
        "tests": str(len(report.rules)),
        "failures": str(failures),
        "errors": "0",
        "skipped": str(len(report.not_run)),
    }


def _add_case(suite: ElementTree.Element, report: Report, rule: Rule, errors: list[Problem]) -> None:
    case = ElementTree.SubElement(
        suite, "testcase", {"classname": f"mrnet.{rule.topic}", "name": rule.name, "time": "0.000"}
    )
    if rule.name in report.not_run:
        reason = "needs more to be read or something to compare with"
        if rule.severity is Severity.IGNORE:
            reason = f"ignored: {safe(report.chosen_by.get(rule.name, 'chosen'))}"
        ElementTree.SubElement(case, "skipped", {"message": reason})
    elif errors:
        failure = {"type": rule.name, "message": safe(f"{counted(len(errors), 'place')}: {rule.summary}")}
        lines = [*(f"{problem.where}: {problem.message}" for problem in errors), errors[0].remedy]
        ElementTree.SubElement(case, "failure", failure).text = _text([lines])


def _warning_lines(report: Report) -> list[str]:
    return [
        f"{problem.severity}: {problem.rule}: {problem.where}: {problem.message}"
        for problem in report.problems
        if problem.severity is not Severity.ERROR
    ] + [f"{verdict(report)} {checked_words(report)}"]


def _text(parts: list[list[str]]) -> str:
    return "\n".join(safe(line) for lines in parts for line in lines)
