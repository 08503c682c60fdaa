"""What an archive can be held against: expectations, a manifest, or the zip that it came out of."""

from dataclasses import dataclass
from pathlib import Path

from mrnet.archive.published import NAME, Expectations, mrnet_v1, parse_expectations
from mrnet.errors import UsageError
from mrnet.text import read_text
from mrnet.validation.checksums import Checksums
from mrnet.validation.manifest import parse_manifest


@dataclass(frozen=True, slots=True)
class Listing:
    """The files that an archive should hold, by their paths relative to its root."""

    name: str
    files: dict[str, Checksums]
    place: Path


class Manifest(Listing):
    """A listing with SHA-256 digests."""


class ZipDirectory(Listing):
    """A listing with lengths and CRC-32s, as a zip's own directory gives them."""


Source = Expectations | Listing


def open_source(text: str) -> Source:
    """Open what `--against` names.

    Raises:
        UsageError: no such file, or not what its name says. BrokenZipError, ArchiveNotFoundError: of a `.zip`.
    """
    if text == NAME:
        return mrnet_v1()
    place = Path(text)
    if place.is_dir() or not place.exists():
        found = "this is a folder" if place.is_dir() else "no such file"
        raise UsageError(f"{text}: {found}; expected a .zip, a .toml of expectations, a SHA-256 manifest, or '{NAME}'")
    if place.suffix == ".zip":
        from mrnet.archive.editions import open_archive_storage
        from mrnet.storage.zips import ZipStorage

        storage = open_archive_storage(place)
        assert isinstance(storage, ZipStorage)
        paths = [entry.path for entry in storage.files() if not entry.fault]
        sums = {path: Checksums(size=storage.size(path), crc=storage.known_crc(path)) for path in paths}
        return ZipDirectory(text, sums, place)
    if place.suffix == ".toml":
        return parse_expectations(read_text(place), source=text)
    # Names in a manifest need not be UTF-8: they are kept as the system's own file names are.
    lines = parse_manifest(read_text(place, errors="surrogateescape"), text)
    return Manifest(text, {path: Checksums(sha256=digest) for path, digest in lines}, place)
