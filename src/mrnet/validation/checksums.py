"""What is known of a file's bytes: its length, SHA-256, MD5 and CRC-32, read piece by piece."""

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
    """What is known of a file's bytes; None where it is not."""

    size: int | None = None
    sha256: str | None = None
    crc: int | None = None
    md5: str | None = None


def digest_voxels(volume: "NDArray[np.uint8]") -> str:
    """Return the SHA-256 of a row-major volume's shape and voxels, however its file wrote them."""
    digest = hashlib.sha256(str(volume.shape).encode())
    digest.update(volume.data)
    return digest.hexdigest()


def sum_up(storage: Storage, path: str, algorithms: Iterable[str] = ("sha256",)) -> Checksums:
    """Return the checksums of a whole file, which is never held as a whole.

    Args:
        storage: holds it.
        path: of the file.
        algorithms: of `sha256` and `md5` those that are wanted.

    Raises:
        FileError: it cannot be read; see `Storage`.
    """
    digests = {name: _digest(name) for name in algorithms}
    size = crc = 0
    for piece in storage.chunks(path):
        for digest in digests.values():
            digest.update(piece)
        crc = crc_of(piece, crc)
        size += len(piece)
    return Checksums(size, crc=crc, **{name: digest.hexdigest() for name, digest in digests.items()})


def digests_of(data: bytes, algorithms: Iterable[str]) -> dict[str, str]:
    """Return the digests of bytes, each by the name of its algorithm."""
    found = {}
    for name in algorithms:
        digest = _digest(name)
        digest.update(data)
        found[name] = digest.hexdigest()
    return found


def _digest(algorithm: str) -> "hashlib._Hash":
    # MD5 is asked for by lists that others made, and guards nothing.
    return hashlib.new(algorithm, usedforsecurity=False)


def crc_of(piece: bytes | memoryview, crc: int = 0) -> int:
    """Return the CRC-32 of bytes that follow others, whose CRC-32 is given."""
    from isal import isal_zlib

    return int(isal_zlib.crc32(piece, crc))


def digest_file(storage: Storage, path: str) -> str:
    """Return the SHA-256 of a whole file, which is never held as a whole; FileError where it cannot be read."""
    digest = hashlib.sha256()
    for piece in storage.chunks(path):
        digest.update(piece)
    return digest.hexdigest()


def digest_files(
    storage: Storage, paths: Iterable[str], workers: Workers = ALL_PROCESSORS
) -> Iterator[tuple[str, str | MRNetError]]:
    """Yield each path with its file's SHA-256, or why it cannot be read, in the order of the paths."""
    return ordered_map(partial(digest_file, storage), paths, workers)
