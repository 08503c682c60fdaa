"""A folder is read by the layout: only allowed links are followed, nothing hangs, names are compared exactly."""

import json
import os
import shutil
import socket
from pathlib import Path

import pytest

from mrnet import Archive
from mrnet.archive.editions import open_archive_storage
from mrnet.errors import AmbiguousArchiveError, ArchiveNotFoundError, UnreadableFileError, VolumeError
from mrnet.storage import base
from mrnet.storage.folder import FolderStorage
from mrnet.validation.checks import files
from tests.archives import write_archive, write_labels, zip_archive
from tests.conftest import Mrnet

VOLUME = "train/axial/0001.npy"


def test_entries_are_the_files_of_known_folders_and_unknown_folders_as_one(archive: Path) -> None:
    (archive / "notes" / "deep").mkdir(parents=True)
    (archive / "notes" / "deep" / "a.txt").touch()
    (archive / "empty").mkdir()
    (archive / "train" / "axial" / ".DS_Store").touch()
    entries = FolderStorage(archive).entries
    assert list(entries) == sorted(entries)
    assert {"notes/", "train/axial/.DS_Store", VOLUME, "train-acl.csv"} <= entries.keys()
    assert not any(path.startswith("empty") for path in entries)
    assert len(entries) == 15 + 6 + 2


def test_every_file_is_listed_also_below_unknown_folders(archive: Path) -> None:
    for name in ("b/2.txt", "b/1.txt", "a/x/y.txt"):
        (archive / name).parent.mkdir(parents=True, exist_ok=True)
        (archive / name).touch()
    assert [entry.path for entry in FolderStorage(archive).walk("b/")] == ["b/1.txt", "b/2.txt"]
    assert {"a/x/y.txt", "b/1.txt", VOLUME} <= {entry.path for entry in FolderStorage(archive).files()}


def test_a_folder_of_any_depth_is_walked(archive: Path) -> None:
    deep = archive / "/".join(["d"] * 900)
    deep.mkdir(parents=True)
    (deep / "file").touch()
    assert len(list(FolderStorage(archive).walk("d/"))) == 1


def test_links_in_unknown_folders_are_named_but_not_followed(archive: Path, tmp_path: Path) -> None:
    (archive / "notes").mkdir()
    (archive / "notes" / "loop").symlink_to(archive)
    (entry,) = FolderStorage(archive).walk("notes/")
    assert entry.fault is not None and "only links to volumes" in entry.fault


def test_a_volume_may_be_a_link_to_a_readable_file(archive: Path, tmp_path: Path) -> None:
    (archive / VOLUME).rename(tmp_path / "elsewhere.npy")
    (archive / VOLUME).symlink_to(tmp_path / "elsewhere.npy")
    assert Archive.open(archive).case("0001").series("axial").load().shape[0] == 4


@pytest.mark.parametrize("folder", ["train", "train/coronal"])
def test_a_split_or_plane_may_be_a_link_to_a_folder(archive: Path, tmp_path: Path, folder: str) -> None:
    (archive / folder).rename(tmp_path / "elsewhere")
    (archive / folder).symlink_to(tmp_path / "elsewhere")
    assert len(Archive.open(archive).volumes) == 15


def test_a_label_file_must_not_be_a_link(archive: Path, tmp_path: Path) -> None:
    (archive / "train-acl.csv").rename(tmp_path / "elsewhere.csv")
    (archive / "train-acl.csv").symlink_to(tmp_path / "elsewhere.csv")
    (fault,) = Archive.open(archive).label_faults
    assert str(fault).startswith("train-acl.csv: this is a link, and only links to volumes, planes and splits")


def test_an_unknown_link_to_a_folder_is_one_entry(archive: Path) -> None:
    (archive / "loop").symlink_to(archive)
    (archive / "train" / "up").symlink_to("..")
    entries = FolderStorage(archive).entries
    assert entries["loop"].fault and entries["train/up"].fault
    assert len(entries) == 15 + 6 + 2


def _fifo(path: Path) -> None:
    os.mkfifo(path)


def _socket(path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as listener:
        os.chdir(path.parent)
        listener.bind(path.name)


@pytest.mark.parametrize(
    ("put", "fault"),
    [
        (_fifo, "a named pipe"),
        (_socket, "a socket"),
        (Path.mkdir, "a folder"),
        (lambda path: path.symlink_to("nowhere"), "a link that leads nowhere"),
        (lambda path: path.symlink_to(path.name), "a link that leads nowhere"),
        (lambda path: path.symlink_to("/dev/zero"), "a device"),
        (lambda path: path.symlink_to(".."), "a folder"),
    ],
)
def test_an_entry_that_is_not_a_file_is_reported_and_never_opened(archive: Path, put: object, fault: str) -> None:
    (archive / VOLUME).unlink()
    put(archive / VOLUME)  # type: ignore[operator]  # the table holds functions
    with pytest.raises(UnreadableFileError, match=f"{VOLUME}: this is {fault}"):
        Archive.open(archive).case("0001").series("axial").load()


def test_a_pipe_that_replaces_a_file_after_the_listing_does_not_hang(archive: Path) -> None:
    stored = FolderStorage(archive)
    assert stored.entries
    (archive / VOLUME).unlink()
    os.mkfifo(archive / VOLUME)
    with pytest.raises(UnreadableFileError, match="not a plain file"):
        stored.read_start(VOLUME, 10)


def test_a_file_that_cannot_be_closed_is_no_error_after_reading(archive: Path) -> None:
    with FolderStorage(archive)._opened(VOLUME) as handle:
        os.close(handle.fileno())


def test_a_dangling_link_for_a_plane_is_reported_as_one(archive: Path) -> None:
    (archive / "valid" / "axial").rename(archive / "gone")
    (archive / "valid" / "axial").symlink_to("nowhere")
    fault = FolderStorage(archive).entries["valid/axial"].fault
    assert fault is not None and "leads nowhere" in fault


def test_a_file_without_permission_is_an_unreadable_file(archive: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> int:
        raise PermissionError(13, "Permission denied")

    series = Archive.open(archive).case("0001").series("axial")
    assert series.exists
    monkeypatch.setattr(os, "open", refuse)  # the super-user may read anything: the system's answer is made up
    with pytest.raises(OSError, match=f"{VOLUME}: cannot be read: Permission denied"):
        series.load()


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="the super-user may list any folder")
def test_a_folder_without_permission_is_named(archive: Path) -> None:
    (archive / "train" / "axial").chmod(0)
    entry = FolderStorage(archive).entries["train/axial"]
    (archive / "train" / "axial").chmod(0o700)
    assert entry.fault is not None and "cannot be listed (Permission denied)" in entry.fault


def test_a_plane_that_leads_to_a_whole_disk_is_not_walked_to_its_end(
    archive: Path, tmp_path: Path, mrnet: Mrnet, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in (base, files):
        monkeypatch.setattr(module, "MAX_COUNTED_FILES", 3)
    monkeypatch.setattr(base, "MAX_STRANGE_FILES", 7)
    (tmp_path / "disk" / "usr").mkdir(parents=True)
    for number in range(8):
        (tmp_path / "disk" / "usr" / f"{number}").touch()
    shutil.rmtree(archive / "train" / "axial")
    (archive / "train" / "axial").symlink_to(tmp_path / "disk")
    ran = mrnet("validate", "--root", archive, "--format", "json")
    messages = {problem["path"]: problem["message"] for problem in json.loads(ran.out)["problems"]}
    assert messages["train/axial/usr/"] == "a folder that the layout does not know, with 3 files or more in it"
    ran = mrnet("manifest", "--root", archive)
    assert (ran.status, ran.out, ran.err.count("\n")) == (2, "", 1)
    assert "train/axial/usr/: more than 7 files lie below this folder" in ran.err


def test_a_sparse_file_of_a_terabyte_is_not_read(archive: Path) -> None:
    with open(archive / VOLUME, "r+b") as handle:
        handle.truncate(1 << 40)
    with pytest.raises(VolumeError, match="1,099,511,627,776 bytes, too many for a knee MRI"):
        Archive.open(archive).case("0001").series("axial").load()


@pytest.mark.parametrize("above", ["", "MRNet-v1.0", "download/MRNet-v1.0"])
def test_a_root_is_found_up_to_two_folders_down(tmp_path: Path, above: str) -> None:
    place = tmp_path / "place"
    write_archive(place / above)
    assert open_archive_storage(place).location == place / above


def test_a_root_three_folders_down_is_not_found(tmp_path: Path) -> None:
    write_archive(tmp_path / "place" / "a" / "b" / "c")
    with pytest.raises(ArchiveNotFoundError, match="no MRNet archive in it.*mrnet demo"):
        open_archive_storage(tmp_path / "place")


def test_the_nearest_root_is_used_and_two_equally_near_ones_are_both_named(tmp_path: Path) -> None:
    place = tmp_path / "place"
    write_archive(place / "b" / "deeper")
    write_archive(place / "a")
    assert open_archive_storage(place).location == place / "a"
    write_archive(place / "c")
    with pytest.raises(AmbiguousArchiveError, match="two archives lie in it, a and c"):
        open_archive_storage(place)


def test_one_label_file_or_an_empty_plane_folder_makes_a_root(tmp_path: Path) -> None:
    (tmp_path / "one").mkdir()
    write_labels(tmp_path / "one", "valid", "acl", {"1130": 1})
    (tmp_path / "two" / "valid" / "sagittal").mkdir(parents=True)
    assert open_archive_storage(tmp_path / "one").entries.keys() == {"valid-acl.csv"}
    assert not open_archive_storage(tmp_path / "two").entries


@pytest.mark.parametrize("name", ["Train/axial", "train/Axial", "TRAIN/AXIAL", "test/axial"])
def test_names_are_compared_exactly(tmp_path: Path, name: str) -> None:
    (tmp_path / "place" / name).mkdir(parents=True)
    with pytest.raises(ArchiveNotFoundError):
        open_archive_storage(tmp_path / "place")


def test_names_are_compared_exactly_even_if_the_file_system_does_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "place" / "Train" / "Axial").mkdir(parents=True)
    monkeypatch.setattr(os.path, "isdir", lambda _: True)
    monkeypatch.setattr(os.path, "exists", lambda _: True)
    monkeypatch.setattr(os.path, "isfile", lambda _: False)
    with pytest.raises(ArchiveNotFoundError):
        open_archive_storage(tmp_path / "place")


def test_the_extra_folder_of_macos_is_no_root(tmp_path: Path) -> None:
    write_archive(tmp_path / "place" / "__MACOSX")
    with pytest.raises(ArchiveNotFoundError):
        open_archive_storage(tmp_path / "place")


def test_links_are_not_followed_in_search_of_a_root(archive: Path, tmp_path: Path) -> None:
    (tmp_path / "place").mkdir()
    (tmp_path / "place" / "MRNet-v1.0").symlink_to(archive)
    with pytest.raises(ArchiveNotFoundError):
        open_archive_storage(tmp_path / "place")
    assert open_archive_storage(tmp_path / "place" / "MRNet-v1.0").entries


def test_names_that_are_not_utf8_are_files_like_others(archive: Path) -> None:
    (Path(os.fsdecode(bytes(archive) + b"/train/axial/\xff.npy"))).touch()
    assert "train/axial/\udcff.npy" in FolderStorage(archive).entries


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="the super-user may list any folder")
def test_an_archive_below_a_folder_that_may_not_be_entered_is_no_missing_one(archive: Path) -> None:
    archive.parent.chmod(0)
    try:
        with pytest.raises(UnreadableFileError, match="Permission denied"):
            Archive.open(archive)
    finally:
        archive.parent.chmod(0o700)


@pytest.mark.parametrize("form", ["folder", "zip"])
def test_far_too_many_files_in_known_folders_are_refused(
    archive: Path, form: str, mrnet: Mrnet, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = archive if form == "folder" else zip_archive(archive, archive.with_suffix(".zip"))
    there = len(open_archive_storage(root).entries)
    for limit, status in ((there, 0), (there - 1, 2)):
        monkeypatch.setattr(base, "MAX_ENTRIES", limit)
        ran = mrnet("validate", "--root", root)
        assert ran.status == status, ran.err
    assert ran.err.startswith(f"mrnet: {root}: more than {there - 1} files lie in the folders of this archive")
