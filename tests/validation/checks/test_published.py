"""Expectations: the published ones, and a user's own."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from mrnet.errors import UsageError
from mrnet.validation.catalogue import all_rules
from mrnet.validation.run import Report
from mrnet.validation.sources import open_source
from tests.archives import make_volume, write_labels
from tests.validation.checks.conftest import places

Examined = Callable[..., Report]

SOUND = """
name = "the small one"
[train]
cases = 3
ids = ["0000", "0002"]
series = { axial = 3, coronal = 3, sagittal = 3 }
slices = { axial = [3, 7], coronal = [3, 7], sagittal = [3, 7] }
positives = { abnormal = 2, acl = 1, meniscus = 1 }
combinations = { 000 = 1, 101 = 1, 110 = 1, 111 = 0 }
[valid]
cases = 2
"""


@pytest.fixture
def expectations(tmp_path: Path) -> Callable[[str], tuple[str]]:
    """Write expectations to a file, and name it."""

    def write(text: str) -> tuple[str]:
        (tmp_path / "own.toml").write_text(text)
        return (str(tmp_path / "own.toml"),)

    return write


def test_an_archive_as_expected_has_no_problem(
    archive: Path, examined: Examined, expectations: Callable[[str], tuple[str]]
) -> None:
    report = examined(archive, against=expectations(SOUND))
    assert report.problems == []
    assert {"unexpected-count", "unexpected-slices", "unexpected-id"}.isdisjoint(report.skipped)


@pytest.mark.parametrize(
    ("old", "new", "path", "words"),
    [
        ("cases = 3", "cases = 4", "train/", "3 cases, the small one expects 4"),
        ("axial = 3,", "axial = 1130,", "train/axial/", "3 series, the small one expects 1,130"),
        ("acl = 1,", "acl = 2,", "train-acl.csv", "1 positive case, the small one expects 2"),
        ("111 = 0", "111 = 5", None, "abnormal 1, acl 1, meniscus 1: 0 cases, the small one expects 5"),
    ],
)
def test_each_count_is_compared(
    archive: Path, examined: Examined, expectations: Callable[[str], tuple[str]], old: str, new: str,
    path: str | None, words: str,
) -> None:  # fmt: skip
    [problem] = examined(archive, against=expectations(SOUND.replace(old, new, 1))).problems
    assert (problem.rule, problem.path, problem.split, problem.message) == ("unexpected-count", path, "train", words)


def test_a_slice_count_out_of_range_is_told(
    archive: Path, examined: Examined, expectations: Callable[[str], tuple[str]]
) -> None:
    np.save(archive / "train/axial/0001.npy", make_volume("0001", "axial", slices=9))
    [problem] = examined(archive, read="headers", against=expectations(SOUND)).problems
    assert (problem.rule, problem.path, problem.message) == (
        "unexpected-slices", "train/axial/0001.npy", "9 slices, the small one expects 3 to 7",
    )  # fmt: skip


def test_an_id_out_of_range_is_told_once(
    archive: Path, examined: Examined, expectations: Callable[[str], tuple[str]]
) -> None:
    report = examined(archive, against=expectations(SOUND.replace('"0002"]', '"0001"]')))
    assert places(report) == [("unexpected-id", "train/axial/0002.npy")]


def test_an_id_out_of_range_that_is_known_from_a_label_only_is_told_there(
    archive: Path, examined: Examined, expectations: Callable[[str], tuple[str]]
) -> None:
    with open(archive / "train-meniscus.csv", "a") as file:
        file.write("0500,0\n")
    own = expectations(SOUND.replace("cases = 3", "cases = 4"))
    problems = [problem for problem in examined(archive, against=own).problems if problem.rule == "unexpected-id"]
    assert [(problem.path, problem.case, problem.message) for problem in problems] == [
        ("train-meniscus.csv", "0500", "id 0500, the small one expects 0000 to 0002 in train")
    ]


def test_rules_that_read_slices_are_skipped_where_only_labels_are_read(
    archive: Path, examined: Examined, expectations: Callable[[str], tuple[str]]
) -> None:
    report = examined(archive, read="labels", against=expectations(SOUND))
    assert report.problems == []
    assert "unexpected-slices" in report.skipped
    assert "unexpected-count" not in report.skipped


def test_a_checkout_of_label_files_is_held_against_the_counts_of_labels(tmp_path: Path, examined: Examined) -> None:
    place = tmp_path / "labels"
    place.mkdir()
    for finding in ("abnormal", "acl", "meniscus"):
        write_labels(place, "train", finding, {"0000": 0})
        write_labels(place, "valid", finding, {"1130": 0})
    report = examined(place, read="labels", against=("mrnet-v1.0",))
    assert {problem.rule for problem in report.problems} == {"unexpected-count"}
    assert not any((problem.path or "").endswith("/axial/") for problem in report.problems)


def test_without_expectations_their_rules_are_idle_and_nothing_is_skipped(archive: Path, examined: Examined) -> None:
    report = examined(archive)
    assert {rule.name for rule in all_rules() if rule.against} == set(report.idle)
    assert report.skipped == []


@pytest.mark.parametrize(
    "text",
    ["[train]\ncase = 3", "[test]\ncases = 3", "[train]\ncases = '3'", "[train]\nids = ['1', '2']", "not toml",
     "[train]\nslices = { axial = [9, 3] }", "[train]\nslices = { oblique = [3, 9] }", "name = 3",
     "[train]\ncombinations = { 222 = 1 }", "[train]\ncases = true", "[train]\ncases = -1"],
)  # fmt: skip
def test_expectations_are_strictly_read(expectations: Callable[[str], tuple[str]], text: str) -> None:
    with pytest.raises(UsageError, match=r"own\.toml"):
        open_source(expectations(text)[0])
