"""One file read at any offset, wherever it lies: what a zip is read through."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

from mrnet.errors import unreadable
from mrnet.inputs import remember_file
from mrnet.storage.places import Place

TAIL = 1 << 19
"""Bytes at the end of a zip: they contain the whole directory of a zip of MRNet-v1.0."""


ReadAt = Callable[[int, int], bytes]
"""Returns so many bytes from an offset on, fewer where the file ends before; UnreadableFileError where it fails."""


class Blob(ABC):
    """A file of known length; holds no position and nothing open, so that threads and processes may share it."""

    location: Place
    readers = 1
    """How many reads of few bytes are best made at once; see `Storage.readers`."""
    least = 0
    """Bytes: to read fewer takes no less time."""
    piece = 1 << 17
    """Bytes that are best read at once: few enough to hold, so many that asking for them costs little beside."""

    @abstractmethod
    def size(self) -> int:
        """Return its length in bytes; UnreadableFileError (an OSError), without a path, where that fails."""

    @abstractmethod
    def reading(self) -> AbstractContextManager[ReadAt]:
        """Give a function that reads from it, for one thread."""


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
    def reading(self) -> Iterator[ReadAt]:
        try:
            handle = open(self._path, "rb", buffering=0)  # noqa: SIM115 - closed below: what fails at the reader's is not ours
        except OSError as error:
            raise unreadable(None, error) from error

        def read_at(offset: int, length: int) -> bytes:
            try:
                handle.seek(offset)
                return handle.read(length)
            except OSError as error:
                raise unreadable(None, error) from error

        with handle:
            yield read_at
