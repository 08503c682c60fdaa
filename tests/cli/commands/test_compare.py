"""`mrnet compare` as a user, a script and a job meet it."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.archives import zip_archive
from tests.conftest import Mrnet

HEADER = "case,abnormal,acl,meniscus"
READER = f"{HEADER}\n0000,1,0,1\n0001,1,1,0\n0002,0,0,0\n1130,1,1,1\n1131,0,0,0\n"


@pytest.fixture
def reader(tmp_path: Path) -> Callable[..., Path]:
    def write(text: str = READER, name: str = "reader.csv") -> Path:
        file = tmp_path / name
        file.write_text(text)
        return file

    return write


@pytest.fixture
def flipped(archive: Path, tmp_path: Path) -> Path:
    """The archive's label files with one label flipped: case 0001 without its ACL tear."""
    folder = tmp_path / "labels"
    folder.mkdir()
    for file in archive.glob("*.csv"):
        shutil.copy(file, folder)
    (folder / "train-acl.csv").write_text("0000,0\n0001,0\n0002,0\n")
    return folder


def test_the_differing_label_is_a_row_and_status_1(mrnet: Mrnet, archive: Path, flipped: Path) -> None:
    ran = mrnet("compare", flipped, "--root", archive, "--format", "json")
    assert ran.status == 1
    assert json.loads(ran.out) == [{"case": "0001", "split": "train", "finding": "acl", "this": 1, "other": 0}]
    assert mrnet("compare", flipped, "--root", archive, "--format", "csv").out == (
        "case,split,finding,this,other\n0001,train,acl,1,0\n"
    )


def test_the_figures_of_agreement_are_said_on_standard_error(mrnet: Mrnet, archive: Path, flipped: Path) -> None:
    lines = mrnet("compare", flipped, "--root", archive).err.splitlines()
    assert lines[0].split() == ["finding", "compared", "agree", "kappa", "sensitivity", "specificity"]
    acl = next(line for line in lines if line.startswith("acl"))
    assert acl.split()[:4] == ["acl", "5", "80.0%", "0.55"]
    assert "0.50 (0.09–0.91) 1.00 (0.44–1.00)" in acl
    assert max(len(line) for line in lines[:4]) <= 80


@pytest.mark.parametrize("format", ["table", "json", "csv", "markdown"])
def test_sources_that_agree_are_status_0(mrnet: Mrnet, archive: Path, reader: Callable[..., Path], format: str) -> None:
    ran = mrnet("compare", reader(), "--root", archive, "--format", format)
    assert ran.status == 0
    expected = {
        "table": "No label differs.\n",
        "json": "[]\n",
        "csv": "case,split,finding,this,other\n",
        "markdown": "| case | split | finding | this | other |\n| --- | --- | --- | --- | --- |\n",
    }
    assert ran.out == expected[format]


def test_a_zip_and_a_folder_are_archives(mrnet: Mrnet, archive: Path, tmp_path: Path) -> None:
    zipped = zip_archive(archive, tmp_path / "other.zip")
    assert mrnet("compare", zipped, "--root", archive).status == 0
    assert mrnet("compare", archive, "--root", zipped).status == 0


def test_labels_from_a_checkout_are_this_side(mrnet: Mrnet, archive: Path, flipped: Path) -> None:
    ran = mrnet("compare", archive, "--root", archive, "--labels", flipped, "--format", "json")
    assert json.loads(ran.out) == [{"case": "0001", "split": "train", "finding": "acl", "this": 0, "other": 1}]


def test_a_readers_notes_are_carried_along(mrnet: Mrnet, archive: Path, reader: Callable[..., Path]) -> None:
    file = reader(f"{HEADER},note,unsure\n0001,1,0,0,looks whole,1\n")
    ran = mrnet("compare", file, "--root", archive, "--format", "json")
    assert json.loads(ran.out) == [
        {
            "case": "0001",
            "split": "train",
            "finding": "acl",
            "this": 1,
            "other": 0,
            "note": "looks whole",
            "unsure": "1",
        }
    ]
    assert "looks whole" in mrnet("compare", file, "--root", archive).out


def test_cases_and_labels_of_one_side_only_are_said_and_not_counted(
    mrnet: Mrnet, archive: Path, reader: Callable[..., Path]
) -> None:
    ran = mrnet("compare", reader(f"{HEADER}\n0000,1,,1\n4711,1,1,1\n"), "--root", archive)
    assert ran.status == 0
    assert "acl: 1 label that only this archive has, not compared" in ran.err
    assert "4 cases that only this archive has, not compared: 0001, 0002, 1130, 1131" in ran.err
    assert "1 case that only OTHER has, not compared: 4711" in ran.err


def test_a_malformed_row_is_a_warning_with_its_line_and_status_1(
    mrnet: Mrnet, archive: Path, reader: Callable[..., Path]
) -> None:
    file = reader(READER.replace("0002,0,0,0", "0002,0,maybe,0"))
    ran = mrnet("compare", file, "--root", archive)
    assert ran.status == 1
    assert f"Warning: {file}:4: acl is 'maybe', expected 0, 1 or nothing" in ran.err


def test_malformed_rows_of_the_other_archive_are_told_with_their_place(
    mrnet: Mrnet, archive: Path, flipped: Path
) -> None:
    (flipped / "train-acl.csv").write_text("id,label\n0000,0\n0001,1\n0002,0\n")
    ran = mrnet("compare", flipped, "--root", archive)
    assert ran.status == 1
    assert f"Warning: {flipped}: train-acl.csv:1: 'id,label' is a header row" in ran.err


def test_a_key_undoes_a_blind_reading(mrnet: Mrnet, archive: Path, reader: Callable[..., Path]) -> None:
    key = reader("reading,case,split\nR01,1130,valid\nR02,0001,train\n", "key.csv")
    blind = reader(f"{HEADER}\nR01,1,1,1\nR02,1,0,0\n")
    ran = mrnet("compare", blind, "--root", archive, "--key", key, "--format", "json")
    assert [row["case"] for row in json.loads(ran.out)] == ["0001"]


def test_only_the_chosen_cases_are_compared(mrnet: Mrnet, archive: Path, flipped: Path) -> None:
    assert mrnet("compare", flipped, "0000", "1130", "--root", archive).status == 0
    assert mrnet("compare", flipped, "--split", "train", "--root", archive).status == 1


def test_what_cannot_be_compared_is_status_2(
    mrnet: Mrnet, archive: Path, reader: Callable[..., Path], tmp_path: Path
) -> None:
    for words, reason in [
        ((reader("0000,1\n", "label.csv"),), "expected a header row"),
        ((reader(f"{HEADER}\n4711,1,1,1\n"),), "nothing to compare"),
        ((tmp_path / "none.csv",), "no such archive, folder of label files or CSV"),
        ((archive, "--key", reader("reading,case,split\n", "key.csv")), "--key says what the blind names"),
    ]:
        ran = mrnet("compare", *words, "--root", archive)
        assert (ran.status, ran.out) == (2, "")
        assert reason in ran.err
