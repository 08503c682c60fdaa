"""`mrnet extract`: the chosen cases as a classic archive, byte for byte; an interrupted run can be resumed."""

import errno
import json
import os
import shutil
import signal
import subprocess
import sys
import time
import zipfile
from pathlib import Path

import pytest

from mrnet import Archive
from mrnet.archive import extraction
from mrnet.archive.extraction import FolderTarget
from mrnet.parallel import Workers
from mrnet.storage.zips import ZipStorage
from mrnet.vocabulary import Plane
from mrnet.writing import PART, reporting_failure, writing
from tests.archives import FORMS, write_form, write_labels, zip_archive
from tests.conftest import Mrnet, Ran

MEMBER = "train/axial/0001.npy"


def contents(folder: Path) -> dict[str, bytes]:
    """Return every file of a folder."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()
    }


def rows(ran: Ran) -> list[dict[str, object]]:
    found = json.loads(ran.out)
    assert isinstance(found, list)
    return found


@pytest.mark.parametrize("kind", ["folder", "zip"])
def test_a_whole_archive_is_copied_byte_for_byte(mrnet: Mrnet, archive: Path, zipped: Path, kind: str) -> None:
    ran = mrnet("extract", "--root", archive if kind == "folder" else zipped, "-o", "out", "-f", "json")
    assert ran.status == 0
    assert contents(Path("out")) == contents(archive)
    assert {row["status"] for row in rows(ran)} == {"written"}
    assert [(row["case"], row["plane"]) for row in rows(ran)][:3] == [
        ("0000", "axial"), ("0000", "coronal"), ("0000", "sagittal"),
    ]  # fmt: skip
    assert rows(ran)[0]["path"] == "out/train/axial/0000.npy"
    assert mrnet("validate", "--root", "out").status == 0


@pytest.mark.parametrize("stored", [[], ["--stored"]])
def test_a_zip_is_written_that_other_programs_read(mrnet: Mrnet, archive: Path, stored: list[str]) -> None:
    assert mrnet("extract", "--root", archive, "-o", "out.zip", *stored).status == 0
    with zipfile.ZipFile("out.zip") as opened:
        assert opened.testzip() is None
        assert {name.removeprefix("MRNet-v1.0/"): opened.read(name) for name in opened.namelist()} == contents(archive)
        method = opened.getinfo(f"MRNet-v1.0/{MEMBER}").compress_type
    assert method == (zipfile.ZIP_STORED if stored else zipfile.ZIP_DEFLATED)
    assert mrnet("validate", "--root", "out.zip").status == 0


def test_label_files_and_planes_are_those_of_the_chosen_cases(mrnet: Mrnet, archive: Path) -> None:
    (archive / "train-acl.csv").write_bytes(b"\xef\xbb\xbf2,0\r\n0001,1\r\n0000,0")
    assert mrnet("extract", "1", "2", "1130", "--plane", "sag", "--root", archive, "-o", "out").status == 0
    assert (Path("out/train-acl.csv").read_bytes(), Path("out/valid-acl.csv").read_bytes()) == (
        b"0001,1\n0002,0\n", b"1130,1\n",
    )  # fmt: skip
    volumes = [name for name in contents(Path("out")) if name.endswith(".npy")]
    assert volumes == [f"train/sagittal/{id}.npy" for id in ("0001", "0002")] + ["valid/sagittal/1130.npy"]


def test_cases_of_one_split_are_a_sound_archive_with_six_label_files(mrnet: Mrnet, archive: Path) -> None:
    assert mrnet("extract", "0000-0001", "--root", archive, "-o", "part").status == 0
    assert len(list(Path("part").glob("*.csv"))) == 6
    assert Path("part/valid-acl.csv").read_bytes() == b""
    assert mrnet("validate", "--root", "part").status == 0
    assert mrnet("list", "--root", "part", "-f", "ids").out.split() == ["0000", "0001"]


def test_the_mark_of_a_synthetic_archive_is_copied(mrnet: Mrnet, archive: Path) -> None:
    (archive / "SYNTHETIC.txt").write_text("made up")
    (archive / "README.md").write_text("stays")
    mrnet("extract", "--root", archive, "-o", "out")
    assert Path("out/SYNTHETIC.txt").read_text() == "made up"
    assert not Path("out/README.md").exists()


def test_a_second_run_skips_existing_files_and_writes_missing_ones(mrnet: Mrnet, zipped: Path) -> None:
    mrnet("extract", "--root", zipped, "-o", "out")
    before = contents(Path("out"))
    Path("out", MEMBER).unlink()
    Path("out", f"{MEMBER}{PART}").write_bytes(b"left by a run that was killed")
    ran = mrnet("extract", "--root", zipped, "-o", "out", "-f", "json")
    written = [row["path"] for row in rows(ran) if row["status"] == "written"]
    assert (written, ran.status) == ([f"out/{MEMBER}"], 0)
    assert contents(Path("out")) == before


@pytest.mark.parametrize("kind", ["folder", "zip"])
def test_other_bytes_are_replaced_only_if_asked(mrnet: Mrnet, archive: Path, zipped: Path, kind: str) -> None:
    source = archive if kind == "folder" else zipped
    mrnet("extract", "--root", source, "-o", "out")
    other = bytearray(Path("out", MEMBER).read_bytes())
    other[-1] ^= 1
    Path("out", MEMBER).write_bytes(other)
    ran = mrnet("extract", "--root", source, "-o", "out", "-f", "json")
    [failed] = [row for row in rows(ran) if row["status"] == "failed"]
    assert (ran.status, failed["path"]) == (1, f"out/{MEMBER}")
    assert "--overwrite" in str(failed["error"])
    assert Path("out", MEMBER).read_bytes() == other
    assert mrnet("extract", "--root", source, "-o", "out", "--overwrite").status == 0
    assert Path("out", MEMBER).read_bytes() == (archive / MEMBER).read_bytes()


def test_an_existing_zip_is_kept_or_replaced_as_a_file_is(mrnet: Mrnet, archive: Path) -> None:
    mrnet("extract", "--root", archive, "-o", "out.zip")
    before = Path("out.zip").read_bytes()
    ran = mrnet("extract", "--root", archive, "-o", "out.zip", "-f", "json")
    assert {row["status"] for row in rows(ran)} == {"same"}
    ran = mrnet("extract", "0000", "--root", archive, "-o", "out.zip")
    assert (ran.status, "--overwrite" in ran.err, Path("out.zip").read_bytes() == before) == (2, True, True)
    assert mrnet("extract", "0000", "--root", archive, "-o", "out.zip", "--overwrite").status == 0
    assert [case.id for case in Archive.open("out.zip").cases] == ["0000"]


def test_a_damaged_member_is_named_and_the_rest_is_written(mrnet: Mrnet, archive: Path, tmp_path: Path) -> None:
    place = zip_archive(archive, tmp_path / "stored.zip", method=zipfile.ZIP_STORED)
    data = bytearray(place.read_bytes())
    data[data.index(MEMBER.encode()) + 5000] ^= 0xFF
    place.write_bytes(data)
    for target in ("out", "out.zip"):
        ran = mrnet("extract", "--root", place, "-o", target, "-f", "json")
        failed = [row for row in rows(ran) if row["status"] == "failed"]
        assert [(row["case"], row["plane"], row["bytes"]) for row in failed] == [("0001", "axial", None)]
        assert "CRC-32" in str(failed[0]["error"])
        assert ran.status == 1
        assert len(Archive.open(target).volumes) == 14
    assert not Path("out", MEMBER).exists()


def test_a_dry_run_writes_nothing(mrnet: Mrnet, archive: Path) -> None:
    for target in ("out", "out.zip"):
        ran = mrnet("extract", "--root", archive, "-o", target, "--dry-run", "-f", "json")
        assert ({row["status"] for row in rows(ran)}, len(rows(ran)), ran.status) == ({"written"}, 15, 0)
        assert not Path(target).exists()


def test_cases_without_a_volume_are_left_out_and_counted(mrnet: Mrnet, archive: Path) -> None:
    for plane in ("axial", "coronal", "sagittal"):
        (archive / "train" / plane / "0002.npy").unlink()
    ran = mrnet("extract", "--root", archive, "-o", "out")
    assert ran.status == 0
    assert "1 labelled case without a volume: left out" in ran.err
    assert Path("out/train-acl.csv").read_text() == "0000,0\n0001,1\n"
    assert mrnet("extract", "0002", "--root", archive, "-o", "other").status == 2


def test_one_plane_is_a_whole_archive_if_no_other_plane_has_a_volume(mrnet: Mrnet, archive: Path) -> None:
    for split in ("train", "valid"):
        shutil.rmtree(archive / split / "axial")
        shutil.rmtree(archive / split / "sagittal")
    ran = mrnet("extract", "--root", archive, "-o", "out", "-f", "json")
    assert (ran.status, len(rows(ran))) == (0, 5)


def test_a_series_that_is_missing_among_others_fails(mrnet: Mrnet, archive: Path) -> None:
    (archive / MEMBER).unlink()
    ran = mrnet("extract", "--root", archive, "-o", "out", "-f", "json")
    [failed] = [row for row in rows(ran) if row["status"] == "failed"]
    assert (failed["case"], failed["plane"], ran.status) == ("0001", "axial", 1)


@pytest.mark.parametrize("target", ["MRNet-v1.0", "MRNet-v1.0/copy", "MRNet-v1.0/train/x.zip"])
def test_nothing_is_written_into_the_archive(mrnet: Mrnet, archive: Path, target: str) -> None:
    before = contents(archive)
    ran = mrnet("extract", "--root", archive, "-o", archive.parent / target, "--overwrite")
    assert (ran.status, "never changed" in ran.err) == (2, True)
    assert contents(archive) == before


@pytest.mark.skipif(os.name == "nt", reason="links need rights on Windows")
@pytest.mark.parametrize("link", ["train", MEMBER])
def test_links_into_the_archive_are_not_written_through(mrnet: Mrnet, archive: Path, link: str) -> None:
    Path("out", link).parent.mkdir(parents=True)
    Path("out", link).symlink_to(archive / link)
    before = contents(archive)
    ran = mrnet("extract", "--root", archive, "-o", "out", "--overwrite")
    assert (ran.status, contents(archive) == before) == (2, True)


def test_the_zip_itself_is_not_written_over(mrnet: Mrnet, zipped: Path) -> None:
    before = zipped.read_bytes()
    assert mrnet("extract", "0000", "--root", zipped, "-o", zipped, "--overwrite").status == 2
    assert zipped.read_bytes() == before


@pytest.mark.parametrize(
    "name", ["../evil.npy", "/evil.npy", "MRNet-v1.0/train/axial/../../../evil.npy", "C:/evil.npy"]
)
def test_hostile_names_lead_to_no_file(mrnet: Mrnet, zipped: Path, archive: Path, name: str) -> None:
    with zipfile.ZipFile(zipped, "a") as opened:
        opened.writestr(name, b"x")
    before = set(zipped.parent.rglob("*"))
    assert mrnet("extract", "--root", zipped, "-o", zipped.parent / "deep" / "out").status == 0
    assert contents(zipped.parent / "deep" / "out") == contents(archive)
    assert {path for path in zipped.parent.rglob("*") if zipped.parent / "deep" not in (path, *path.parents)} == before


@pytest.mark.parametrize("output", ["s3://bucket/x", "https://host/x.zip"])
def test_impossible_targets_are_usage_errors(mrnet: Mrnet, archive: Path, output: str) -> None:
    ran = mrnet("extract", "--root", archive, "-o", output)
    assert (ran.status, len(ran.err.splitlines())) == (2, 1)


def test_an_empty_file_that_a_power_cut_left_is_replaced(mrnet: Mrnet, archive: Path) -> None:
    left = Path("out/train/axial/0001.npy")
    left.parent.mkdir(parents=True)
    left.touch()
    assert mrnet("extract", "--root", archive, "-o", "out").status == 0
    assert contents(Path("out")) == contents(archive)


def test_a_file_at_the_folders_path_is_kept(mrnet: Mrnet, archive: Path) -> None:
    Path("out").write_text("mine")
    ran = mrnet("extract", "--root", archive, "-o", "out", "--overwrite")
    assert (ran.status, Path("out").read_text()) == (2, "mine")


def test_a_disk_without_room_is_reported_before_anything_is_written(
    mrnet: Mrnet, archive: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    usage = shutil.disk_usage(".")
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage._replace(free=1_000_000))
    ran = mrnet("extract", "--root", archive, "-o", "out")
    assert (ran.status, Path("out").exists()) == (2, False)
    assert "are needed, and its disk has 1.0 MB free" in ran.err


def test_a_disk_that_fills_up_ends_the_run_with_complete_files_only(
    mrnet: Mrnet, archive: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = 0

    def fill_up(target: Path, *, checked: bool) -> object:
        nonlocal files
        files += 1
        if files > 10:
            with reporting_failure(target):
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return writing(target, checked=checked)

    monkeypatch.setattr("mrnet.archive.extraction.writing", fill_up)
    ran = mrnet("extract", "--root", archive, "-o", "out", "--jobs", 1)
    assert (ran.status, len(contents(Path("out")))) == (1, 10)
    assert "Stopped: the disk is full" in ran.err
    monkeypatch.undo()
    os.chdir(archive.parent / "work")
    assert mrnet("extract", "--root", archive, "-o", "out").status == 0


@pytest.mark.slow
@pytest.mark.skipif(os.name == "nt", reason="POSIX signals")
@pytest.mark.parametrize(
    ("sign", "name"), [(signal.SIGKILL, "out"), (signal.SIGINT, "out"), (signal.SIGKILL, "out.zip")]
)
def test_a_stopped_run_can_be_resumed(
    mrnet: Mrnet, archive: Path, tmp_path: Path, sign: signal.Signals, name: str
) -> None:
    for number in range(3, 100):
        for plane in ("axial", "coronal", "sagittal"):
            os.link(archive / "train" / plane / "0000.npy", archive / "train" / plane / f"{number:04d}.npy")
    for finding in ("abnormal", "acl", "meniscus"):
        write_labels(archive, "train", finding, {f"{number:04d}": 0 for number in range(100)})
    out = tmp_path / "target" / name
    process = subprocess.Popen([sys.executable, "-m", "mrnet", "extract", "-r", str(archive), "-o", str(out), "-q"])
    while process.poll() is None and not any(out.parent.rglob("*.npy")) and not any(out.parent.glob(f"*{PART}")):
        time.sleep(0.01)
    process.send_signal(sign)
    process.wait(20)
    whole = contents(archive)
    assert all(data == whole[name] for name, data in contents(out).items() if not name.endswith(PART))
    assert mrnet("extract", "--root", archive, "-o", out).status == 0
    if name == "out":
        assert contents(out) == whole
    else:
        with zipfile.ZipFile(out) as opened:
            assert {each.removeprefix("MRNet-v1.0/"): opened.read(each) for each in opened.namelist()} == whole
    assert not list(out.parent.rglob(f"*{PART}"))


def test_a_target_that_is_the_same_is_not_inflated(mrnet: Mrnet, zipped: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    mrnet("extract", "--root", zipped, "-o", "out")
    archive = Archive.open(zipped)
    copies = [copy for copy in extraction.plan_copies(archive, archive.cases, list(Plane)) if copy.series]
    monkeypatch.setattr(ZipStorage, "chunks", lambda *_: pytest.fail("a volume was inflated"))
    outcomes = list(FolderTarget(Path("out")).write(copies, Workers()))
    assert {outcome.status for outcome in outcomes} == {"same"}


@pytest.mark.slow
@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("zipped", [False, True])
def test_every_edition_becomes_the_same_classic_archive(
    mrnet: Mrnet, archive: Path, tmp_path: Path, form: str, zipped: bool
) -> None:
    source = write_form(archive, tmp_path / form, form)
    if zipped:
        source = zip_archive(source, tmp_path / "edition.zip", top="")
    assert mrnet("extract", "--root", source, "-o", "out").status == 0
    assert contents(Path("out")) == contents(archive)
