"""Each test breaks one thing in a sound archive, and sees just that problem, in the folder and in the zip."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from mrnet.archive.model import Archive
from mrnet.validation.catalogue import all_rules
from mrnet.validation.rules import Read
from mrnet.validation.run import Report, examine
from tests.archives import CASES, PLANES, make_volume, write_form, write_labels, zip_archive
from tests.validation.checks.conftest import places

Examined = Callable[..., Report]


def test_a_sound_archive_has_no_problem(archive: Path, examined: Examined) -> None:
    report = examined(archive)
    assert report.problems == []
    assert report.sound
    assert (report.cases, report.series) == (5, 15)
    assert report.bytes == sum(file.stat().st_size for file in archive.rglob("*.npy"))


def test_a_split_that_is_gone_is_one_problem(archive: Path, examined: Examined) -> None:
    shutil.rmtree(archive / "valid")
    for file in archive.glob("valid-*.csv"):
        file.unlink()
    [problem] = examined(archive).problems
    assert (problem.rule, problem.path, problem.split) == ("missing-split", "valid/", "valid")


def test_a_split_with_one_empty_label_file_is_not_left_out_on_purpose(archive: Path, examined: Examined) -> None:
    shutil.rmtree(archive / "valid")
    for file in archive.glob("valid-*.csv"):
        file.unlink()
    (archive / "valid-acl.csv").touch()
    assert "missing-split" in {problem.rule for problem in examined(archive).problems}


def test_a_plane_that_is_gone_is_one_problem(archive: Path, examined: Examined) -> None:
    shutil.rmtree(archive / "train" / "coronal")
    [problem] = examined(archive).problems
    assert (problem.rule, problem.path, problem.split, problem.plane) == (
        "missing-plane", "train/coronal/", "train", "coronal",
    )  # fmt: skip


def test_an_empty_plane_folder_is_a_missing_plane(archive: Path, examined: Examined) -> None:
    for file in (archive / "valid" / "axial").iterdir():
        file.unlink()
    assert places(examined(archive)) == [("missing-plane", "valid/axial/")]


def test_labels_without_any_volume_of_the_split_are_three_missing_planes(archive: Path, examined: Examined) -> None:
    shutil.rmtree(archive / "valid")
    assert places(examined(archive)) == [
        ("missing-plane", "valid/axial/"), ("missing-plane", "valid/coronal/"), ("missing-plane", "valid/sagittal/"),
    ]  # fmt: skip


def test_a_checkout_of_label_files_alone_is_sound_where_only_labels_are_read(archive: Path, examined: Examined) -> None:
    shutil.rmtree(archive / "train")
    shutil.rmtree(archive / "valid")
    report = examined(archive, read="labels")
    assert report.problems == []
    assert {"missing-plane", "wrong-dtype", "blank-slice"} <= set(report.skipped)


def test_a_file_that_is_gone_is_a_missing_series(archive: Path, examined: Examined) -> None:
    (archive / "train" / "sagittal" / "0001.npy").unlink()
    [problem] = examined(archive).problems
    assert (problem.rule, problem.path, problem.case) == ("missing-series", "train/sagittal/0001.npy", "0001")
    assert "axial, coronal" in problem.message


@pytest.mark.parametrize(
    "name", ["train/axial/._0001.npy", "valid/axial/1130 (1).npy", "Thumbs.db", "train/notes[red].txt",
             "readme", "train/README.md", "train/0001.npy", "train/axial/10000.npy", "train-acl (1).csv"],
)  # fmt: skip
def test_a_file_that_the_layout_does_not_know_is_a_warning(archive: Path, examined: Examined, name: str) -> None:
    (archive / name).write_bytes(b"something")
    report = examined(archive)
    assert places(report) == [("unexpected-file", name)]
    assert report.sound


def test_an_unknown_folder_is_one_problem_that_counts_its_files(archive: Path, examined: Examined) -> None:
    (archive / "notes" / "train").mkdir(parents=True)
    for name in ("a", "train/b", "train/c"):
        (archive / "notes" / name).write_bytes(b"")
    [problem] = examined(archive).problems
    assert (problem.rule, problem.path) == ("unexpected-file", "notes/")
    assert "3 files" in problem.message


@pytest.mark.parametrize(
    "name", [".DS_Store", "train/.DS_Store", "train/axial/.DS_Store", "__MACOSX/train/._.DS_Store"]
)
def test_files_of_macos_are_expected_only_in_a_zip(archive: Path, tmp_path: Path, name: str) -> None:
    (archive / name).parent.mkdir(parents=True, exist_ok=True)
    (archive / name).write_bytes(b"\0\0\0\1Bud1")
    assert examine(Archive.open(zip_archive(archive, tmp_path / "zipped.zip")), all_rules()).problems == []
    [problem] = examine(Archive.open(archive), all_rules()).problems
    assert problem.rule == "unexpected-file"


@pytest.mark.parametrize("name", ["README.md", "README", "LICENSE", "LICENSE.txt", "SYNTHETIC.txt"])
def test_allowed_files_in_the_root_are_accepted(archive: Path, examined: Examined, name: str) -> None:
    (archive / name).write_text("words")
    assert examined(archive).problems == []


def test_members_outside_the_archives_folder_are_unexpected(archive: Path, tmp_path: Path) -> None:
    outer = tmp_path / "outer"
    shutil.copytree(archive, outer / "copy" / "MRNet-v1.0")
    (outer / "copy" / "MRNet-v1.0.txt").write_text("a name that begins like the folder's")
    (outer / "__MACOSX" / "copy").mkdir(parents=True)
    (outer / "__MACOSX" / "copy" / "._x").write_text("")
    (outer / "notes" / "deeper").mkdir(parents=True)
    (outer / "notes" / "a.txt").write_text("")
    (outer / "notes" / "deeper" / "b.txt").write_text("")
    report = examine(Archive.open(zip_archive(outer, tmp_path / "outer.zip", top="")), all_rules())
    assert places(report) == [("unexpected-file", "copy/MRNet-v1.0.txt"), ("unexpected-file", "notes/")]
    assert "2 files" in report.problems[1].message


def test_an_id_in_both_splits_is_named_once(archive: Path, examined: Examined) -> None:
    for number, plane in enumerate(["axial", "coronal", "sagittal"]):
        np.save(archive / "valid" / plane / "0002.npy", make_volume(str(50 + number), plane))
    for finding in ("abnormal", "acl", "meniscus"):
        write_labels(archive, "valid", finding, {"1130": 1, "1131": 0, "0002": 0})
    [problem] = examined(archive).problems
    assert (problem.rule, problem.path, problem.case) == ("case-in-two-splits", "valid/axial/0002.npy", "0002")


def dangling(place: Path) -> None:
    place.symlink_to(place.parent / "nowhere")


def looping(place: Path) -> None:
    place.symlink_to(place)


def pipe(place: Path) -> None:
    os.mkfifo(place)


def folder(place: Path) -> None:
    place.mkdir()
    (place / "inside").write_text("x")


def device(place: Path) -> None:
    place.symlink_to("/dev/zero")


@pytest.mark.skipif(os.name == "nt", reason="Windows has neither pipes nor devices in folders")
@pytest.mark.parametrize("make", [dangling, looping, pipe, folder, device])
@pytest.mark.parametrize("name", ["train/axial/0001.npy", "valid-acl.csv"])
@pytest.mark.parametrize("read", ["labels", "headers", "voxels"])
def test_a_path_that_cannot_be_read_as_a_file_is_one_problem(
    archive: Path, make: Callable[[Path], None], name: str, read: str
) -> None:
    (archive / name).unlink()
    make(archive / name)
    report = examine(Archive.open(archive), all_rules(), Read(read))
    assert places(report) == [("unreadable-file", name)]


def test_a_folder_at_a_volumes_path_is_one_problem_in_a_zip_too(archive: Path, examined: Examined) -> None:
    (archive / "train" / "axial" / "0001.npy").unlink()
    folder(archive / "train" / "axial" / "0001.npy")
    assert places(examined(archive)) == [("unreadable-file", "train/axial/0001.npy")]


@pytest.mark.skipif(os.name == "nt", reason="links need rights on Windows")
def test_links_to_volumes_planes_and_splits_are_followed(archive: Path, tmp_path: Path) -> None:
    store = tmp_path / "store"
    store.mkdir()
    shutil.move(archive / "train", store / "train")
    (archive / "train").symlink_to(store / "train")
    shutil.move(store / "train" / "axial", store / "axial")
    (store / "train" / "axial").symlink_to(store / "axial")
    shutil.move(store / "axial" / "0000.npy", store / "volume")
    (store / "axial" / "0000.npy").symlink_to(store / "volume")
    assert examine(Archive.open(archive), all_rules()).problems == []


@pytest.mark.skipif(os.name == "nt", reason="links need rights on Windows")
def test_a_dangling_link_at_a_planes_path_is_a_missing_plane_only(archive: Path) -> None:
    shutil.rmtree(archive / "train" / "axial")
    (archive / "train" / "axial").symlink_to("nowhere")
    [problem] = examine(Archive.open(archive), all_rules()).problems
    assert (problem.rule, problem.path) == ("missing-plane", "train/axial/")
    assert "link" in problem.message


@pytest.mark.parametrize(
    ("name", "wrong", "right"),
    [
        ("train/axial/0001.npy", "train/axial/1.npy", "train/axial/0001.npy"),
        ("train/axial/0001.npy", "train/axial/0001.NPY", "train/axial/0001.npy"),
        ("train/axial/0001.npy", "train/axial/00001.npy", "train/axial/0001.npy"),
        ("train/axial", "train/Axial/", "train/axial/"),
        ("train/sagittal", "train/saggital/", "train/sagittal/"),
        ("valid", "Valid/", "valid/"),
        ("train", "training/", "train/"),
        ("train-acl.csv", "train acl.csv", "train-acl.csv"),
        ("train-acl.csv", "Train-ACL.CSV", "train-acl.csv"),
        ("valid-acl.csv", "validation_acl.csv", "valid-acl.csv"),
    ],
)
def test_a_wrong_name_is_one_problem_that_gives_the_right_one(
    archive: Path, examined: Examined, name: str, wrong: str, right: str
) -> None:
    (archive / name).rename(archive / "away")
    (archive / "away").rename(archive / wrong)
    [problem] = examined(archive).problems
    assert (problem.rule, problem.path, problem.severity) == ("misnamed", wrong, "error")
    assert problem.message == f"expected the name {right}"


def test_planes_before_splits_are_named_folder_by_folder(archive: Path, examined: Examined) -> None:
    for plane in PLANES:
        for split in CASES:
            (archive / plane).mkdir(exist_ok=True)
            (archive / split / plane).rename(archive / plane / split)
    for split in CASES:
        (archive / split).rmdir()
    report = examined(archive)
    assert [(problem.rule, problem.path, problem.message) for problem in report.problems] == [
        ("misnamed", f"{plane}/{split}/", f"expected the name {split}/{plane}/") for plane in PLANES for split in CASES
    ]


def test_planes_in_capitals_without_split_folders_are_named_once_each(archive: Path, tmp_path: Path) -> None:
    place = write_form(archive, tmp_path / "form", "planes at the top")
    for plane in PLANES:
        (place / plane).rename(place / plane.upper())
    for opened in (place, zip_archive(place, tmp_path / "form.zip")):
        found = examine(Archive.open(opened), all_rules()).problems
        assert [(problem.rule, problem.path, problem.message) for problem in found] == [
            ("misnamed", f"{plane.upper()}/", f"expected the name {plane}/") for plane in PLANES
        ]


def test_a_plane_in_capitals_beside_split_folders_is_no_plane_of_the_archive(archive: Path, examined: Examined) -> None:
    shutil.copytree(archive / "train" / "axial", archive / "AXIAL")
    assert places(examined(archive)) == [("unexpected-file", "AXIAL/")]


def test_a_wrong_name_among_the_tables_of_an_edition_is_one_problem(archive: Path, tmp_path: Path) -> None:
    place = write_form(archive, tmp_path / "form", "redivis b")
    (place / "Tables" / "train_acl.csv").rename(place / "Tables" / "train acl.csv")
    found = [each for each in examine(Archive.open(place), all_rules()).problems if each.rule != "promoted-row"]
    assert [(each.rule, each.path, each.message) for each in found] == [
        ("misnamed", "Tables/train acl.csv", "expected the name Tables/train_acl.csv")
    ]


def test_the_only_file_of_a_plane_under_a_wrong_name_is_one_problem(archive: Path, examined: Examined) -> None:
    (archive / "valid" / "coronal" / "1131.npy").unlink()
    (archive / "valid" / "coronal" / "1130.npy").rename(archive / "valid" / "coronal" / "1130.NPY")
    assert places(examined(archive)) == [
        ("misnamed", "valid/coronal/1130.NPY"), ("missing-series", "valid/coronal/1131.npy"),
    ]  # fmt: skip


def test_a_wrong_name_beside_the_right_one_reports_both(archive: Path, examined: Examined) -> None:
    (archive / "train" / "axial" / "0001.NPY").write_bytes(b"other")
    [problem] = examined(archive).problems
    assert (problem.rule, problem.path) == ("misnamed", "train/axial/0001.NPY")
    assert problem.message == "expected the name train/axial/0001.npy, which is there too"


def test_a_link_inside_the_archive_and_its_target_are_accepted(archive: Path) -> None:
    (archive / "valid").rename(archive / "val")
    (archive / "valid").symlink_to("val")
    (archive / "train" / "axial").rename(archive / "store")
    (archive / "train" / "axial").symlink_to("../store")
    (archive / "first").symlink_to("train/coronal/0000.npy")
    assert examine(Archive.open(archive), all_rules()).problems == []


def test_a_link_that_leads_out_of_the_archive_is_unexpected(archive: Path, tmp_path: Path) -> None:
    (archive / "elsewhere").symlink_to(tmp_path)
    assert places(examine(Archive.open(archive), all_rules())) == [("unexpected-file", "elsewhere")]
