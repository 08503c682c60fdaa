"""A file's length, SHA-256, MD5 and CRC-32, computed piece by piece."""

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from mrnet.errors import MRNetError
from mrnet.parallel import ALL_PROCESSORS, Workers, ordered_map
from mrnet.storage.base import Storage

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Checksums:
    """The length and checksums of a file; None where one is unknown."""

    size: int | None = None
    sha256: str | None = None
    crc: int | None = None
    md5: str | None = None


def digest_voxels(volume: "NDArray[np.uint8]") -> str:
    """Return the SHA-256 of a row-major volume's shape and voxels; it does not depend on the file's header."""
    digest = hashlib.sha256(str(volume.shape).encode())
    digest.update(volume.data)
    return digest.hexdigest()


def sum_up(storage: Storage, path: str, algorithms: Iterable[str] = ("sha256",), *, crc: bool = True) -> Checksums:
    """Return the checksums of a file; it is never in memory as a whole.

    Args:
        storage: the storage of the file.
        path: the file's path.
        algorithms: `sha256`, `md5`, or both.
        crc: whether to compute the CRC-32 too.

    Raises:
        FileError: it cannot be read; see `Storage`.
    """
    digests = {name: _digest(name) for name in algorithms}
    size, sum32 = 0, 0 if crc else None
    for piece in storage.chunks(path):
        for digest in digests.values():
            digest.update(piece)
        sum32 = None if sum32 is None else crc_of(piece, sum32)
        size += len(piece)
    return Checksums(size, crc=sum32, **{name: digest.hexdigest() for name, digest in digests.items()})


def digests_of(data: bytes, algorithms: Iterable[str]) -> dict[str, str]:
    """Return the digests of bytes, each by the name of its algorithm."""
    return {name: _digest(name, data).hexdigest() for name in algorithms}


def _digest(algorithm: str, data: bytes = b"") -> "hashlib._Hash":
    # MD5 is only compared with lists that others made; it protects nothing.
    return hashlib.new(algorithm, data, usedforsecurity=False)


def crc_of(piece: bytes | memoryview, crc: int = 0) -> int:
    """Return the CRC-32 of earlier bytes (given by their CRC-32) followed by these bytes."""
    from isal import isal_zlib

    return int(isal_zlib.crc32(piece, crc))


def digest_file(storage: Storage, path: str) -> str:
    """Return the SHA-256 of a file, which is never in memory as a whole; FileError if it cannot be read."""
    return str(sum_up(storage, path, crc=False).sha256)


def digest_files(
    storage: Storage, paths: Iterable[str], workers: Workers = ALL_PROCESSORS
) -> Iterator[tuple[str, str | MRNetError]]:
    """Yield each path with its file's SHA-256, or with the reason why it cannot be read, in the order of the paths."""
    return ordered_map(partial(digest_file, storage), paths, workers)
