"""Each test makes one difference between an archive and the list that it is compared with."""

import base64
import hashlib
import os
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mrnet.archive.model import Archive
from mrnet.errors import BrokenZipError, UsageError
from mrnet.validation.catalogue import all_rules
from mrnet.validation.manifest import MAX_FILES, manifest_line, parse_manifest
from mrnet.validation.reports.json import report_data
from mrnet.validation.reports.summary import last_lines
from mrnet.validation.rules import Read
from mrnet.validation.run import Report, examine
from mrnet.validation.sources import Listing, open_source
from mrnet.vocabulary import Finding, Plane, Split
from tests.archives import write_form, zip_archive
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


def test_a_case_without_any_file_is_found_by_the_manifest(archive: Path, examined: Examined, manifest: Path) -> None:
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


def test_a_folder_agrees_with_the_zip_it_was_unpacked_from(archive: Path, examined: Examined, zipped: Path) -> None:
    assert examined(archive, against=(str(zipped),)).problems == []


def test_a_folder_is_compared_with_a_zips_checksums(archive: Path, examined: Examined, zipped: Path) -> None:
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
def test_a_pipe_at_the_path_of_a_listed_file_is_reported(archive: Path, manifest: Path) -> None:
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


def test_labels_from_another_folder_are_compared_with_the_manifest(
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
    assert [line[1:] for line in parse_manifest(text, "sums")] == [(expected, "a" * 64)]


@pytest.mark.parametrize("text", ["", "\n", "hello\n", f"{'a' * 40}  x.npy\n", f"{'a' * 64}\n"])
def test_a_file_that_is_not_a_manifest_is_a_usage_error(tmp_path: Path, text: str) -> None:
    (tmp_path / "sums").write_text(text)
    with pytest.raises(UsageError, match="sums"):
        open_source(str(tmp_path / "sums"))


def test_an_unreadable_line_is_reported_by_number_and_shortened(tmp_path: Path) -> None:
    (tmp_path / "sums").write_text(f"{'a' * 64}  x.npy\n{'b' * 500}\n")
    with pytest.raises(UsageError, match=r"sums:2: 'b+\.\.\.' is not a line") as raised:
        open_source(str(tmp_path / "sums"))
    assert len(str(raised.value)) < 300


@given(st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), min_size=1).filter(
    lambda name: not name.startswith("./")
))  # fmt: skip
def test_a_written_line_is_read_back_unchanged(name: str) -> None:
    assert [line[1:] for line in parse_manifest(manifest_line("0" * 64, name), "sums")] == [(name, "0" * 64)]


@pytest.mark.skipif(shutil.which("sha256sum") is None, reason="coreutils' sha256sum is not here")
@pytest.mark.parametrize("name", ["plain", "two words", "back\\slash", "new\nline", "carriage\rreturn", "ünï"])
def test_lines_are_those_of_sha256sum(tmp_path: Path, name: str) -> None:
    try:
        (tmp_path / name).write_bytes(b"content")
    except OSError:
        pytest.skip("this system has no such names")
    ran = subprocess.run(["sha256sum", name], cwd=tmp_path, capture_output=True, check=True)
    assert ran.stdout.decode() == manifest_line(hashlib.sha256(b"content").hexdigest(), name)


def index_of(archive: Path, split: str, digest: Callable[[bytes], str]) -> str:
    """Return the file index of a split as the Redivis edition has it."""
    rows = [
        f"1,{file.parent.name}/{file.name},{digest(hashlib.md5(file.read_bytes()).digest())}\n"
        for file in sorted((archive / split).rglob("*.npy"))
    ]
    return "file_id,file_name,md5_hash\n" + "".join(rows)


def as_base64(digest: bytes) -> str:
    return base64.b64encode(digest).decode()


@pytest.mark.parametrize("digest", [as_base64, bytes.hex])
def test_the_file_index_of_a_split_agrees_with_its_volumes(
    archive: Path, examined: Examined, tmp_path: Path, digest: Callable[[bytes], str]
) -> None:
    (tmp_path / "train.csv").write_text(index_of(archive, "train", digest))
    against = (str(tmp_path / "train.csv"),)
    assert examined(archive, against=against).problems == []
    (archive / NAME).write_bytes((archive / NAME).read_bytes()[:-1] + b"!")
    (archive / "train/axial/0002.npy").rename(archive / "train/axial/0009.npy")
    found = places(examined(archive, against=against))
    assert [place for place in found if place[0] in {"checksum-mismatch", "missing-file", "unlisted-file"}] == [
        ("checksum-mismatch", NAME), ("missing-file", "train/axial/0002.npy"), ("unlisted-file", "train/axial/0009.npy"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("form", "index", "path"),
    [
        ("redivis a", "train.csv", "MRNet_ Knee MRI's_files/axial/0001.npy"),
        ("redivis a", "files.csv", "MRNet_ Knee MRI's_files/axial/0001.npy"),
        ("redivis b", "train.csv", "Files/train/axial/0001.npy"),
        ("redivis b", "files.csv", "axial/0001.npy"),
    ],
)
def test_a_volume_that_only_the_file_index_lists_has_the_path_where_it_belongs(
    archive: Path, examined: Examined, tmp_path: Path, form: str, index: str, path: str
) -> None:
    place = write_form(archive, tmp_path / "edition", form)
    (tmp_path / index).write_text(index_of(archive, "train", as_base64))
    next(place.rglob("axial/0001.npy")).unlink()
    [missing] = [
        each for each in examined(place, against=(str(tmp_path / index),)).problems if each.rule == "missing-file"
    ]
    assert missing.path == path
    if path != "axial/0001.npy":
        assert (missing.case, missing.plane) == ("0001", "axial")


def test_a_promoted_row_is_named_as_the_cause_of_other_bytes(archive: Path, examined: Examined, manifest: Path) -> None:
    label_file = archive / "train-acl.csv"
    label_file.write_text("_0000,_0\n" + label_file.read_text().partition("\n")[2])
    problems = {each.rule: each.message for each in examined(archive, against=(str(manifest),)).problems}
    assert problems.keys() == {"promoted-row", "checksum-mismatch"}
    assert (
        "its first row was made column names, which changes its bytes (see promoted-row)"
        in problems["checksum-mismatch"]
    )


@pytest.mark.parametrize(
    ("named", "parts", "sentence"),
    [
        (["train"], ["labels", "valid"], "Checksums not compared: the label files and the volumes of valid, which no named file "
         "index lists; --against valid.csv adds these volumes."),
        (["train", "valid"], ["labels"], "Checksums not compared: the label files, which no named file index lists."),
        ([], [], None),
    ],
)  # fmt: skip
def test_what_a_file_index_does_not_list_is_named_as_not_compared(
    archive: Path,
    examined: Examined,
    manifest: Path,
    tmp_path: Path,
    named: list[str],
    parts: list[str],
    sentence: str | None,
) -> None:
    for split in named:
        (tmp_path / f"{split}.csv").write_text(index_of(archive, split, as_base64))
    report = examined(archive, against=tuple(str(tmp_path / f"{split}.csv") for split in named) or (str(manifest),))
    assert (report.problems, report_data(report)["not_compared"]) == ([], parts)
    assert [line for line in last_lines(report) if line.startswith("Checksums not")] == ([sentence] if sentence else [])


def test_a_list_of_md5sum_is_compared_in_the_same_read(archive: Path, examined: Examined, tmp_path: Path) -> None:
    lines = [
        f"{hashlib.md5(file.read_bytes()).hexdigest()}  ./{file.relative_to(archive).as_posix()}\n"
        for file in sorted(archive.rglob("*.*")) if file.is_file()
    ]  # fmt: skip
    (tmp_path / "MD5SUMS").write_text("".join(lines))
    assert examined(archive, against=(str(tmp_path / "MD5SUMS"),)).problems == []
    (archive / NAME).write_bytes((archive / NAME).read_bytes()[:-1] + b"!")
    [problem] = examined(archive, against=(str(tmp_path / "MD5SUMS"),)).problems
    assert (problem.rule, problem.path, "its MD5 is" in problem.message) == ("checksum-mismatch", NAME, True)


def test_a_list_that_windows_redirected_into_utf16_is_read(archive: Path, examined: Examined, manifest: Path) -> None:
    manifest.write_text(manifest.read_text(), encoding="utf-16")
    assert examined(archive, against=(str(manifest),)).problems == []


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (f"{'a' * 64}  x.npy\n{'b' * 64}  ./x.npy\n", "sums:2: another digest of x.npy than in .*sums:1"),
        (
            f"file_name,md5_hash\naxial/1.npy,{'a' * 32}\naxial/1.npy,{'b' * 32}\n",
            "sums:3: another digest of axial/1.npy",
        ),
        (f"{'a' * 40}  x.npy\n", r"40 digits are SHA-1's"),
        ("file_name,md5_hash\naxial/1.npy,abc\n", "md5_hash is 'abc', expected an MD5"),
        (f"file_name,md5_hash\naxial/1.npy,{'a' * 40}\n", "expected an MD5"),
        ("file_name,md5_hash\n", "no row below its header"),
        ("file_name,md5_hash\n,abc\n", "no file_name in this row"),
    ],
)
def test_contradictory_lists_and_lists_of_another_kind_are_usage_errors(tmp_path: Path, text: str, words: str) -> None:
    (tmp_path / "sums").write_text(text)
    with pytest.raises(UsageError, match=words):
        open_source(str(tmp_path / "sums"))


def test_one_file_named_twice_with_one_digest_is_accepted(tmp_path: Path) -> None:
    (tmp_path / "sums").write_text(f"{'a' * 64}  x.npy\n" * 2)
    source = open_source(str(tmp_path / "sums"))
    assert isinstance(source, Listing)
    assert list(source.files) == ["x.npy"]


@pytest.mark.parametrize(("header", "row"), [("", "{digest}  {number}"), ("file_name,md5_hash\n", "{number},{digest}")])
def test_a_list_of_far_more_files_than_an_archive_has_is_refused(tmp_path: Path, header: str, row: str) -> None:
    rows = "\n".join(row.format(number=number, digest="0" * 32) for number in range(MAX_FILES + 1))
    (tmp_path / "sums").write_text(header + rows)
    with pytest.raises(UsageError, match="sums: this manifest names 50,001 files, far more than an archive has"):
        open_source(str(tmp_path / "sums"))


def test_expectations_far_larger_than_they_need_are_refused(tmp_path: Path) -> None:
    with open(tmp_path / "large.toml", "wb") as handle:
        handle.truncate((1 << 20) + 1)
    with pytest.raises(UsageError, match=r"large\.toml: more than 1,048,576 bytes"):
        open_source(str(tmp_path / "large.toml"))


@pytest.mark.slow
@pytest.mark.parametrize("path", ["./" * 1_000_000 + "x", "x"])
def test_a_list_of_any_length_takes_seconds(tmp_path: Path, path: str) -> None:
    line = f"{'a' * 64}  {path}\n"
    (tmp_path / "sums").write_text(line * (9_000_000 // len(line)))
    assert isinstance(open_source(str(tmp_path / "sums")), Listing)
    (tmp_path / "sums").write_text(line * (20_000_000 // len(line)))
    with pytest.raises(UsageError, match="far more than such a file needs"):
        open_source(str(tmp_path / "sums"))


def test_suffixes_count_in_any_case(archive: Path, examined: Examined, zipped: Path, tmp_path: Path) -> None:
    upper = zipped.rename(zipped.with_name("OTHER.ZIP"))
    (tmp_path / "OWN.TOML").write_text("[train]\ncases = 3\n")
    assert examined(archive, against=(str(upper), str(tmp_path / "OWN.TOML"))).problems == []


def test_other_files_of_a_zip_do_not_count_as_missing(archive: Path, examined: Examined, zipped: Path) -> None:
    with zipfile.ZipFile(zipped, "a") as opened:
        opened.writestr("MRNet-v1.0/notes.txt", "x")
    assert examined(archive, against=(str(zipped),)).problems == []


def test_an_unused_file_index_is_reported(archive: Path, examined: Examined) -> None:
    (archive / "train.csv").write_text(index_of(archive, "train", as_base64))
    report = examined(archive)
    assert report.unused_indexes == ["train.csv"]
    assert any("Not used: train.csv" in line for line in last_lines(report))
    assert examined(archive, against=(str(archive / "train.csv"),)).unused_indexes == (
        [] if report.kind == "folder" else ["train.csv"]
    )


def test_impossible_sources_are_reported(tmp_path: Path, zipped: Path) -> None:
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


def test_the_file_index_of_an_edition_names_its_own_files(archive: Path, examined: Examined, tmp_path: Path) -> None:
    place = write_form(archive, tmp_path / "edition", "redivis a")
    (tmp_path / "valid.csv").write_text(index_of(archive, "valid", as_base64))
    against = (str(tmp_path / "valid.csv"),)
    assert {rule for rule, _ in places(examined(place, against=against))} <= {"promoted-row"}
    volume = next(place.rglob("1131.npy"))
    volume.write_bytes(volume.read_bytes()[:-1] + b"!")
    assert ("checksum-mismatch", volume.relative_to(place).as_posix()) in places(examined(place, against=against))


@pytest.mark.skipif(sys.platform != "linux", reason="other systems fill such a file's hole")
def test_a_sparse_terabyte_of_another_length_is_not_read(archive: Path, zipped: Path, manifest: Path) -> None:
    os.truncate(archive / NAME, 1 << 40)
    os.truncate(archive / "train-acl.csv", 1 << 40)
    for source in (zipped, manifest):
        report = examine(Archive.open(archive), all_rules(), sources=[open_source(str(source))])
        found = [problem for problem in report.problems if problem.rule == "checksum-mismatch"]
        assert [problem.path for problem in found] == ["train-acl.csv", NAME]
        assert all("1,099,511,627,776 bytes" in problem.message for problem in found)


@pytest.mark.parametrize("read", ["headers", "voxels"])
@pytest.mark.parametrize(("form", "zipped_form"), [("redivis a", None), ("val", "redivis b"), (None, "redivis c")])
def test_a_zip_of_another_edition_is_compared_by_case_and_plane(
    archive: Path, examined: Examined, tmp_path: Path, form: str | None, zipped_form: str | None, read: str
) -> None:
    folder = write_form(archive, tmp_path / "here", form) if form else archive
    source = write_form(archive, tmp_path / "source", zipped_form) if zipped_form else archive
    zipped = zip_archive(source, tmp_path / "source.zip", top="")
    compared = {"checksum-mismatch", "missing-file", "unlisted-file"}
    assert compared.isdisjoint(rule for rule, _ in places(examined(folder, read, (str(zipped),))))
    layout = Archive.open(folder).storage.layout
    changed, gone = (layout.volume_path(Split.VALID, Plane.AXIAL, case) for case in ("1130", "1131"))
    with (folder / changed).open("ab") as file:
        file.write(b"x")
    (folder / gone).unlink()
    labels = layout.label_path(Split.TRAIN, Finding.ACL)
    (folder / labels).write_text("0000,1\n0001,1\n0002,1\n")
    found = [place for place in places(examined(folder, "voxels", (str(zipped),))) if place[0] in compared]
    assert sorted(found) == sorted(
        [("checksum-mismatch", changed), ("checksum-mismatch", labels), ("missing-file", gone)]
    )
