"""Counts an archive's cases: their labels, and their slices from headers alone."""

import hashlib
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from mrnet.archive.model import Archive, Case, Series, slice_count
from mrnet.errors import FileError, MRNetError
from mrnet.parallel import ALL_PROCESSORS, Workers, ordered_map
from mrnet.statistics.figures import (
    ALL,
    Answers,
    Figures,
    SplitFigures,
    count_combinations,
    count_labels,
    count_pairs,
    count_shift,
    count_slices,
)
from mrnet.statistics.origin import TOOL, Chosen
from mrnet.vocabulary import Finding, Plane, Split

SliceCounts = dict[Plane, list[int]]


@dataclass(frozen=True, slots=True)
class Count:
    """The figures of some cases, and the slice counts behind them."""

    figures: Figures
    slices: dict[str, SliceCounts]
    """By split (and `all`): the slice count of each series that could be read."""
    unreadable: list[FileError]
    """Why some existing series are not among them."""


def count_cases(
    archive: Archive,
    cases: Sequence[Case],
    workers: Workers = ALL_PROCESSORS,
    done: Callable[[int], object] = id,
    chosen: Chosen | None = None,
) -> Count:
    """Count cases of an archive, split by split and all together.

    Args:
        archive: where the cases are from.
        cases: the cases to count, at least one.
        workers: who reads the headers.
        done: called with the number of further cases whose headers have been read.
        chosen: how the cases were chosen; None if they are all cases of the archive.
    """
    slices: dict[str, SliceCounts] = {split.value: {plane: [] for plane in Plane} for split in Split}
    unreadable: list[FileError] = []
    for series, found in _read_slices(cases, workers, done):
        if isinstance(found, int):
            slices[series.split][series.plane].append(found)
        else:
            unreadable.append(found)
    by_split = {split.value: [case for case in cases if case.split is split] for split in Split}
    groups = {name: chosen for name, chosen in by_split.items() if chosen} | {ALL: list(cases)}
    slices[ALL] = {plane: [count for split in Split for count in slices[split][plane]] for plane in Plane}
    splits = {name: _count_split(chosen, slices[name]) for name, chosen in groups.items()}
    figures = Figures(tool=TOOL, archive=archive.root, synthetic=archive.synthetic, selection=chosen, splits=splits)
    if set(Split) <= set(splits):
        figures["split_shift"] = count_shift(splits)
    return Count(figures, {name: slices[name] for name in splits}, unreadable)


def _count_split(cases: list[Case], slices: SliceCounts) -> SplitFigures:
    answers = Counter(_answers(case) for case in cases)
    return SplitFigures(
        cases=len(cases),
        labels=count_labels(answers),
        labels_sha256=labels_digest(cases),
        combinations=count_combinations(answers),
        cooccurrence=count_pairs(answers),
        slices={plane.value: count_slices(slices[plane]) for plane in Plane},
    )


def _answers(case: Case) -> Answers:
    return case.labels[Finding.ABNORMAL], case.labels[Finding.ACL], case.labels[Finding.MENISCUS]


def labels_digest(cases: Iterable[Case]) -> str:
    r"""Return the SHA-256 of the cases' labels: any changed label changes it, even if no count changes.

    The hashed text has one row `id,abnormal,acl,meniscus` per case, sorted, each row ended by "\n", and nothing in the
    place of a missing label: `0000,1,0,0\n0001,1,,1\n`. The docs give the same as a shell command.
    """
    rows = sorted(",".join([case.id, *map(_written, _answers(case))]) + "\n" for case in cases)
    return hashlib.sha256("".join(rows).encode("ascii")).hexdigest()


def _written(answer: int | None) -> str:
    return "" if answer is None else str(answer)


def _read_slices(
    cases: Sequence[Case], workers: Workers, done: Callable[[int], object]
) -> Iterable[tuple[Series, int | FileError]]:
    """Yield each existing series, with its slice count or the reason why it cannot be read."""
    for _, found in ordered_map(_read_case, cases, workers, light=True):
        if isinstance(found, MRNetError):
            raise found
        yield from found
        done(1)


def _read_case(case: Case) -> list[tuple[Series, int | FileError]]:
    return [(series, slice_count(series)) for series in case.all_series() if series.exists]
