"""The one pass over an archive for all rules, and its report."""

import time
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from mrnet.archive.model import Archive
from mrnet.archive.volume import import_before_threads
from mrnet.errors import BrokenZipError
from mrnet.parallel import ALL_PROCESSORS, Workers, ordered_map
from mrnet.storage.places import Place
from mrnet.validation.examination import Examination, SeriesReader
from mrnet.validation.rules import Found, Problem, Read, Rule, Severity, Subject
from mrnet.validation.sources import Source
from mrnet.vocabulary import Plane, Split

BROKEN_ZIP = "broken-zip"
"""The one rule that can be broken before there is anything to read."""
Watch = Callable[[int, int], None]
"""Called once per series: with its file's length and the number of problems in it."""


@dataclass
class Report:
    """The result of `mrnet validate`."""

    root: str
    """The archive's root, as the user named it."""
    read: Read
    rules: list[Rule]
    opened: bool = True
    """Whether anything of the archive could be read."""
    kind: str = "folder"
    labels: str | None = None
    """The folder of the label files, if `--labels` names one."""
    synthetic: bool = False
    against: list[str] = field(default_factory=list)
    cases: int = 0
    cases_with_volumes: int = 0
    """The number of cases that have a volume."""
    planes: list[str] = field(default_factory=list)
    """The planes in which there is a volume."""
    series: int = 0
    bytes: int = 0
    seconds: float = 0.0
    skipped: list[str] = field(default_factory=list)
    """Names of the rules that did not run because they need more to be read."""
    idle: list[str] = field(default_factory=list)
    """Names of the rules that did not run because they are ignored or have nothing to compare with."""
    problems: list[Problem] = field(default_factory=list)
    known_gone: list[dict[str, Any]] = field(default_factory=list)
    """Known problems that are gone, as objects of the earlier report."""
    config: str | None = None
    """The file that changed severities, if one did."""
    chosen_by: dict[str, str] = field(default_factory=dict)
    """The file or option that changed a rule's severity, by the rule's name."""
    remarks: list[str] = field(default_factory=list)
    """Sentences that explain several problems together."""
    unused_indexes: list[str] = field(default_factory=list)
    """Paths of file indexes in the archive that it was not compared with."""
    not_compared: list[str] = field(default_factory=list)
    """The parts of the archive that the file indexes do not list: `labels`, and splits."""

    @property
    def ignored(self) -> list[str]:
        """Names of the rules that did not run because they are ignored."""
        return sorted(rule.name for rule in self.rules if rule.severity is Severity.IGNORE)

    @property
    def weighed(self) -> list[Rule]:
        """The rules with another severity than the default, except ignored ones."""
        return [rule for rule in self.rules if rule.severity not in (rule.default, Severity.IGNORE)]

    @property
    def not_run(self) -> set[str]:
        """Names of all rules that did not run."""
        return {*self.skipped, *self.idle}

    @property
    def counts(self) -> dict[str, int]:
        """The number of problems of each severity."""
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
    workers: Workers = ALL_PROCESSORS,
    watch: Watch | None = None,
) -> Report:
    """Check an archive by rules.

    Args:
        archive: a folder or a zip.
        rules: the rules to apply, with their severities.
        read: how much to read; rules that need more are skipped.
        sources: what to compare the archive with.
        workers: who reads the series.
        watch: called after each series.
    """
    begun = time.monotonic()
    examination = Examination(archive, read, list(sources), workers)
    rules = list(rules)
    wanted = [rule for rule in rules if rule.severity is not Severity.IGNORE and _can_compare(rule, examination)]
    applied = [rule for rule in wanted if read.covers(rule.needs) and rule.when(examination)]
    problems = _walk(examination, rules, watch)
    for rule in applied:
        if rule.subject is Subject.ARCHIVE:
            problems += (rule.problem(examination.located(found)) for found in rule.check(examination))
    names = {rule.name for rule in applied}
    return Report(
        root=archive.root,
        read=read,
        rules=rules,
        kind=archive.kind,
        labels=None if archive.label_storage is archive.storage else str(archive.label_storage.location),
        synthetic=archive.synthetic,
        cases=len(archive.cases),
        cases_with_volumes=sum(len(examination.cases(split)) for split in Split),
        planes=[plane.value for plane in Plane if any(examination.ids[split][plane] for split in Split)],
        series=len(examination.series),
        bytes=sum(seen.read for seen in examination.series.values()),
        seconds=time.monotonic() - begun,
        skipped=sorted({rule.name for rule in wanted} - names),
        idle=sorted({rule.name for rule in rules} - {rule.name for rule in wanted}),
        problems=sorted({problem for problem in problems if problem.rule in names}, key=lambda problem: problem.order),
        remarks=[each.sentence for each in examination.slice_patterns] if "unexpected-slices" in names else [],
        unused_indexes=examination.unused_indexes,
        not_compared=examination.not_compared,
    )


def _can_compare(rule: Rule, examination: Examination) -> bool:
    return not rule.against or any(isinstance(source, rule.against) for source in examination.sources)


def _walk(examination: Examination, rules: list[Rule], watch: Watch | None) -> list[Problem]:
    """Read every series once, and the other files that are needed; return the problems of single series."""
    archive = examination.archive
    reader = SeriesReader(examination.read, examination.listings, rules)
    problems: list[Problem] = []
    if examination.read is Read.VOXELS:
        import_before_threads()
    for series, seen in ordered_map(
        reader, archive.volumes, examination.workers, light=examination.read is not Read.VOXELS
    ):
        assert not isinstance(seen, Exception)  # The reader records failures itself.
        examination.series[series.path] = seen
        problems += seen.problems
        if watch is not None:
            watch(seen.size, len(seen.problems) + bool(seen.failure))
    examination.read_others()
    return problems


def broken_zip_report(place: Place, error: BrokenZipError, rules: list[Rule], read: Read) -> Report:
    """Return the report on a zip that cannot be read at all; if the rule is ignored, raise the error instead."""
    rule = next(rule for rule in rules if rule.name == BROKEN_ZIP)
    if rule.severity is Severity.IGNORE:
        raise error
    problem = rule.problem(Found(str(place), str(error).removeprefix(f"{place}: ")))
    skipped = sorted(rule.name for rule in rules if rule.name != BROKEN_ZIP)
    return Report(str(place), read, rules, opened=False, kind="zip", skipped=skipped, problems=[problem])
