"""`mrnet manifest`: sha256sum accepts it, and it never lists itself."""

import hashlib
import io
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from mrnet.cli.app import main
from tests.conftest import Mrnet


def expected(archive: Path) -> str:
    files = sorted(file.relative_to(archive).as_posix() for file in archive.rglob("*") if file.is_file())
    return "".join(f"{hashlib.sha256((archive / file).read_bytes()).hexdigest()}  {file}\n" for file in files)


def test_every_file_is_listed_in_sorted_order(mrnet: Mrnet, archive: Path, zipped: Path) -> None:
    assert mrnet("manifest", "--root", zipped).out == expected(archive)
    (archive / "README.md").write_text("words")
    (archive / "extra" / "deep").mkdir(parents=True)
    (archive / "extra" / "deep" / "file").write_text("words")
    ran = mrnet("manifest", "--root", archive)
    assert (ran.status, ran.out) == (0, expected(archive))


@pytest.mark.skipif(shutil.which("sha256sum") is None, reason="coreutils' sha256sum is not here")
def test_sha256sum_accepts_it_in_the_root(mrnet: Mrnet, archive: Path) -> None:
    (archive / "odd").mkdir()
    (archive / "odd" / "back\\slash new\nline").write_text("words")
    assert mrnet("manifest", "--root", archive, "-o", archive / "SHA256SUMS").status == 0
    subprocess.run(["sha256sum", "--check", "--strict", "--quiet", "SHA256SUMS"], cwd=archive, check=True)


def test_it_never_lists_itself_and_validate_reads_it_from_the_root(mrnet: Mrnet, archive: Path) -> None:
    before = expected(archive)
    (archive / "SHA256SUMS.mrnet.part").write_text("left by a run that was stopped")
    for _ in range(2):
        assert mrnet("manifest", "--root", archive, "-o", archive / "SHA256SUMS").status == 0
    assert (archive / "SHA256SUMS").read_text() == before
    ran = mrnet("validate", "--root", archive, "--against", archive / "SHA256SUMS", "--error", "unexpected-file")
    assert ran.status == 0


@pytest.mark.skipif(os.name == "nt", reason="a file that is written to cannot be read on Windows")
def test_it_does_not_list_the_file_that_standard_output_goes_to(archive: Path) -> None:
    before = expected(archive)
    with (archive / "sums").open("wb") as file:
        subprocess.run([sys.executable, "-m", "mrnet", "manifest", "-r", str(archive)], stdout=file, check=True)
    assert (archive / "sums").read_text() == before


@pytest.mark.parametrize("name", ["train/axial/0001.npy", "train/axial/7777.npy", "train-acl.csv", "README"])
def test_no_file_of_the_archive_is_written_over(mrnet: Mrnet, archive: Path, name: str) -> None:
    (archive / "README").write_text("words")
    before = {file: file.read_bytes() for file in archive.rglob("*") if file.is_file()}
    assert mrnet("manifest", "--root", archive, "-o", archive / name).status == 2
    assert {file: file.read_bytes() for file in archive.rglob("*") if file.is_file()} == before


def test_a_terminal_obeys_no_name(archive: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (archive / "a\x1b]0;owned\x07").touch()
    written = io.StringIO()
    written.isatty = lambda: True  # type: ignore[method-assign]  # a test has no terminal
    monkeypatch.setattr(sys, "stdout", written)
    monkeypatch.setattr(sys, "argv", ["mrnet", "manifest", "--root", str(archive)])
    with pytest.raises(SystemExit):
        main()
    assert "a\\x1b]0;owned\\x07" in written.getvalue()
    assert all(line.isprintable() for line in written.getvalue().splitlines())


@pytest.mark.parametrize("target", [".", "/"])
def test_a_folder_is_no_target(mrnet: Mrnet, archive: Path, target: str) -> None:
    ran = mrnet("manifest", "--root", archive, "-o", target)
    assert (ran.status, ran.out) == (2, "")
    assert ran.err == f"mrnet: {Path(target)}: this is a folder, expected the path of a file to write\n"


def test_the_zip_is_not_written_over(mrnet: Mrnet, zipped: Path) -> None:
    assert mrnet("manifest", "--root", zipped, "-o", zipped).status == 2


@pytest.mark.skipif(os.name == "nt", reason="links need rights on Windows")
def test_a_file_that_cannot_be_read_is_named_and_is_exit_1(mrnet: Mrnet, archive: Path) -> None:
    (archive / "train/axial/0001.npy").unlink()
    (archive / "train/axial/0001.npy").symlink_to("nowhere")
    ran = mrnet("manifest", "--root", archive)
    assert ran.status == 1
    assert "train/axial/0001.npy" in ran.err
    assert "train/axial/0001.npy" not in ran.out


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="other systems allow no such names")
def test_a_name_that_is_not_utf8_is_written_unchanged(archive: Path) -> None:
    (archive / os.fsdecode(b"odd\xff")).write_bytes(b"x")
    command = [sys.executable, "-m", "mrnet", "manifest", "-r", str(archive)]
    ran = subprocess.run(command, capture_output=True, check=True)
    assert b"  odd\xff\n" in ran.stdout
    Path("sums").write_bytes(ran.stdout)
    check = [sys.executable, "-m", "mrnet", "validate", "-r", str(archive), "--against", "sums", "-f", "json"]
    ran = subprocess.run(check, capture_output=True, check=False)
    assert ran.returncode == 0
    assert b"missing-file" not in ran.stdout.split(b'"problems"')[1]


def test_a_members_name_with_a_zero_byte_stops_nothing(mrnet: Mrnet, zipped: Path) -> None:
    with zipfile.ZipFile(zipped, "a") as opened:
        opened.writestr("MRNet-v1.0/README-X", b"x")
    zipped.write_bytes(zipped.read_bytes().replace(b"README-X", b"README-\0"))
    assert mrnet("manifest", "--root", zipped).status == 0
