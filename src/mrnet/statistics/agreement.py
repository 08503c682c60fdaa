"""How two sources of labels agree: the labels that differ, case by case, and the figures of agreement."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from mrnet.archive.model import Archive
from mrnet.statistics.formulas import UNKNOWN, Interval, auc, auc_interval, kappa, kappa_interval, ratio, wilson
from mrnet.statistics.readings import CaseKey, Labelled
from mrnet.vocabulary import Finding

DIFFERENCE_COLUMNS = ("case", "split", "finding", "this", "other")
Labels = Mapping[CaseKey, Labelled]


@dataclass(slots=True)
class Agreement:
    """How one finding's labels agree where both sources have one; those of the first are the reference."""

    finding: Finding
    table: list[list[int]] = field(default_factory=lambda: [[0, 0], [0, 0]])
    """Cases by the first source's answer (row) and the other's (column)."""
    only_this: int = 0
    """Labels that the other source lacks."""
    only_other: int = 0
    """Labels that the first source lacks."""
    scores: tuple[list[float], list[float]] = field(default_factory=lambda: ([], []))
    """The other source's scores of the cases that are negative, and positive, in the first one."""
    scored: bool = False
    """Whether the other source has scores."""

    @property
    def compared(self) -> int:
        """Number of cases with both labels."""
        return sum(map(sum, self.table))

    @property
    def agreed(self) -> int:
        """Number of cases with the same label in both sources."""
        return self.table[0][0] + self.table[1][1]

    @property
    def agreement(self) -> float | None:
        """Share of the compared cases that agree."""
        return ratio(self.agreed, self.compared)

    @property
    def kappa(self) -> tuple[float | None, Interval]:
        """Cohen's kappa with its interval; no interval if its large-sample error is 0, as with few cases that all agree."""
        low, high = kappa_interval(self.table)
        return kappa(self.table), list(UNKNOWN) if low == high else [low, high]

    @property
    def sensitivity(self) -> tuple[float | None, Interval]:
        """Share of the first source's positive cases that are positive in the other, with Wilson's interval."""
        missed, found = self.table[1]
        return ratio(found, missed + found), wilson(found, missed + found)

    @property
    def specificity(self) -> tuple[float | None, Interval]:
        """Share of the first source's negative cases that are negative in the other, with Wilson's interval."""
        right, false = self.table[0]
        return ratio(right, right + false), wilson(right, right + false)

    @property
    def auc(self) -> tuple[float | None, Interval]:
        """Area under the ROC curve of the other source's scores, with DeLong's interval."""
        negative, positive = self.scores
        return auc(positive, negative), auc_interval(positive, negative)

    def count(self, this: int | None, other: int | None) -> bool:
        """Count one case's two labels; return whether they differ."""
        if this is None or other is None:
            self.only_this += this is not None
            self.only_other += other is not None
            return False
        self.table[this][other] += 1
        return this != other

    def as_json(self) -> dict[str, Any]:
        """Return the figures; those of the ROC curve only where the other source has scores."""
        (neither, other_only), (this_only, both) = self.table
        figures: dict[str, Any] = {
            "compared": self.compared,
            "both": both,
            "this_only": this_only,
            "other_only": other_only,
            "neither": neither,
            "agreement": self.agreement,
        }
        for name in ("kappa", "sensitivity", "specificity"):
            figures[name], figures[f"{name}_ci95"] = getattr(self, name)
        figures |= {"missing_in_this": self.only_other, "missing_in_other": self.only_this}
        if self.scored:
            negative, positive = self.scores
            figures |= {"scored_negative": len(negative), "scored_positive": len(positive)}
            figures["auc"], figures["auc_ci95"] = self.auc
        return figures


@dataclass(frozen=True, slots=True)
class Agreements:
    """The result of comparing two sources of labels."""

    rows: list[dict[str, Any]]
    """One for each label that differs, or that one side lacks: `case, split, finding, this, other` and OTHER's notes."""
    agreements: list[Agreement]
    only_this: list[CaseKey]
    """Cases that the other source lacks."""
    only_other: list[CaseKey]
    """Cases that the first source lacks."""

    @property
    def nothing(self) -> bool:
        """Whether no label and no score could be compared."""
        return not any(each.compared or any(each.scores) for each in self.agreements)

    @property
    def mean_auc(self) -> float | None:
        """Mean area under the ROC curve of the three findings; None where one has none.

        The measure by which MRNet's challenge ranked models (stanfordmlgroup.github.io/competitions/mrnet).
        """
        areas = [each.auc[0] for each in self.agreements if each.scored]
        known = [area for area in areas if area is not None]
        return sum(known) / len(known) if len(known) == len(Finding) else None


def labelled_cases(archive: Archive) -> dict[CaseKey, Labelled]:
    """Return the labels of an archive's cases, by id and split."""
    return {(case.id, case.split): Labelled(case.labels) for case in archive.cases}


def compare_labels(this: Labels, other: Labels, *, known: Iterable[CaseKey] = (), complete: bool = False) -> Agreements:
    """Compare two sources of labels.

    A case is found by its id and split, or by its id alone where one side gives no split.

    Args:
        this: the reference.
        other: what is compared with it.
        known: cases of the first source that were not chosen; they do not count as missing in it.
        complete: whether both sources should have all labels, as archives do; then a label that one side lacks is a
            difference too.
    """
    findings = {finding: Agreement(finding) for finding in Finding}
    rows: list[dict[str, Any]] = []
    only_this: list[CaseKey] = []
    matched: set[CaseKey] = set()
    by_id: dict[str, list[CaseKey]] = {}
    for key in other:
        by_id.setdefault(key[0], []).append(key)
    for key, labelled in this.items():
        found = _match(key, by_id.get(key[0], ()))
        if found is not None:
            matched.add(found)
            rows += _differing(key, labelled, other[found], findings, complete=complete)
        else:
            only_this.append(key)
            rows += _differing(key, labelled, NOTHING, findings, complete=True) if complete else ()
    ids = {(key[0], split) for key in known for split in (key[1], None)}
    only_other = [key for key in other if key not in matched and key not in ids]
    for key in only_other if complete else ():
        rows += _differing(key, NOTHING, other[key], findings, complete=True)
    return Agreements(rows, list(findings.values()), only_this, only_other)


NOTHING = Labelled(dict.fromkeys(Finding))
"""The answers of a source that lacks the case."""


def _match(key: CaseKey, candidates: Sequence[CaseKey]) -> CaseKey | None:
    """Return the one case that fits among candidates of the same id; None if none or several fit."""
    if key in candidates:
        return key
    fitting = [each for each in candidates if each[1] is None or key[1] is None]
    return fitting[0] if len(fitting) == 1 else None


def _differing(
    key: CaseKey, this: Labelled, other: Labelled, findings: Mapping[Finding, Agreement], *, complete: bool
) -> Iterator[dict[str, Any]]:
    id, split = key
    for finding in Finding:
        mine, theirs = this.answers[finding], other.answers[finding]
        agreement = findings[finding]
        if finding in other.scores:
            agreement.scored = True
            score = other.scores[finding]
            if mine is not None and score is not None:
                agreement.scores[mine].append(score)
            if theirs is None and score is not None:
                continue
        if agreement.count(mine, theirs) or (complete and mine != theirs):
            row = {"case": id, "split": split and split.value, "finding": finding.value, "this": mine, "other": theirs}
            yield {**row, **{name: text for name, text in other.notes.items() if name not in row}}
