"""The severity of each rule, from the options and the project's file, read strictly."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from mrnet.errors import UsageError
from mrnet.text import did_you_mean, read_toml, shortened
from mrnet.validation.rules import Rule, Severity

LISTS = {"ignore": Severity.IGNORE, "warn": Severity.WARNING, "error": Severity.ERROR}
"""The lists of rules that options and files may give, and the severity that each means."""
PROJECT_FILE = "pyproject.toml"

Chosen = dict[str, Severity]


def weighed(rules: Iterable[Rule], *chosen: Chosen) -> list[Rule]:
    """Return the rules with their chosen severities; a later choice replaces an earlier one."""
    severities = {name: severity for each in chosen for name, severity in each.items()}
    return [replace(rule, severity=severities.get(rule.name, rule.default)) for rule in rules]


def chosen_by(in_file: Chosen, file: str | None, on_line: Chosen) -> dict[str, str]:
    """Return what changed the severity of each rule: the file, or an option such as `--ignore`."""
    options = {severity: f"--{name}" for name, severity in LISTS.items()}
    return {**dict.fromkeys(in_file, file or PROJECT_FILE), **{rule: options[each] for rule, each in on_line.items()}}


def choose(lists: Mapping[str, Iterable[str]], rules: Iterable[Rule], where: str) -> Chosen:
    """Return the severity of each rule in lists of rules.

    Args:
        lists: names of rules, by `ignore`, `warn` and `error`.
        rules: all rules.
        where: the source of the lists, for messages; the list's name follows it.

    Raises:
        UsageError: no rule of that name, or one rule in two lists.
    """
    known = [rule.name for rule in rules]
    chosen: Chosen = {}
    for key, names in lists.items():
        for name in names:
            find_rule(name, known, f"{where}{key}")
            if chosen.setdefault(name, LISTS[key]) is not LISTS[key]:
                raise UsageError(f"{where}{key}: rule '{name}' is given two severities; choose one of them")
    return chosen


def find_rule(name: str, known: Iterable[str], where: str) -> str:
    """Return the name if it is a rule's; else raise a UsageError that suggests the nearest one."""
    names = list(known)
    if name in names:
        return name
    near = did_you_mean(name, names, otherwise="`mrnet rules` lists them")
    raise UsageError(f"{where}: no rule {shortened(name)!r}{near}")


def choose_in_file(file: Path | None, rules: Iterable[Rule]) -> Chosen:
    """Return the settings in `[tool.mrnet.validate]` of a file; without a file, of the current folder's pyproject.toml.

    Raises:
        UsageError: the file cannot be read, or has an unknown key or a value of the wrong kind.
    """
    path = file or Path(PROJECT_FILE)
    if file is None and not path.exists():
        return {}
    document = read_toml(path)
    ours = _table(_table(document, "tool", path), "mrnet", path)
    _refuse_others(ours, ["validate"], "tool.mrnet", path)
    if file is not None and "validate" not in ours:
        raise UsageError(f"{path}: no table [tool.mrnet.validate] in it, expected lists ignore, warn and error there")
    lists = _table(ours, "validate", path)
    _refuse_others(lists, LISTS, "tool.mrnet.validate", path)
    for key, names in lists.items():
        if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
            raise UsageError(
                f"{path}: tool.mrnet.validate.{key} is {shortened(repr(names))}, expected a list of rules' names"
            )
    return choose(lists, rules, f"{path}: tool.mrnet.validate.")


def _table(document: dict[str, Any], key: str, path: Path) -> dict[str, Any]:
    found = document.get(key, {})
    if not isinstance(found, dict):
        raise UsageError(f"{path}: '{key}' is {shortened(repr(found))}, expected a table")
    return found


def _refuse_others(table: dict[str, Any], known: Iterable[str], name: str, path: Path) -> None:
    for key in table:
        if key not in set(known):
            raise UsageError(f"{path}: unknown key '{name}.{shortened(key)}', expected {' or '.join(known)}")
