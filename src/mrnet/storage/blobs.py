"""One file read at any offset, wherever it lies: what a zip is read through."""

import io
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

from mrnet.errors import unreadable
from mrnet.storage.places import Place

TAIL = 1 << 19
"""Bytes: holds the whole directory of a zip of MRNet-v1.0, which stands at its end."""


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


class BlobFile(io.RawIOBase):
    """A blob as the file object that `zipfile` asks for; its end, where a zip's directory stands, is read once."""

    def __init__(self, size: int, read_at: ReadAt) -> None:
        self.size = size
        self.read_at = read_at
        self.position = 0
        self.tail_begins = max(0, size - TAIL)
        self.tail = read_at(self.tail_begins, TAIL)

    def seekable(self) -> bool:
        return True

    def readable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        start = {io.SEEK_SET: 0, io.SEEK_CUR: self.position, io.SEEK_END: self.size}[whence]
        if start + offset < 0:
            raise OSError("a position before the file's beginning")
        self.position = start + offset
        return self.position

    def tell(self) -> int:
        return self.position

    def read(self, length: int = -1) -> bytes:
        length = max(0, self.size - self.position) if length < 0 else length
        inside_tail = self.position - self.tail_begins
        data = self.tail[inside_tail : inside_tail + length] if inside_tail >= 0 else b""
        if inside_tail < 0 and length:
            data = self.read_at(self.position, length)
        self.position += len(data)
        return data
