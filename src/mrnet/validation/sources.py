"""What an archive can be compared with: expectations, a manifest, a file index, or the zip it was unpacked from."""

from collections.abc import Iterable
from dataclasses import dataclass

from mrnet.archive.model import Archive
from mrnet.archive.published import NAME, Expectations, mrnet_v1, parse_expectations
from mrnet.errors import UsageError
from mrnet.storage.places import Place, Url, parse_place
from mrnet.text import MAX_TOML_BYTES, read_text, shortened
from mrnet.validation.checksums import Checksums
from mrnet.validation.file_index import is_file_index, parse_file_index, paths_by_name, split_of_index
from mrnet.validation.manifest import ALGORITHMS, MAX_FILES, MAX_MANIFEST_BYTES, parse_manifest


@dataclass(frozen=True, slots=True)
class Listing:
    """The files that an archive should have, by their paths relative to its root."""

    name: str
    files: dict[str, Checksums]
    place: Place

    def placed(self, archive: Archive) -> "Listing":  # noqa: ARG002 - most lists give the archive's own paths
        """Return the list with the paths that its files have in an archive."""
        return self


class Manifest(Listing):
    """A listing with SHA-256 or MD5 digests."""

    @property
    def algorithms(self) -> set[str]:
        """The algorithms of its digests, as `hashlib` names them."""
        return {name for sums in self.files.values() for name in ("sha256", "md5") if getattr(sums, name)}


@dataclass(frozen=True, slots=True)
class FileIndex(Manifest):
    """A file index of the Redivis edition: names of volumes without the folders above their plane, with MD5 digests."""

    covered: frozenset[str] = frozenset()
    """The paths of all volumes of its splits, after `placed`."""

    def placed(self, archive: Archive) -> "FileIndex":
        """See `Listing.placed`."""
        paths = paths_by_name(archive, self.files, split_of_index(self.name))
        files = {paths[name]: sums for name, sums in self.files.items()}
        splits = {series.split for series in archive.volumes if series.path in files}
        covered = frozenset(series.path for series in archive.volumes if series.split in splits)
        return FileIndex(self.name, files, self.place, covered)


@dataclass(frozen=True, slots=True)
class ZipDirectory(Listing):
    """A listing with lengths and CRC-32s, from a zip's directory."""

    zipped: Archive
    """The archive in the zip, of any edition."""

    def placed(self, archive: Archive) -> "ZipDirectory":
        """See `Listing.placed`: volumes by split, plane and case, label files by split and finding."""
        paths: dict[str, str] = {}
        for series in self.zipped.volumes:
            paths[series.path] = archive.storage.layout.volume_path(series.split, series.plane, series.case)
        files = {paths.get(path, path): sums for path, sums in self.files.items()}
        for (split, finding), zipped in self.zipped.label_files.items():
            path = archive.label_storage.layout.label_path(split, finding)
            if path != zipped.path and (sums := files.pop(zipped.path, None)):
                # Editions write the same labels with different bytes: then the labels can be compared, but not the bytes.
                same = zipped.answers() == archive.label_files[split, finding].answers()
                files[path] = Checksums() if same else sums
        return ZipDirectory(self.name, files, self.place, self.zipped)


Source = Expectations | Listing


def algorithms_of(sources: Iterable[Source]) -> list[str]:
    """Return the algorithms of all digests to compare, as `hashlib` names them."""
    return sorted(set[str]().union(*(source.algorithms for source in sources if isinstance(source, Manifest))))


def open_source(text: str) -> Source:
    """Open what `--against` names.

    Raises:
        UsageError: no such file, or it is not what its suffix says. BrokenZipError, ArchiveNotFoundError: for a `.zip`.
    """
    if text == NAME:
        return mrnet_v1()
    place = parse_place(text)
    if isinstance(place, Url):
        if not place.is_zip:
            raise UsageError(f"{place}: expected the address of a .zip, to compare with its directory")
        return _open_zip_directory(str(place), place)
    if place.is_dir() or not place.exists():
        found = "this is a folder" if place.is_dir() else "no such file"
        raise UsageError(
            f"{text}: {found}; expected a .zip, a .toml of expectations, a SHA-256 or MD5 manifest, a file index "
            f"(train.csv), or '{NAME}'"
        )
    if place.suffix.lower() == ".zip":
        return _open_zip_directory(text, place)
    if place.suffix.lower() == ".toml":
        return parse_expectations(read_text(place, max_bytes=MAX_TOML_BYTES), source=text)
    # Names in a manifest need not be UTF-8: decode them as Python decodes file names.
    content = read_text(place, "surrogateescape", MAX_MANIFEST_BYTES)
    if is_file_index(content):
        return FileIndex(text, _files(parse_file_index(content, text), text), place)
    return Manifest(text, _files(parse_manifest(content, text), text), place)


def _open_zip_directory(text: str, place: Place) -> ZipDirectory:
    from mrnet.archive.editions import open_archive_storage
    from mrnet.storage.zips import ZipStorage

    storage = open_archive_storage(place)
    if not isinstance(storage, ZipStorage):
        raise UsageError(f"{text}: this is not a zip")
    paths = [entry.path for entry in storage.files() if not entry.fault]
    sums = {path: Checksums(size=storage.size(path), crc=storage.known_crc(path)) for path in paths}
    return ZipDirectory(text, sums, place, Archive(storage))


def _files(lines: list[tuple[str, str, str]], source: str) -> dict[str, Checksums]:
    """Return the digest of each path; UsageError where two lines give different digests for one file, or they are too many."""
    first: dict[str, tuple[str, str]] = {}
    for where, path, digest in lines:
        earlier, other = first.setdefault(path, (where, digest))
        if other != digest:
            raise UsageError(f"{where}: another digest of {shortened(path)} than in {earlier}; one of them is wrong")
    if len(first) > MAX_FILES:
        raise UsageError(f"{source}: this manifest names {len(first):,} files, far more than an archive has")
    return {path: _checksums(digest) for path, (_, digest) in first.items()}


def _checksums(digest: str) -> Checksums:
    return Checksums(sha256=digest) if ALGORITHMS[len(digest)] == "sha256" else Checksums(md5=digest)
