"""Every form of a copy is read like the classic one; a near miss is named."""

import shutil
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mrnet import Archive
from mrnet.errors import AmbiguousArchiveError, ArchiveNotFoundError
from mrnet.vocabulary import Edition
from tests.archives import FORMS, make_volume, promote, write_form, write_labels, zip_archive
from tests.conftest import Mrnet

Open = Callable[[Path], Archive]
CLASSIC_FORMS = {"val", "underscores", "mirror"}


@pytest.fixture(params=["folder", "zip"])
def open_as(request: pytest.FixtureRequest, tmp_path: Path) -> Open:
    """Open a folder as it is, or zipped."""

    def run(folder: Path) -> Archive:
        if request.param == "folder":
            return Archive.open(folder)
        return Archive.open(zip_archive(folder, tmp_path / "form.zip", top="", method=zipfile.ZIP_STORED))

    return run


@pytest.fixture(params=list(FORMS))
def form(request: pytest.FixtureRequest, archive: Path, tmp_path: Path) -> tuple[str, Path]:
    """The small archive in another form."""
    return request.param, write_form(archive, tmp_path / "form", request.param)


def test_every_form_holds_the_same_cases_labels_and_voxels(
    form: tuple[str, Path], archive: Path, open_as: Open
) -> None:
    classic, found = Archive.open(archive), open_as(form[1])
    assert [(case.id, case.split, case.labels) for case in found] == [
        (case.id, case.split, case.labels) for case in classic
    ]
    for case, same in zip(found, classic, strict=True):
        for series, other in zip(case.all_series(), same.all_series(), strict=True):
            assert np.array_equal(series.load(), other.load())
    assert found.table().equals(classic.table())
    assert not found.label_faults


def test_the_edition_is_recognised_and_paths_are_those_of_the_real_files(form: tuple[str, Path], open_as: Open) -> None:
    name, folder = form
    found = open_as(folder)
    assert found.edition is (Edition.CLASSIC if name in CLASSIC_FORMS else Edition.REDIVIS)
    paths = [series.path for case in found for series in case.all_series()]
    paths += [file.path for file in found.label_files.values()]
    assert all((folder / path).is_file() for path in paths)


@pytest.mark.parametrize(
    ("name", "above"), [("val", "x/y"), ("mirror", "x/y"), ("redivis a", "x"), ("redivis b", "x"), ("redivis c", "x")]
)
def test_each_folder_may_lie_two_folders_below_the_place(
    archive: Path, tmp_path: Path, open_as: Open, name: str, above: str
) -> None:
    write_form(archive, tmp_path / "place" / above, name)
    found = open_as(tmp_path / "place")
    assert len(found) == 5
    assert all(series.exists and file.present for case in found for series in case.all_series()
               for file in found.label_files.values())  # fmt: skip
    assert Archive.open(tmp_path / "place").root == str(tmp_path / "place" / above)


def test_three_folders_below_is_too_far(archive: Path, tmp_path: Path, open_as: Open) -> None:
    write_form(archive, tmp_path / "place" / "x" / "y", "redivis a")
    with pytest.raises(ArchiveNotFoundError):
        open_as(tmp_path / "place")


def test_two_volumes_folders_at_one_depth_are_both_named(archive: Path, tmp_path: Path, open_as: Open) -> None:
    folder = write_form(archive, tmp_path / "form", "redivis a")
    shutil.copytree(folder / "MRNet_ Knee MRI's_files", folder / "Second")
    with pytest.raises(AmbiguousArchiveError, match="two archives lie in it, MRNet_ Knee MRI's_files and Second"):
        open_as(folder)


def test_two_labels_folders_at_one_depth_are_both_named(archive: Path, tmp_path: Path, open_as: Open) -> None:
    folder = write_form(archive, tmp_path / "form", "redivis b")
    shutil.copytree(folder / "Tables", folder / "corrected")
    with pytest.raises(AmbiguousArchiveError, match="two folders of label files lie in it, Tables and corrected"):
        open_as(folder)


def test_one_of_two_labels_folders_can_be_named(archive: Path, tmp_path: Path, mrnet: Mrnet) -> None:
    folder = write_form(archive, tmp_path / "form", "redivis b")
    shutil.copytree(folder / "Tables", folder / "corrected")
    (folder / "corrected" / "train_acl.csv").write_text("0000,1\n0001,1\n0002,1\n")
    ran = mrnet("list", "--root", folder, "--labels", folder / "corrected", "--format", "csv")
    assert (ran.status, ran.out.splitlines()[1]) == (0, "0000,train,1,1,1,3,4,5")


def test_a_volumes_folder_that_holds_label_files_is_its_own_labels_folder(
    archive: Path, tmp_path: Path, open_as: Open
) -> None:
    shutil.copytree(archive, tmp_path / "place" / "MRNet-v1.0")
    write_labels(tmp_path / "place", "train", "acl", {"0000": 1})
    found = open_as(tmp_path / "place")
    assert found.case("0000").labels["acl"] == 0
    assert found.edition is Edition.CLASSIC


@pytest.mark.parametrize("name", ["redivis a", "redivis b", "redivis c"])
def test_without_label_files_the_split_comes_from_the_id_and_labels_are_unknown(
    archive: Path, tmp_path: Path, open_as: Open, name: str
) -> None:
    folder = write_form(archive, tmp_path / "form", name)
    for file in folder.rglob("*.csv"):
        file.unlink()
    found = open_as(folder)
    assert [(case.id, case.split) for case in found] == [
        ("0000", "train"), ("0001", "train"), ("0002", "train"), ("1130", "valid"), ("1131", "valid"),
    ]  # fmt: skip
    assert all(answer is None for case in found for answer in case.labels.values())


def test_label_files_decide_the_split_if_no_folder_does(archive: Path, tmp_path: Path, open_as: Open) -> None:
    folder = write_form(archive, tmp_path / "form", "redivis a")
    for finding in ("abnormal", "acl", "meniscus"):
        (folder / "labels" / f"train_{finding}.csv").write_text("_1131,_0\n0001,1\n")
        (folder / "labels" / f"valid_{finding}.csv").write_text("_0000,_0\n1130,1\n")
    found = open_as(folder)
    assert {case.id: case.split for case in found} == {
        "0000": "valid", "0001": "train", "0002": "train", "1130": "valid", "1131": "train",
    }  # fmt: skip
    assert found.case("1131").series("axial").load().shape[0] > 0


def test_a_volumes_folder_without_split_folders_may_lack_planes(tmp_path: Path, open_as: Open) -> None:
    (tmp_path / "one" / "axial").mkdir(parents=True)
    np.save(tmp_path / "one" / "axial" / "1130.npy", make_volume("1130", "axial"))
    (case,) = open_as(tmp_path / "one")
    assert (case.split, [series.exists for series in case.all_series()]) == ("valid", [True, False, False])


def test_folders_of_planes_without_any_volume_are_no_archive(tmp_path: Path) -> None:
    for plane in ("axial", "coronal", "sagittal"):
        (tmp_path / "dicom" / plane).mkdir(parents=True)
        (tmp_path / "dicom" / plane / "scan.dcm").write_bytes(b"")
    with pytest.raises(ArchiveNotFoundError):
        Archive.open(tmp_path / "dicom")


@pytest.mark.parametrize("given", ["valid", "val"])
def test_a_link_from_one_name_of_valid_to_the_other_is_followed(archive: Path, given: str) -> None:
    (archive / "valid").rename(archive / "data")
    (archive / "data").rename(archive / ("val" if given == "valid" else "valid"))
    (archive / given).symlink_to("val" if given == "valid" else "valid")
    assert np.array_equal(Archive.open(archive).case("1130").series("axial").load(), make_volume("1130", "axial"))


def test_file_indexes_and_merged_tables_are_no_label_files(archive: Path, tmp_path: Path, open_as: Open) -> None:
    folder = write_form(archive, tmp_path / "form", "redivis b")
    (folder / "Tables" / "train_labels.csv").write_text("case,abnormal,acl,meniscus\n0000,0,0,0\n")
    found = open_as(folder)
    assert found.case("0000").labels == Archive.open(archive).case("0000").labels
    assert not found.label_faults


@pytest.mark.parametrize(
    ("folder", "found", "expected"),
    [("Train/Axial", "Train/Axial", "train/axial"), ("training/axial", "training/axial", "train/axial"),
     ("data/Valid/sagital", "data/Valid/sagital", "valid/sagittal")],
)  # fmt: skip
def test_a_near_miss_of_an_archive_is_named(tmp_path: Path, folder: str, found: str, expected: str) -> None:
    (tmp_path / "place" / folder).mkdir(parents=True)
    with pytest.raises(ArchiveNotFoundError, match=f"{found} lies there, expected {expected}"):
        Archive.open(tmp_path / "place")


@pytest.mark.parametrize("name", ["train acl.csv", "Train-ACL.csv", "train-acl.CSV", "training_acl.csv"])
def test_a_near_miss_of_a_label_file_is_named(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text("0000,1\n")
    with pytest.raises(ArchiveNotFoundError, match=f"{name} lies there, expected train-acl.csv"):
        Archive.open(tmp_path)


def test_a_split_given_as_root_is_reported_as_a_split(archive: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ArchiveNotFoundError, match=rf"this is one split of an archive; .*--root {archive}$"):
        Archive.open(archive / "train")
    monkeypatch.chdir(archive / "valid")
    with pytest.raises(ArchiveNotFoundError, match="--root [.][.]$"):
        Archive.open(".")


def test_a_plane_given_as_root_is_reported_as_a_plane(archive: Path) -> None:
    with pytest.raises(ArchiveNotFoundError, match=rf"this is one plane of an archive; .*--root {archive};"):
        Archive.open(archive / "train" / "axial")


@pytest.mark.slow
@settings(max_examples=60)
@given(
    volumes=st.sampled_from(["", "Files", "MRNet_ Knee MRI's_files", "a", "train files", "données"]),
    labels=st.sampled_from(["", "Tables", "labels", "b", "a"]),
    splits=st.sampled_from([("train", "valid"), ("train", "val"), None]),
    name=st.sampled_from(["{split}-{finding}.csv", "{split}_{finding}.csv"]),
    valid=st.sampled_from(["valid", "val"]),
    promoted=st.booleans(),
    clutter=st.sets(st.sampled_from(["train.csv", "valid.csv", "notes/a.txt", "README.md", "__MACOSX/train/axial/x"])),
)
def test_any_mixture_of_names_is_recognised_and_read_back(
    tmp_path_factory: pytest.TempPathFactory, volumes: str, labels: str, splits: tuple[str, str] | None, name: str,
    valid: str, promoted: bool, clutter: set[str],
) -> None:  # fmt: skip
    root = tmp_path_factory.mktemp("mixture")
    for split, case in (("train", "0000"), ("valid", "1130")):
        above = "" if splits is None else splits[split == "valid"]
        folder = root / volumes / above / "coronal"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"{case}.npy").write_bytes(b"")
        file = root / labels / name.format(split="train" if split == "train" else valid, finding="acl")
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(promote(f"{case},1\n") if promoted else f"{case},1\n")
    for each in clutter:
        (root / each).parent.mkdir(parents=True, exist_ok=True)
        (root / each).write_text("")
    for place in (root, zip_archive(root, root.with_suffix(".zip"), top="")):
        found = Archive.open(place)
        assert [(case.id, case.split, case.labels["acl"]) for case in found] == [
            ("0000", "train", 1),
            ("1130", "valid", 1),
        ]
        assert all(case.series("coronal").exists for case in found)
        layout = found.storage.layout
        assert all(layout.volume_at(series.path) in ((series.split, "coronal", series.case), (None, "coronal", series.case))
                   for series in found.volumes)  # fmt: skip
        assert (found.edition is Edition.CLASSIC) == (volumes == labels and splits is not None)


@settings(max_examples=200)
@given(names=st.lists(st.sampled_from(
    ["train", "valid", "val", "axial", "coronal", "x", "0000.npy", "train-acl.csv", "valid_acl.csv", "__MACOSX", ""]
), min_size=1, max_size=6))  # fmt: skip
def test_no_names_in_a_zip_break_the_recognition(tmp_path_factory: pytest.TempPathFactory, names: list[str]) -> None:
    file = tmp_path_factory.mktemp("names") / "odd.zip"
    with zipfile.ZipFile(file, "w") as opened:
        for depth in range(len(names)):
            opened.writestr("/".join(names[depth:]) or "x", b"")
    try:
        found = Archive.open(file)
    except (ArchiveNotFoundError, AmbiguousArchiveError):
        return
    assert [series.path in found.storage.entries for series in found.volumes] == [True] * len(found.volumes)
    assert isinstance(found.cases, list)
