"""Two sources of labels compared: what differs, what agrees, and what only one side has."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn import metrics

from mrnet.archive.model import Archive
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


def labels(**cases: tuple[int | None, int | None, int | None]) -> dict[CaseKey, Labelled]:
    """Labels by id, such as `_0001=(1, 0, 0)`, of cases whose split is not known."""
    return {(id[1:], None): Labelled(dict(zip(Finding, answers, strict=True))) for id, answers in cases.items()}


def test_an_archive_agrees_with_itself(archive: Path) -> None:
    opened = labelled_cases(Archive.open(archive))
    compared = compare_labels(opened, opened, complete=True)
    assert (compared.rows, compared.only_this, compared.only_other) == ([], [], [])
    assert [each.compared for each in compared.agreements] == [5, 5, 5]


def test_a_differing_label_is_a_row_with_the_readers_notes(archive: Path) -> None:
    answers = {Finding.ABNORMAL: 1, Finding.ACL: 1, Finding.MENISCUS: None}
    other: dict[CaseKey, Labelled] = {
        ("0000", None): Labelled(answers, {"note": "torn", "this": "never taken for a label"})
    }
    compared = compare_labels(labelled_cases(Archive.open(archive)), other)
    assert compared.rows == [
        {"case": "0000", "split": "train", "finding": "acl", "this": 0, "other": 1, "note": "torn"}
    ]
    assert [each.only_this for each in compared.agreements] == [0, 0, 1]


def test_a_lacking_label_is_a_difference_only_if_both_sides_should_have_all() -> None:
    this, other = labels(_0000=(1, 1, 0), _0001=(1, 0, 0)), labels(_0000=(1, None, 0), _4711=(0, 0, 0))
    readers = compare_labels(this, other)
    assert (readers.rows, readers.only_this, readers.only_other) == ([], [("0001", None)], [("4711", None)])
    archives = compare_labels(this, other, complete=True)
    assert [(row["case"], row["finding"], row["this"], row["other"]) for row in archives.rows] == [
        ("0000", "acl", 1, None),
        *(("0001", finding, answer, None) for finding, answer in zip(Finding, (1, 0, 0), strict=True)),
        *(("4711", finding, None, 0) for finding in Finding),
    ]
    assert [(each.only_this, each.only_other) for each in archives.agreements] == [(1, 1), (2, 1), (1, 1)]


def test_cases_that_were_not_chosen_do_not_count_as_missing() -> None:
    this, other = labels(_0000=(1, 1, 0)), labels(_0000=(1, 1, 0), _0001=(0, 0, 0))
    assert compare_labels(this, other, known=[("0001", None)]).only_other == []


def test_cases_match_by_id_and_by_split_if_both_sides_have_it(archive: Path) -> None:
    opened = labelled_cases(Archive.open(archive))
    moved: dict[CaseKey, Labelled] = {("0000", Split.VALID): Labelled(dict.fromkeys(Finding, 1))}
    assert compare_labels(opened, moved).nothing
    without = labels(_0000=(1, 0, 1))
    assert not compare_labels(without, opened).nothing


def test_scores_give_an_area_for_each_finding_and_their_mean() -> None:
    this = labels(_0=(1, 1, 0), _1=(1, 0, 1), _2=(0, 0, 0))
    other: dict[CaseKey, Labelled] = {
        (id, None): Labelled(dict.fromkeys(Finding), scores=dict.fromkeys(Finding, score))
        for id, score in (("0", 0.9), ("1", 0.4), ("2", 0.1))
    }
    compared = compare_labels(this, other)
    areas = [each.auc[0] for each in compared.agreements]
    assert areas == [1, 1, 0.5]
    assert compared.mean_auc == pytest.approx(2.5 / 3)
    assert (compared.rows, compared.nothing) == ([], False)
    assert [each.only_this for each in compared.agreements] == [0, 0, 0]


def test_perfect_agreement_of_few_cases_has_no_interval_of_kappa() -> None:
    agreement = Agreement(Finding.ACL, [[1, 0], [0, 1]])
    assert agreement.kappa == (1.0, [None, None])
