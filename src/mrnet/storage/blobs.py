"""One file that is read at any offset, local or remote; zips are read through it."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

from mrnet.errors import unreadable
from mrnet.inputs import open_plain_file, remember_file
from mrnet.storage.base import closing_quietly
from mrnet.storage.places import Place

TAIL_BYTES = 1 << 19
"""Bytes read at the end of a zip: enough for the whole directory of a zip of MRNet-v1.0."""


ReadAt = Callable[[int, int], bytes]
"""Takes an offset and a length and returns the bytes there, fewer at the file's end; UnreadableFileError if it fails."""


class Blob(ABC):
    """A file of known length. It has no position and no open file, so that threads and processes can share it."""

    location: Place
    readers = 1
    """How many small reads to make at once; see `Storage.readers`."""
    least = 0
    """Bytes to read at least, because fewer take the same time."""
    piece = 1 << 17
    """Bytes per large read: few enough for memory, many enough that the cost of a request is small."""

    @abstractmethod
    def size(self) -> int:
        """Return its length in bytes; UnreadableFileError (an OSError) without a path if that fails."""

    @abstractmethod
    def opened(self) -> AbstractContextManager[ReadAt]:
        """Give a function that reads from it, for use by one thread."""


class FileBlob(Blob):
    """A file of this machine."""

    def __init__(self, location: Path) -> None:
        self.location = location
        self._path = location.absolute()
        remember_file(self._path)

    def size(self) -> int:
        try:
            return self._path.stat().st_size
        except OSError as error:
            raise unreadable(None, error) from error

    @contextmanager
    def opened(self) -> Iterator[ReadAt]:
        try:
            handle = open(self._path, "rb", buffering=0, opener=open_plain_file)  # noqa: SIM115 - closed below; with `with`, errors of the caller's block would be reported as ours
        except OSError as error:
            raise unreadable(None, error) from error

        def read_at(offset: int, length: int) -> bytes:
            try:
                handle.seek(offset)
                return handle.read(length)
            except OSError as error:
                raise unreadable(None, error) from error

        with closing_quietly(handle):
            yield read_at
