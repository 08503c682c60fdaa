"""`mrnet show` draws slices of one case, and says in words which."""

from pathlib import Path

import pytest

from tests.conftest import Mrnet


def test_the_middle_slices_are_named_from_zero_in_a_pipe(mrnet: Mrnet, archive: Path) -> None:
    ran = mrnet("show", "1", "--root", archive)
    assert ran.status == 0
    assert ran.out.split("Case ")[1].split() == (
        "0001 (train): axial slice 2 of 0–3, coronal slice 2 of 0–4, sagittal slice 3 of 0–5".split()  # noqa: SIM905  # readable
    )
    assert "\x1b" not in ran.out


def test_named_slices_make_a_row(mrnet: Mrnet, archive: Path) -> None:
    ran = mrnet("show", "1", "--plane", "sag", "--slice", "0,4", "--root", archive)
    assert "sagittal slice 0 of 0–5, sagittal slice 4 of 0–5" in " ".join(ran.out.split())


@pytest.mark.parametrize(
    "words",
    [
        ["--slice", "9"],
        ["--slice", "x"],
        ["--slice", "9" * 5000],
        ["--plane", "oblique"],
        ["--protocol", "ascii"],
        ["--split", "valid"],
    ],
)
def test_missing_slices_and_cases_are_usage_errors(mrnet: Mrnet, archive: Path, words: list[str]) -> None:
    assert mrnet("show", "1", *words, "--root", archive).status == 2


def test_more_slices_than_a_row_holds_are_refused_before_they_are_loaded(mrnet: Mrnet, archive: Path) -> None:
    ran = mrnet("show", "1", "--slice", ",".join(["1"] * 34), "--root", archive)
    assert (ran.status, ran.err) == (2, "mrnet: --slice: 102 slices in a row, expected at most 100\n")


@pytest.mark.parametrize(
    ("word", "message"),
    [
        (".", "an archive is named with --root ."),
        ("0000-9999", "names "),
        ("axial", "this word goes with an option: --plane"),
    ],
)
def test_a_word_that_is_not_one_case_gets_a_hint(mrnet: Mrnet, archive: Path, word: str, message: str) -> None:
    ran = mrnet("show", word, "--root", archive)
    assert (ran.status, ran.err.count("\n")) == (2, 1)
    assert message in ran.err


def test_the_name_of_a_volume_names_its_case(mrnet: Mrnet, archive: Path) -> None:
    assert mrnet("show", "0001.npy", "--root", archive).out == mrnet("show", "1", "--root", archive).out


def test_a_broken_series_is_named_and_the_others_are_drawn(mrnet: Mrnet, archive: Path) -> None:
    (archive / "train/axial/0001.npy").write_bytes(b"no volume")
    ran = mrnet("show", "1", "--root", archive)
    assert ran.status == 1
    assert "train/axial/0001.npy" in ran.err
    assert "coronal slice 2 of 0–4" in ran.out
