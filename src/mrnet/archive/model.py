"""The data set as objects: an archive, its cases, their series."""

import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING, SupportsIndex, TypeVar, overload

from mrnet.archive.editions import open_archive_storage, open_label_storage
from mrnet.archive.labels import LabelFault, LabelFile, read_labels
from mrnet.archive.near_misses import right_names
from mrnet.archive.volume import Header, check_loadable, load_volume, read_series_header
from mrnet.errors import (
    ArchiveNotFoundError,
    FileError,
    LabelError,
    MRNetError,
    UnknownCaseError,
    UnreadableFileError,
    UsageError,
)
from mrnet.storage.base import Storage
from mrnet.storage.layout import SYNTHETIC_MARK
from mrnet.storage.places import Place, parse_place
from mrnet.text import did_you_mean, shortened, text_of
from mrnet.vocabulary import Edition, Finding, Plane, Split, case_id, is_case_number, known_word

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray

Default = TypeVar("Default")

LIST_COLUMNS = ("case", "split", *(finding.value for finding in Finding), *(plane.value for plane in Plane))
"""The columns of `mrnet list`."""
FIRST_VALID_ID = 1130
"""As published, ids from this one on are in valid, and lower ids in train."""


class Labels(dict[Finding, int | None]):
    """A case's answer to each finding, by `Finding` or by its name; None where the archive gives none.

    Any other name is a LabelError (a KeyError).
    """

    def __missing__(self, finding: object) -> int | None:
        text = text_of(finding)
        near = did_you_mean(text, Finding)
        raise LabelError(f"label {shortened(text)!r} is unknown, expected {' or '.join(Finding)}{near}")

    def __repr__(self) -> str:
        return repr({finding.value: answer for finding, answer in self.items()})

    if TYPE_CHECKING:
        # A Finding is a str, so its text finds the same answer; a dict's own types would allow only a Finding.
        def __getitem__(self, finding: str, /) -> int | None: ...
        @overload
        def get(self, finding: str, default: None = None, /) -> int | None: ...
        @overload
        def get(self, finding: str, default: Default, /) -> int | Default | None: ...
        def get(self, finding: str, default: object = None, /) -> object: ...


@dataclass(frozen=True, slots=True)
class Series:
    """One case in one plane: one `.npy` file, which may be missing."""

    storage: Storage = field(repr=False)
    split: Split
    """Split of the case."""
    plane: Plane
    """Plane in which it was sliced."""
    case: str
    """Id of the case."""

    @property
    def path(self) -> str:
        """Path relative to the archive's root, with `/`."""
        return self.storage.layout.volume_path(self.split, self.plane, self.case)

    @property
    def exists(self) -> bool:
        """Whether anything exists at the file's path."""
        return self.path in self.storage.entries

    def size(self) -> int:
        """Return the length of the whole file in bytes, uncompressed."""
        return self.storage.size(self.path)

    def header(self) -> Header:
        """Return the file's header, after checking that type, shape and sizes allow the volume to be loaded.

        Raises:
            FileError: the series cannot be read; the same kinds as in `load`, except damage inside the voxels.
        """
        header = read_series_header(self.storage, self.path)
        check_loadable(header, self.size(), self.path)
        return header

    def load(self, *, copy: bool = False) -> "NDArray[np.uint8]":
        """Return the voxels, of shape (slices, rows, columns).

        Args:
            copy: return an array of your own that may be written to, as `torch.from_numpy` wants it; else the array is
                read-only.

        Raises:
            FileError: a VolumeError (a ValueError) if the file is not such a volume, an UnreadableFileError (an
                OSError) if it cannot be read, a CorruptMemberError (a ValueError) if a zip is damaged.
        """
        volume = load_volume(self.storage, self.path)
        return volume.copy() if copy else volume


@dataclass(frozen=True, slots=True)
class Case:
    """One knee MRI exam: its labels and its three series."""

    storage: Storage = field(repr=False)
    id: str
    """Four digits, such as `0001`."""
    split: Split
    """`train` or `valid`."""
    labels: Labels = field(hash=False)
    """Answer to each finding; None where the archive gives none."""

    def series(self, plane: Plane | str) -> Series:
        """Return the series in a plane, even if its file is missing; UsageError (a ValueError) if there is no such plane."""
        return Series(self.storage, self.split, known_word(Plane, plane, "plane"), self.id)

    def all_series(self) -> list[Series]:
        """Return the three series in the order axial, coronal, sagittal."""
        return [Series(self.storage, self.split, plane, self.id) for plane in Plane]

    @property
    def has_volumes(self) -> bool:
        """Whether anything exists at the path of one of its three files."""
        return any(series.exists for series in self.all_series())


class Archive:
    """One copy of the dataset: a folder or a zip in any edition; it is never changed.

    It is a collection of its cases: `len(archive)`, `for case in archive`, `"0001" in archive`. Finding a case takes the
    same time for any number of cases. Archives, cases and series can be pickled, and used after a fork; cases and series
    can be hashed.
    """

    def __init__(self, storage: Storage, label_storage: Storage | None = None) -> None:
        if not isinstance(storage, Storage):
            raise UsageError(f"an archive is opened by Archive.open({text_of(storage)!r})")
        self.storage = storage
        self.label_storage = label_storage or storage

    def __repr__(self) -> str:
        return f"<Archive {self.root!r}: {self.edition} {self.kind}>"

    def __len__(self) -> int:
        """Return the number of cases."""
        return len(self.cases)

    def __bool__(self) -> bool:
        """Return True: an archive without cases is an archive too."""
        return True

    def __iter__(self) -> "Iterator[Case]":
        """Yield the cases by id."""
        return iter(self.cases)

    def __contains__(self, case: object) -> bool:
        """Return whether a case, or one of this id (`0001`, `1`), is there."""
        if isinstance(case, Case):
            return case in self._by_id.get(case.id, ())
        return isinstance(case, str | SupportsIndex) and case_id(text_of(case)) in self._by_id

    def __reduce__(self) -> tuple[object, ...]:
        """Pickle the archive without the data that was read from it."""
        return Archive, (self.storage, self.label_storage)

    @classmethod
    def open(cls, place: str | Place, labels: str | Path | None = None) -> "Archive":
        """Open the archive at a place, or up to two folders below it.

        Args:
            place: a folder or a zip, or its address (`s3://`, `gs://`, `az://`; for a zip also `https://`).
            labels: a folder that holds the label files instead.

        Raises:
            ArchiveNotFoundError (a FileNotFoundError): there is none.
            AmbiguousArchiveError (a ValueError): there are two equally near.
            BrokenZipError (a ValueError): the file is cut short, or is not a zip.
        """
        label_storage = None
        if labels is not None:
            folder = parse_place(labels)
            if not (isinstance(folder, Path) and os.path.isdir(folder)):
                raise ArchiveNotFoundError(f"{folder}: no such folder of label files")
            label_storage = open_label_storage(folder)
        return cls(open_archive_storage(parse_place(place), with_labels=labels is None), label_storage)

    @property
    def root(self) -> str:
        """The folder or zip, as it was named; an address without its secrets."""
        return str(self.storage.location)

    @property
    def kind(self) -> str:
        """`folder` or `zip`."""
        return self.storage.kind

    @property
    def edition(self) -> Edition:
        """How this copy arranges the data: `classic` or `redivis`."""
        return self.storage.layout.edition

    @property
    def synthetic(self) -> bool:
        """Whether the archive is marked as synthetic."""
        return SYNTHETIC_MARK in self.storage.entries

    @cached_property
    def label_files(self) -> dict[tuple[Split, Finding], LabelFile]:
        """The six label files, read."""
        return {
            (split, finding): read_labels(self.label_storage, split, finding) for split in Split for finding in Finding
        }

    @cached_property
    def label_faults(self) -> list[LabelFault]:
        """Rows and files of labels that cannot be used, by file and line; their labels are None."""
        faults = [file.faults + file.contradictions() for file in self.label_files.values()]
        return [fault for of_file in faults for fault in sorted(of_file, key=lambda fault: fault.line or 0)]

    @cached_property
    def folder_faults(self) -> list[UnreadableFileError]:
        """The paths that should be folders of volumes or label files, but are not folders or cannot be listed."""
        layout = self.storage.layout
        return [
            UnreadableFileError(f"this is {entry.fault}", entry.path or None)
            for entry in self.storage.entries.values()
            if entry.fault and layout.is_folder(entry.path)
        ]

    @cached_property
    def volumes(self) -> list[Series]:
        """The series that exist, by split, plane and case."""
        layout = self.storage.layout
        found = self._series_by_path.values()
        volumes = [Series(self.storage, split or self.split_of(case), plane, case) for split, plane, case in found]
        # The paths are in this order already, except where no folder names the split.
        return (
            volumes if layout.splits else sorted(volumes, key=lambda series: (series.split, series.plane, series.case))
        )

    @cached_property
    def _series_by_path(self) -> dict[str, tuple[Split | None, Plane, str]]:
        """Split (None where no folder tells), plane and case of each volume, by its path."""
        return {path: found for path in self.storage.entries if (found := self.storage.layout.volume_at(path))}

    @cached_property
    def misnamed(self) -> dict[str, str]:
        """Files and folders of the archive whose names are nearly right, by path, each with the right path; they are not read."""
        storage, layout = self.storage, self.storage.layout
        others = (
            path for path in storage.entries if path not in self._series_by_path and path not in layout.label_files
        )
        return {
            path: right
            for other in others
            if not layout.is_folder(other)
            for path, right in right_names(layout, other, storage.listing)
        }

    def split_of(self, case: str) -> Split:
        """Return the split of a case where no folder names it: from the label files that list the case, else as published."""
        listed = [split for split, ids in self._listed.items() if case in ids]
        published = Split.VALID if int(case) >= FIRST_VALID_ID else Split.TRAIN
        return listed[0] if len(listed) == 1 else published

    @cached_property
    def _listed(self) -> dict[Split, set[str]]:
        """The ids in each split's label files, including rows that cannot be used."""
        listed: dict[Split, set[str]] = {split: set() for split in Split}
        for (split, _), file in self.label_files.items():
            listed[split].update(row.case for row in file.rows)
            listed[split].update(fault.case for fault in file.faults if fault.case)
        return listed

    def size(self) -> int:
        """Return the bytes of all series together; a series that cannot be read counts as 0."""
        total = 0
        for series in self.volumes:
            with suppress(FileError):
                self.storage.entry(series.path)
                total += series.size()
        return total

    @cached_property
    def cases(self) -> list[Case]:
        """Every case that has a volume or a label, sorted by id; an id in both splits is two cases."""
        answers = {key: file.answers() for key, file in self.label_files.items()}
        known = {(series.case, series.split) for series in self.volumes}
        known |= {(case, split) for (split, _), labelled in answers.items() for case in labelled}
        return [
            Case(self.storage, id, split, Labels({finding: answers[split, finding].get(id) for finding in Finding}))
            for id, split in sorted(known)
        ]

    @cached_property
    def _by_id(self) -> dict[str, list[Case]]:
        by_id: dict[str, list[Case]] = {}
        for case in self.cases:
            by_id.setdefault(case.id, []).append(case)
        return by_id

    def case(self, id: str | int, split: Split | str | None = None) -> Case:
        """Return a case by its id (`0001` or `1`); if it is in both splits, the one in train unless `split` says otherwise.

        Raises:
            UnknownCaseError (a KeyError): there is none; the message names the nearest.
            UsageError (a ValueError): there is no such split.
        """
        text = text_of(id)
        found = self._by_id.get(case_id(text))
        if not found:
            raise UnknownCaseError(unknown_case(text, set(self._by_id)))
        splits = list(Split) if split is None else [known_word(Split, split, "split")]
        for case in found:
            if case.split in splits:
                return case
        raise UnknownCaseError(f"case {found[0].id} is in {found[0].split}, not in {split}")

    def table(self) -> "pd.DataFrame":
        """Return the rows of `mrnet list`; labels and slice counts are integers, nullable ones where some are missing."""
        import pandas as pd

        rows = pd.DataFrame(list_rows(self.cases), columns=list(LIST_COLUMNS))
        counted = [column.value for column in (*Finding, *Plane)]
        return rows.astype({column: "Int64" if rows[column].isna().any() else "int64" for column in counted})


def list_rows(cases: Sequence[Case], planes: Iterable[Plane] = Plane) -> Iterator[dict[str, str | int | None]]:
    """Yield each case's row of `mrnet list`; see `list_row`."""
    from mrnet.parallel import Workers, ordered_map

    workers = Workers(readers=cases[0].storage.readers if cases else 1)
    for _, row in ordered_map(partial(list_row, planes=tuple(planes)), cases, workers, light=True):
        assert not isinstance(row, MRNetError)  # A series that cannot be read gives null in its row.
        yield row


def list_row(case: Case, planes: Iterable[Plane] = Plane) -> dict[str, str | int | None]:
    """Return a case's row of `mrnet list`: its labels, and the slice counts of these planes (others are None)."""
    row: dict[str, str | int | None] = {"case": case.id, "split": case.split.value}
    row |= {finding.value: answer for finding, answer in case.labels.items()}
    for plane in Plane:
        count = slice_count(case.series(plane)) if plane in planes else None
        row[plane.value] = count if isinstance(count, int) else None
    return row


def slice_count(series: Series) -> int | FileError:
    """Return a series' slice count from its header, or the error if it is missing or cannot be read."""
    try:
        return series.header().slices
    except FileError as error:
        return error


def unknown_case(id: str, known: set[str]) -> str:
    """Return the message for an id that no case has, naming the nearest that exist."""
    if not known:
        return f"unknown case {shortened(id)!r}: this archive holds no cases"
    number, hint = (int(id), "") if is_case_number(id) else (0, ", ids are whole numbers")
    nearest = sorted(sorted(known, key=lambda each: (abs(int(each) - number), each))[:3])
    return (
        f"unknown case {shortened(id)!r}{hint}; the nearest that exist: {', '.join(nearest)} (`mrnet list` shows all)"
    )
