"""Explains slice counts that differ from the published ones: exchanged cases, resampled planes, moved ids."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import permutations

from mrnet.archive.published import slice_counts
from mrnet.text import counted
from mrnet.vocabulary import Plane, Split, padded

Key = tuple[Split, str]
"""A case: its split and its id."""
Triple = tuple[int | None, ...]
"""A case's slice counts in the order of the planes; None where the series is missing or cannot be read."""
MIN_SERIES_OF_A_PATTERN = 5
"""With fewer series in a plane, equal counts may be chance."""
SHIFTS = (1, -1, 2, -2, 3, -3)
"""The shifts of ids that are searched for; a table that lost its first row shifts all ids by one."""

MAX_CASES_COMPARED_IN_PAIRS = 64
"""With more cases than this, exchanges of single planes are not searched for."""


@dataclass(frozen=True, slots=True)
class Pattern:
    """One explanation of several differing counts."""

    sentence: str
    series: frozenset[tuple[Split, Plane, str]]
    """The series that it explains."""


def slice_patterns(found: Mapping[tuple[Split, Plane], Mapping[str, int]]) -> list[Pattern]:
    """Return explanations of the counts that differ from the published ones; empty if there is none.

    Args:
        found: the slice counts of an archive by split and plane, then by case id. Ids that are not published are ignored.
    """
    published = {(split, plane): slice_counts(split, plane) for split in Split for plane in Plane}
    counts = {
        key: {id: count for id, count in found.get(key, {}).items() if id in of_plane}
        for key, of_plane in published.items()
    }
    patterns = [*_resampled(counts, published), *_other_plane(counts, published), *_shifted(counts, published)]
    explained = frozenset[tuple[Split, Plane, str]]().union(*(pattern.series for pattern in patterns))
    cases = list(_differing_cases(counts, published, explained))
    return [*patterns, *_other_cases(cases, counts, published)]


Counts = dict[tuple[Split, Plane], dict[str, int]]
Published = Mapping[tuple[Split, Plane], Mapping[str, int]]


def _resampled(counts: Counts, published: Published) -> Iterator[Pattern]:
    """Yield each plane in which one rule turns all published counts into the counts found."""
    for (split, plane), of_plane in counts.items():
        right = {id: published[split, plane][id] for id in of_plane}
        if len(of_plane) < MIN_SERIES_OF_A_PATTERN or of_plane == right:
            continue
        least, most = min(of_plane.values()), max(of_plane.values())
        if least == most:
            what = f"have {least} slices: the plane was resampled, cut or padded to one number"
        elif all(count == max(right[id], least) for id, count in of_plane.items()):
            what = f"have {least} slices or more: shorter series were padded to {least}"
        elif all(count == min(right[id], most) for id, count in of_plane.items()):
            what = f"have {most} slices or fewer: longer series were cut to {most}"
        else:
            continue
        differing = frozenset((split, plane, id) for id, count in of_plane.items() if count != right[id])
        yield Pattern(f"All {len(of_plane):,} series of {split} {plane} {what}.", differing)


def _other_plane(counts: Counts, published: Published) -> Iterator[Pattern]:
    """Yield each plane whose counts are those of another plane."""
    for split in Split:
        for here, other in permutations(Plane, 2):
            of_plane = counts[split, here]
            if (
                len(of_plane) >= MIN_SERIES_OF_A_PATTERN
                and any(count != published[split, here][id] for id, count in of_plane.items())
                and all(count == published[split, other][id] for id, count in of_plane.items())
            ):
                what = f"All {len(of_plane):,} series of {split} {here} have the slice counts of {other}"
                series = frozenset((split, here, id) for id in of_plane)
                yield Pattern(f"{what}: the planes were exchanged.", series)


def _shifted(counts: Counts, published: Published) -> Iterator[Pattern]:
    """Yield each split in which one plane or more have the counts of ids shifted by the same number."""
    for split in Split:
        for shift in SHIFTS:
            planes = [plane for plane in Plane if _is_shifted(counts[split, plane], published[split, plane], shift)]
            if not planes:
                continue
            series = frozenset((split, plane, id) for plane in planes for id in counts[split, plane])
            first = next(
                id for id in sorted(counts[split, planes[0]]) if _moved(id, shift) in published[split, planes[0]]
            )
            ids = counted(abs(shift), "id")
            yield Pattern(
                f"The {len(series):,} series of {split} {' and '.join(planes)} have the slice counts of {ids} "
                f"{'further' if shift > 0 else 'before'} ({first} has those of {_moved(first, shift)}): they were renumbered, or "
                "two tables were joined by row, one of them without its first row.",
                series,
            )


def _is_shifted(found: Mapping[str, int], right: Mapping[str, int], shift: int) -> bool:
    moved = [(count, right[_moved(id, shift)]) for id, count in found.items() if _moved(id, shift) in right]
    if len(moved) < MIN_SERIES_OF_A_PATTERN or found == {id: right[id] for id in found}:
        return False
    return all(count == other for count, other in moved)


def _moved(id: str, shift: int) -> str:
    return padded(int(id) + shift)


def _differing_cases(
    counts: Counts, published: Published, explained: frozenset[tuple[Split, Plane, str]]
) -> Iterator[Key]:
    for split in Split:
        for id in published[split, Plane.AXIAL]:
            for plane in Plane:
                count = counts[split, plane].get(id)
                if count not in (None, published[split, plane][id]) and (split, plane, id) not in explained:
                    yield split, id
                    break


def _other_cases(cases: list[Key], counts: Counts, published: Published) -> Iterator[Pattern]:
    """Yield explanations for cases that have the counts of other cases: two were exchanged, or many are in another order."""
    here = {case: _triple(counts, case) for case in cases}
    right = {case: _triple(published, case) for case in cases}
    partners = {
        case: [other for other in _candidates(case, cases, here, right) if _fits(here, right, case, other)]
        for case in cases
    }
    pairs = [(case, found[0]) for case, found in partners.items() if len(found) == 1 and partners[found[0]] == [case]]
    exchanged = {case for pair in pairs for case in pair}
    if exchanged < set(cases) and Counter(here.values()) == Counter(right.values()):
        yield _reordered(cases, here, right)
        return
    for case, other in pairs:
        if case < other:
            yield _exchanged(case, other, here, right)


def _reordered(cases: list[Key], here: Mapping[Key, Triple], right: Mapping[Key, Triple]) -> Pattern:
    first = cases[0]
    source = next(case for case in cases if right[case] == here[first])
    sentence = (
        f"{counted(len(cases), 'case')} have the slice counts of others among them ({first[1]} has those of "
        f"{source[1]}): they were renumbered, or two tables were joined in another order than by id."
    )
    return Pattern(sentence, frozenset((split, plane, id) for split, id in cases for plane in Plane))


def _triple(counts: Published | Counts, case: Key) -> Triple:
    split, id = case
    return tuple(counts[split, plane].get(id) for plane in Plane)


def _candidates(case: Key, cases: list[Key], here: Mapping[Key, Triple], right: Mapping[Key, Triple]) -> list[Key]:
    """Return the cases that may be exchanged with this one; if there are many, only those whose three counts it has."""
    if len(cases) <= MAX_CASES_COMPARED_IN_PAIRS:
        return cases
    return [other for other in cases if right[other] == here[case]]


def _fits(here: Mapping[Key, Triple], right: Mapping[Key, Triple], case: Key, other: Key) -> bool:
    """Return whether every plane of two cases is either right or exchanged between them, and at least one is exchanged."""
    if case == other:
        return False
    planes = list(zip(here[case], here[other], right[case], right[other], strict=True))
    return all((a, b) in ((own, others), (others, own)) for a, b, own, others in planes) and any(
        a != own for a, _, own, _ in planes
    )


def _exchanged(case: Key, other: Key, here: Mapping[Key, Triple], right: Mapping[Key, Triple]) -> Pattern:
    planes = [plane for plane, a, own in zip(Plane, here[case], right[case], strict=True) if a != own]
    equal = [plane for plane, own, others in zip(Plane, right[case], right[other], strict=True) if own == others]
    whole = len(planes) + len(equal) == len(Plane)
    what = "" if whole else f" {' and '.join(planes)} series of"
    sentence = f"The{what} cases {case[1]} and {other[1]} have each other's slice counts: they were exchanged."
    series = frozenset((split, plane, id) for split, id in (case, other) for plane in planes)
    return Pattern(sentence, series)
