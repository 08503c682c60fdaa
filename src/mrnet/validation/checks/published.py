"""Rules that compare the archive with expectations: the published figures of MRNet-v1.0, or a user's own."""

from collections import Counter
from collections.abc import Iterator

from mrnet.archive.published import Expectations, SplitExpectations, mrnet_v1, slice_counts
from mrnet.text import counted
from mrnet.validation.examination import Examination, Seen
from mrnet.validation.rules import Found, Read, archive_rule, at, at_labels
from mrnet.vocabulary import Finding, Plane, Split


@archive_rule(
    against=(Expectations,),
    remedy="Fetch what is missing again; if the archive is meant to differ, write your own expectations (a .toml).",
)
def unexpected_count(examination: Examination) -> Iterator[Found]:
    """A count differs from what is expected (cases, series, positives, combinations).

    The split has more or fewer cases, files in a plane, positive answers to a finding, or cases of one combination of
    the three answers than the expectations say (`mrnet-v1.0`, or a file of your own).

    **Why it matters.** A sound archive can still be half of one. Figures that are compared with published ones must be
    of the same cases with the same labels.
    """
    for source, split, expected in _expected(examination):
        yield from _cases_and_series(examination, source.name, split, expected)
        yield from _answers(examination, source.name, split, expected)


@archive_rule(
    needs=Read.HEADERS, against=(Expectations,), remedy="Look at the series: mrnet show {case} --plane {plane}."
)
def unexpected_slices(examination: Examination) -> Iterator[Found]:
    """A slice count outside the range expected for that split and plane; with `mrnet-v1.0` other than the published
    count of that very series.

    The slice counts of all 3,750 published series are known. If the counts that differ show a cause together, the
    message and the last lines name it: two cases exchanged, a plane resampled or padded to one number, cases in another
    order.

    **Why it matters.** The series was resampled, cut or padded, or it is another case's. Its labels are then of another
    knee, which no other rule can see.
    """
    reasons = {series: pattern.sentence for pattern in examination.slice_patterns for series in pattern.series}
    for source, split, expected in _expected(examination):
        for seen in examination.series.values():
            series = seen.series
            if series.split is not split or seen.slices is None:
                continue
            published = slice_counts(split, series.plane) if source is mrnet_v1() else {}
            count = published.get(series.case)
            if count is None:
                yield from _out_of_range(seen, source.name, expected)
            elif seen.slices != count:
                reason = reasons.get((split, series.plane, series.case), "")
                message = f"{seen.slices} slices, {source.name} has {count} in this series"
                yield at(series, f"{message}; {reason}" if reason else message)


def _out_of_range(seen: Seen, name: str, expected: SplitExpectations) -> Iterator[Found]:
    bounds = expected.slices.get(seen.series.plane)
    if bounds and seen.slices is not None and not bounds[0] <= seen.slices <= bounds[1]:
        yield at(seen.series, f"{seen.slices} slices, {name} expects {bounds[0]} to {bounds[1]}")


@archive_rule(against=(Expectations,), remedy="Find out where case {case} comes from: it is not one of this split.")
def unexpected_id(examination: Examination) -> Iterator[Found]:
    """An id outside the range expected for its split.

    In the published archive train holds the ids 0000 to 1129 and valid 1130 to 1249.

    **Why it matters.** The case was moved from one split to the other, renamed, or added.
    """
    for source, split, expected in _expected(examination):
        if expected.ids is None:
            continue
        low, high = expected.ids
        for case in examination.archive.cases:
            if case.split is split and not (len(case.id) == len(low) and low <= case.id <= high):
                message = f"id {case.id}, {source.name} expects {low} to {high} in {split}"
                yield Found(_first_path(examination, split, case.id), message, split=split, case=case.id)


def _expected(examination: Examination) -> Iterator[tuple[Expectations, Split, SplitExpectations]]:
    for source in examination.sources:
        if isinstance(source, Expectations):
            for split, expected in source.splits.items():
                yield source, split, expected


def _cases_and_series(
    examination: Examination, name: str, split: Split, expected: SplitExpectations
) -> Iterator[Found]:
    cases = sum(case.split is split for case in examination.archive.cases)
    if expected.cases is not None and cases != expected.cases:
        folder = examination.layout.split_folder(split) or None
        yield Found(folder, f"{counted(cases, 'case')}, {name} expects {expected.cases:,}", split=split)
    if examination.labels_only:
        return
    for plane, count in expected.series.items():
        found = len(examination.ids[split][plane])
        if found != count:
            folder = examination.layout.plane_folders[split, plane]
            message = f"{found:,} series, {name} expects {count:,}"
            yield Found(f"{folder}/", message, split=split, plane=plane)


def _answers(examination: Examination, name: str, split: Split, expected: SplitExpectations) -> Iterator[Found]:
    labels = [case.labels for case in examination.archive.cases if case.split is split]
    for finding, count in expected.positives.items():
        found = sum(answers[finding] == 1 for answers in labels)
        if found != count:
            message = f"{counted(found, 'positive case')}, {name} expects {count:,}"
            yield at_labels(examination.archive.label_files[split, finding], message)
    combinations = Counter(tuple(answers[finding] for finding in Finding) for answers in labels)
    for combination, count in expected.combinations.items():
        if combinations[combination] != count:
            answers = ", ".join(f"{finding} {answer}" for finding, answer in zip(Finding, combination, strict=True))
            cases = counted(combinations[combination], "case")
            message = f"{answers}: {cases}, {name} expects {count:,}"
            yield Found(None, message, split=split)


def _first_path(examination: Examination, split: Split, case: str) -> str:
    for plane in Plane:
        if case in examination.ids[split][plane]:
            return examination.layout.volume_path(split, plane, case)
    return next(file.path for file in examination.labels() if file.split is split and case in file.answers())
