"""Names that are nearly those of the layout: such files are never read, but reported with the right name."""

import re
from collections.abc import Callable, Iterable, Iterator

from mrnet.storage.layout import LABEL_NAMES, Layout
from mrnet.text import nearest
from mrnet.vocabulary import ID_DIGITS, Finding, Plane, Split, padded

SPLIT_WORDS = {"train": Split.TRAIN, "training": Split.TRAIN} | dict.fromkeys(
    ("valid", "val", "validation"), Split.VALID
)
LABEL_WORDS = {
    "".join(words): (split, finding)
    for word, split in SPLIT_WORDS.items()
    for finding in Finding
    for words in ((word, finding), (finding, word))
}
"""Split and finding of a label file, by its name in lower case without the separators."""
VOLUME = r"(?i)\s*([0-9]{1,18})\s*\.npy\s*"
MIN_LIKENESS = 0.8
"""See `nearest`: `saggital` and `sagittal` have 0.875."""

NamesIn = Callable[[str], Iterable[str]]
"""Returns the names in a folder, whose path ends in `/`."""


def near_split(name: str) -> Split | None:
    """Return the split that a folder's name means, such as `Train`."""
    return SPLIT_WORDS.get(name.strip().casefold())


def near_plane(name: str) -> Plane | None:
    """Return the plane that a folder's name means, such as `Axial` or `saggital`."""
    near = nearest(name.strip().casefold(), Plane, MIN_LIKENESS)
    return Plane(near) if near else None


def near_volume(name: str) -> str | None:
    """Return the name that a volume's file should have, such as `0000.npy` for `0.npy`."""
    found = re.fullmatch(VOLUME, name)
    id = padded(found[1]) if found else ""
    return f"{id}.npy" if len(id) == ID_DIGITS else None


def near_label(name: str) -> tuple[Split, Finding] | None:
    """Return split and finding of the label file that a name means, such as `train acl.csv`."""
    stem, dot, suffix = name.strip().casefold().rpartition(".")
    return LABEL_WORDS.get(re.sub(r"[\s._-]+", "", stem)) if dot and suffix == "csv" else None


def right_names(layout: Layout, path: str, names_in: NamesIn) -> Iterator[tuple[str, str]]:
    """Yield each nearly right path, at or below a path that the layout does not know, with the right path.

    Args:
        layout: the layout of the archive.
        path: the path of a file, or of a folder; a folder's ends in `/`.
        names_in: lists a folder.
    """
    for found, right in _right_folders(layout, path, names_in) if path.endswith("/") else _right_files(layout, path):
        # `axial2/` beside `axial/` is a folder of its own; `Axial/` beside it is not.
        folder, _, name = right.removesuffix("/").rpartition("/")
        taken = name in set(names_in(f"{folder}/" if folder else ""))
        if found != right and not (taken and _distinct(found, right)):
            yield found, right


def _distinct(found: str, right: str) -> bool:
    return found.endswith("/") and found.casefold().replace(" ", "") != right.casefold()


def _right_files(layout: Layout, path: str) -> Iterator[tuple[str, str]]:
    folder, slash, name = path.rpartition("/")
    if folder in layout.plane_folders.values() and (right := near_volume(name)):
        yield path, f"{folder}/{right}"
    if folder + slash == layout.labels_prefix and name not in LABEL_NAMES and (label := near_label(name)):
        yield path, layout.label_path(*label)


def _right_folders(layout: Layout, path: str, names_in: NamesIn) -> Iterator[tuple[str, str]]:
    if not path.startswith(layout.volumes_prefix):
        return
    names = path.removeprefix(layout.volumes_prefix).removesuffix("/").split("/")
    split, plane = near_split(names[-1]), near_plane(names[-1])
    if len(names) == 2 and plane and layout.splits and names[0] in layout.splits.values():
        yield path, f"{layout.volumes_prefix}{names[0]}/{plane}/"
    elif len(names) == 2 and split and names[0] in set(Plane):
        yield path, f"{layout.volumes_prefix}{split}/{names[0]}/"
    elif len(names) == 1 and plane and layout.splits is None:
        yield path, f"{layout.volumes_prefix}{plane}/"
    elif len(names) == 1 and plane:
        yield from _right_planes(layout, path, plane, names_in)
    elif len(names) == 1 and split and layout.splits and names[0] not in layout.splits.values():
        yield path, f"{layout.volumes_prefix}{layout.splits[split]}/"


def _right_planes(layout: Layout, path: str, plane: Plane, names_in: NamesIn) -> Iterator[tuple[str, str]]:
    """Yield the right paths of a plane's folder that lies where split folders are expected."""
    below = list(names_in(path))
    for name in below:
        if split := near_split(name):
            yield f"{path}{name}/", f"{layout.plane_folders[split, plane]}/"
    # `AXIAL/` with volumes, and no split folder: the planes are at the top, where their folders need the right names.
    if any(map(near_volume, below)) and not any(map(near_split, names_in(layout.volumes_prefix))):
        yield path, f"{layout.volumes_prefix}{plane}/"
