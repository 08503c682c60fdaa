"""`mrnet list`: one row per case in every format, and the ids that other commands read."""

import json
import os
import shutil
from pathlib import Path

import numpy as np
import pytest

from tests.archives import LABELS, PLANES, slices_of
from tests.conftest import Mrnet

HEADER = "case,split,abnormal,acl,meniscus,axial,coronal,sagittal"


@pytest.mark.parametrize("kind", ["archive", "zipped"])
def test_one_row_per_case(request: pytest.FixtureRequest, mrnet: Mrnet, kind: str) -> None:
    ran = mrnet("list", "--root", request.getfixturevalue(kind), "--format", "json")
    assert ran.status == 0
    assert json.loads(ran.out) == [
        {"case": id, "split": split}
        | {finding: LABELS[split][finding][id] for finding in ("abnormal", "acl", "meniscus")}
        | {plane: slices_of(id, plane) for plane in PLANES}
        for split in LABELS
        for id in LABELS[split]["acl"]
    ]


def test_one_case_is_still_an_array(archive: Path, mrnet: Mrnet) -> None:
    assert len(json.loads(mrnet("list", "0001", "--root", archive, "--format", "json").out)) == 1


def test_csv_and_markdown_hold_the_same_rows(archive: Path, mrnet: Mrnet) -> None:
    out = mrnet("list", "0001", "--root", archive, "--format", "csv").out
    assert out == f"{HEADER}\n0001,train,1,1,0,4,5,6\n"
    out = mrnet("list", "0001", "--root", archive, "--format", "markdown").out
    assert out.splitlines()[2] == "| 0001 | train | 1 | 1 | 0 | 4 | 5 | 6 |"


def test_ids_are_one_per_line(archive: Path, mrnet: Mrnet) -> None:
    assert mrnet("list", "1131", "0-1", "--root", archive, "--format", "ids").out == "1131\n0000\n0001\n"


def test_a_series_that_is_missing_or_unreadable_is_null_and_no_error(archive: Path, mrnet: Mrnet) -> None:
    (archive / "train" / "axial" / "0001.npy").unlink()
    (archive / "train" / "coronal" / "0001.npy").write_bytes(b"")
    np.save(archive / "train" / "sagittal" / "0001.npy", np.zeros((3, 4)))
    ran = mrnet("list", "0001", "--root", archive, "--format", "csv")
    assert (ran.status, ran.out, ran.err) == (0, f"{HEADER}\n0001,train,1,1,0,,,\n", "")
    assert "–" in mrnet("list", "0001", "--root", archive).out


def test_a_case_in_both_splits_gives_two_rows(archive: Path, mrnet: Mrnet) -> None:
    (archive / "valid-acl.csv").write_text("0001,0\n")
    rows = json.loads(mrnet("list", "0001", "--root", archive, "--format", "json").out)
    assert [(row["split"], row["acl"]) for row in rows] == [("train", 1), ("valid", 0)]


def test_an_empty_archive_has_a_header_and_no_rows(tmp_path: Path, mrnet: Mrnet) -> None:
    (tmp_path / "empty" / "train" / "axial").mkdir(parents=True)
    for form, out in (("csv", f"{HEADER}\n"), ("json", "[]\n"), ("ids", "")):
        ran = mrnet("list", "--root", tmp_path / "empty", "--format", form)
        assert (ran.status, ran.out) == (0, out)
    assert "0 cases" in mrnet("list", "--root", tmp_path / "empty").out


def test_a_table_fits_80_columns_and_ends_with_the_number_of_cases(archive: Path, mrnet: Mrnet) -> None:
    out = mrnet("list", "--root", archive).out
    assert max(map(len, out.splitlines())) <= 80
    assert out.splitlines()[-1] == "5 cases"


@pytest.mark.parametrize("command", ["list", "info", "stats", "manifest"])
def test_a_folder_that_cannot_be_listed_is_named(
    archive: Path, mrnet: Mrnet, monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    listed = os.scandir

    # Tests may run as root, who can list every folder.
    def refuse(folder: str) -> object:
        if str(folder).endswith("train/coronal"):
            raise PermissionError(13, "Permission denied")
        return listed(folder)

    monkeypatch.setattr(os, "scandir", refuse)
    ran = mrnet(command, "--root", archive)
    assert ran.status == 1
    assert "train/coronal: this is a folder that cannot be listed (Permission denied)" in ran.err


@pytest.mark.parametrize("command", ["export-gif", "export-montage", "export-html"])
def test_cases_and_planes_without_any_volume_are_left_out_where_none_are_chosen(
    archive: Path, mrnet: Mrnet, command: str
) -> None:
    for plane in ("coronal", "sagittal"):
        for split in ("train", "valid"):
            shutil.rmtree(archive / split / plane)
    (archive / "train" / "axial" / "0002.npy").unlink()
    ran = mrnet(command, "--root", archive)
    assert "1 labelled case without a volume: left out" in ran.err
    if command != "export-html":
        assert (ran.status, ran.out.count("axial"), "coronal" in ran.out + ran.err) == (0, 8, False)
    assert "0002" not in ran.out + ran.err
    assert mrnet(command, "0002", "--root", archive).status == 1
