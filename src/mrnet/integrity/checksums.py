"""What is known of a file's bytes: its length, SHA-256 and CRC-32, read piece by piece."""

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import partial

from mrnet.errors import MRNetError
from mrnet.parallel import Workers, ordered_map
from mrnet.storage import Storage


@dataclass(frozen=True, slots=True)
class Checksums:
    """What is known of a file's bytes; None where it is not."""

    size: int | None = None
    sha256: str | None = None
    crc: int | None = None


def sum_up(storage: Storage, path: str) -> Checksums:
    """Return the checksums of a whole file, which is never held as a whole.

    Raises:
        FileError: it cannot be read; see `Storage`.
    """
    digest = hashlib.sha256()
    size = crc = 0
    for piece in storage.chunks(path):
        digest.update(piece)
        crc = crc_of(piece, crc)
        size += len(piece)
    return Checksums(size, digest.hexdigest(), crc)


def crc_of(piece: bytes, crc: int = 0) -> int:
    """Return the CRC-32 of bytes that follow others, whose CRC-32 is given."""
    from isal import isal_zlib

    return int(isal_zlib.crc32(piece, crc))


def sum_up_all(
    storage: Storage, paths: Iterable[str], workers: Workers | int | None = None
) -> Iterator[tuple[str, Checksums | MRNetError]]:
    """Yield each path with its file's checksums, or why it cannot be read, in the order of the paths."""
    return ordered_map(partial(sum_up, storage), paths, workers)
