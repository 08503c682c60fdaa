"""Archives in object storage, and zips there or on the web, read in place: only the needed parts of each file."""

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from typing import Self

from mrnet.errors import Naming, UnreadableFileError, UsageError
from mrnet.memory import PIECES
from mrnet.storage.base import Storage
from mrnet.storage.blobs import Blob, ReadAt
from mrnet.storage.connection import Connection
from mrnet.storage.layout import CLASSIC, SPLIT_FOLDERS, Layout
from mrnet.storage.listing import ListedStorage
from mrnet.storage.places import WEB, Url
from mrnet.storage.zips import open_zip
from mrnet.vocabulary import Plane

FOLDER_NAMES = {*Plane, *(name for names in SPLIT_FOLDERS.values() for name in names)}
READERS = 32
"""Concurrent requests: more gain little, and some servers treat them as an attack."""
PIECE_BYTES = 1 << 23
"""Most volumes are shorter than this, and come as the answer to one request."""


class ObjectBlob(Blob):
    """A file behind a connection."""

    readers = READERS
    least = 4096
    piece = PIECE_BYTES

    def __init__(self, connection: Connection, name: str, size: int | None = None) -> None:
        self.location = connection.url
        self.connection = connection
        self.name = name
        self._size = connection.size(name) if size is None else size

    def __reduce__(self) -> tuple[object, ...]:
        return ObjectBlob, (self.connection, self.name, self._size)

    def size(self) -> int:
        return self._size

    @contextmanager
    def opened(self) -> Iterator[ReadAt]:
        yield self._read_at

    def _read_at(self, offset: int, length: int) -> bytes:
        length = min(length, self._size - offset)
        return self.connection.read(self.name, offset, length) if length > 0 else b""


class ObjectStorage(ListedStorage):
    """An archive as single files in object storage; `prefix` is the folder below the connection that is its root."""

    kind = "folder"
    readers = READERS

    def __init__(
        self,
        connection: Connection,
        prefix: str = "",
        layout: Layout = CLASSIC,
        sizes: dict[str, int] | None = None,
    ) -> None:
        self.location = connection.url
        self.layout = layout
        self.connection = connection
        self.prefix = prefix
        found = _list(connection) if sizes is None else sizes
        self.sizes = {path.removeprefix(prefix): size for path, size in found.items() if path.startswith(prefix)}

    def opened_by(self) -> tuple[object, ...]:
        return self.connection, self.prefix, self.layout

    def rooted(self, root: str, layout: Layout) -> Self:
        return type(self)(self.connection, self.prefix + root, layout, self.sizes)

    def names(self) -> Collection[str]:
        return self.sizes.keys()

    def size(self, path: str) -> int:
        if path not in self.sizes:
            raise UnreadableFileError(f"no such file in {self.location}", path)
        return self.sizes[path]

    def read_start(self, path: str, length: int) -> bytes:
        return self._part(path, 0, min(length, self.size(path)))

    def chunks(self, path: str) -> Iterator[bytes]:
        size = self.size(path)
        with PIECES.taking(min(PIECE_BYTES, size)):
            for offset in range(0, size, PIECE_BYTES):
                yield self._part(path, offset, min(PIECE_BYTES, size - offset))

    def _part(self, path: str, offset: int, length: int) -> bytes:
        with Naming(path):
            return self.connection.read(f"{self.prefix}{path}", offset, length) if length else b""


def open_remote(url: Url) -> Storage:
    """Open the storage at an address: a zip, or the files of a bucket; see `Archive.open` for the errors."""
    with Naming(str(url)):
        if url.is_zip and url.scheme in WEB:
            # Request the address exactly as it was given: splitting it would change its percent escapes.
            return open_zip(ObjectBlob(Connection(url, url.text), ""))
        if url.is_zip:
            return open_zip(ObjectBlob(Connection(url, url.parent), url.name))
        if url.scheme in WEB:
            raise UsageError(
                f"{url}: the web cannot list the files of a folder; name a .zip there, or use s3://, gs:// or az://"
            )
        return ObjectStorage(Connection(url, url.text))


def _list(connection: Connection) -> dict[str, int]:
    """Return the length of every file, without the empty objects that consoles create to mark folders."""
    sizes = connection.sizes()
    folders = {path.rpartition("/")[0] for path in sizes}
    return {
        f"{path}/" if size == 0 and (path in folders or path.rpartition("/")[2] in FOLDER_NAMES) else path: size
        for path, size in sizes.items()
        if path
    }
