"""What `mrnet validate` keeps while it reads an archive: each series is read once, for all rules."""

from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import accumulate, chain, islice
from pathlib import Path

from mrnet.archive.labels import LabelFile
from mrnet.archive.model import Archive, Series
from mrnet.archive.published import mrnet_v1
from mrnet.archive.volume import MAX_VOLUME_BYTES, Header, Voxels, read_header, read_series_header, view_volume
from mrnet.errors import FileError, UnreadableFileError
from mrnet.memory import VOLUMES
from mrnet.parallel import ALL_PROCESSORS, Workers, ordered_map
from mrnet.storage.base import MAX_COUNTED_FILES, Entry, Storage
from mrnet.storage.layout import FILE_INDEXES, Layout
from mrnet.validation.checksums import Checksums, crc_of, digest_voxels, digests_of, sum_up
from mrnet.validation.file_index import is_file_index
from mrnet.validation.rules import Found, Problem, Read, Rule, Severity, Subject
from mrnet.validation.slice_patterns import Pattern, slice_patterns
from mrnet.validation.sources import FileIndex, Listing, Source, ZipDirectory, algorithms_of
from mrnet.vocabulary import Finding, Plane, Split

HEADER_ROW_BYTES = 4096
"""Enough for the header row of a table."""


@dataclass(slots=True)
class Seen:
    """The results of reading a series. Their size does not grow with the series' length."""

    series: Series
    size: int = 0
    read: int = 0
    """Number of bytes that were read."""
    slices: int | None = None
    """The slice count in its header, if that has no errors."""
    voxels_crc: int | None = None
    """CRC-32 of its voxels; None if they were not read, are faulty, or have one grey level only."""
    checksums: Checksums = field(default_factory=Checksums)
    failure: FileError | None = None
    problems: list[Problem] = field(default_factory=list)


Meant = tuple[Split | None, Plane | None, str | None]


@dataclass
class Examination:
    """Everything that was found in an archive: the input of the rules on the archive as a whole."""

    archive: Archive
    read: Read
    sources: list[Source]
    workers: Workers = ALL_PROCESSORS
    """The workers for files that must be read again."""
    series: dict[str, Seen] = field(default_factory=dict)
    """Every series whose file exists, in the order of their paths."""
    files: dict[str, Checksums | FileError] = field(default_factory=dict)
    """Checksums of every other file that needed them, or why it could not be read."""

    @property
    def layout(self) -> Layout:
        """Where volumes and label files lie below the archive's root."""
        return self.archive.storage.layout

    @cached_property
    def ids(self) -> dict[Split, dict[Plane, set[str]]]:
        """The ids that have a file, by split and plane."""
        ids: dict[Split, dict[Plane, set[str]]] = {split: {plane: set() for plane in Plane} for split in Split}
        for series in self.archive.volumes:
            ids[series.split][series.plane].add(series.case)
        return ids

    def cases(self, split: Split) -> set[str]:
        """Return the ids that have a file in any plane of a split."""
        return set().union(*self.ids[split].values())

    @property
    def labels_only(self) -> bool:
        """Whether the archive has no volume and only labels are read: then this is a checkout of the label files."""
        return self.read is Read.LABELS and not self.archive.volumes

    @cached_property
    def misnamed(self) -> dict[str, str]:
        """See `Archive.misnamed`; the manifests in use may have any name."""
        return {path: right for path, right in self.archive.misnamed.items() if path not in self.manifests_in_use}

    @cached_property
    def meant(self) -> list[Meant]:
        """Split, plane and case of folders and volumes with wrong names; None where the right name does not give them."""
        return [self._meant(right) for right in self.misnamed.values() if right not in self.label_paths]

    def _meant(self, right: str) -> Meant:
        if found_at := self.layout.volume_at(right):
            return (found_at[0] or self.archive.split_of(found_at[2]), *found_at[1:])
        names = right.removeprefix(self.layout.volumes_prefix).split("/")
        split = next((split for split in Split if (self.layout.splits or {}).get(split, split) in names), None)
        return split, next((plane for plane in Plane if plane in names), None), None

    def is_misnamed(self, split: Split, plane: Plane | None = None, case: str | None = None) -> bool:
        """Return whether volumes of a split, of one of its planes, or of one of its cases have a wrong name."""
        return any(
            each[0] in (None, split)
            and (plane is None or each[1] in (None, plane))
            and (case is None or each[2] == case)
            for each in self.meant
        )

    def is_folder_misnamed(self, split: Split) -> bool:
        """Return whether a folder with volumes of a split has a wrong name, so that its cases are unknown."""
        return any(each[0] in (None, split) and each[2] is None for each in self.meant)

    def is_known(self, path: str) -> bool:
        """Return whether a file or folder is part of the layout, or may be there without being part of it."""
        layout = self.layout
        known = layout.is_file_path(path) or layout.is_folder(path) or layout.is_accepted(path)
        return known or path in self.manifests_in_use

    def is_linked(self, path: str) -> bool:
        """Return whether this is a link to something inside the archive, or the target of such a link."""
        if self.archive.storage.link_target(path) is not None:
            return True
        return any(path in (target, f"{target}/") or target.startswith(path) for target in self._link_targets)

    @cached_property
    def _link_targets(self) -> set[str]:
        storage = self.archive.storage
        paths = [*self.layout.folders, *(series.path for series in self.archive.volumes), *storage.entries]
        return {target for path in paths if (target := storage.link_target(path)) is not None}

    @cached_property
    def manifests_in_use(self) -> set[str]:
        """Names of the files in the archive's root that it is compared with."""
        location = self.archive.storage.location
        root = location.resolve() if isinstance(location, Path) else None
        paths = [source.place.resolve() for source in self.listings if isinstance(source.place, Path)]
        return {path.name for path in paths if path.parent == root}

    def labels(self) -> Iterator[LabelFile]:
        """Yield the six label files."""
        yield from self.archive.label_files.values()

    @cached_property
    def digests(self) -> dict[str, str]:
        """SHA-256 of the voxels of each series that may have a duplicate, in the order of their paths.

        Nearly all volumes have different CRCs. Those with equal CRCs are read again, because equal CRCs prove nothing.
        """
        kept = [seen for seen in self.series.values() if seen.voxels_crc is not None]
        times = Counter(seen.voxels_crc for seen in kept)
        candidates = [seen.series for seen in kept if times[seen.voxels_crc] > 1]
        digested = ordered_map(_digest, candidates, self.workers)
        return {series.path: digest for series, digest in digested if isinstance(digest, str)}

    @cached_property
    def slice_patterns(self) -> list[Pattern]:
        """Explanations of the slice counts that differ from the published ones; see `slice_patterns`."""
        if mrnet_v1() not in self.sources:
            return []
        counts: dict[tuple[Split, Plane], dict[str, int]] = {}
        for seen in self.series.values():
            if seen.slices is not None:
                counts.setdefault((seen.series.split, seen.series.plane), {})[seen.series.case] = seen.slices
        return slice_patterns(counts)

    @cached_property
    def listings(self) -> list[Listing]:
        """The manifests, file indexes and zips that the archive is compared with, with the archive's own paths."""
        return [source.placed(self.archive) for source in self.sources if isinstance(source, Listing)]

    @property
    def not_compared(self) -> list[str]:
        """The parts of the archive that no list covers, if there are only file indexes: `labels`, and splits."""
        indexes = [listing for listing in self.listings if isinstance(listing, FileIndex)]
        if not indexes or len(indexes) < len(self.listings):
            return []
        covered = frozenset[str]().union(*(index.covered for index in indexes))
        others = {series.split for series in self.archive.volumes if series.path not in covered}
        return ["labels", *(split.value for split in Split if split in others)]

    @cached_property
    def unused_indexes(self) -> list[str]:
        """The paths of file indexes with digests in the archive that it is not compared with."""
        storage = self.archive.storage
        found = []
        folders = (
            islice(storage.walk(entry.path), MAX_COUNTED_FILES) if entry.is_folder else (entry,)
            for entry in storage.entries.values()
        )
        for entry in chain.from_iterable(folders):
            name = entry.path.rpartition("/")[2]
            if name in FILE_INDEXES and not entry.fault and name not in self.manifests_in_use:
                with suppress(FileError):
                    start = storage.read_start(entry.path, HEADER_ROW_BYTES).decode("utf-8", "replace")
                    found += [entry.path] if is_file_index(start) else []
        return found

    def failures(self) -> dict[str, FileError]:
        """Return every file that could not be read, with the reason."""
        others = {path: seen for path, seen in self.files.items() if isinstance(seen, FileError)}
        labels = {file.path: file.unreadable for file in self.labels() if file.unreadable}
        series = {path: seen.failure for path, seen in self.series.items() if seen.failure}
        return others | labels | series

    @cached_property
    def entries(self) -> dict[str, Entry]:
        """Every file of the archive, sorted; label files from the folder that `--labels` names."""
        archive = self.archive
        entries = {entry.path: entry for entry in archive.storage.files() if not self.layout.is_folder(entry.path)}
        if archive.label_storage is not archive.storage:
            stored = archive.label_storage.entries
            others = {path: entry for path, entry in entries.items() if path not in self.layout.label_files}
            entries = others | {path: stored[path] for path in self.label_paths if path in stored}
        return dict(sorted(entries.items()))

    @property
    def label_paths(self) -> dict[str, tuple[Split, Finding]]:
        """The split and finding of each label file, by its path in the labels folder."""
        return self.archive.label_storage.layout.label_files

    def storage_of(self, path: str) -> Storage:
        """Return the storage that holds a file."""
        return self.archive.label_storage if path in self.label_paths else self.archive.storage

    def is_file_path(self, path: str) -> bool:
        """Return whether a volume or a label file belongs at this path."""
        return path in self.label_paths or self.layout.volume_at(path) is not None

    def located(self, found: Found) -> Found:
        """Return what was found; if the rule gave only a path, add the split, plane and case that the path names."""
        if found.path is None or found.split is not None:
            return found
        if found_at := self.layout.volume_at(found.path):
            split, plane, case = found_at
            return replace(found, split=split or self.archive.split_of(case), plane=plane, case=case)
        split, finding = self.label_paths.get(found.path, (None, None))
        return replace(found, split=split, finding=finding)

    def checksums(self, path: str) -> Checksums | FileError:
        """Return a file's checksums as far as it was read, or why it cannot be read."""
        if seen := self.series.get(path):
            return seen.failure or seen.checksums
        if path not in self.files:
            self.files[path] = self._checksums(path)
        return self.files[path]

    def read_others(self) -> None:
        """Read the files that are not series, if there are checksums to compare; members of a zip always have a CRC."""
        if self.read is not Read.VOXELS or not (self.listings or self.archive.kind == "zip"):
            return
        for path in self.entries:
            self.checksums(path)

    def _checksums(self, path: str) -> Checksums | FileError:
        storage, entry = self.storage_of(path), self.entries[path]
        try:
            if entry.fault:
                raise UnreadableFileError(f"this is {entry.fault}, expected a file", path)
            size = storage.size(path)
            # Read a file that is far too long only if its checksums are needed, and never in place of a label file.
            wanted = size <= MAX_VOLUME_BYTES or (self.listings and not self.is_file_path(path))
            return (
                sum_up(storage, path, algorithms_of(self.sources))
                if wanted and self.read is Read.VOXELS
                else Checksums(size)
            )
        except FileError as error:
            return error


class SeriesReader:
    """Reads the series, in several threads at once, and applies the rules on headers and voxels."""

    def __init__(self, read: Read, listings: list[Listing], rules: Iterable[Rule]) -> None:
        self.read = read
        self.algorithms = algorithms_of(listings)
        self.summed = any(isinstance(listing, ZipDirectory) for listing in listings)
        rules = list(rules)
        self.header_rules = [rule for rule in rules if rule.subject is Subject.HEADER]
        self.flawless: set[tuple[Header, int]] = set()
        """Headers with file lengths that broke no rule. They are kept because thousands of series share about forty."""
        self.volume_rules = [rule for rule in rules if rule.subject is Subject.VOLUME]

    def __call__(self, series: Series) -> Seen:
        """Return what is kept of a series; if it cannot be read, the error is kept."""
        seen = Seen(series)
        try:
            series.storage.entry(series.path)
            seen.size = series.size()
            seen.checksums = Checksums(seen.size)
            if self.read is Read.HEADERS:
                self._see_header(seen, read_series_header(series.storage, series.path))
            elif self.read is Read.VOXELS and seen.size <= MAX_VOLUME_BYTES:
                with VOLUMES.taking(seen.size):
                    self._see_bytes(seen, series.storage.read(series.path))
            elif self.read is Read.VOXELS:
                self._see_giant(seen)
        except FileError as error:
            # With its traceback, an error would keep the frames that it came through: 2 kB for each broken file.
            seen.failure = error.with_traceback(None)
        return seen

    def _see_bytes(self, seen: Seen, data: bytes) -> None:
        seen.size = seen.read = len(data)
        digests = digests_of(data, self.algorithms)
        seen.checksums = Checksums(len(data), crc=crc_of(data) if self.summed else None, **digests)
        header = read_header(data)
        if not self._see_header(seen, header):
            return
        voxels = Voxels(view_volume(data, header))
        # isal leaves processor registers in a state that slows the next SHA-256 by a third; numpy, which follows, clears them.
        crc = crc_of(voxels.volume.data)
        for rule in self.volume_rules:
            seen.problems += rule.problems(seen.series, voxels)
        seen.voxels_crc = None if voxels.constant else crc

    def _see_giant(self, seen: Seen) -> None:
        """Read only the header of a file that is too long for a volume; its checksums stay unknown."""
        storage, path = seen.series.storage, seen.series.path
        if storage.kind == "zip":
            # The zip's directory may state a false length: a member that is shorter is corrupt, and that is its only problem.
            sizes = accumulate(len(piece) for piece in storage.chunks(path))
            seen.read = next((size for size in sizes if size > MAX_VOLUME_BYTES), seen.size)
        self._see_header(seen, read_series_header(storage, path))

    def _see_header(self, seen: Seen, header: Header) -> bool:
        """Apply the rules on headers; return whether the header has no errors."""
        seen.read = seen.read or header.offset
        sound = True
        if (header, seen.size) in self.flawless:
            seen.slices = header.slices
            return sound
        for rule in self.header_rules:
            found = list(rule.problems(seen.series, header, seen.size))
            seen.problems += found
            sound = sound and not (found and rule.default is Severity.ERROR)
        if not seen.problems:
            self.flawless.add((header, seen.size))
        seen.slices = header.slices if sound else None
        return sound


def _digest(series: Series) -> str:
    with VOLUMES.taking(series.size()):
        return digest_voxels(series.load())
