"""Which edition a copy of the dataset is: where its volumes folder and its labels folder are, decided by names alone.

The names are tables in `mrnet.storage.layout`. The result is a `Layout`: all paths of volumes and label files come
from it, and every path is read back by it.
"""

import os
from collections.abc import Iterator, Mapping
from itertools import takewhile
from pathlib import Path

from mrnet.archive.near_misses import near_label, near_plane, near_split
from mrnet.errors import AmbiguousArchiveError, ArchiveNotFoundError
from mrnet.storage.base import Kind, Storage
from mrnet.storage.folder import FolderStorage
from mrnet.storage.forms import SPLIT_NAMES, holds_labels, holds_volumes, label_names_in, splits_in
from mrnet.storage.layout import CLASSIC, HOW_TO_GET_ONE, NEVER_A_ROOT, VOLUME_NAME, Layout, label_file
from mrnet.storage.opening import check_listable, open_storage
from mrnet.storage.places import Place, Url
from mrnet.vocabulary import Plane

MAX_DEPTH = 2
"""How many folders below the place that was named the volumes folder and the labels folder may lie."""


def open_archive_storage(place: Place, *, with_labels: bool = True) -> Storage:
    """Open the storage of the archive that lies at a place or up to two folders below it; see `Archive.open`."""
    storage = open_storage(place)
    return storage.rooted(*find_archive(storage, with_labels=with_labels))


def open_label_storage(folder: Path) -> FolderStorage:
    """Open the folder of label files at a place or up to two folders below it; if there is none, open the place itself.

    Raises:
        UnreadableFileError: the place cannot be listed. AmbiguousArchiveError: two such folders are equally near.
    """
    check_listable(folder)
    storage = FolderStorage(folder)
    search = _Search(storage, with_volumes=False)
    labels_folder = search.the_one(search.label_folders, "folders of label files", "--labels")
    if labels_folder is None:
        return storage.rooted("", CLASSIC)
    return storage.rooted(labels_folder, Layout(label_names=label_names_in(search.listing, labels_folder)))


def is_archive_here(folder: Path) -> bool:
    """Return whether a folder is an archive's root: the volumes folder and the labels folder are this folder or directly in it.

    A folder in it that holds a whole archive, such as `MRNet-v1.0/` in the current folder, does not make it a root.
    """
    search = _Search(FolderStorage(folder), max_depth=1)
    whole = {below for below in search.volume_folders if below and holds_labels(search.listing, below)}
    volumes, labels = set(search.volume_folders) - whole, set(search.label_folders) - whole
    return "" in volumes | labels or bool(volumes and labels)


def find_archive(storage: Storage, *, with_labels: bool = True) -> tuple[str, Layout]:
    """Return the root of the archive in a storage (empty, or ending in `/`), and the layout below it.

    Args:
        storage: the storage.
        with_labels: whether its label files are wanted; if they are not, it does not matter which of two labels folders counts.

    Raises:
        ArchiveNotFoundError: there is none. AmbiguousArchiveError: two volumes or labels folders are equally near.
    """
    search = _Search(storage)
    volumes_folder = search.the_one(search.volume_folders, "archives", "--root")
    if volumes_folder is not None and holds_labels(search.listing, volumes_folder):
        labels_folder: str | None = volumes_folder
    elif volumes_folder is not None and not with_labels and len(search.label_folders) > 1:
        labels_folder = None
    else:
        labels_folder = search.the_one(search.label_folders, "folders of label files", "--labels")
    if volumes_folder is None:
        if labels_folder is None:
            storage.explain_absence()
            raise ArchiveNotFoundError(f"{storage.location}: {_why_none(search)}; {HOW_TO_GET_ONE}")
        return labels_folder, Layout(label_names=label_names_in(search.listing, labels_folder))
    splits = splits_in(search.listing, volumes_folder)
    if labels_folder is None:
        if not splits:
            _refuse_split(storage.location, volumes_folder)
        return volumes_folder, Layout(splits=splits)
    root = _common_folder(volumes_folder, labels_folder)
    return root, Layout(
        volumes_prefix=volumes_folder.removeprefix(root),
        splits=splits,
        labels_prefix=labels_folder.removeprefix(root),
        label_names=label_names_in(search.listing, labels_folder),
    )


def _common_folder(first: str, second: str) -> str:
    """Return the deepest folder that holds two folders, which are empty or end in `/`."""
    pairs = zip(first.split("/")[:-1], second.split("/")[:-1], strict=False)
    return "".join(f"{name}/" for name, other in takewhile(lambda pair: pair[0] == pair[1], pairs))


def _refuse_split(location: Place, volumes_folder: str) -> None:
    if not volumes_folder and near_split(_name_of(location)):
        raise ArchiveNotFoundError(
            f"{location}: this is one split of an archive; name the folder above it: --root {_above(location, 1)}"
        )


class _Search:
    """Searches the folders below a place level by level, for the nearest that hold volumes or label files."""

    def __init__(self, storage: Storage, max_depth: int = MAX_DEPTH, *, with_volumes: bool = True) -> None:
        self.storage = storage
        self.listings: dict[str, Mapping[str, Kind]] = {}
        self.volume_folders: list[str] = []
        self.label_folders: list[str] = []
        level = [""]
        for _ in range(max_depth + 1):
            self.volume_folders = self.volume_folders or [
                folder for folder in level if with_volumes and holds_volumes(self.listing, folder)
            ]
            self.label_folders = self.label_folders or [
                folder for folder in level if holds_labels(self.listing, folder)
            ]
            if self.label_folders and (self.volume_folders or not with_volumes):
                break
            level = [below for folder in level for below in self._folders_in(folder)]

    def listing(self, folder: str) -> Mapping[str, Kind]:
        """Return the names in a folder, which is listed once."""
        if folder not in self.listings:
            self.listings[folder] = self.storage.listing(folder)
        return self.listings[folder]

    def the_one(self, candidates: list[str], what: str, option: str) -> str | None:
        """Return the only candidate, None if there is none; AmbiguousArchiveError if there are two."""
        if len(candidates) > 1:
            first, second = (folder.removesuffix("/") for folder in sorted(candidates)[:2])
            raise AmbiguousArchiveError(
                f"{self.storage.location}: two {what} lie in it, {first} and {second}; name one of them with {option}"
            )
        return candidates[0] if candidates else None

    def _folders_in(self, folder: str) -> Iterator[str]:
        """Yield the folders to search next: neither links nor the split and plane folders of a volumes folder."""
        known = {NEVER_A_ROOT, *(SPLIT_NAMES | set(Plane) if folder in self.volume_folders else ())}
        for name, kind in self.listing(folder).items():
            if kind is Kind.FOLDER and name not in known:
                yield f"{folder}{name}/"


def _why_none(search: _Search) -> str:
    """Return why there is no archive at a place; the message names a near miss."""
    location = search.storage.location
    top = search.listing("")
    if any(VOLUME_NAME.fullmatch(name) for name in top):
        levels = 2 if near_split(_name_of(location, 1)) else 1
        return f"this is one plane of an archive; name the archive's folder: --root {_above(location, levels)}"
    reason = "no MRNet archive in it: neither a folder such as train/axial nor a file such as train-acl.csv"
    if near := next(_near_misses(search), None):
        return f"{reason}; {near[0]} lies there, expected {near[1]} (names are compared exactly)"
    return reason


def _near_misses(search: _Search) -> Iterator[tuple[str, str]]:
    for folder, names in list(search.listings.items()):
        for name, kind in names.items():
            if label := near_label(name):
                yield f"{folder}{name}", label_file(*label)
            if kind.is_folder and (split := near_split(name)):
                for below in search.listing(f"{folder}{name}/"):
                    if plane := near_plane(below):
                        yield f"{folder}{name}/{below}", f"{split}/{plane}"
            if kind.is_folder and (plane := near_plane(name)) and name != plane:
                inside = search.listing(f"{folder}{name}/")
                if any(each.lower().endswith(".npy") or near_split(each) for each in inside):
                    yield f"{folder}{name}", plane.value


def _name_of(location: Place, levels: int = 0) -> str:
    """Return the name of the folder at a place, or of the folder that many levels above it."""
    if isinstance(location, Path):
        location = location.resolve().joinpath(*[".."] * levels).resolve()
    return location.name


def _above(location: Place, levels: int) -> str:
    if isinstance(location, Path):
        return os.path.normpath(location.joinpath(*[".."] * levels))
    return str(Url(location.parent)) if levels == 1 else _above(Url(location.parent), levels - 1)
