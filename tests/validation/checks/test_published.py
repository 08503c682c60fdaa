"""Expectations: the published ones, and a user's own."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from mrnet.archive.model import Archive
from mrnet.archive.published import slice_counts
from mrnet.errors import UsageError
from mrnet.validation.catalogue import all_rules
from mrnet.validation.rules import Problem, Read
from mrnet.validation.run import Report, examine
from mrnet.validation.sources import open_source
from mrnet.vocabulary import Plane, Split
from tests.archives import make_volume, write_labels, write_sparse_volume
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
    """Write expectations to a file, and return its path."""

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


def test_a_slice_count_out_of_range_is_reported(
    archive: Path, examined: Examined, expectations: Callable[[str], tuple[str]]
) -> None:
    np.save(archive / "train/axial/0001.npy", make_volume("0001", "axial", slices=9))
    [problem] = examined(archive, read="headers", against=expectations(SOUND)).problems
    assert (problem.rule, problem.path, problem.message) == (
        "unexpected-slices", "train/axial/0001.npy", "9 slices, the small one expects 3 to 7",
    )  # fmt: skip


def test_an_id_out_of_range_is_reported_once(
    archive: Path, examined: Examined, expectations: Callable[[str], tuple[str]]
) -> None:
    report = examined(archive, against=expectations(SOUND.replace('"0002"]', '"0001"]')))
    assert places(report) == [("unexpected-id", "train/axial/0002.npy")]


def test_an_id_out_of_range_that_is_known_from_a_label_only_is_reported_there(
    archive: Path, examined: Examined, expectations: Callable[[str], tuple[str]]
) -> None:
    with open(archive / "train-meniscus.csv", "a") as file:
        file.write("0500,0\n")
    own = expectations(SOUND.replace("cases = 3", "cases = 4"))
    problems = [problem for problem in examined(archive, against=own).problems if problem.rule == "unexpected-id"]
    assert [(problem.path, problem.case, problem.message) for problem in problems] == [
        ("train-meniscus.csv", "0500", "id 0500, the small one expects 0000 to 0002 in train")
    ]


def test_an_id_of_five_digits_is_out_of_any_range_of_four(
    archive: Path, examined: Examined, expectations: Callable[[str], tuple[str]]
) -> None:
    with open(archive / "train-meniscus.csv", "a") as file:
        file.write("10000,0\n")
    own = expectations(SOUND.replace("cases = 3", "cases = 4").replace('"0002"]', '"2000"]'))
    assert ("unexpected-id", "train-meniscus.csv") in places(examined(archive, against=own))


def test_rules_that_read_slices_are_skipped_where_only_labels_are_read(
    archive: Path, examined: Examined, expectations: Callable[[str], tuple[str]]
) -> None:
    report = examined(archive, read="labels", against=expectations(SOUND))
    assert report.problems == []
    assert "unexpected-slices" in report.skipped
    assert "unexpected-count" not in report.skipped


def test_a_checkout_of_label_files_is_compared_with_the_counts_of_labels(tmp_path: Path, examined: Examined) -> None:
    place = tmp_path / "labels"
    place.mkdir()
    for finding in ("abnormal", "acl", "meniscus"):
        write_labels(place, "train", finding, {"0000": 0})
        write_labels(place, "valid", finding, {"1130": 0})
    report = examined(place, read="labels", against=("mrnet-v1.0",))
    assert {problem.rule for problem in report.problems} == {"unexpected-count"}
    assert not any((problem.path or "").endswith("/axial/") for problem in report.problems)


def test_without_expectations_their_rules_do_not_run_and_do_not_count_as_skipped(
    archive: Path, examined: Examined
) -> None:
    report = examined(archive)
    assert {rule.name for rule in all_rules() if rule.against} == set(report.idle)
    assert report.skipped == []


@pytest.mark.parametrize(
    "text",
    ["[train]\ncase = 3", "[test]\ncases = 3", "[train]\ncases = '3'", "[train]\nids = ['1', '2']", "not toml",
     "[train]\nslices = { axial = [9, 3] }", "[train]\nslices = { oblique = [3, 9] }", "name = 3",
     "[train]\ncombinations = { 222 = 1 }", "[train]\ncases = true", "[train]\ncases = -1"],
)  # fmt: skip
def test_expectations_are_read_strictly(expectations: Callable[[str], tuple[str]], text: str) -> None:
    with pytest.raises(UsageError, match=r"own\.toml"):
        open_source(expectations(text)[0])


def rename(root: Path, split: str, plane: str, names: dict[str, str]) -> None:
    """Rename the volumes of a plane, all at once."""
    for old in names:
        (root / split / plane / f"{old}.npy").rename(root / split / plane / f"{old}.moved")
    for old, new in names.items():
        (root / split / plane / f"{old}.moved").rename(root / split / plane / f"{new}.npy")


@pytest.fixture
def published(full_archive: Path, tmp_path: Path) -> Path:
    """The sparse archive with all published counts; the test may break it."""
    return shutil.copytree(full_archive, tmp_path / "MRNet-v1.0", copy_function=os.link)


def differing(place: Path) -> tuple[list[Problem], list[str]]:
    rules = [rule for rule in all_rules() if rule.name == "unexpected-slices"]
    report = examine(Archive.open(place), rules, Read.HEADERS, [open_source("mrnet-v1.0")])
    return report.problems, report.remarks


def test_two_exchanged_cases_are_named_with_each_other(published: Path) -> None:
    for plane in Plane:
        rename(published, "train", plane, {"0003": "0007", "0007": "0003"})
    problems, remarks = differing(published)
    assert [problem.path for problem in problems] == [
        f"train/{plane}/{id}.npy" for plane in Plane for id in ("0003", "0007")
    ]
    assert remarks == ["The cases 0003 and 0007 have each other's slice counts: they were exchanged."]
    assert all(remarks[0] in problem.message for problem in problems)


def test_two_exchanged_series_of_one_plane_are_named_with_the_plane(published: Path) -> None:
    rename(published, "valid", "coronal", {"1133": "1139", "1139": "1133"})
    problems, remarks = differing(published)
    assert [problem.case for problem in problems] == ["1133", "1139"]
    assert remarks == ["The coronal series of cases 1133 and 1139 have each other's slice counts: they were exchanged."]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda _: 24, "All 120 series of valid axial have 24 slices: the plane was resampled, cut or padded to one number."),
        (lambda count: max(count, 30), "have 30 slices or more: shorter series were padded to 30."),
        (lambda count: min(count, 40), "have 40 slices or fewer: longer series were cut to 40."),
    ],
)  # fmt: skip
def test_a_plane_that_was_changed_as_a_whole_is_reported_in_one_line(
    published: Path, change: Callable[[int], int], words: str
) -> None:
    for file in (published / "valid/axial").iterdir():
        count = change(slice_counts(Split.VALID, Plane.AXIAL)[file.stem])
        file.unlink()
        write_sparse_volume(file, count)
    problems, [remark] = differing(published)
    assert words in remark
    assert {problem.plane for problem in problems} == {Plane.AXIAL}


def test_exchanged_planes_are_reported_in_one_line_each(published: Path) -> None:
    for old, new in (("axial", "moved"), ("coronal", "axial"), ("moved", "coronal")):
        (published / "valid" / old).rename(published / "valid" / new)
    _, remarks = differing(published)
    assert remarks == [
        "All 120 series of valid axial have the slice counts of coronal: the planes were exchanged.",
        "All 120 series of valid coronal have the slice counts of axial: the planes were exchanged.",
    ]


def test_cases_in_another_order_are_reported_in_one_line(published: Path) -> None:
    ids = sorted(slice_counts(Split.VALID, Plane.AXIAL))
    by_name = sorted(ids, key=lambda each: each[::-1])
    for plane in Plane:
        rename(published, "valid", plane, dict(zip(by_name, ids, strict=True)))
    problems, [remark] = differing(published)
    assert len(problems) > 300
    assert "they were renumbered, or two tables were joined in another order than by id" in remark


@pytest.mark.parametrize("planes", [tuple(Plane), (Plane.CORONAL,)])
def test_cases_that_are_moved_by_one_id_are_reported_in_one_line(published: Path, planes: tuple[Plane, ...]) -> None:
    ids = sorted(slice_counts(Split.VALID, Plane.AXIAL))
    for plane in planes:
        (published / "valid" / plane / f"{ids[0]}.npy").unlink()
        rename(published, "valid", plane, dict(zip(ids[1:], ids, strict=False)))
    _, [remark] = differing(published)
    assert (
        f"The {119 * len(planes)} series of valid {' and '.join(planes)} have the slice counts of 1 id further"
        in remark
    )
    assert "(1130 has those of 1131)" in remark


def test_a_series_with_another_count_is_named_with_both(published: Path) -> None:
    file = published / "train/axial/0000.npy"
    file.unlink()
    write_sparse_volume(file, 43)
    [problem], remarks = differing(published)
    assert (problem.path, problem.message) == ("train/axial/0000.npy", "43 slices, MRNet-v1.0 has 44 in this series")
    assert remarks == []
