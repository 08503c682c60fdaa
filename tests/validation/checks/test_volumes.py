"""Each test breaks one series in a sound archive, and sees just that problem, in the folder and in the zip."""

import pickle
import shutil
import struct
import tokenize
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.lib import format as npy

from mrnet.archive.model import Archive
from mrnet.archive.volume import Voxels
from mrnet.validation.catalogue import all_rules
from mrnet.validation.checks import volumes
from mrnet.validation.checksums import crc_of
from mrnet.validation.rules import Read
from mrnet.validation.run import Report, examine
from tests.archives import make_volume
from tests.validation.checks.conftest import places

Examined = Callable[..., Report]
NAME = "train/axial/0001.npy"


def header(descr: str = "|u1", shape: str = "(4, 256, 256)", order: str = "False") -> bytes:
    text = f"{{'descr': {descr!r}, 'fortran_order': {order}, 'shape': {shape}, }}".encode()
    text += b" " * (-(len(text) + 11) % 64) + b"\n"
    return b"\x93NUMPY\x01\x00" + len(text).to_bytes(2, "little") + text


@pytest.mark.parametrize(
    "content",
    [
        b"", b"<html>Not found</html>", b"\x93NUMPY", b"\x93NUMPY\x01\x00", b"\x93NUMPY\x09\x00" + bytes(200),
        b"\x93NUMPY\x01\x00\xff\xff{", header(descr="|O"), header(shape="(-1, 256, 256)"), header(shape="'many'"),
        header(shape="(" * 500), header(shape=str((9,) * 65)), header(shape=f"({1 << 63}, 256, 256)"),
        header(shape=f"({'9' * 4000}, 256, 256)"), header(order="1"), header(descr="evil"),
        b"\x93NUMPY\x02\x00\xff\xff\xff\xff" + bytes(200), pickle.dumps([1]),
    ],
)  # fmt: skip
@pytest.mark.parametrize("read", ["headers", "voxels"])
def test_a_file_that_is_not_npy_is_not_a_volume(archive: Path, examined: Examined, content: bytes, read: str) -> None:
    (archive / NAME).write_bytes(content)
    [problem] = examined(archive, read=read).problems
    assert (problem.rule, problem.path, problem.split, problem.case, problem.plane) == (
        "not-a-volume", NAME, "train", "0001", "axial",
    )  # fmt: skip


def test_structured_items_are_not_a_volume(archive: Path, examined: Examined) -> None:
    np.save(archive / NAME, np.zeros((2, 256, 256), dtype=[("a", "u1")]))
    assert places(examined(archive)) == [("not-a-volume", NAME)]


def test_pickled_items_are_not_a_volume_and_run_nothing(archive: Path, examined: Examined) -> None:
    np.save(archive / NAME, np.array([{"a": 1}], dtype=object), allow_pickle=True)
    assert places(examined(archive)) == [("not-a-volume", NAME)]


@pytest.mark.parametrize("shape", ["(4, 256, 256)", f"({1 << 40}, 256, 256)"])
@pytest.mark.parametrize("read", ["headers", "voxels"])
def test_fewer_bytes_than_promised_is_a_truncated_volume(
    archive: Path, examined: Examined, shape: str, read: str
) -> None:
    (archive / NAME).write_bytes(header(shape=shape) + bytes(1000))
    assert places(examined(archive, read=read)) == [("truncated-volume", NAME)]


def test_one_byte_more_is_trailing_bytes(archive: Path, examined: Examined) -> None:
    with (archive / NAME).open("ab") as file:
        file.write(b"!")
    assert places(examined(archive)) == [("trailing-bytes", NAME)]


@pytest.mark.parametrize("dtype", ["int8", "uint16", ">u2", "float32", "bool", "<U1", "M8[s]", "complex128"])
def test_another_type_is_a_wrong_dtype(archive: Path, examined: Examined, dtype: str) -> None:
    np.save(archive / NAME, make_volume("0001", "axial").astype("u1").astype(dtype))
    [problem] = examined(archive).problems
    assert (problem.rule, problem.path) == ("wrong-dtype", NAME)
    assert "expected uint8" in problem.message


@pytest.mark.parametrize("shape", [(256, 256), (3, 256, 255), (256, 256, 3), (0, 256, 256), (1, 3, 256, 256), ()])
def test_another_shape_is_a_wrong_shape(archive: Path, examined: Examined, shape: tuple[int, ...]) -> None:
    np.save(archive / NAME, np.zeros(shape, np.uint8))
    assert places(examined(archive)) == [("wrong-shape", NAME)]


@pytest.mark.parametrize("read", ["headers", "voxels"])
def test_a_stack_of_thousands_of_slices_is_a_wrong_shape_and_never_loaded(archive: Path, read: str) -> None:
    with (archive / NAME).open("wb") as file:
        file.write(header(shape="(20000, 256, 256)"))
        file.truncate(128 + 20000 * 65536)
    assert places(examine(Archive.open(archive), all_rules(), Read(read))) == [("wrong-shape", NAME)]


def test_several_faults_of_a_header_are_all_reported(archive: Path, examined: Examined) -> None:
    (archive / NAME).write_bytes(header(descr="<f4", shape="(3, 200, 200)", order="True") + bytes(10))
    assert [rule for rule, _ in places(examined(archive))] == [
        "fortran-order", "truncated-volume", "wrong-dtype", "wrong-shape",
    ]  # fmt: skip


def test_column_major_voxels_are_a_warning_and_still_checked(archive: Path, examined: Examined) -> None:
    volume = make_volume("0001", "axial")
    volume[1] = 7
    np.save(archive / NAME, np.asfortranarray(volume))
    report = examined(archive)
    assert [(problem.rule, problem.slice) for problem in report.problems] == [
        ("blank-slice", 1),
        ("fortran-order", None),
    ]
    assert report.sound


@pytest.mark.parametrize("version", [(1, 0), (2, 0), (3, 0)])
def test_every_header_version_is_accepted(archive: Path, examined: Examined, version: tuple[int, int]) -> None:
    with (archive / NAME).open("wb") as file:
        npy.write_array(file, make_volume("0001", "axial"), version=version)
    assert examined(archive).problems == []


def test_one_grey_level_throughout_is_a_constant_volume(archive: Path, examined: Examined) -> None:
    np.save(archive / NAME, np.full((4, 256, 256), 9, np.uint8))
    assert places(examined(archive)) == [("constant-volume", NAME)]


def test_constant_volumes_are_no_duplicates(archive: Path, examined: Examined) -> None:
    for name in (NAME, "train/axial/0002.npy", "valid/axial/1130.npy"):
        np.save(archive / name, np.zeros((4, 256, 256), np.uint8))
    assert {rule for rule, _ in places(examined(archive))} == {"constant-volume"}


def test_a_single_blank_slice_is_a_blank_slice_not_a_constant_volume(archive: Path, examined: Examined) -> None:
    np.save(archive / NAME, np.zeros((1, 256, 256), np.uint8))
    assert places(examined(archive)) == [("blank-slice", NAME)]


def test_neighbouring_blank_slices_are_one_problem_that_names_them_all(archive: Path, examined: Examined) -> None:
    volume = make_volume("0001", "axial", slices=6)
    volume[[0, 1, 5]] = 0
    volume[1] = 3
    np.save(archive / NAME, volume)
    report = examined(archive)
    assert [(problem.rule, problem.slice) for problem in report.problems] == [
        ("blank-slice", 0), ("blank-slice", 5),
    ]  # fmt: skip
    assert [problem.message for problem in report.problems] == [
        "each is of one grey level (0, 3) in slices 0, 1", "every voxel is 0",
    ]  # fmt: skip
    assert report.sound


def test_a_repeated_slice_is_named_and_blank_ones_are_not_repeated(archive: Path, examined: Examined) -> None:
    volume = make_volume("0001", "axial", slices=6)
    volume[2] = volume[1]
    volume[3, :128] = volume[2, :128]
    volume[4] = volume[5] = 0
    np.save(archive / NAME, volume)
    assert [(problem.rule, problem.slice) for problem in examined(archive).problems] == [
        ("blank-slice", 4), ("repeated-slice", 2),
    ]  # fmt: skip


def test_neighbouring_repeated_slices_are_one_problem_that_names_them_all(archive: Path, examined: Examined) -> None:
    volume = make_volume("0001", "axial", slices=8)
    volume[2:5] = volume[1]
    volume[7] = volume[6]
    np.save(archive / NAME, volume)
    assert [(problem.slice, problem.message) for problem in examined(archive).problems] == [
        (2, "slices 2, 3, 4 are identical to slice 1"), (7, "identical to slice 6"),
    ]  # fmt: skip


def test_a_type_by_its_long_name_is_read(archive: Path, examined: Examined) -> None:
    (archive / NAME).write_bytes(
        header(descr="uint8", shape="(3, 256, 256)") + make_volume("0001", "axial", 3).tobytes()
    )
    assert examined(archive).problems == []


@pytest.mark.parametrize(("bytes_", "rules"), [(9_990, []), (10_002, ["long-header"]), (30_006, ["long-header"])])
def test_a_header_that_numpy_refuses_as_too_long_is_read_with_a_warning(
    archive: Path, examined: Examined, bytes_: int, rules: list[str]
) -> None:
    text = b"{'descr': '|u1', 'fortran_order': False, 'shape': (3, 256, 256), }".ljust(bytes_ - 1) + b"\n"
    data = b"\x93NUMPY\2\0" + struct.pack("<I", len(text)) + text + make_volume("0001", "axial", 3).tobytes()
    (archive / NAME).write_bytes(data)
    report = examined(archive)
    assert [problem.rule for problem in report.problems] == rules
    assert report.sound
    if rules:
        with pytest.raises(ValueError, match="Header info length"):
            np.load(archive / NAME)


@pytest.mark.parametrize("place", [80, 110, 127])
@pytest.mark.parametrize("bit", range(8))
def test_a_flipped_bit_in_a_headers_padding_is_no_volume_if_numpy_refuses_it(
    archive: Path, place: int, bit: int
) -> None:
    data = bytearray((archive / NAME).read_bytes())
    data[place] ^= 1 << bit
    (archive / NAME).write_bytes(data)
    try:
        np.load(archive / NAME)
        expected = []
    except (ValueError, tokenize.TokenError):
        expected = [("not-a-volume", NAME)]
    assert places(examine(Archive.open(archive), all_rules(), Read.HEADERS)) == expected


@pytest.mark.parametrize("later", ["train/axial/0002.npy", "train/coronal/0000.npy"])
def test_a_duplicate_is_reported_at_the_later_path_and_names_the_earlier(
    archive: Path, examined: Examined, later: str
) -> None:
    shutil.copy(archive / NAME, archive / later)
    [problem] = examined(archive).problems
    assert (problem.rule, problem.path) == ("duplicate-volume", later)
    assert NAME in problem.message


@pytest.mark.parametrize("written", ["version 2", "column-major"])
def test_voxels_are_compared_as_voxels(archive: Path, examined: Examined, written: str) -> None:
    volume = make_volume("0001", "axial")
    with (archive / "train/axial/0002.npy").open("wb") as file:
        if written == "version 2":
            npy.write_array(file, volume, version=(2, 0))
        else:
            npy.write_array(file, np.asfortranarray(volume))
    assert ("duplicate-volume", "train/axial/0002.npy") in places(examined(archive))


def test_the_same_bytes_in_another_shape_are_no_duplicate(archive: Path, examined: Examined) -> None:
    np.save(archive / "train/axial/0002.npy", make_volume("0001", "axial").reshape(-1, 128, 256))
    assert places(examined(archive)) == [("wrong-shape", "train/axial/0002.npy")]


def test_equal_checksums_are_no_proof(archive: Path, examined: Examined) -> None:
    one, other = (make_volume("0001", "axial") for _ in range(2))
    # Flipping the bits of CRC-32's polynomial does not change the CRC.
    polynomial = np.array([int(bit) for bit in f"{0x104C11DB7:b}"], np.uint8)
    other[2, 7, 100:105] ^= np.packbits(polynomial, bitorder="little")
    assert not np.array_equal(one, other)
    assert crc_of(one.data) == crc_of(other.data)
    np.save(archive / NAME, one)
    np.save(archive / "train/axial/0002.npy", other)
    assert examined(archive).problems == []
    np.save(archive / "valid/axial/1130.npy", one)
    assert places(examined(archive)) == [("split-leakage", "valid/axial/1130.npy")]


def test_a_train_series_in_valid_is_leakage_across_planes_too(archive: Path, examined: Examined) -> None:
    shutil.copy(archive / NAME, archive / "valid/coronal/1131.npy")
    [problem] = examined(archive).problems
    assert (problem.rule, problem.path, problem.split) == ("split-leakage", "valid/coronal/1131.npy", "valid")
    assert NAME in problem.message


def test_with_headers_only_the_rules_on_voxels_are_skipped(archive: Path, examined: Examined) -> None:
    np.save(archive / NAME, np.zeros((4, 256, 256), np.uint8))
    report = examined(archive, read="headers")
    assert report.problems == []
    assert {"constant-volume", "blank-slice", "repeated-slice", "duplicate-volume", "split-leakage"} <= set(
        report.skipped
    )
    assert "wrong-dtype" not in report.skipped


def test_with_labels_only_no_volume_is_opened(archive: Path, examined: Examined) -> None:
    (archive / NAME).write_bytes(b"not a volume")
    report = examined(archive, read="labels")
    assert report.problems == []
    assert "not-a-volume" in report.skipped


@given(st.lists(st.sampled_from([0, 1, 2]), min_size=1, max_size=8))
def test_blank_and_repeated_slices_are_those_of_the_plain_definition(kinds: list[int]) -> None:
    noise = make_volume("0001", "axial", slices=1)[0]
    slices = [np.full_like(noise, 5), noise, 255 - noise]
    volume = np.stack([slices[kind] for kind in kinds])
    voxels = Voxels(volume)
    series: object = type("AnySeries", (), {"path": "p", "split": None, "case": "0001", "plane": None})()
    constant = len(np.unique(volume)) == 1 and len(volume) > 1
    blank = [] if constant else [index for index, image in enumerate(volume) if len(np.unique(image)) == 1]
    repeated = [
        index for index in range(1, len(volume))
        if kinds[index] == kinds[index - 1] and kinds[index] != 0
    ]  # fmt: skip
    begins_run = [[index for index in found if index - 1 not in found] for found in (blank, repeated)]
    assert [found.slice for found in volumes.blank_slice.check(series, voxels)] == begins_run[0]
    assert [found.slice for found in volumes.repeated_slice.check(series, voxels)] == begins_run[1]
    assert bool(list(volumes.constant_volume.check(series, voxels))) == constant
