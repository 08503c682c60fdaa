"""THE loader: reads a `.npy` file's header and voxels, and checks every size against the bytes that exist."""

import ast
import re
import struct
from dataclasses import dataclass
from functools import cached_property, lru_cache
from math import prod
from typing import TYPE_CHECKING

from mrnet.errors import Naming, VolumeError
from mrnet.storage.base import Storage
from mrnet.text import shortened

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

MAGIC = b"\x93NUMPY"
LENGTH_FIELDS = {1: struct.Struct("<H"), 2: struct.Struct("<I"), 3: struct.Struct("<I")}
"""How each header version writes its length (numpy's format specification, NEP 1)."""
PYTHON_2_LONG = re.compile(r"(?<=[0-9])L\b")
QUOTED = re.compile(r"'[^'\n]*'|\"[^\"\n]*\"")
AMBIGUOUS_NUMBER = re.compile(r"[0-9](?!L\b)[A-Za-z_]")
"""A number that runs into a word, such as `1and`."""
PLAIN_ITEM = re.compile(r"[<>|=]?[a-zA-Z]{1,20}[0-9]{0,9}(\[[a-zA-Z0-9]{1,9}\])?")
"""A type that is not structured: `|u1`, `uint8`, `<M8[ns]`."""
HEADER_KEYS = {"descr", "fortran_order", "shape"}
FIRST_BYTES = 512
"""Enough for any header that numpy writes of a volume (128 bytes)."""
MAX_HEADER_BYTES = 1 << 16
MAX_HEADER_TEXT_LETTERS = 60
MAX_NUMPY_HEADER_BYTES = 10_000
"""Longest header text, in bytes, that numpy loads without `max_header_size`."""
MAX_AXES = 64
MAX_AXIS_LENGTH = (1 << 63) - 1
"""numpy's own limits."""
MAX_LOADED_AXIS_LENGTH = 4096
"""Voxels along any axis of a volume that is loaded: sixteen times a slice's side, sixty times the longest series."""
MAX_VOLUME_BYTES = 1 << 26
"""A thousand slices, about sixteen times the longest published series."""


@dataclass(frozen=True, slots=True)
class Header:
    """The header of a `.npy` file. Nothing is allocated yet, and its numbers are not checked against the file's size."""

    shape: tuple[int, ...]
    dtype: str
    """numpy's name for the type, such as `uint8`."""
    itemsize: int
    fortran_order: bool
    offset: int
    """Bytes before the first voxel."""
    text_bytes: int = 0
    """Bytes of the header's text, with its padding."""

    @property
    def promised(self) -> int:
        """Bytes that the whole file should have."""
        return self.offset + prod(self.shape) * self.itemsize

    @property
    def slices(self) -> int:
        """Number of slices, the first axis."""
        return self.shape[0]


def read_header(start: bytes) -> Header:
    """Read the header of a `.npy` file (versions 1, 2, 3) from its first bytes.

    Raises:
        VolumeError: the file is not a `.npy`, its header is broken or impossible, or its items are pickled or structured.
    """
    if not start:
        raise VolumeError("the file is empty")
    end = _header_end(start)
    if end > MAX_HEADER_BYTES:
        raise VolumeError(f"its header would be {end:,} bytes long, expected some 128")
    if len(start) < end:
        raise VolumeError(f"the file ends inside its header, after {len(start):,} bytes")
    return _parse(start[:end])


@lru_cache(maxsize=256)
def _parse(written: bytes) -> Header:
    # The cache stays small: an archive has one header per slice count.
    fields = _fields(written[_preamble(written) :], utf8=written[6] >= 3)
    shape, order = fields["shape"], fields["fortran_order"]
    if not isinstance(shape, tuple) or not all(type(length) is int and length >= 0 for length in shape):
        raise VolumeError(f"its shape is {_shown(shape)}, expected three whole numbers")
    if len(shape) > MAX_AXES or any(length > MAX_AXIS_LENGTH for length in shape):
        raise VolumeError(f"its shape is {_shown(shape)}, which no array can have")
    if not isinstance(order, bool):
        raise VolumeError(f"its fortran_order is {_shown(order)}, expected True or False")
    dtype, itemsize = _item(fields["descr"])
    return Header(shape, dtype, itemsize, order, len(written), len(written) - _preamble(written))


def read_series_header(storage: Storage, path: str) -> Header:
    """Read a stored series' header from as few bytes as hold it.

    Raises:
        VolumeError: see `read_header`. UnreadableFileError, CorruptMemberError, UnsafeMemberError: see `Storage`.
    """
    storage.entry(path)
    with Naming(path):
        start = storage.read_start(path, FIRST_BYTES)
        if len(start) == FIRST_BYTES and FIRST_BYTES < (end := _header_end(start)) <= MAX_HEADER_BYTES:
            start = storage.read_start(path, end)
        return read_header(start)


def check_loadable(header: Header, size: int, path: str | None = None) -> None:
    """Raise a VolumeError if a file of this size with this header has no volume that can be loaded."""
    if header.dtype != "uint8":
        reason = f"its voxels are {header.dtype}, expected uint8"
    elif len(header.shape) != 3 or 0 in header.shape:
        reason = f"its shape is {header.shape}, expected (slices, rows, columns)"
    elif size < header.promised:
        reason = (
            f"the file has {size:,} bytes, its header promises {header.promised:,}: it is cut short; fetch it again"
        )
    elif size > MAX_VOLUME_BYTES:
        reason = f"the file has {size:,} bytes, too many for a knee MRI ({header.promised:,} by its header)"
    elif max(header.shape) > MAX_LOADED_AXIS_LENGTH:
        reason = f"its shape is {header.shape}, expected some 30 slices of 256 × 256 voxels"
    else:
        return
    raise VolumeError(reason, path)


def load_volume(storage: Storage, path: str) -> "NDArray[np.uint8]":
    """Load a stored series' voxels, read-only, of shape (slices, rows, columns).

    The header is compared with the file's length before anything is allocated. Pickles are never opened.

    Raises:
        VolumeError: the file is not a volume of `uint8` with three axes, or is cut short.
        UnreadableFileError, CorruptMemberError, UnsafeMemberError: its bytes cannot be read; see `Storage`.
    """
    header = read_series_header(storage, path)
    check_loadable(header, storage.size(path), path)
    with Naming(path):
        return view_volume(storage.read(path), header)


def import_before_threads() -> None:
    """Import numpy in the thread that starts others.

    If an import fails in one thread because memory is short, a thread that waited for it gets the broken module, and its error
    does not name the cause. The command line refuses numpy before that; this is for programs that import mrnet.
    """
    import numpy as np  # noqa: F401 - see above


def view_volume(data: bytes | memoryview, header: Header) -> "NDArray[np.uint8]":
    """Return the voxels in a file's bytes, read-only, of shape (slices, rows, columns), row-major without a copy.

    Raises:
        VolumeError: the bytes hold no such volume.
    """
    import numpy as np

    check_loadable(header, len(data))
    flat = np.frombuffer(data, np.uint8, count=prod(header.shape), offset=header.offset)
    volume = flat.reshape(header.shape, order="F" if header.fortran_order else "C")
    volume = np.ascontiguousarray(volume)
    volume.flags.writeable = False
    return volume


class Voxels:
    """A volume's voxels, and the figures of each slice that several rules need, computed once."""

    def __init__(self, volume: "NDArray[np.uint8]") -> None:
        self.volume = volume
        # Along one long axis numpy is three times as fast as along two.
        self._flat = volume.reshape(len(volume), -1)

    @cached_property
    def lowest(self) -> "NDArray[np.uint8]":
        """The lowest grey level of each slice."""
        lowest: NDArray[np.uint8] = self._flat.min(axis=1)
        return lowest

    @cached_property
    def highest(self) -> "NDArray[np.uint8]":
        """The highest grey level of each slice."""
        highest: NDArray[np.uint8] = self._flat.max(axis=1)
        return highest

    @property
    def constant(self) -> bool:
        """Whether every voxel has the same grey level."""
        return bool(self.lowest.min() == self.highest.max())


def _preamble(start: bytes) -> int:
    return len(MAGIC) + 2 + LENGTH_FIELDS[start[6]].size


def _header_end(start: bytes) -> int:
    if not start.startswith(MAGIC[: len(start)]):
        raise VolumeError("it does not begin as a .npy file does; it may be something else under that name")
    if len(start) < 8:
        raise VolumeError(f"the file ends inside its header, after {len(start):,} bytes")
    version, minor = start[6], start[7]
    if version not in LENGTH_FIELDS or minor != 0:
        raise VolumeError(f"its header has version {version}.{minor}, expected 1.0, 2.0 or 3.0")
    field = LENGTH_FIELDS[version]
    if len(start) < 8 + field.size:
        raise VolumeError(f"the file ends inside its header, after {len(start):,} bytes")
    return 8 + field.size + int(field.unpack_from(start, 8)[0])


def _fields(text: bytes, *, utf8: bool) -> dict[str, object]:
    try:
        source = text.decode("utf-8" if utf8 else "latin-1")
        if "\\" in source or AMBIGUOUS_NUMBER.search(QUOTED.sub("''", source)):
            raise ValueError("Python would print a warning about this text")
        # Python 2 wrote long integers as 256L, and never version 3, whose text is UTF-8. This is the only repair: a header
        # that numpy refuses is refused here too, for example one that is padded with other characters than spaces.
        fields = ast.literal_eval(source if utf8 else PYTHON_2_LONG.sub("", source))
    except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError) as error:
        raise VolumeError("its header is not the text that numpy writes") from error
    if not isinstance(fields, dict) or set(fields) != HEADER_KEYS:
        raise VolumeError("its header does not have exactly the keys descr, fortran_order and shape")
    return fields


def _item(descr: object) -> tuple[str, int]:
    """Return the name and size of an item; plain types only, as anything else may carry code."""
    if not isinstance(descr, str) or not PLAIN_ITEM.fullmatch(descr):
        raise VolumeError(f"its items are {_shown(descr)}, expected plain uint8: structured items are not loaded")
    if descr.lstrip("<>|=") in ("u1", "uint8"):
        return "uint8", 1
    import numpy as np

    try:
        dtype = np.dtype(descr)
    except (TypeError, ValueError, OverflowError, Warning) as error:
        raise VolumeError(f"its items are {_shown(descr)}, which numpy does not know") from error
    if dtype.hasobject:
        raise VolumeError("its items are pickled Python objects, which can carry code: they are never loaded")
    return dtype.name, dtype.itemsize


def _shown(value: object) -> str:
    try:
        text = repr(value)
    except ValueError:
        return "a number of thousands of digits"
    return shortened(text, MAX_HEADER_TEXT_LETTERS)
