"""Copies that are partial on purpose: one plane, the first cases with full label files, no label files."""

import json
import shutil
from pathlib import Path

import pytest

from tests.conftest import Mrnet


@pytest.fixture
def one_plane(archive: Path) -> Path:
    """A copy with volumes of the sagittal plane alone."""
    for split in ("train", "valid"):
        for plane in ("axial", "coronal"):
            shutil.rmtree(archive / split / plane)
    return archive


@pytest.fixture
def first_case(archive: Path) -> Path:
    """A copy with the volumes of case 0000 alone, and full label files."""
    for volume in archive.rglob("*.npy"):
        if volume.stem != "0000":
            volume.unlink()
    return archive


@pytest.fixture
def no_labels(archive: Path) -> Path:
    """A copy without a label file."""
    for file in archive.glob("*.csv"):
        file.unlink()
    return archive


@pytest.mark.parametrize(
    ("words", "files"),
    [
        (["export-gif"], 5),
        (["export-montage"], 5),
        (["export-contact-sheet", "--plane", "sagittal"], 1),
        (["export-html"], 5),
        (["extract", "-o", "out"], 11),
    ],
)
def test_a_copy_of_one_plane_gives_every_result_without_a_failure(
    mrnet: Mrnet, one_plane: Path, words: list[str], files: int
) -> None:
    ran = mrnet(*words, "--root", one_plane)
    assert ran.status == 0
    assert sum(path.is_file() for path in Path().rglob("*")) == files


def test_pages_of_one_plane_say_once_which_planes_are_not_there(mrnet: Mrnet, one_plane: Path) -> None:
    ran = mrnet("export-html", "--root", one_plane, "--format", "json")
    assert {row["error"] for row in json.loads(ran.out)} == {None}
    assert ran.err.count("it holds no volume in axial and coronal") == 1


def test_a_plane_that_is_nowhere_is_not_drawn_and_the_reason_is_reported(mrnet: Mrnet, one_plane: Path) -> None:
    ran = mrnet("export-contact-sheet", "--plane", "axial", "--root", one_plane)
    assert (ran.status, "no volume of these cases and planes" in ran.err) == (2, True)
    assert mrnet("show", "1", "--plane", "axial", "--root", one_plane).status == 1


def test_a_case_is_shown_in_the_planes_that_are_there(mrnet: Mrnet, one_plane: Path) -> None:
    ran = mrnet("show", "1", "--root", one_plane)
    assert (ran.status, "sagittal slice" in ran.out, ran.err) == (0, True, "")


def test_a_case_without_a_volume_is_reported_once(mrnet: Mrnet, first_case: Path) -> None:
    ran = mrnet("show", "1", "--root", first_case)
    assert (ran.status, ran.err) == (1, f"mrnet: Case 0001 (train) has no volume in {first_case}\n")


@pytest.mark.parametrize(
    "words", [["export-gif"], ["export-montage"], ["export-contact-sheet"], ["extract", "-o", "out"]]
)
def test_a_case_that_lacks_just_the_wanted_plane_is_a_failure_and_not_left_out(
    mrnet: Mrnet, archive: Path, words: list[str]
) -> None:
    (archive / "train" / "axial" / "0002.npy").unlink()
    ran = mrnet(*words, "--plane", "axial", "--root", archive)
    assert (ran.status, "left out" in ran.err, "train/axial/0002.npy: " in ran.err) == (1, False, True)


@pytest.mark.parametrize(
    ("words", "files"),
    [
        (["export-gif"], 3),
        (["export-montage"], 3),
        (["export-contact-sheet", "--plane", "sagittal"], 1),
        (["export-html"], 1),
        (["extract", "-o", "out"], 9),
    ],
)
def test_cases_with_volumes_are_taken_and_the_others_are_counted(
    mrnet: Mrnet, first_case: Path, words: list[str], files: int
) -> None:
    ran = mrnet(*words, "--root", first_case)
    assert (ran.status, ran.err.count("4 labelled cases without a volume: left out")) == (0, 1)
    assert sum(path.is_file() for path in Path().rglob("*")) == files


@pytest.mark.parametrize(
    "words",
    [
        ["export-gif", "0000", "--plane", "axial"],
        ["export-contact-sheet", "--plane", "axial"],
        ["export-html", "0000"],
        ["show", "0000"],
        ["extract", "-o", "out"],
        ["list"],
        ["stats"],
    ],
)
def test_without_labels_all_of_it_works(mrnet: Mrnet, no_labels: Path, words: list[str]) -> None:
    ran = mrnet(*words, "--root", no_labels)
    assert (ran.status, "Warning" in ran.err) == (0, False)


def test_unknown_numbers_are_null_in_info(mrnet: Mrnet, no_labels: Path) -> None:
    splits = json.loads(mrnet("info", "--root", no_labels, "--format", "json").out)["splits"]
    assert splits["train"]["positives"] == {"abnormal": None, "acl": None, "meniscus": None}


@pytest.mark.parametrize(
    ("copy", "there", "ignored"),
    [
        ("one_plane", "volumes of 5 of 5 cases (sagittal)", ["missing-plane"]),
        ("first_case", "volumes of 1 of 5 cases (axial, coronal, sagittal)", ["missing-plane", "label-without-case"]),
        ("no_labels", "volumes of 5 of 5 cases (axial, coronal, sagittal)", ["missing-labels"]),
    ],
)
def test_validate_says_in_one_line_what_is_there_and_how_it_is_accepted(
    request: pytest.FixtureRequest,
    monkeypatch: pytest.MonkeyPatch,
    mrnet: Mrnet,
    copy: str,
    there: str,
    ignored: list[str],
) -> None:
    monkeypatch.setenv("COLUMNS", "300")
    place = request.getfixturevalue(copy)
    ran = mrnet("validate", place, "--read", "headers")
    [line] = [line for line in ran.out.splitlines() if line.startswith("A part of the data set")]
    options = [f"--ignore {rule}" for rule in ignored]
    assert (ran.status, there in line, line.endswith(f"{' '.join(options)}.")) == (1, True, True)
    accepting = [word for option in options for word in option.split()]
    assert mrnet("validate", place, "--read", "headers", *accepting).status == 0
