"""Bytes by name: what every kind of storage offers."""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from enum import Enum
from functools import cached_property
from io import FileIO
from itertools import islice
from pathlib import Path
from typing import Self

from mrnet.errors import UnreadableFileError, UsageError
from mrnet.memory import joined
from mrnet.storage.layout import CLASSIC, Layout
from mrnet.storage.pickling import OpenedAgain
from mrnet.storage.places import Place

CHUNK_BYTES = 1 << 17
"""Bytes per read of a file that is not needed as a whole: allocating a larger buffer takes longer than filling it."""

MAX_STRANGE_FILES = 150_000
"""If a folder that the layout does not know holds more files than this, a link probably leads to a whole disk."""
MAX_COUNTED_FILES = 10_000
MAX_ENTRIES = 40_000
"""Names in the folders that the layout knows; ten thousand ids of four digits have 30,000 series."""


class Kind(Enum):
    """What a name in a folder is."""

    FILE = 1
    """A plain file, or a link to one."""
    FOLDER = 2
    LINKED_FOLDER = 3
    OTHER = 4
    """A pipe, a device, a link that leads nowhere."""

    @property
    def is_folder(self) -> bool:
        """Whether it can contain files."""
        return self in (Kind.FOLDER, Kind.LINKED_FOLDER)


@dataclass(frozen=True, slots=True)
class Entry:
    """A name in an archive. A name that ends in `/` means a folder unknown to the layout, with everything below it."""

    path: str
    fault: str | None = None
    """Why this cannot be read as a file, in words that follow "this is"; None for a plain file."""

    @property
    def is_folder(self) -> bool:
        """Whether this is a folder that the layout does not know."""
        return self.path.endswith("/")


class Storage(OpenedAgain, ABC):
    """The files of one archive, by their paths relative to its root, with `/`."""

    kind: str
    location: Place
    """The folder that is the root, or the zip file, as it was named."""
    layout: Layout = CLASSIC
    """Where volumes and label files are below the root."""
    readers = 1
    """How many headers to read at once: one if a read takes microseconds, many if it goes over a network."""

    @abstractmethod
    def listing(self, folder: str) -> Mapping[str, Kind]:
        """Return the names directly in a folder (empty for the root, else ending in `/`).

        A folder that is not there, or cannot be listed, has none.
        """

    def explain_absence(self) -> None:
        """Raise an error that says what this file is, if that explains why it holds no archive."""

    @abstractmethod
    def rooted(self, root: str, layout: Layout) -> Self:
        """Return the storage of the archive whose root is a folder of this one; `root` is empty, or ends in `/`."""

    @cached_property
    @abstractmethod
    def entries(self) -> dict[str, Entry]:
        """Every name in the folders that the layout knows, sorted by path."""

    def _sorted_entries(self, found: Iterable[Entry]) -> dict[str, Entry]:
        """Return entries by their paths, sorted; UsageError where there are more than MAX_ENTRIES."""
        entries: dict[str, Entry] = {}
        for entry in found:
            # If a name is both a file and a folder, keep the fault.
            if entry.fault is not None or entry.path not in entries:
                entries[entry.path] = entry
            if len(entries) > MAX_ENTRIES:
                raise UsageError(
                    f"{self.location}: more than {MAX_ENTRIES:,} files lie in the folders of this archive, far more than it needs; "
                    "move those that are not part of it elsewhere"
                )
        return dict(sorted(entries.items()))

    @abstractmethod
    def walk(self, folder: str) -> Iterator[Entry]:
        """Yield every file below a folder that the layout does not know (links are not followed)."""

    @abstractmethod
    def size(self, path: str) -> int:
        """Return a file's length in bytes, uncompressed."""

    def known_crc(self, path: str) -> int | None:  # noqa: ARG002 - only a zip states one
        """Return the CRC-32 that the storage states for a file; None if it states none."""
        return None

    @abstractmethod
    def read_start(self, path: str, length: int) -> bytes:
        """Return the first bytes of a file; fewer if it is shorter."""

    @abstractmethod
    def chunks(self, path: str) -> Iterator[bytes]:
        """Yield a whole file piece by piece."""

    def read(self, path: str) -> bytes:
        """Return a whole file; the caller has checked its size."""
        return joined(self.chunks(path), self.size(path))

    def holds(self, target: Path) -> bool:  # noqa: ARG002 - no path of this machine is part of a remote archive
        """Return whether a file written to a path of this machine would change the archive."""
        return False

    def files(self) -> Iterator[Entry]:
        """Yield every file of the archive, also below folders that the layout does not know.

        Raise UsageError where more than MAX_STRANGE_FILES lie below one of them.
        """
        for entry in self.entries.values():
            if not entry.is_folder:
                yield entry
                continue
            for count, each in enumerate(self.walk(entry.path)):
                if count == MAX_STRANGE_FILES:
                    raise UsageError(
                        f"{entry.path}: more than {MAX_STRANGE_FILES:,} files lie below this folder, which is not part of the "
                        "archive; move it elsewhere, or correct the link that leads to it"
                    )
                yield each

    def outside(self) -> Iterator[Entry]:
        """Yield the entries of the archive's zip that are outside its folder; their paths are whole member names."""
        yield from ()

    def link_target(self, path: str) -> str | None:  # noqa: ARG002 - only folders and zips have links
        """Return the path of a link's target; None if it is not a link, or its target is outside the archive."""
        return None

    def count_below(self, folder: str) -> int:
        """Return the number of files below a folder that the layout does not know, MAX_COUNTED_FILES at most."""
        return sum(1 for _ in islice(self.walk(folder), MAX_COUNTED_FILES))

    def entry(self, path: str) -> Entry:
        """Return the entry of a path; raise UnreadableFileError if nothing readable is there."""
        entry = self.entries.get(path)
        if entry is None:
            raise UnreadableFileError(f"no such file in {self.location}", path)
        if entry.fault:
            raise UnreadableFileError(f"this is {entry.fault}, expected a file", path)
        return entry


@contextmanager
def closing_quietly(handle: FileIO) -> Iterator[FileIO]:
    """Close a file that was only read, without an error: if closing fails, as on a lost network share, nothing is lost."""
    try:
        yield handle
    finally:
        with suppress(OSError):
            handle.close()
