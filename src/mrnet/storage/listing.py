"""Storages that know all their names at once (zips and object storage), and which of the names the layout knows."""

from abc import abstractmethod
from bisect import bisect_left
from collections.abc import Collection, Iterator, Mapping
from functools import cached_property
from itertools import islice, takewhile

from mrnet.storage.base import Entry, Kind, Storage

MAX_LISTED_DEPTH = 6
"""Nested folders: two levels more than any archive needs below the named place."""


class ListedStorage(Storage):
    """A storage that knows all its names at once; names of folders end in `/`."""

    @abstractmethod
    def names(self) -> Collection[str]:
        """Return every name below the root, relative to it."""

    def fault(self, path: str) -> str | None:  # noqa: ARG002 - the default is that a name has no fault
        """Return why a name cannot be read as a file, in words that follow "this is"; None if it can."""
        return None

    def listing(self, folder: str) -> Mapping[str, Kind]:
        return self._folders.get(folder, {})

    @cached_property
    def _folders(self) -> dict[str, dict[str, Kind]]:
        """The names directly in each folder, without very deep folders."""
        folders: dict[str, dict[str, Kind]] = {"": {}}
        for path in self.names():
            folder, slash, name = path.rpartition("/")
            above = folder + slash
            if above not in folders:
                _add_folder(folders, above)
            if name and above in folders:
                folders[above].setdefault(name, Kind.FILE)
        return folders

    @cached_property
    def entries(self) -> dict[str, Entry]:
        return self._sorted_entries(filter(None, map(self._entry, self.names())))

    def _entry(self, path: str) -> Entry | None:
        parts = path.split("/")
        for depth in range(1, len(parts)):
            above = "/".join(parts[:depth])
            if self.layout.is_file_path(above):
                return Entry(above, "a folder")
            if not self.layout.is_folder(above):
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


def _add_folder(folders: dict[str, dict[str, Kind]], path: str) -> None:
    """Add a folder, whose path ends in `/`, and the folders above it to the known ones."""
    parts = path.split("/", MAX_LISTED_DEPTH)[:-1]
    for depth, name in enumerate(parts):
        above = "".join(f"{part}/" for part in parts[:depth])
        folders[above][name] = Kind.FOLDER
        folders.setdefault(f"{above}{name}/", {})
