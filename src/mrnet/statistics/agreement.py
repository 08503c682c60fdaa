"""How two sources of labels agree: the labels that differ, case by case, and the figures of agreement."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from mrnet.archive.model import Archive, Case
from mrnet.errors import UsageError
from mrnet.statistics.formulas import Interval, kappa, kappa_interval, ratio, wilson
from mrnet.statistics.readings import CaseKey, Labelled
from mrnet.vocabulary import Finding


@dataclass(slots=True)
class Agreement:
    """How one finding's labels agree where both sources have one; this archive's count as the truth."""

    finding: Finding
    table: list[list[int]] = field(default_factory=lambda: [[0, 0], [0, 0]])
    """Cases by this archive's answer (row) and the other source's (column)."""
    only_this: int = 0
    """Labels that the other source lacks, of cases that both have."""
    only_other: int = 0

    @property
    def compared(self) -> int:
        """Number of cases with both labels."""
        return sum(map(sum, self.table))

    @property
    def agreed(self) -> int:
        """Number of cases with the same label twice."""
        return self.table[0][0] + self.table[1][1]

    @property
    def agreement(self) -> float | None:
        """Share of the compared cases that agree."""
        return ratio(self.agreed, self.compared)

    @property
    def kappa(self) -> tuple[float | None, Interval]:
        """Cohen's kappa with its interval."""
        return kappa(self.table), kappa_interval(self.table)

    @property
    def sensitivity(self) -> tuple[float | None, Interval]:
        """Share of this archive's positive cases that are positive in the other source, with Wilson's interval."""
        missed, found = self.table[1]
        return ratio(found, missed + found), wilson(found, missed + found)

    @property
    def specificity(self) -> tuple[float | None, Interval]:
        """Share of this archive's negative cases that are negative in the other source, with Wilson's interval."""
        right, false = self.table[0]
        return ratio(right, right + false), wilson(right, right + false)

    def count(self, this: int | None, other: int | None) -> bool:
        """Count one case's two labels; tell whether they differ."""
        if this is None or other is None:
            self.only_this += this is not None
            self.only_other += other is not None
            return False
        self.table[this][other] += 1
        return this != other


@dataclass(frozen=True, slots=True)
class Agreements:
    """What came of comparing an archive's labels with another source's."""

    rows: list[dict[str, Any]]
    """One for each label that differs: `case, split, finding, this, other`, and the other source's notes."""
    agreements: list[Agreement]
    only_this: list[Case]
    """Cases that the other source has not."""
    only_other: list[CaseKey]
    """Cases of the other source that the archive has not."""


def labelled_cases(archive: Archive) -> dict[CaseKey, Labelled]:
    """Return the labels of an archive's cases as another source's."""
    return {(case.id, case.split): Labelled(case.labels) for case in archive.cases}


def compare_labels(archive: Archive, cases: Iterable[Case], other: Mapping[CaseKey, Labelled]) -> Agreements:
    """Compare the labels of an archive's cases with another source's.

    A case is found by its id and split, or by its id alone where the other source gives no split.

    Raises:
        UsageError: no case is in both.
    """
    agreements = {finding: Agreement(finding) for finding in Finding}
    rows: list[dict[str, Any]] = []
    only_this: list[Case] = []
    compared = 0
    for case in cases:
        labelled = other.get((case.id, case.split)) or other.get((case.id, None))
        if labelled is None:
            only_this.append(case)
            continue
        compared += 1
        rows += _differing(case, labelled, agreements)
    if not compared:
        raise UsageError("nothing to compare: none of these cases is in the other source")
    known = {place for case in archive.cases for place in ((case.id, case.split), (case.id, None))}
    return Agreements(rows, list(agreements.values()), only_this, [place for place in other if place not in known])


def _differing(case: Case, labelled: Labelled, agreements: Mapping[Finding, Agreement]) -> Iterator[dict[str, Any]]:
    for finding, this in case.labels.items():
        other = labelled.answers[finding]
        if agreements[finding].count(this, other):
            row = {"case": case.id, "split": case.split.value, "finding": finding.value, "this": this, "other": other}
            yield {**row, **{name: text for name, text in labelled.notes.items() if name not in row}}
