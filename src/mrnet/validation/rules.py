"""What a rule of `mrnet validate` is, what it finds, and how one is declared."""

import importlib
import inspect
from collections.abc import Callable, Iterator
from dataclasses import dataclass, fields, replace
from enum import StrEnum
from typing import Any

from mrnet.archive.labels import LabelFile
from mrnet.archive.model import Series
from mrnet.vocabulary import Finding, Plane, Split


class Severity(StrEnum):
    """How serious a problem is; the worst first."""

    ERROR = "error"
    WARNING = "warning"
    KNOWN = "known"
    """The problem is in an earlier report and does not fail the run."""
    IGNORE = "ignore"
    """It is not reported at all."""


class Read(StrEnum):
    """How much of an archive is read; each level includes the one before it."""

    LABELS = "labels"
    HEADERS = "headers"
    VOXELS = "voxels"

    def covers(self, needed: "Read") -> bool:
        """Return whether reading this much is enough for a rule that needs `needed`."""
        levels = list(Read)
        return levels.index(self) >= levels.index(needed)


@dataclass(frozen=True, slots=True)
class Found:
    """One place where a rule is broken, as the rule itself yields it; what its path names may be left out."""

    path: str | None
    """Relative to the archive's root (label files: to the labels folder); a folder's path ends in `/`."""
    message: str
    line: int | None = None
    split: Split | None = None
    case: str | None = None
    plane: Plane | None = None
    finding: Finding | None = None
    slice: int | None = None


@dataclass(frozen=True, slots=True)
class Problem:
    """One place where a rule is broken, as it is reported."""

    rule: str
    severity: Severity
    path: str | None
    line: int | None
    split: Split | None
    case: str | None
    plane: Plane | None
    finding: Finding | None
    slice: int | None
    message: str
    remedy: str

    def as_json(self) -> dict[str, Any]:
        """Return the problem as an object of a report."""
        return {name: getattr(self, name) for name in PROBLEM_FIELDS}

    @property
    def order(self) -> tuple[str, str, int, int, str]:
        """The sort key: path, rule and slice (line for rows)."""
        return self.path or "", self.rule, -1 if self.slice is None else self.slice, self.line or 0, self.message

    @property
    def where(self) -> str:
        """The path, with the line or the slice where there is one."""
        path = self.path or self.split or "the archive"
        if self.line is not None:
            return f"{path}:{self.line}"
        return path if self.slice is None else f"{path} slice {self.slice}"


PROBLEM_FIELDS = [field.name for field in fields(Problem)]
"""The keys of a problem in a report, in their order."""


class Subject(StrEnum):
    """The arguments of a rule's function."""

    HEADER = "header"
    """A series, its header and its file's length."""
    VOLUME = "volume"
    """A series and its voxels, if its header has no errors."""
    ARCHIVE = "archive"
    """Everything that was found in the archive, after all series were read."""


Check = Callable[..., Iterator[Found]]


@dataclass(frozen=True, slots=True)
class Rule:
    """One thing that `mrnet validate` checks."""

    name: str
    severity: Severity
    default: Severity
    """The severity unless the user chooses another."""
    summary: str
    """Where it is broken, in one line."""
    page: str
    """What it means and why it matters."""
    remedy: str
    """What to do, in one sentence."""
    topic: str
    """The file of checks that defines it."""
    subject: Subject
    needs: Read
    against: tuple[type, ...]
    """The rule needs a source of one of these kinds; none if it needs the archive alone."""
    check: Check
    when: Callable[..., bool]
    """Whether the rule applies to an Examination that is about to begin."""

    def __reduce__(self) -> tuple[object, ...]:
        """Pickle by name: the module attribute of that name is this rule, not the function that it wraps."""
        return _rule_again, (self.check.__module__, self.check.__name__, self.severity)

    def problem(self, found: Found) -> Problem:
        """Return what was found as a problem of this rule."""
        values = {field.name: getattr(found, field.name) for field in fields(found)}
        words = {name: f"<{name}>" if value is None else value for name, value in values.items()}
        return Problem(rule=self.name, severity=self.severity, remedy=self.remedy.format_map(words), **values)

    def problems(self, *subject: Any) -> Iterator[Problem]:
        """Yield a problem for each place of the subject where this rule is broken."""
        for found in self.check(*subject):
            yield self.problem(found)


def _rule_again(module: str, name: str, severity: Severity) -> Rule:
    rule: Rule = getattr(importlib.import_module(module), name)
    return replace(rule, severity=severity)


def _always(*_: object) -> bool:
    return True


def header_rule(*, severity: str = "error", remedy: str) -> Callable[[Check], Rule]:
    """Declare a rule on a series' header: the function gets the Series, its Header and its file's length.

    Its result must depend on the header and the length alone, because it runs once for all series that share them.
    """
    return _declare(severity, remedy, Subject.HEADER, Read.HEADERS)


def volume_rule(*, severity: str = "error", remedy: str) -> Callable[[Check], Rule]:
    """Declare a rule on a series' voxels: the function gets the Series and its Voxels."""
    return _declare(severity, remedy, Subject.VOLUME, Read.VOXELS)


def archive_rule(
    *,
    severity: str = "error",
    remedy: str,
    needs: Read = Read.LABELS,
    against: tuple[type, ...] = (),
    when: Callable[..., bool] = _always,
) -> Callable[[Check], Rule]:
    """Declare a rule on the archive as a whole: the function gets the Examination after the walk.

    Args:
        severity: the default severity.
        remedy: what to do, in one sentence; `{path}`, `{case}`, `{split}`, `{plane}` and `{slice}` are replaced by those of the problem.
        needs: how much must be read for it.
        against: the rule needs a source of one of these kinds.
        when: returns whether the rule applies to an Examination that is about to begin.
    """
    return _declare(severity, remedy, Subject.ARCHIVE, needs, against, when)


def _declare(
    severity: str,
    remedy: str,
    subject: Subject,
    needs: Read,
    against: tuple[type, ...] = (),
    when: Callable[..., bool] = _always,
) -> Callable[[Check], Rule]:
    def declared(check: Check) -> Rule:
        summary, _, page = inspect.cleandoc(check.__doc__ or "").partition("\n\n")
        return Rule(
            name=check.__name__.replace("_", "-"),
            severity=Severity(severity),
            default=Severity(severity),
            summary=" ".join(summary.removesuffix(".").split()),
            page=page,
            remedy=remedy,
            topic=check.__module__.rpartition(".")[2],
            subject=subject,
            needs=needs,
            against=against,
            check=check,
            when=when,
        )

    return declared


def at(series: Series, message: str, slice: int | None = None) -> Found:
    """Return what was found in a series, or in one slice of it."""
    return Found(series.path, message, split=series.split, case=series.case, plane=series.plane, slice=slice)


def at_labels(labels: LabelFile, message: str, line: int | None = None, case: str | None = None) -> Found:
    """Return what was found in a label file, or in one row of it."""
    return Found(labels.path, message, line=line, split=labels.split, case=case, finding=labels.finding)
