"""The one walk over an archive for all rules, and the report that it ends in."""

import time
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from mrnet.archive import Archive, Series
from mrnet.errors import FileError
from mrnet.examination import Examination, SeriesReader, sum_up
from mrnet.parallel import ordered_map
from mrnet.rules import Problem, Read, Rule, Severity, Subject
from mrnet.sources import Checksums, Source
from mrnet.storage import Storage

Watch = Callable[[int, int], None]
"""Told of each series once it is done: its file's length, and the number of problems found in it."""


@dataclass
class Report:
    """What `mrnet validate` says of an archive."""

    root: str
    read: Read
    rules: list[Rule]
    synthetic: bool = False
    against: list[str] = field(default_factory=list)
    cases: int = 0
    series: int = 0
    bytes: int = 0
    seconds: float = 0.0
    skipped: list[str] = field(default_factory=list)
    """Names of the rules that were not asked, as that needs more to be read or something to compare with."""
    problems: list[Problem] = field(default_factory=list)
    gone: list[str] = field(default_factory=list)
    """Known problems that are no more."""
    notes: list[str] = field(default_factory=list)
    """Information that is no problem."""

    @property
    def counts(self) -> dict[str, int]:
        """How many problems there are of each severity."""
        found = Counter(problem.severity for problem in self.problems)
        return {severity.value: found[severity] for severity in (Severity.ERROR, Severity.WARNING, Severity.KNOWN)}

    @property
    def sound(self) -> bool:
        """Whether no problem is an error (known ones aside)."""
        return not any(problem.severity is Severity.ERROR for problem in self.problems)


def examine(
    archive: Archive,
    rules: Iterable[Rule],
    read: Read = Read.VOXELS,
    sources: Iterable[Source] = (),
    jobs: int | None = None,
    watch: Watch | None = None,
) -> Report:
    """Hold an archive against rules.

    Args:
        archive: a folder or a zip.
        rules: those to ask, with the severities that they should have.
        read: how much to read; rules that need more are skipped.
        sources: what to hold the archive against.
        jobs: how many series to read at once; None for every processor.
        watch: told of each series as it is done.
    """
    begun = time.monotonic()
    examination = Examination(archive, read, list(sources))
    rules = list(rules)
    asked = [rule for rule in rules if rule.severity is not Severity.IGNORE and _can_ask(rule, examination)]
    problems = _walk(examination, rules, jobs, watch)
    for rule in asked:
        if rule.subject is Subject.ARCHIVE:
            problems += rule.problems(examination)
    names = {rule.name for rule in asked}
    return Report(
        root=archive.root,
        read=read,
        rules=rules,
        synthetic=archive.synthetic,
        cases=len(archive.cases),
        series=len(examination.series),
        bytes=sum(seen.read for seen in examination.series.values()),
        seconds=time.monotonic() - begun,
        skipped=sorted({rule.name for rule in rules} - names),
        problems=sorted({problem for problem in problems if problem.rule in names}, key=lambda problem: problem.order),
    )


def _can_ask(rule: Rule, examination: Examination) -> bool:
    comparable = not rule.against or any(isinstance(source, rule.against) for source in examination.sources)
    return comparable and examination.read.covers(rule.needs) and rule.when(examination)


def _walk(examination: Examination, rules: list[Rule], jobs: int | None, watch: Watch | None) -> list[Problem]:
    """Read every series once, and what else is needed; return the problems of single series."""
    archive = examination.archive
    reader = SeriesReader(examination.read, examination.sources, rules)
    problems: list[Problem] = []
    every_series = (Series(archive.storage, place) for place in archive.volumes)
    for series, seen in ordered_map(reader, every_series, jobs):
        assert not isinstance(seen, Exception)  # The reader keeps failures itself.
        examination.series[series.path] = seen
        problems += seen.problems
        if watch is not None:
            watch(seen.size, len(seen.problems) + bool(seen.failure))
    if examination.read is Read.VOXELS and (archive.kind == "zip" or examination.listings()):
        for storage, path in examination.paths():
            if path not in examination.series:
                examination.files[path] = _sums(storage, path)
    return problems


def _sums(storage: Storage, path: str) -> Checksums | FileError:
    try:
        return sum_up(storage, path)
    except FileError as error:
        return error
