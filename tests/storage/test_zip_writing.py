"""The zip writer: files that are packed already, read back by other programs, with ZIP64 records beyond 4 GiB."""

import shutil
import struct
import subprocess
import sys
import zipfile
import zlib
from pathlib import Path

import pytest

from mrnet.storage.zip_directory import read_directory
from mrnet.storage.zip_writing import Packed, ZipWriter

STORED = 0


def write_zip(place: Path, hole: int) -> dict[str, bytes]:
    """Write a sparse zip: two files, a hole of this many bytes, and two more files."""
    files = {f"MRNet-v1.0/train/axial/{number:04d}.npy": bytes([number]) * 1000 for number in range(4)}
    with open(place, "wb") as handle:
        zipped = ZipWriter(handle)
        for number, (name, data) in enumerate(files.items()):
            if number == 2:
                zipped.offset += hole
                handle.seek(zipped.offset)
            zipped.add(name, Packed(data, STORED, zlib.crc32(data), len(data)))
        zipped.close()
    return files


@pytest.mark.skipif(sys.platform == "darwin", reason="its disks fill such a file's hole")
@pytest.mark.parametrize("hole", [0, 1 << 32, 5 << 32])
def test_other_programs_read_a_zip_of_any_length(tmp_path: Path, hole: int) -> None:
    place = tmp_path / "long.zip"
    files = write_zip(place, hole)
    with zipfile.ZipFile(place) as opened:
        assert {name: opened.read(name) for name in opened.namelist()} == files
    for program in (["unzip", "-tqq"], ["7z", "t", "-bd"]):
        if shutil.which(program[0]):
            ran = subprocess.run([*program, str(place)], capture_output=True, text=True, check=False)
            assert ran.returncode == 0, ran.stdout + ran.stderr
    with open(place, "rb") as handle:

        def read_at(offset: int, length: int) -> bytes:
            handle.seek(offset)
            return handle.read(length)

        members = read_directory(place.stat().st_size, read_at)
    assert [member.name for member in members] == list(files)
    assert (members[-1].offset >= 1 << 32) == (hole > 0)


def test_zip64_records_are_written_only_where_they_are_needed(tmp_path: Path) -> None:
    write_zip(tmp_path / "short.zip", 0)
    assert (tmp_path / "short.zip").read_bytes().count(struct.pack("<I", 0x06064B50)) == 0
