"""The figures of random tables of labels equal those of pandas and scikit-learn; those of the published one, its sources."""

import hashlib
import subprocess
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn import metrics

from mrnet.archive.model import Archive, Case
from mrnet.archive.published import mrnet_v1
from mrnet.parallel import Workers
from mrnet.statistics.counting import count_cases, labels_digest
from mrnet.statistics.figures import ALL, count_combinations, count_labels, count_pairs, count_slices
from mrnet.vocabulary import Finding, Split
from tests.archives import write_labels

FINDINGS = [finding.value for finding in Finding]
answer = st.sampled_from([0, 1, None])
tables = st.lists(st.tuples(answer, answer, answer), max_size=60)


def close(number: Any) -> Any:
    return pytest.approx(number, rel=1e-12, abs=1e-12)


@given(tables)
def test_a_missing_label_never_counts_as_negative(rows: Any) -> None:
    frame = pd.DataFrame(rows, columns=FINDINGS, dtype="Int64")
    for finding, figures in count_labels(Counter(rows)).items():
        column = frame[finding]
        assert figures["positive"] == (column == 1).sum()
        assert figures["negative"] == (column == 0).sum()
        assert figures["missing"] == column.isna().sum()
        known = column.dropna()
        assert figures["prevalence"] == (close(float(known.mean())) if len(known) else None)


@given(tables)
def test_combinations_are_pandas_value_counts_of_the_complete_cases(rows: Any) -> None:
    complete = pd.DataFrame(rows, columns=FINDINGS, dtype="Int64").dropna()
    counts = complete.value_counts()
    found = count_combinations(Counter(rows))
    assert [(each["abnormal"], each["acl"], each["meniscus"]) for each in found] == list(np.ndindex(2, 2, 2))
    for each in found:
        key = (each["abnormal"], each["acl"], each["meniscus"])
        assert each["cases"] == counts.get(key, 0)
        assert each["share"] == (close(counts.get(key, 0) / len(complete)) if len(complete) else None)


@pytest.mark.slow
@given(tables)
def test_pairs_are_scikit_learns_figures_of_the_cases_with_both_labels(rows: Any) -> None:
    frame = pd.DataFrame(rows, columns=FINDINGS, dtype="Int64")
    pairs = count_pairs(Counter(rows))
    assert [(pair["a"], pair["b"]) for pair in pairs] == [
        ("abnormal", "acl"), ("abnormal", "meniscus"), ("acl", "meniscus")
    ]  # fmt: skip
    for pair in pairs:
        known = frame[[pair["a"], pair["b"]]].dropna().astype(int)
        a, b = known[pair["a"]], known[pair["b"]]
        (neither, b_only), (a_only, both) = (
            metrics.confusion_matrix(a, b, labels=[0, 1]) if len(a) else ((0, 0), (0, 0))
        )
        assert [pair[key] for key in ("both", "a_only", "b_only", "neither")] == [both, a_only, b_only, neither]
        assert pair["p_b_given_a"] == (close(metrics.recall_score(a, b)) if a.any() else None)
        assert pair["p_a_given_b"] == (close(metrics.precision_score(a, b)) if b.any() else None)
        assert pair["jaccard"] == (close(metrics.jaccard_score(a, b)) if a.any() or b.any() else None)
        assert pair["phi"] == (close(metrics.matthews_corrcoef(a, b)) if a.nunique() == b.nunique() == 2 else None)
        expected_lift = close(both * len(a) / (int(a.sum()) * int(b.sum()))) if a.any() and b.any() else None
        assert pair["lift"] == expected_lift


@given(st.lists(st.integers(1, 100), max_size=40))
def test_slices_are_numpys_figures(slices: list[int]) -> None:
    figures = count_slices(slices)
    if not slices:
        assert list(figures.values()) == [0] + [None] * 7
        return
    p25, median, p75 = np.percentile(slices, [25, 50, 75], method="linear")
    expected = [len(slices), min(slices), p25, median, p75, max(slices), close(np.mean(slices)), close(np.std(slices))]
    assert list(figures.values()) == expected
    assert list(figures) == ["series", "min", "p25", "median", "p75", "max", "mean", "std"]


def test_the_published_table_is_reproduced(full_archive: Path) -> None:
    archive = Archive.open(full_archive)
    figures = count_cases(archive, archive.cases).figures
    for split, expected in mrnet_v1().splits.items():
        found = figures["splits"][split]
        assert found["cases"] == expected.cases
        assert {finding: found["labels"][finding]["positive"] for finding in Finding} == expected.positives
        assert [each["cases"] for each in found["combinations"]] == list(expected.combinations.values())
        for plane, (low, high) in expected.slices.items():
            assert (found["slices"][plane]["min"], found["slices"][plane]["max"]) == (low, high)
            assert found["slices"][plane]["series"] == expected.series[plane]
    whole = figures["splits"][ALL]
    assert [each["cases"] for each in whole["combinations"]] == [242, 0, 0, 0, 453, 293, 106, 156]
    assert [label["positive"] for label in whole["labels"].values()] == [1008, 262, 449]
    assert figures["split_shift"]["acl"]["difference"] == close(54 / 120 - 208 / 1130)


def test_the_archive_may_be_a_zip_and_the_jobs_any_number(archive: Path, zipped: Path) -> None:
    folder, zip = Archive.open(archive), Archive.open(zipped)
    counts = [count_cases(each, each.cases, Workers(jobs)) for each in (folder, zip) for jobs in (1, 2, 5)]
    assert all(each.figures["splits"] == counts[0].figures["splits"] for each in counts)


def test_splits_are_those_with_cases_and_the_shift_needs_both(archive: Path) -> None:
    opened = Archive.open(archive)
    valid = [case for case in opened.cases if case.split is Split.VALID]
    figures = count_cases(opened, valid).figures
    assert list(figures["splits"]) == ["valid", "all"]
    assert "split_shift" not in figures


def test_volumes_without_labels_and_labels_without_volumes_are_counted(archive: Path) -> None:
    labels_only = archive.parent / "labels"
    labels_only.mkdir()
    for file in archive.glob("*.csv"):
        file.rename(labels_only / file.name)
    for root, prevalence, series in ((archive, None, 3), (labels_only, 2 / 3, 0)):
        opened = Archive.open(root)
        split = count_cases(opened, opened.cases).figures["splits"]["train"]
        assert split["cases"] == 3
        assert split["labels"]["abnormal"]["prevalence"] == prevalence
        assert split["slices"]["axial"]["series"] == series


def test_a_series_that_cannot_be_read_is_named_and_not_counted(archive: Path) -> None:
    (archive / "train/axial/0001.npy").write_bytes(b"no volume")
    opened = Archive.open(archive)
    count = count_cases(opened, opened.cases)
    assert [error.path for error in count.unreadable] == ["train/axial/0001.npy"]
    assert count.figures["splits"]["train"]["slices"]["axial"]["series"] == 2


def test_the_digest_is_over_the_documented_rows() -> None:
    def case(id: str, *answers: int | None) -> Case:
        return Case(None, id, Split.TRAIN, dict(zip(Finding, answers, strict=True)))  # type: ignore[arg-type]  # no storage is asked for labels

    rows = b"0000,1,0,0\n0001,1,,1\n"
    assert labels_digest([case("0001", 1, None, 1), case("0000", 1, 0, 0)]) == hashlib.sha256(rows).hexdigest()


def test_the_digest_equals_that_of_the_shell_command_in_the_docs(archive: Path) -> None:
    docs = Path(__file__).parents[2] / "docs" / "reference" / "statistics.md"
    line = next(line for line in docs.read_text(encoding="utf-8").splitlines() if line.startswith("join "))
    shell = subprocess.run(["bash", "-c", line], cwd=archive, capture_output=True, text=True, check=True)
    opened = Archive.open(archive)
    figures = count_cases(opened, opened.cases).figures
    assert shell.stdout.split()[0] == figures["splits"]["train"]["labels_sha256"]


def test_two_labels_swapped_between_cases_change_the_digest_alone(archive: Path) -> None:
    opened = Archive.open(archive)
    before = count_cases(opened, opened.cases).figures["splits"]["train"]
    for finding, answers in (("abnormal", (1, 1, 0)), ("acl", (1, 0, 0)), ("meniscus", (0, 1, 0))):
        write_labels(archive, "train", finding, dict(zip(["0000", "0001", "0002"], answers, strict=True)))
    opened = Archive.open(archive)
    after = count_cases(opened, opened.cases).figures["splits"]["train"]
    assert {key for key in before if before[key] != after[key]} == {"labels_sha256"}  # type: ignore[literal-required]  # every key in turn
