"""Which folders hold volumes or label files, in every edition: decided by tables of names alone."""

from collections.abc import Callable, Mapping

from mrnet.storage.base import Kind
from mrnet.storage.layout import LABEL_NAMES, SPLIT_FOLDERS
from mrnet.vocabulary import Finding, Plane, Split

Listing = Callable[[str], Mapping[str, Kind]]
"""Returns the names in a folder, whose path is empty or ends in `/`."""
SPLIT_NAMES = {name for names in SPLIT_FOLDERS.values() for name in names}


def holds_volumes(listing: Listing, folder: str) -> bool:
    """Return whether a folder holds split folders with plane folders, or plane folders with volumes."""
    return splits_in(listing, folder) is not None or any(
        name.lower().endswith(".npy") or name in SPLIT_NAMES
        for plane in _planes_in(listing, folder)
        for name in listing(f"{folder}{plane}/")
    )


def holds_labels(listing: Listing, folder: str) -> bool:
    """Return whether a folder holds a label file."""
    names = listing(folder)
    return any(names.get(name) is Kind.FILE for name in LABEL_NAMES)


def splits_in(listing: Listing, folder: str) -> dict[Split, str] | None:
    """Return the names of the split folders: those that hold plane folders, else the usual ones; None if no folder does."""
    names = listing(folder)
    found = {
        split: name
        for split, spellings in SPLIT_FOLDERS.items()
        for name in reversed(spellings)
        if name in names and _planes_in(listing, f"{folder}{name}/")
    }
    return {split: found.get(split, split.value) for split in Split} if found else None


def label_names_in(listing: Listing, folder: str) -> dict[tuple[Split, Finding], str]:
    """Return the name of each label file in a folder; a missing file's name is formed like those that exist."""
    present = listing(folder)
    found: dict[tuple[Split, Finding], str] = {}
    for name, key in LABEL_NAMES.items():
        if name in present:
            found.setdefault(key, name)
    separator = "-" if any("-" in name for name in found.values()) or not found else "_"
    usual = {(split, finding): f"{split}{separator}{finding}.csv" for split in Split for finding in Finding}
    return usual | found


def _planes_in(listing: Listing, folder: str) -> list[Plane]:
    names = listing(folder)
    return [plane for plane in Plane if plane in names and names[plane].is_folder]
