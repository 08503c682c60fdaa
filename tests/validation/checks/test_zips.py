"""Each test breaks one member of a sound zip, and sees just that problem."""

import shutil
import struct
import warnings
import zipfile
from pathlib import Path

import pytest

from mrnet.archive.model import Archive
from mrnet.errors import BrokenZipError
from mrnet.validation.catalogue import all_rules
from mrnet.validation.rules import Read
from mrnet.validation.run import Report, examine
from tests.archives import zip_archive
from tests.validation.checks.conftest import places

TOP = "MRNet-v1.0/"
NAME = "train/axial/0001.npy"


def look_at(place: Path, read: str = "voxels") -> Report:
    return examine(Archive.open(place), all_rules(), Read(read))


def add(place: Path, name: str, content: bytes = b"x") -> None:
    with warnings.catch_warnings(), zipfile.ZipFile(place, "a") as opened:
        warnings.simplefilter("ignore")  # zipfile warns about the name that occurs twice; this is intended.
        opened.writestr(name, content)


def member(place: Path, name: str) -> zipfile.ZipInfo:
    with zipfile.ZipFile(place) as opened:
        return opened.getinfo(TOP + name)


def change(place: Path, offset: int, new: bytes) -> None:
    with place.open("r+b") as file:
        file.seek(offset)
        file.write(new)


def directory_entry(place: Path, name: str) -> int:
    """Where in the zip the directory's entry of a member begins."""
    return place.read_bytes().rindex((TOP + name).encode()) - 46


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_stored_and_deflated_members_and_folder_entries_are_accepted(
    archive: Path, tmp_path: Path, method: int
) -> None:
    (archive / "an empty folder").mkdir()
    place = zip_archive(archive, tmp_path / "sound.zip", method=method)
    with zipfile.ZipFile(place) as opened:
        assert f"{TOP}train/" in opened.namelist()
    assert look_at(place).problems == []


@pytest.mark.parametrize("name", [NAME, "valid-acl.csv"])
def test_a_flipped_byte_in_a_members_data_is_a_corrupt_member_only(zipped: Path, name: str) -> None:
    found = member(zipped, name)
    change(zipped, found.header_offset + 30 + len(found.filename) + found.compress_size // 2, b"\x55\xaa\x55")
    assert places(look_at(zipped)) == [("corrupt-member", name)]


def test_a_stored_member_with_another_byte_is_corrupt(archive: Path, tmp_path: Path) -> None:
    place = zip_archive(archive, tmp_path / "stored.zip", method=zipfile.ZIP_STORED)
    found = member(place, NAME)
    change(place, found.header_offset + 30 + len(found.filename) + 5000, b"\x00\xff")
    [problem] = look_at(place).problems
    assert (problem.rule, problem.path, problem.case) == ("corrupt-member", NAME, "0001")
    assert "CRC" in problem.message


def test_a_damaged_file_that_is_not_a_volume_is_a_corrupt_member_too(archive: Path, tmp_path: Path) -> None:
    (archive / "README").write_text("words" * 100)
    place = zip_archive(archive, tmp_path / "stored.zip", method=zipfile.ZIP_STORED)
    change(place, member(place, "README").header_offset + 30 + len(TOP) + 6 + 50, b"\x00")
    assert places(look_at(place)) == [("corrupt-member", "README")]


@pytest.mark.parametrize("stated", [100, 100_000, 1 << 31])
def test_a_member_with_a_false_length_is_corrupt(zipped: Path, stated: int) -> None:
    change(zipped, directory_entry(zipped, NAME) + 24, struct.pack("<I", stated))
    assert places(look_at(zipped)) == [("corrupt-member", NAME)]


@pytest.mark.parametrize("stated", [10, 100, 1 << 21])
def test_a_label_file_with_a_false_length_is_corrupt_only(zipped: Path, stated: int) -> None:
    change(zipped, directory_entry(zipped, "train-acl.csv") + 24, struct.pack("<I", stated))
    assert places(look_at(zipped)) == [("corrupt-member", "train-acl.csv")]


def test_members_packed_by_another_method_are_one_problem_and_no_damage(zipped: Path) -> None:
    with zipfile.ZipFile(zipped, "a", zipfile.ZIP_BZIP2) as opened:
        opened.writestr(f"{TOP}README", "words")
        opened.writestr(f"{TOP}LICENSE", "words")
    [problem] = look_at(zipped).problems
    assert (problem.rule, problem.path) == ("broken-zip", str(zipped))
    assert "2 files (such as README) packed by BZip2, which is not read" in problem.message


def test_files_of_macos_in_a_zip_are_accepted(zipped: Path) -> None:
    add(zipped, f"{TOP}.DS_Store")
    add(zipped, f"__MACOSX/{TOP}._.DS_Store")
    assert look_at(zipped).problems == []


@pytest.mark.parametrize(
    "name", ["../evil", "/etc/passwd", f"{TOP}../../evil", "C:/evil", "\\\\server\\evil", f"{TOP}train/../x"]
)
def test_a_name_that_climbs_out_is_unsafe(zipped: Path, name: str) -> None:
    add(zipped, name)
    assert places(look_at(zipped)) == [("unsafe-member", name)]


@pytest.mark.parametrize(
    ("name", "path"), [(TOP + NAME, NAME), (f"{TOP}train-acl.csv", "train-acl.csv"), (f"{TOP}README", "README")]
)
def test_a_name_given_twice_is_unsafe_and_is_not_read(zipped: Path, name: str, path: str) -> None:
    add(zipped, name)
    add(zipped, name)
    assert places(look_at(zipped)) == [("unsafe-member", path)]


@pytest.mark.parametrize("name", [NAME, "train-acl.csv"])
@pytest.mark.parametrize("read", ["labels", "headers", "voxels"])
def test_an_encrypted_member_is_unsafe(zipped: Path, name: str, read: str) -> None:
    entry = directory_entry(zipped, name)
    change(zipped, entry + 8, b"\x01")
    assert places(look_at(zipped, read)) == [("unsafe-member", name)]


@pytest.mark.parametrize("name", [NAME, "train-acl.csv"])
def test_a_link_in_a_zip_is_not_followed(zipped: Path, name: str) -> None:
    change(zipped, directory_entry(zipped, name) + 38, struct.pack("<I", 0o120777 << 16))
    assert places(look_at(zipped)) == [("unreadable-file", name)]


def test_a_split_that_is_a_link_in_a_zip_lacks_its_planes_and_the_reason_is_reported(
    archive: Path, tmp_path: Path
) -> None:
    shutil.rmtree(archive / "valid")
    place = zip_archive(archive, tmp_path / "linked.zip")
    link = zipfile.ZipInfo(f"{TOP}valid")
    link.create_system, link.external_attr = 3, 0o120777 << 16
    with zipfile.ZipFile(place, "a") as opened:
        opened.writestr(link, "elsewhere")
    problems = look_at(place).problems
    assert {problem.rule for problem in problems} == {"missing-plane"}
    assert all("valid is a link" in problem.message for problem in problems)


@pytest.mark.parametrize("kept", [0, 10, 5000, -1, -30])
def test_a_zip_cut_short_cannot_be_opened(zipped: Path, kept: int) -> None:
    zipped.write_bytes(zipped.read_bytes()[:kept])
    with pytest.raises(BrokenZipError):
        Archive.open(zipped)


def test_a_member_that_inflates_a_thousandfold_stops_at_its_stated_size(archive: Path, tmp_path: Path) -> None:
    (archive / NAME).write_bytes(bytes(50 << 20))
    place = zip_archive(archive, tmp_path / "bomb.zip")
    change(place, directory_entry(place, NAME) + 24, struct.pack("<I", 5000))
    assert places(look_at(place)) == [("corrupt-member", NAME)]
