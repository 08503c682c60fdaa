"""The layout below an archive's root: which folders a storage lists, and which files are volumes and labels."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

from mrnet.vocabulary import Edition, Finding, Plane, Split

VOLUME_NAME = re.compile(r"([0-9]{4})\.npy")
SPLIT_FOLDERS = {Split.TRAIN: ("train",), Split.VALID: ("valid", "val")}
"""The names that a split's folder may have; if both exist, the first one counts."""
SEPARATORS = ("-", "_")
"""Separators between split and finding in a label file's name."""
SYNTHETIC_MARK = "SYNTHETIC.txt"
"""A file of this name in the root marks the archive as synthetic."""
ACCEPTED_BEGINNINGS = ("README", "LICENSE")
NEVER_A_ROOT = "__MACOSX"
"""A folder that macOS adds to its zips: it repeats the archive's folders without the files."""
ROOT_VARIABLE = "MRNET_ROOT"
"""The environment variable for the archive's path."""
DEMO = "MRNet-demo"
"""The default folder of a synthetic archive."""
HOW_TO_GET_ONE = "`mrnet demo` makes an archive to try things on"
"""The end of every message that no archive was found."""

FILE_INDEXES = frozenset(f"{name}.csv" for names in SPLIT_FOLDERS.values() for name in names)
"""Tables of all files and their digests that Redivis puts beside the label files."""


def label_file(split: Split, finding: Finding) -> str:
    """Return the name that a label file has in a classic archive."""
    return f"{split}-{finding}.csv"


LABEL_NAMES = {
    f"{name}{separator}{finding}.csv": (split, finding)
    for separator in SEPARATORS
    for split, names in SPLIT_FOLDERS.items()
    for name in names
    for finding in Finding
}
"""The split and finding of a label file, by each name that it may have."""


@dataclass(frozen=True)
class Layout:
    """The paths of volumes and label files, relative to the root, with `/`.

    The prefixes are the paths of the volumes folder and the labels folder: empty for the root, else ending in `/`.
    """

    volumes_prefix: str = ""
    splits: Mapping[Split, str] | None = field(default_factory=lambda: {split: split.value for split in Split})
    """The names of the split folders; None if the volumes folder holds the plane folders themselves."""
    labels_prefix: str = ""
    label_names: Mapping[tuple[Split, Finding], str] = field(
        default_factory=lambda: {(split, finding): label_file(split, finding) for split in Split for finding in Finding}
    )

    @property
    def edition(self) -> Edition:
        """`classic` if the split folders and the label files are in one folder, else `redivis`."""
        return (
            Edition.CLASSIC
            if self.splits is not None and self.volumes_prefix == self.labels_prefix
            else Edition.REDIVIS
        )

    @cached_property
    def plane_folders(self) -> dict[tuple[Split, Plane], str]:
        """The folder of each split and plane; two splits share one where there are no split folders."""
        return {(split, plane): f"{self.split_folder(split)}{plane}" for split in Split for plane in Plane}

    @cached_property
    def _folder_by_text(self) -> dict[str, str]:
        # All paths are built from this, because hashing and formatting enumeration members takes far longer than joining text.
        return {"/".join((split, plane)): folder for (split, plane), folder in self.plane_folders.items()}

    @cached_property
    def _planes(self) -> dict[str, tuple[Split | None, Plane]]:
        return {
            folder: (split if self.splits else None, plane) for (split, plane), folder in self.plane_folders.items()
        }

    @cached_property
    def label_files(self) -> dict[str, tuple[Split, Finding]]:
        """The split and finding of each label file, by its path."""
        return {f"{self.labels_prefix}{name}": key for key, name in self.label_names.items()}

    @cached_property
    def folders(self) -> frozenset[str]:
        """Every folder that holds volumes or label files, and the folders above it; the root is the empty path."""
        deepest = [*self._planes, self.labels_prefix.removesuffix("/")]
        return frozenset("/".join(path.split("/")[:depth]) for path in deepest for depth in range(path.count("/") + 2))

    def split_folder(self, split: Split) -> str:
        """Return the folder of a split (ending in `/`, or empty), whether it is there or not."""
        return self.volumes_prefix + (f"{self.splits[split]}/" if self.splits else "")

    def volume_path(self, split: Split, plane: Plane, case: str) -> str:
        """Return the path of a volume, whether it is there or not."""
        return "/".join((self._folder_by_text["/".join((split, plane))], case)) + ".npy"

    def label_path(self, split: Split, finding: Finding) -> str:
        """Return the path of a label file, whether it is there or not."""
        return f"{self.labels_prefix}{self.label_names[split, finding]}"

    def volume_at(self, path: str) -> tuple[Split | None, Plane, str] | None:
        """Return split (None if no folder names it), plane and case of the volume at a path; None if none belongs there."""
        folder, _, file = path.rpartition("/")
        if folder not in self._planes:
            return None
        name = VOLUME_NAME.fullmatch(file)
        return (*self._planes[folder], name[1]) if name else None

    def is_folder(self, path: str) -> bool:
        """Return whether the layout knows a folder of this path (the root is the empty path)."""
        return path in self.folders

    def is_file_path(self, path: str) -> bool:
        """Return whether a volume or a label file belongs at this path."""
        return path in self.label_files or self.volume_at(path) is not None

    def is_accepted(self, path: str) -> bool:
        """Return whether a file of this path is accepted although it is neither a volume nor a label file."""
        folder, _, name = path.rpartition("/")
        if folder == self.labels_prefix.removesuffix("/") and (
            name in FILE_INDEXES or (self.edition is Edition.REDIVIS and name.endswith(".csv"))
        ):
            return True
        return not folder and (name.startswith(ACCEPTED_BEGINNINGS) or name == SYNTHETIC_MARK)


CLASSIC = Layout()
"""The layout of the zip that Stanford published in 2019."""
