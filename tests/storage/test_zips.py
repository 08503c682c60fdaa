"""A zip of any program is read in place like its unpacked folder, and nothing that it states is trusted."""

import io
import os
import struct
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mrnet import Archive
from mrnet.archive.editions import open_archive_storage
from mrnet.archive.model import list_row
from mrnet.errors import (
    AmbiguousArchiveError,
    ArchiveNotFoundError,
    BrokenZipError,
    CorruptMemberError,
    MRNetError,
    UnreadableFileError,
    UnsafeMemberError,
    VolumeError,
)
from mrnet.memory import Memory
from mrnet.parallel import Workers, ordered_map
from mrnet.storage import zips
from mrnet.storage.blobs import FileBlob, ReadAt
from mrnet.storage.zip_names import climbs_out
from tests.archives import make_volume, zip_archive

MEMBER = "train/axial/0001.npy"


def npy(slices: int = 3) -> bytes:
    file = io.BytesIO()
    np.save(file, make_volume("0001", "axial", slices))
    return file.getvalue()


def write_zip(target: Path, members: dict[str, bytes], method: int = zipfile.ZIP_STORED) -> Path:
    with zipfile.ZipFile(target, "w", method) as opened:
        for name, data in members.items():
            member = zipfile.ZipInfo(name)
            member.compress_type = method
            member.filename = name  # ZipInfo would tidy it
            opened.writestr(member, data)
    return target


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
@pytest.mark.parametrize("top", ["", "MRNet-v1.0/", "download/MRNet-v1.0/", "MRNet-v1.0/MRNet-v1.0/"])
def test_a_zip_holds_what_its_folder_holds(archive: Path, tmp_path: Path, top: str, method: int) -> None:
    folder = Archive.open(archive)
    zipped = Archive.open(zip_archive(archive, tmp_path / "some.zip", top=top, method=method))
    assert [list_row(case) for case in zipped.cases] == [list_row(case) for case in folder.cases]
    for case in folder.cases:
        for series in case.all_series():
            same = zipped.case(case.id).series(series.plane)
            assert same.size() == series.size()
            assert np.array_equal(same.load(), series.load())


def test_listings_of_folder_and_zip_agree_with_unknown_files_in_them(archive: Path, tmp_path: Path) -> None:
    for name in ("notes/a/b.txt", "train/axial/Thumbs.db", "train/other/x.npy", "test/axial/0000.npy"):
        (archive / name).parent.mkdir(parents=True, exist_ok=True)
        (archive / name).write_bytes(b"x")
    folder, zipped = Archive.open(archive).storage, Archive.open(zip_archive(archive, tmp_path / "some.zip")).storage
    assert list(zipped.entries) == list(folder.entries)
    assert [entry.path for entry in zipped.files()] == [entry.path for entry in folder.files()]
    assert {path: zipped.size(path) for path in zipped.entries if not path.endswith("/")} == {
        path: folder.size(path) for path in folder.entries if not path.endswith("/")
    }


def test_a_stream_with_data_descriptors_is_read(tmp_path: Path) -> None:
    class Pipe(io.BytesIO):
        def seekable(self) -> bool:
            return False

        def seek(self, *_: object) -> int:
            raise io.UnsupportedOperation

    pipe = Pipe()
    with zipfile.ZipFile(pipe, "w", zipfile.ZIP_DEFLATED) as opened:
        opened.writestr(MEMBER, npy())
    (tmp_path / "piped.zip").write_bytes(pipe.getvalue())
    assert Archive.open(tmp_path / "piped.zip").case("0001").series("axial").load().shape == (3, 256, 256)


def test_zip64_is_read(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "big.zip", "w") as opened, opened.open(MEMBER, "w", force_zip64=True) as member:
        member.write(npy())
    assert Archive.open(tmp_path / "big.zip").case("0001").series("axial").load().shape == (3, 256, 256)


@pytest.mark.parametrize("style", ["./{}", "././MRNet-v1.0/{}", ".\\{}", "MRNet-v1.0\\{}"])
def test_names_as_other_programs_write_them_are_understood(tmp_path: Path, style: str) -> None:
    def named(path: str) -> str:
        return style.format(path.replace("/", "\\")) if "\\" in style else style.format(path)

    write_zip(tmp_path / "odd.zip", {named("./") if style == "./{}" else named("x"): b"", named(MEMBER): npy()})
    assert Archive.open(tmp_path / "odd.zip").case("0001").series("axial").path == MEMBER


def test_a_folder_at_a_files_path_is_no_file(tmp_path: Path) -> None:
    write_zip(tmp_path / "odd.zip", {f"{MEMBER}/": b"", "train/coronal/0001.npy/inner.txt": b"x"})
    case = Archive.open(tmp_path / "odd.zip").case("0001")
    for plane in ("axial", "coronal"):
        with pytest.raises(UnreadableFileError, match="this is a folder"):
            case.series(plane).load()


@pytest.mark.parametrize("name", ["train/axial", "train", "train-acl.csv/"])
def test_only_what_makes_a_folder_a_root_makes_a_zip_one(tmp_path: Path, name: str) -> None:
    with pytest.raises(ArchiveNotFoundError, match="odd.zip: no MRNet archive in it"):
        open_archive_storage(write_zip(tmp_path / "odd.zip", {name: b""}))


@pytest.mark.parametrize("name", ["train/axial/", "train-acl.csv", MEMBER])
def test_any_mark_of_an_archive_makes_a_root(tmp_path: Path, name: str) -> None:
    assert open_archive_storage(write_zip(tmp_path / "lone.zip", {f"top/{name}": b""})).opened_by()[1] == "top/"


def test_two_roots_at_one_depth_are_both_named(tmp_path: Path) -> None:
    with pytest.raises(AmbiguousArchiveError, match="a and b"):
        open_archive_storage(write_zip(tmp_path / "two.zip", {f"a/{MEMBER}": b"", f"b/{MEMBER}": b""}))


def test_extra_folders_of_macos_and_names_that_climb_out_make_no_root(tmp_path: Path) -> None:
    shadows = {f"__MACOSX/{MEMBER}": b"", f"../{MEMBER}": b"", f"/{MEMBER}": b"", f"a/b/c/{MEMBER}": b""}
    with pytest.raises(ArchiveNotFoundError):
        open_archive_storage(write_zip(tmp_path / "shadows.zip", shadows))


@pytest.mark.parametrize("name", ["/a", "../a", "a/../b", "C:/a", "C:a", "\\\\server\\a", "..\\a", "\\a"])
def test_names_that_lead_out_are_recognised_on_every_system(name: str) -> None:
    assert climbs_out(name)


@pytest.mark.parametrize("name", ["a", "a/b", "a..b", "..a", "a/...", "train/"])
def test_harmless_names_are_not_refused(name: str) -> None:
    assert not climbs_out(name)


def test_a_name_in_two_spellings_counts_as_given_twice(tmp_path: Path) -> None:
    opened = Archive.open(write_zip(tmp_path / "odd.zip", {MEMBER: npy(), f"./{MEMBER}": npy()}))
    with pytest.raises(UnsafeMemberError, match="given to an earlier member"):
        opened.case("0001").series("axial").load()


@pytest.mark.parametrize(
    ("offset", "size", "value", "error"),
    [(24, 4, 1 << 20, CorruptMemberError), (24, 4, 10, VolumeError), (20, 4, 50, CorruptMemberError)],
    ids=["more promised", "less promised", "less packed"],
)
def test_a_member_whose_directory_lies_about_its_size_is_refused(
    tmp_path: Path, offset: int, size: int, value: int, error: type[MRNetError]
) -> None:
    path = write_zip(tmp_path / "lies.zip", {MEMBER: npy()}, zipfile.ZIP_DEFLATED)
    data = bytearray(path.read_bytes())
    at = data.index(b"PK\x01\x02") + offset
    data[at : at + size] = value.to_bytes(size, "little")
    path.write_bytes(data)
    with pytest.raises(error):
        Archive.open(path).case("0001").series("axial").load()


@pytest.mark.slow
def test_a_bomb_is_refused_by_its_stated_size_and_reading_stops_there(tmp_path: Path) -> None:
    header = npy()[:128]
    path = write_zip(tmp_path / "bomb.zip", {MEMBER: header + bytes(1 << 27)}, zipfile.ZIP_DEFLATED)
    series = Archive.open(path).case("0001").series("axial")
    with pytest.raises(VolumeError, match="too many for a knee MRI"):
        series.load()
    data = bytearray(path.read_bytes())
    at = data.index(b"PK\x01\x02") + 24
    data[at : at + 4] = len(npy()).to_bytes(4, "little")
    path.write_bytes(data)
    with pytest.raises(CorruptMemberError, match="it unpacks to more than"):
        Archive.open(path).case("0001").series("axial").load()


def test_headers_are_read_from_the_first_bytes_of_a_member(tmp_path: Path) -> None:
    path = write_zip(tmp_path / "damaged.zip", {MEMBER: npy(20)}, zipfile.ZIP_DEFLATED)
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 0xFF
    path.write_bytes(data)
    series = Archive.open(path).case("0001").series("axial")
    assert series.header().slices == 20
    with pytest.raises(CorruptMemberError):
        series.load()


def patch_offset(path: Path, offset: int) -> None:
    """Give the only member of a zip an offset of 64 bits, in a ZIP64 extra field."""
    data = path.read_bytes()
    at = data.index(b"PK\x01\x02")
    extra = struct.pack("<HHQ", 1, 8, offset)
    entry = bytearray(data[at : data.index(b"PK\x05\x06")])
    entry[30:32] = len(extra).to_bytes(2, "little")
    entry[42:46] = b"\xff\xff\xff\xff"
    end = bytearray(data[data.index(b"PK\x05\x06") :])
    end[12:16] = (len(entry) + len(extra)).to_bytes(4, "little")
    path.write_bytes(data[:at] + entry + extra + end)


@pytest.mark.parametrize("offset", [1 << 20, (1 << 63) - 1, (1 << 64) - 1])
def test_a_member_with_an_offset_beyond_the_file_is_corrupt_at_once(tmp_path: Path, offset: int) -> None:
    path = write_zip(tmp_path / "far.zip", {MEMBER: npy()})
    patch_offset(path, offset)
    with pytest.raises(CorruptMemberError, match="no member begins at byte"):
        Archive.open(path).case("0001").series("axial").header()


def test_a_finder_zip_beyond_four_gibibytes_is_read(tmp_path: Path) -> None:
    # The macOS Finder writes no ZIP64 records: offsets are modulo 4 GiB. The file is sparse and takes no disk space.
    path = tmp_path / "finder.zip"
    hole = (1 << 32) + 12345
    plain = write_zip(tmp_path / "plain.zip", {MEMBER: npy(), "train/axial/0002.npy": npy(5)}).read_bytes()
    second, directory = plain.index(b"PK\x03\x04", 4), plain.index(b"PK\x01\x02")
    entries = bytearray(plain[directory:])
    at = entries.index(b"PK\x01\x02", 4) + 42
    entries[at : at + 4] = ((second + hole) % (1 << 32)).to_bytes(4, "little")
    end = entries.index(b"PK\x05\x06") + 16
    entries[end : end + 4] = ((directory + hole) % (1 << 32)).to_bytes(4, "little")
    with open(path, "wb") as handle:
        handle.write(plain[:second])
        handle.seek(hole, io.SEEK_CUR)
        handle.write(plain[second:directory] + entries)
    opened = Archive.open(path)
    assert opened.case("0001").series("axial").load().shape[0] == 3
    assert opened.case("0002").series("axial").load().shape[0] == 5


WEB_PAGE = b"<!DOCTYPE html><title>Sign in</title>"
LFS_POINTER = b"version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 6100000000\n"
TAR = b"MRNet-v1.0/" + bytes(246) + b"ustar\x0000" + bytes(248)


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda _: b"", "this is an empty file: download it again"),
        (lambda zipped: zipped[: len(zipped) // 2], r"this is a zip cut short at [0-9,]+ bytes \(the published one has some 6.1"),
        (lambda zipped: zipped[:5000] + bytes(5000), "this is a zip whose end is zeros"),
        (lambda _: bytes(9000), "this is nothing but zeros"),
        (lambda _: WEB_PAGE, "this is a web page, perhaps the one to sign in"),
        (lambda _: LFS_POINTER, "this is a git-lfs pointer, .*git lfs pull"),
        (lambda _: TAR, "this is a tar archive: unpack it"),
        (lambda _: b"\x1f\x8b\x08" + bytes(99), "this is a gzip file, such as a .tar.gz: unpack it"),
        (lambda _: b"7z\xbc\xaf\x27\x1c" + bytes(99), "this is a 7z archive"),
        (lambda _: b"Rar!\x1a\x07\x01\x00" + bytes(99), "this is a RAR archive"),
        (lambda zipped: b"PK\x07\x08" + zipped[:5000], "this is the first part of a split zip: put all its parts"),
        (lambda _: b"\x01" * 999, "no zip directory that fits this file"),
        (lambda _: b"PK\5\6" + bytes(18), "a zip that holds no file at all"),
        (lambda _: b"PK\x05\x06" + bytes([0, 0, 0, 0, 255, 255, 255, 255]) + b"\xff" * 8 + b"\0\0", "its directory would have 4,294,967,295 bytes"),
        (lambda _: b"PK\x06\x06" + b"\xff" * 52 + b"PK\x06\x07" + bytes(16) + b"PK\x05\x06" + b"\xff" * 16 + b"\0\0", "its directory would have"),
    ],
)  # fmt: skip
def test_a_file_that_is_not_a_zip_is_identified(zipped: Path, make: Callable[[bytes], bytes], words: str) -> None:
    zipped.write_bytes(make(zipped.read_bytes()))
    with pytest.raises(BrokenZipError, match=words):
        Archive.open(zipped)


def test_a_zip_that_is_gone_after_it_was_opened_is_named(zipped: Path) -> None:
    archive = Archive.open(zipped)
    zipped.unlink()
    with pytest.raises(UnreadableFileError, match="MRNet-v1.0.zip: cannot be read: No such file"):
        archive.cases[0].series("axial").load()


def test_an_unfinished_download_is_identified(zipped: Path) -> None:
    unfinished = zipped.with_name("MRNet-v1.0.zip.crdownload")
    unfinished.write_bytes(zipped.read_bytes()[:50_000])
    with pytest.raises(BrokenZipError, match="a download that has not ended, 50,000 bytes so far"):
        Archive.open(unfinished)


@pytest.mark.parametrize(
    ("name", "step"),
    [
        ("MRNet-v1.0.z02", "`7z x NAME.zip`"),
        ("MRNet-v1.0.zip.001", "`7z x NAME.zip.001"),
        ("MRNet-v1.0.zip.002", "`7z x NAME.zip.001"),
    ],
)
def test_a_part_of_a_split_zip_is_identified(zipped: Path, name: str, step: str) -> None:
    part, data = zipped.with_name(name), zipped.read_bytes()
    part.write_bytes(data[5000:] if name.endswith("002") else data[:5000])
    with pytest.raises(BrokenZipError, match=f"this is a part of a split zip: put all its parts into .* {step}"):
        Archive.open(part)


def test_the_last_part_of_a_split_zip_is_identified(zipped: Path) -> None:
    data = bytearray(zipped.read_bytes())
    struct.pack_into("<HH", data, data.rindex(b"PK\5\6") + 4, 2, 2)
    zipped.write_bytes(data[5000:])
    with pytest.raises(BrokenZipError, match="the last of 3 parts of a split zip: put all its parts"):
        Archive.open(zipped)


def test_a_zip_in_a_zip_is_identified(tmp_path: Path) -> None:
    path = write_zip(tmp_path / "outer.zip", {"files/MRNet-v1.0.zip": b"x", "__MACOSX/files/._MRNet-v1.0.zip": b"x"})
    with pytest.raises(BrokenZipError, match=r"another packed file, files/MRNet-v1.0.zip: unpack this zip"):
        Archive.open(path)


def test_a_directory_of_gigabytes_in_a_sparse_file_is_refused_unread(tmp_path: Path) -> None:
    path = tmp_path / "sparse.zip"
    with open(path, "wb") as handle:
        handle.write(b"PK\3\4")
        handle.seek(2_600_000_000)
        handle.write(b"PK\x05\x06" + struct.pack("<4H2LH", 0, 0, 9, 9, 2_500_000_000, 100_000_000, 0))
    with pytest.raises(BrokenZipError, match="2,500,000,000 bytes, far more than 10,000 cases need"):
        Archive.open(path)


@pytest.mark.parametrize(
    ("method", "name"),
    [(9, "Deflate64"), (12, "BZip2"), (14, "LZMA"), (20, "Zstandard"), (93, "Zstandard"), (95, "XZ")],
)
def test_an_unsupported_method_of_a_zip_is_named(zipped: Path, method: int, name: str) -> None:
    data = bytearray(zipped.read_bytes())
    entry = data.index(b"PK\1\2")
    while data.startswith(b"PK\1\2", entry):
        struct.pack_into("<H", data, entry + 10, method)
        entry += 46 + sum(struct.unpack_from("<3H", data, entry + 28))
    zipped.write_bytes(data)
    with pytest.raises(BrokenZipError, match=f"packed by {name}, which is not read: unpack the zip with 7-Zip"):
        Archive.open(zipped)


def test_zeros_after_the_end_are_ignored(zipped: Path) -> None:
    with open(zipped, "ab") as handle:
        handle.write(bytes(70_000))
    assert Archive.open(zipped).case("0001").series("axial").load().shape[1:] == (256, 256)


def test_a_broken_extra_field_does_no_harm(zipped: Path) -> None:
    data = zipped.read_bytes()
    entry, end = data.index(b"PK\1\2"), data.index(b"PK\5\6")
    name = int.from_bytes(data[entry + 28 : entry + 30], "little")
    broken = b"\x99\x99\xff\xff\x01"
    head = bytearray(data[entry : entry + 46])
    head[30:32] = (int.from_bytes(head[30:32], "little") + len(broken)).to_bytes(2, "little")
    after = bytearray(data[end:])
    after[12:16] = (end - entry + len(broken)).to_bytes(4, "little")
    rest = entry + 46 + name
    zipped.write_bytes(data[:entry] + head + data[entry + 46 : rest] + broken + data[rest:end] + after)
    assert len(Archive.open(zipped).cases) == 5


def test_bytes_before_a_zip_are_ignored(zipped: Path) -> None:
    zipped.write_bytes(b"#!/bin/sh\n" + bytes(1000) + zipped.read_bytes())
    assert Archive.open(zipped).case("0001").series("axial").load().shape[1:] == (256, 256)


def test_a_member_with_another_name_in_its_own_header_is_corrupt(zipped: Path) -> None:
    data = bytearray(zipped.read_bytes())
    at = data.index(MEMBER.encode())
    data[at : at + len(MEMBER)] = MEMBER.replace("0001", "0002").encode()
    zipped.write_bytes(data)
    with pytest.raises(CorruptMemberError, match=r"its own header names it 'MRNet-v1.0/train/axial/0002.npy'"):
        Archive.open(zipped).case("0001").series("axial").load()


def test_of_members_at_one_offset_only_the_first_is_safe(tmp_path: Path) -> None:
    names = [f"train/axial/{number:04d}.npy" for number in range(3)]
    path = write_zip(tmp_path / "bomb.zip", dict.fromkeys(names, npy()))
    for name in names[1:]:
        patch_directory(path, name, 42, "<L", 0)
    opened = Archive.open(path)
    assert opened.case("0000").series("axial").load().shape[0] == 3
    for case in ("0001", "0002"):
        with pytest.raises(UnsafeMemberError, match="begins where another member does, train/axial/000[01].npy"):
            opened.case(case).series("axial").load()


def test_a_name_of_a_file_and_of_a_folder_is_one_fault(tmp_path: Path) -> None:
    path = write_zip(tmp_path / "odd.zip", {MEMBER: npy(), f"{MEMBER}/x": b"", "train/axial/0002.npy": npy()})
    opened = Archive.open(path)
    assert opened.case("0002").series("axial").load().shape[0] == 3
    with pytest.raises(UnreadableFileError, match="this is a folder"):
        opened.case("0001").series("axial").load()


def test_files_that_macos_adds_are_not_part_of_the_archive(tmp_path: Path) -> None:
    members = {f"top/{MEMBER}": npy(), "top/.DS_Store": b"x", "top/train/axial/.DS_Store": b"x"}
    path = write_zip(
        tmp_path / "mac.zip", {**members, f"__MACOSX/top/._{MEMBER}": b"x", "__MACOSX/top/._.DS_Store": b"x"}
    )
    storage = Archive.open(path).storage
    assert (list(storage.entries), list(storage.outside())) == ([MEMBER], [])


@pytest.mark.slow
@settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(flips=st.lists(st.tuples(st.floats(0, 1), st.integers(0, 255)), min_size=1, max_size=6), cut=st.floats(0.9, 1))
def test_any_damage_raises_only_our_errors(tmp_path: Path, flips: list[tuple[float, int]], cut: float) -> None:
    members = {f"top/{split}/axial/0001.npy": b"\x93NUMPY\x01\x00" * 9 for split in ("train", "valid")}
    whole = write_zip(tmp_path / "some.zip", members | {"top/train-acl.csv": b"0001,1\n"}, zipfile.ZIP_DEFLATED)
    data = bytearray(whole.read_bytes())
    for where, value in flips:
        # Sizes and offsets are in the directory.
        data[-1 - int(where * where * (len(data) - 1))] = value
    whole.write_bytes(data[: int(len(data) * cut)] if cut < 0.95 else data)
    try:
        opened = Archive.open(whole)
        for case in opened.cases:
            for series in case.all_series():
                assert series.exists or case.labels
                with pytest.raises(MRNetError):
                    series.load()
        for entry in opened.storage.files():
            list(opened.storage.chunks(entry.path))
    except MRNetError:
        pass


def patch_directory(path: Path, name: str, at: int, form: str, value: int) -> None:
    """Change a field of a member's entry in the directory, that many bytes from its beginning."""
    data = bytearray(path.read_bytes())
    entry = data.rindex(name.encode(), data.index(b"PK\x01\x02")) - 46
    struct.pack_into(form, data, entry + at, value)
    path.write_bytes(data)


def test_a_false_packed_length_is_not_read_to_the_end_of_the_zip(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write_zip(tmp_path / "a.zip", {MEMBER: npy()}, zipfile.ZIP_DEFLATED)
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("train/axial/0002.npy", bytes(8 << 20))
    patch_directory(path, MEMBER, 20, "<L", 0xFFFFFFF0)
    read: list[int] = []
    opened = FileBlob.opened

    @contextmanager
    def counted(self: FileBlob) -> Iterator[ReadAt]:
        with opened(self) as read_at:

            def read_and_count(offset: int, length: int) -> bytes:
                read.append(length)
                return read_at(offset, length)

            yield read_and_count

    monkeypatch.setattr(FileBlob, "opened", counted)
    with pytest.raises(CorruptMemberError, match="does not end where the zip says"):
        Archive.open(path).case("0001").series("axial").load()
    assert sum(read) < 3 << 20


@pytest.mark.slow
def test_a_bomb_is_inflated_in_small_pieces(tmp_path: Path) -> None:
    path = write_zip(tmp_path / "a.zip", {MEMBER: npy(), "README": bytes(64 << 20)}, zipfile.ZIP_DEFLATED)
    lengths = [len(piece) for piece in Archive.open(path).storage.chunks("README")]
    assert sum(lengths) == 64 << 20
    assert max(lengths) <= 4 << 20


def test_a_length_of_all_ones_is_a_corrupt_member(tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    # Only the length is in the ZIP64 field; everything else is small.
    extra = struct.pack("<HHQ", 1, 8, (1 << 64) - 1)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as opened:
        member = zipfile.ZipInfo(MEMBER)
        opened.writestr(member, npy(), zipfile.ZIP_DEFLATED)
    data = bytearray(path.read_bytes())
    entry, end = data.index(b"PK\x01\x02"), data.index(b"PK\x05\x06")
    struct.pack_into("<L", data, entry + 24, 0xFFFFFFFF)
    struct.pack_into("<H", data, entry + 30, len(extra))
    struct.pack_into("<L", data, end + 12, end - entry + len(extra))
    data[end:end] = extra
    path.write_bytes(data)
    with pytest.raises(CorruptMemberError, match="expected 18,446,744,073,709,551,615"):
        list(Archive.open(path).storage.chunks(MEMBER))


def test_an_end_with_another_number_of_members_than_the_directory_is_a_broken_zip(zipped: Path) -> None:
    data = bytearray(zipped.read_bytes())
    struct.pack_into("<HH", data, data.rindex(b"PK\x05\x06") + 8, 65_000, 65_000)
    zipped.write_bytes(data)
    with pytest.raises(BrokenZipError, match="its end states 65,000"):
        Archive.open(zipped)


def test_a_name_with_a_zero_byte_is_not_read_as_another(tmp_path: Path) -> None:
    name = f"{MEMBER}X.txt"
    path = write_zip(tmp_path / "a.zip", {MEMBER: npy(), name: b"other"})
    path.write_bytes(path.read_bytes().replace(name.encode(), name.replace("X", "\0").encode()))
    opened = Archive.open(path)
    assert opened.case("0001").series("axial").load().shape[0] == 3
    assert name.replace("X", "\0") in opened.storage.entries


@pytest.mark.skipif(os.name == "nt", reason="Windows has no pipes in folders")
def test_a_pipe_that_replaces_a_zip_does_not_hang(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "MRNet.zip")
    with pytest.raises(UnreadableFileError, match="not a plain file"), FileBlob(tmp_path / "MRNet.zip").opened():
        pass


def test_threads_hold_only_so_many_pieces_at_once(zipped: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    storage = open_archive_storage(zipped)
    paths = [entry.path for entry in storage.files() if entry.path.endswith(".npy")]
    needed = max(storage.size(path) for path in paths) * 2
    pieces, seen = Memory(2 * needed), []
    monkeypatch.setattr(zips, "PIECES", pieces)

    def read(path: str) -> None:
        for _ in storage.chunks(path):
            seen.append(pieces.taken)

    list(ordered_map(read, paths * 3, Workers(8)))
    assert all(0 < taken <= pieces.total for taken in seen)
    assert (len(seen) >= 3 * len(paths), pieces.taken) == (True, 0)
