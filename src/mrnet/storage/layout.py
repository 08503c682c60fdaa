"""Where things lie in an archive: the names that MRNet-v1.0 gives to its folders and files."""

import re
from dataclasses import dataclass
from pathlib import PurePosixPath

from mrnet.errors import AmbiguousArchiveError, ArchiveNotFoundError
from mrnet.storage.places import Place
from mrnet.vocabulary import Finding, Plane, Split

VOLUME_NAME = re.compile(r"([0-9]{4})\.npy")
SYNTHETIC_MARK = "SYNTHETIC.txt"
"""A file of this name in the root says that the archive was made up."""
ACCEPTED_BEGINNINGS = ("README", "LICENSE")
MAX_ROOT_DEPTH = 2
"""How many folders below the place that was named an archive's root may lie."""
NEVER_A_ROOT = "__MACOSX"
"""A shadow tree that macOS writes into its zips: it repeats the archive's folders without the files."""
ROOT_VARIABLE = "MRNET_ROOT"
"""The environment variable that says where the archive is."""
DEMO = "MRNet-demo"
"""Where a synthetic archive is written if nobody says."""
HOW_TO_GET_ONE = "`mrnet demo` makes an archive to try things on"
"""The end of every message that no archive was found."""
VOLUME_FOLDERS = {f"{split}/{plane}": (split, plane) for split in Split for plane in Plane}
KNOWN_FOLDERS = {"", *Split, *VOLUME_FOLDERS}


@dataclass(frozen=True, slots=True)
class VolumePlace:
    """What the path of a volume says about it."""

    split: Split
    plane: Plane
    case: str

    @property
    def path(self) -> str:
        """Path relative to the archive's root, with `/`."""
        return "/".join((self.split, self.plane, self.case)) + ".npy"


LABEL_FILES = {f"{split}-{finding}.csv": (split, finding) for split in Split for finding in Finding}
"""The split and finding of each label file, by its name in the root."""


def label_file(split: Split, finding: Finding) -> str:
    """Return the name of a label file."""
    return f"{split}-{finding}.csv"


def volume_place(path: str) -> VolumePlace | None:
    """Return what a path relative to the root says about a volume, None where no volume belongs there."""
    folder, _, file = path.rpartition("/")
    if folder not in VOLUME_FOLDERS:
        return None
    name = VOLUME_NAME.fullmatch(file)
    return VolumePlace(*VOLUME_FOLDERS[folder], name[1]) if name else None


def is_known_folder(path: str) -> bool:
    """Tell whether the layout knows a folder of this path (the root is the empty one)."""
    return path in KNOWN_FOLDERS


def is_file_place(path: str) -> bool:
    """Tell whether a volume or a label file belongs at this path."""
    return path in LABEL_FILES or volume_place(path) is not None


def is_accepted(path: str) -> bool:
    """Tell whether a file of this path may lie in the root though it is no part of the dataset."""
    return "/" not in path and (path.startswith(ACCEPTED_BEGINNINGS) or path == SYNTHETIC_MARK)


def marks_root(path: str) -> bool:
    """Tell whether a file of this relative path, or a folder (ending in `/`), makes the folder above it a root."""
    parts = path.split("/")
    return path in LABEL_FILES or (len(parts) > 2 and is_known_folder("/".join(parts[:2])))


def the_one_root(place: Place, candidates: set[str]) -> str:
    """Choose the root among relative paths that could be one: the only one that lies nearest to the place.

    Raises:
        ArchiveNotFoundError: there is no candidate. AmbiguousArchiveError: two lie equally near.
    """
    by_depth = sorted((len(PurePosixPath(path).parts), path) for path in candidates)
    nearest = [path for depth, path in by_depth if depth == by_depth[0][0]]
    if not nearest:
        raise ArchiveNotFoundError(
            f"{place}: no MRNet archive in it: neither a folder such as train/axial nor a file such as train-acl.csv; "
            f"{HOW_TO_GET_ONE}"
        )
    if len(nearest) > 1:
        raise AmbiguousArchiveError(
            f"{place}: two archives lie in it, {nearest[0]} and {nearest[1]}; name one of them with --root"
        )
    return nearest[0]
