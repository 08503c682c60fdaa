"""The loader checks everything that a header states against the bytes of the file."""

import io
import struct
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from mrnet import Archive
from mrnet.archive.volume import load_volume, read_header, view_volume
from mrnet.errors import MRNetError, VolumeError
from mrnet.storage.folder import FolderStorage
from tests.archives import make_volume, write_sparse_volume


def npy(array: np.ndarray, version: tuple[int, int] | None = None) -> bytes:
    file = io.BytesIO()
    np.lib.format.write_array(file, array, version=version)
    return file.getvalue()


def with_header(text: str, body: bytes = b"") -> bytes:
    header = text.encode("latin-1")
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header + body


@given(array=arrays.arrays(st.sampled_from(["u1", "<f4", ">i2", "?", "<U3"]), arrays.array_shapes(max_dims=4)))
def test_header_is_read_as_numpy_reads_it(array: np.ndarray) -> None:
    header = read_header(npy(array))
    assert (header.shape, header.dtype, header.itemsize) == (array.shape, array.dtype.name, array.dtype.itemsize)
    assert header.promised == len(npy(array))


@pytest.mark.parametrize("version", [(1, 0), (2, 0), (3, 0)])
def test_every_header_version_is_read(version: tuple[int, int]) -> None:
    volume = make_volume("0001", "axial")
    data = npy(volume, version)
    assert np.array_equal(view_volume(data, read_header(data)), volume)


@given(volume=arrays.arrays(np.uint8, st.tuples(*[st.integers(1, 6)] * 3)), fortran=st.booleans())
def test_voxels_equal_numpys_in_row_and_column_order(volume: np.ndarray, fortran: bool) -> None:
    data = npy(np.asfortranarray(volume) if fortran else volume)
    loaded = view_volume(data, read_header(data))
    assert np.array_equal(loaded, volume)
    assert loaded.flags.c_contiguous
    assert not loaded.flags.writeable


def test_header_of_python_2_is_read_in_the_versions_that_it_wrote() -> None:
    data = with_header("{'descr': '|u1', 'fortran_order': False, 'shape': (3L, 256L, 256L)}")
    assert read_header(data).shape == (3, 256, 256)
    version_3 = data[:6] + b"\x03\x00" + struct.pack("<I", len(data) - 10) + data[10:]
    with pytest.raises(VolumeError, match="its header is not the text that numpy writes"):
        read_header(version_3)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "empty"),
        (b"PK\x03\x04 not an array", "does not begin as a .npy"),
        (b"\x93NUM", "ends inside its header"),
        (b"\x93NUMPY\x01\x00\x76\x00{'descr'", "ends inside its header"),
        (b"\x93NUMPY\x09\x00\x76\x00", "version 9.0"),
        (b"\x93NUMPY\x02\x00\xff\xff\xff\xff", "4,294,967,307 bytes long"),
        (with_header("(" * 5000), "not the text"),
        (with_header("-" * 60000 + "1"), "not the text"),
        (with_header("__import__('os').system('true')"), "not the text"),
        (with_header("{'descr': '|u1'}"), "does not have exactly the keys"),
        (with_header("{'descr': '\\d', 'fortran_order': False, 'shape': (1, 1, 1)}"), "not the text"),
        (with_header("{'descr': '|O', 'fortran_order': False, 'shape': (1, 1, 1)}"), "pickled"),
        (with_header("{'descr': [('a', '|u1')], 'fortran_order': False, 'shape': (1,)}"), "structured"),
        (with_header("{'descr': '|u1', 'fortran_order': 0, 'shape': (1, 1, 1)}"), "fortran_order"),
        (with_header("{'descr': '|u1', 'fortran_order': False, 'shape': (-1, 1, 1)}"), "shape"),
        (with_header("{'descr': '|u1', 'fortran_order': False, 'shape': (True, 1, 1)}"), "shape"),
        (with_header("{'descr': '|u1', 'fortran_order': False, 'shape': [1, 1, 1]}"), "shape"),
    ],
)
def test_a_file_that_is_not_npy_is_reported(data: bytes, message: str) -> None:
    with pytest.raises(VolumeError, match=message):
        read_header(data)


@given(st.binary(max_size=300))
def test_any_bytes_raise_only_our_error(tail: bytes) -> None:
    for data in (tail, b"\x93NUMPY" + tail, b"\x93NUMPY\x01\x00\x76\x00" + tail):
        with suppress(VolumeError):
            read_header(data)


@pytest.mark.parametrize(
    ("array", "message"),
    [
        (np.zeros((2, 4, 4), np.float32), "float32, expected uint8"),
        (np.zeros((4, 4), np.uint8), r"shape is \(4, 4\)"),
        (np.zeros((0, 4, 4), np.uint8), r"shape is \(0, 4, 4\)"),
    ],
)
def test_only_volumes_load(tmp_path: Path, array: np.ndarray, message: str) -> None:
    (tmp_path / "train" / "axial").mkdir(parents=True)
    np.save(tmp_path / "train" / "axial" / "0000.npy", array)
    with pytest.raises(ValueError, match=f"train/axial/0000.npy: .*{message}"):
        load_volume(FolderStorage(tmp_path), "train/axial/0000.npy")


def test_petabytes_are_promised_but_not_allocated(archive: Path) -> None:
    path = archive / "train" / "axial" / "0000.npy"
    path.write_bytes(
        with_header("{'descr': '|u1', 'fortran_order': False, 'shape': (10000000000, 256, 256)}", b"\0" * 9)
    )
    with pytest.raises(VolumeError, match="655,360,000,000,0.. bytes?|cut short"):
        Archive.open(archive).case("0000").series("axial").load()


def test_truncated_volume_is_reported_with_its_length(archive: Path) -> None:
    path = archive / "valid" / "coronal" / "1130.npy"
    path.write_bytes(path.read_bytes()[:1000])
    with pytest.raises(VolumeError, match="valid/coronal/1130.npy: the file has 1,000 bytes, its header promises"):
        Archive.open(archive).case("1130").series("coronal").load()


def test_loading_the_real_scan_gives_numpys_voxels(real_scan: Path) -> None:
    opened = Archive.open(real_scan)
    for case in opened.cases:
        for series in case.all_series():
            assert np.array_equal(series.load(), np.lib.format.open_memmap(real_scan / series.path, mode="r"))


def test_every_error_is_one_of_ours() -> None:
    assert issubclass(VolumeError, MRNetError)
    assert issubclass(VolumeError, ValueError)


@pytest.mark.parametrize("shape", [(65_536_000, 1, 1), (1, 65_536_000, 1), (1, 1, 65_536_000)])
def test_an_absurd_shape_is_not_loaded(archive: Path, shape: tuple[int, ...]) -> None:
    path = archive / "train" / "axial" / "0000.npy"
    np.save(path, np.zeros(shape, np.uint8))
    with pytest.raises(VolumeError, match="expected some 30 slices"):
        Archive.open(archive).case("0000").series("axial").load()


def test_a_volume_of_more_than_a_thousand_slices_is_not_loaded(archive: Path) -> None:
    write_sparse_volume(archive / "train" / "axial" / "0000.npy", 1025)
    with pytest.raises(VolumeError, match=r"the file has 67,174,528 bytes, too many for a knee MRI"):
        Archive.open(archive).case("0000").series("axial").load()
