"""Storages whose files come as one list of names, zips and object storage: which of them the layout knows."""

from abc import abstractmethod
from bisect import bisect_left
from collections.abc import Collection, Iterator
from functools import cached_property
from itertools import islice, takewhile

from mrnet.storage.base import Entry, Storage
from mrnet.storage.layout import MAX_ROOT_DEPTH, NEVER_A_ROOT, is_file_place, is_known_folder, marks_root


class ListedStorage(Storage):
    """A storage that knows all its names at once; names of folders end in `/`."""

    @abstractmethod
    def names(self) -> Collection[str]:
        """Return every name below the root, relative to it."""

    def fault(self, path: str) -> str | None:  # noqa: ARG002 - where nothing can be at fault, nothing is looked at
        """Tell why a name cannot be read as a file, in words that follow "this is"."""
        return None

    @cached_property
    def entries(self) -> dict[str, Entry]:
        found = filter(None, map(self._entry, self.names()))
        # Where a name stands for a file and for a folder too, the fault is kept.
        return {entry.path: entry for entry in sorted(found, key=lambda entry: (entry.path, entry.fault is not None))}

    def _entry(self, path: str) -> Entry | None:
        parts = path.split("/")
        for depth in range(1, len(parts)):
            above = "/".join(parts[:depth])
            if is_file_place(above):
                return Entry(above, "a folder")
            if not is_known_folder(above):
                return None if path.endswith("/") else Entry(f"{above}/")
        return Entry(path, self.fault(path)) if parts[-1] else None

    @cached_property
    def _sorted_names(self) -> list[str]:
        return sorted(self.names())

    def walk(self, folder: str) -> Iterator[Entry]:
        begin = bisect_left(self._sorted_names, folder)
        for path in takewhile(lambda path: path.startswith(folder), islice(self._sorted_names, begin, None)):
            if not path.endswith("/"):
                yield Entry(path, self.fault(path))


def roots_above(name: str) -> Iterator[str]:
    """Yield each folder, as a path without a last `/`, that a file of this name makes the root of an archive."""
    parts = name.split("/")
    for depth in range(min(MAX_ROOT_DEPTH + 1, len(parts))):
        if marks_root("/".join(parts[depth:])) and NEVER_A_ROOT not in parts[:depth]:
            yield "/".join(parts[:depth])
