"""Each test breaks one thing between an archive and the list that it is compared with."""

import hashlib
import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mrnet.archive.model import Archive
from mrnet.errors import BrokenZipError, UsageError
from mrnet.validation.catalogue import all_rules
from mrnet.validation.manifest import manifest_line, parse_manifest
from mrnet.validation.rules import Read
from mrnet.validation.run import Report, examine
from mrnet.validation.sources import open_source
from tests.archives import zip_archive
from tests.validation.checks.conftest import places

Examined = Callable[..., Report]
NAME = "train/axial/0001.npy"


@pytest.fixture
def manifest(archive: Path, tmp_path: Path) -> Path:
    """A manifest of the sound archive, beside it."""
    files = sorted(file for file in archive.rglob("*") if file.is_file())
    lines = (
        manifest_line(hashlib.sha256(file.read_bytes()).hexdigest(), file.relative_to(archive).as_posix())
        for file in files
    )
    place = tmp_path / "MRNet-v1.0.sha256"
    place.write_text("".join(lines), newline="\n")
    return place


def test_a_sound_archive_agrees_with_its_manifest(archive: Path, examined: Examined, manifest: Path) -> None:
    report = examined(archive, against=(str(manifest),))
    assert report.problems == []
    assert {"checksum-mismatch", "missing-file", "unlisted-file"}.isdisjoint(report.skipped)


@pytest.mark.parametrize("name", [NAME, "valid-acl.csv"])
def test_one_changed_byte_is_a_checksum_mismatch_with_both_digests(
    archive: Path, examined: Examined, manifest: Path, name: str
) -> None:
    content = bytearray((archive / name).read_bytes())
    before = hashlib.sha256(content).hexdigest()
    content[-2] ^= 1
    (archive / name).write_bytes(content)
    problems = [each for each in examined(archive, against=(str(manifest),)).problems if each.rule[:5] == "check"]
    assert [problem.path for problem in problems] == [name]
    assert before in problems[0].message
    assert hashlib.sha256(content).hexdigest() in problems[0].message


def test_a_case_that_is_gone_as_a_whole_is_found_by_the_manifest(
    archive: Path, examined: Examined, manifest: Path
) -> None:
    for plane in ("axial", "coronal", "sagittal"):
        (archive / "train" / plane / "0002.npy").unlink()
    found = places(examined(archive, against=(str(manifest),)))
    assert [path for rule, path in found if rule == "missing-file"] == [
        "train/axial/0002.npy", "train/coronal/0002.npy", "train/sagittal/0002.npy",
    ]  # fmt: skip


def test_a_file_that_the_manifest_does_not_list_is_a_warning(archive: Path, examined: Examined, manifest: Path) -> None:
    (archive / "notes.txt").write_text("words")
    (archive / "README.md").write_text("need not be listed")
    report = examined(archive, against=(str(manifest),))
    assert places(report) == [("unexpected-file", "notes.txt"), ("unlisted-file", "notes.txt")]
    assert report.sound


def test_the_manifest_in_use_may_lie_in_the_root(archive: Path, manifest: Path) -> None:
    inside = Path(shutil.copy(manifest, archive / "SHA256SUMS"))
    report = examine(Archive.open(archive), all_rules(), sources=[open_source(str(inside))])
    assert report.problems == []
    assert places(examine(Archive.open(archive), all_rules())) == [("unexpected-file", "SHA256SUMS")]


def test_one_fault_of_a_zip_member_is_not_also_a_mismatch(archive: Path, manifest: Path, zipped: Path) -> None:
    data = bytearray(zipped.read_bytes())
    data[data.index(b"valid-acl.csv") + 20] ^= 0xFF
    zipped.write_bytes(data)
    report = examine(Archive.open(zipped), all_rules(), sources=[open_source(str(manifest))])
    assert places(report) == [("corrupt-member", "valid-acl.csv")]


def test_a_folder_agrees_with_the_zip_that_it_came_out_of(archive: Path, examined: Examined, zipped: Path) -> None:
    assert examined(archive, against=(str(zipped),)).problems == []


def test_a_folder_is_held_against_a_zips_checksums(archive: Path, examined: Examined, zipped: Path) -> None:
    (archive / NAME).write_bytes((archive / NAME).read_bytes()[:-1] + b"!")
    (archive / "valid-acl.csv").rename(archive / "LICENSE")
    report = examined(archive, against=(str(zipped),))
    assert places(report) == [
        ("checksum-mismatch", NAME), ("missing-file", "valid-acl.csv"), ("missing-labels", "valid-acl.csv"),
    ] or places(report) == [
        ("checksum-mismatch", NAME), ("missing-labels", "valid-acl.csv"), ("missing-file", "valid-acl.csv"),
    ]  # fmt: skip
    assert "CRC-32" in report.problems[0].message


@pytest.mark.parametrize("read", ["labels", "headers"])
def test_with_less_to_read_a_zip_is_compared_by_lengths(
    archive: Path, examined: Examined, zipped: Path, read: str
) -> None:
    (archive / NAME).write_bytes((archive / NAME).read_bytes()[:-1] + b"!")
    assert examined(archive, read=read, against=(str(zipped),)).problems == []
    (archive / "train-acl.csv").write_text("0000,0\n0001,1\n0002,0\n0002,0\n")
    found = places(examined(archive, read=read, against=(str(zipped),)))
    assert ("checksum-mismatch", "train-acl.csv") in found


@pytest.mark.skipif(os.name == "nt", reason="Windows has no pipes in folders")
def test_a_listed_file_in_whose_place_a_pipe_stands_is_told(archive: Path, manifest: Path) -> None:
    (archive / "README").mkdir()
    shutil.rmtree(archive / "README")
    with manifest.open("a") as file:
        file.write(manifest_line("0" * 64, "README"))
    os.mkfifo(archive / "README")
    report = examine(Archive.open(archive), all_rules(), sources=[open_source(str(manifest))])
    assert places(report) == [("checksum-mismatch", "README")]


def test_paths_that_lead_out_of_the_archive_are_never_read(archive: Path, manifest: Path, tmp_path: Path) -> None:
    (tmp_path / "outside").write_text("x")
    digest = hashlib.sha256(b"x").hexdigest()
    with manifest.open("a") as file:
        file.write(f"{digest}  ../outside\n{digest}  {tmp_path}/outside\n")
    report = examine(Archive.open(archive), all_rules(), sources=[open_source(str(manifest))])
    assert {rule for rule, _ in places(report)} == {"missing-file"}


def test_labels_from_another_folder_are_held_against_the_manifest(
    archive: Path, manifest: Path, tmp_path: Path
) -> None:
    labels = tmp_path / "labels"
    labels.mkdir()
    for file in archive.glob("*.csv"):
        file.rename(labels / file.name)
    report = examine(Archive.open(archive, labels), all_rules(), Read.VOXELS, [open_source(str(manifest))])
    assert report.problems == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (f"{'a' * 64}  x y.npy\n", "x y.npy"),
        (f"{'a' * 64} *x.npy\n", "x.npy"),
        (f"{'A' * 64}  x.npy\r\n", "x.npy"),
        (f"{'a' * 64}  ./train/x.npy", "train/x.npy"),
        (f"# a comment\n\n{'a' * 64}   leading space\n", " leading space"),
        (f"\\{'a' * 64}  a\\nb\\\\c\n", "a\nb\\c"),
        (f"SHA256 (x.npy) = {'a' * 64}\n", "x.npy"),
    ],
)
def test_lines_are_read_as_sha256sum_writes_them(text: str, expected: str) -> None:
    assert parse_manifest(text, "sums") == [(expected, "a" * 64)]


@pytest.mark.parametrize("text", ["", "\n", "hello\n", "d41d8cd98f00b204e9800998ecf8427e  x.npy\n", f"{'a' * 64}\n"])
def test_what_is_no_manifest_is_a_usage_error(tmp_path: Path, text: str) -> None:
    (tmp_path / "sums").write_text(text)
    with pytest.raises(UsageError, match="sums"):
        open_source(str(tmp_path / "sums"))


def test_a_line_that_cannot_be_read_is_named_by_its_number_and_shown_in_short(tmp_path: Path) -> None:
    (tmp_path / "sums").write_text(f"{'a' * 64}  x.npy\n{'b' * 500}\n")
    with pytest.raises(UsageError, match=r"sums:2: 'b+\.\.\.' is no line") as raised:
        open_source(str(tmp_path / "sums"))
    assert len(str(raised.value)) < 300


@given(st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), min_size=1).filter(
    lambda name: not name.startswith("./")
))  # fmt: skip
def test_a_line_that_is_written_reads_back(name: str) -> None:
    assert parse_manifest(manifest_line("0" * 64, name), "sums") == [(name, "0" * 64)]


@pytest.mark.skipif(shutil.which("sha256sum") is None, reason="coreutils' sha256sum is not here")
@pytest.mark.parametrize("name", ["plain", "two words", "back\\slash", "new\nline", "carriage\rreturn", "ünï"])
def test_lines_are_those_of_sha256sum(tmp_path: Path, name: str) -> None:
    try:
        (tmp_path / name).write_bytes(b"content")
    except OSError:
        pytest.skip("this system has no such names")
    ran = subprocess.run(["sha256sum", name], cwd=tmp_path, capture_output=True, check=True)
    assert ran.stdout.decode() == manifest_line(hashlib.sha256(b"content").hexdigest(), name)


def test_sources_that_are_none_are_named(tmp_path: Path, zipped: Path) -> None:
    with pytest.raises(UsageError, match="no such file"):
        open_source(str(tmp_path / "absent"))
    with pytest.raises(UsageError, match="folder"):
        open_source(str(tmp_path))
    (tmp_path / "binary").write_bytes(b"\0\1\2")
    with pytest.raises(UsageError, match="text"):
        open_source(str(tmp_path / "binary"))
    (tmp_path / "cut.zip").write_bytes(zipped.read_bytes()[:100])
    with pytest.raises(BrokenZipError):
        open_source(str(tmp_path / "cut.zip"))


def test_a_zip_of_another_copy_is_compared_by_the_folder_inside(archive: Path, tmp_path: Path) -> None:
    other = zip_archive(archive, tmp_path / "other.zip", top="download/copy/")
    assert examine(Archive.open(archive), all_rules(), sources=[open_source(str(other))]).problems == []
