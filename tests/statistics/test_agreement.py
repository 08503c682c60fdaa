"""Two sources of labels compared: what differs, what agrees, and what only one side has."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn import metrics

from mrnet.archive.model import Archive
from mrnet.errors import UsageError
from mrnet.statistics.agreement import Agreement, compare_labels, labelled_cases
from mrnet.statistics.readings import CaseKey, Labelled
from mrnet.vocabulary import Finding, Split

label = st.sampled_from([0, 1, None])


@given(st.lists(st.tuples(label, label), max_size=60))
def test_figures_are_scikit_learns_over_the_labels_that_both_have(pairs: Any) -> None:
    agreement = Agreement(Finding.ACL)
    differing = sum(agreement.count(this, other) for this, other in pairs)
    both = [(this, other) for this, other in pairs if None not in (this, other)]
    truth, reading = [this for this, _ in both], [other for _, other in both]
    assert agreement.compared == len(both)
    assert agreement.compared - agreement.agreed == differing
    assert agreement.only_this == sum(other is None and this is not None for this, other in pairs)
    assert agreement.only_other == sum(this is None and other is not None for this, other in pairs)
    expected = metrics.accuracy_score(truth, reading) if both else None
    assert agreement.agreement == (None if expected is None else pytest.approx(expected))
    for found, positive in ((agreement.sensitivity, 1), (agreement.specificity, 0)):
        if positive in truth:
            assert found[0] == pytest.approx(metrics.recall_score(truth, reading, pos_label=positive, zero_division=0))
        else:
            assert found == (None, [None, None])
    if len({*truth, *reading}) < 2:
        assert agreement.kappa == (None, [None, None])
    else:
        assert agreement.kappa[0] == pytest.approx(metrics.cohen_kappa_score(truth, reading))


def test_an_archive_agrees_with_itself(archive: Path) -> None:
    opened = Archive.open(archive)
    compared = compare_labels(opened, opened.cases, labelled_cases(opened))
    assert (compared.rows, compared.only_this, compared.only_other) == ([], [], [])
    assert [each.compared for each in compared.agreements] == [5, 5, 5]


def test_a_differing_label_is_a_row_with_the_readers_notes(archive: Path) -> None:
    opened = Archive.open(archive)
    answers = {Finding.ABNORMAL: 1, Finding.ACL: 1, Finding.MENISCUS: None}
    other: dict[CaseKey, Labelled] = {
        ("0000", None): Labelled(answers, {"note": "torn", "this": "never taken for a label"})
    }
    compared = compare_labels(opened, opened.cases, other)
    assert compared.rows == [
        {"case": "0000", "split": "train", "finding": "acl", "this": 0, "other": 1, "note": "torn"}
    ]
    assert [each.only_this for each in compared.agreements] == [0, 0, 1]


def test_cases_that_one_side_has_are_told_and_never_agree(archive: Path) -> None:
    opened = Archive.open(archive)
    other = labelled_cases(opened)
    del other["0000", Split.TRAIN]
    other["4711", None] = Labelled(dict.fromkeys(Finding, 1))
    compared = compare_labels(opened, opened.cases, other)
    assert [case.id for case in compared.only_this] == ["0000"]
    assert compared.only_other == [("4711", None)]
    assert [each.compared for each in compared.agreements] == [4, 4, 4]


def test_cases_that_were_not_chosen_are_not_lacking(archive: Path) -> None:
    opened = Archive.open(archive)
    compared = compare_labels(opened, opened.cases[:1], labelled_cases(opened))
    assert compared.only_other == []


def test_a_case_is_its_id_and_its_split(archive: Path) -> None:
    opened = Archive.open(archive)
    moved: dict[CaseKey, Labelled] = {("0000", Split.VALID): Labelled(dict.fromkeys(Finding, 1))}
    with pytest.raises(UsageError, match="nothing to compare"):
        compare_labels(opened, opened.cases, moved)
