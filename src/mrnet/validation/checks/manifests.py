"""Rules that compare the archive's files with a list: a manifest, a file index, or the zip they were unpacked from."""

from collections.abc import Iterator

from mrnet.archive.volume import MAX_VOLUME_BYTES
from mrnet.errors import FileError, UnreadableFileError
from mrnet.validation.checksums import Checksums
from mrnet.validation.examination import Examination
from mrnet.validation.rules import Found, archive_rule
from mrnet.validation.sources import FileIndex, Listing, ZipDirectory

PROMOTED = "; its first row was made column names, which changes its bytes (see promoted-row)"


@archive_rule(against=(Listing,), remedy="Fetch {path} again, and keep this file until the two are compared.")
def checksum_mismatch(examination: Examination) -> Iterator[Found]:
    """A file's digest or CRC differs from the expected one.

    The manifest, the file index or the zip's directory lists the file, and the file's bytes are different. Manifests hold
    SHA-256 or MD5 digests; the file indexes of the Redivis edition, `train.csv` and `valid.csv`, hold the only official
    checksums of MRNet. With less than `--read voxels` only a zip's lengths are compared.

    **Why it matters.** Nothing else detects a single changed byte in a volume. Something wrote into the file since the
    list was made, a disk or a transfer damaged it, or the list belongs to another copy.
    """
    promoted = {file.path for file in examination.labels() if any(row.promoted for row in file.rows)}
    for listing in examination.listings:
        for path, expected in listing.files.items():
            entry = examination.entries.get(path)
            if entry is None:
                continue
            found = examination.checksums(path)
            if isinstance(found, Checksums):
                reason = _difference(found, expected) or _unread(examination, path, found, expected)
            else:
                reason = _unknown(examination, path, found)
            if reason:
                cause = PROMOTED if path in promoted else ""
                yield Found(path, f"{reason} (by {listing.name}){cause}")


@archive_rule(against=(Listing,), remedy="Fetch {path} again, or compare with the list that belongs to this copy.")
def missing_file(examination: Examination) -> Iterator[Found]:
    """The manifest or the zip lists a file that is not there (of a zip, only files that the layout knows).

    **Why it matters.** An unpacking or a copy stopped early. If a case is missing in all three planes, nothing else
    detects it.
    """
    for listing in examination.listings:
        for path in listing.files.keys() - examination.entries.keys():
            # A zip may contain other files; nobody misses those.
            if isinstance(listing, ZipDirectory) and not examination.layout.is_file_path(path):
                continue
            yield Found(path, f"{listing.name} lists this file, and it is not there")


@archive_rule(
    severity="warning",
    against=(Listing,),
    remedy="If the file belongs there, write a new manifest under another name (mrnet manifest -o FILE); else find out where it comes from.",
)
def unlisted_file(examination: Examination) -> Iterator[Found]:
    """A file of the archive that the manifest or the zip does not list.

    `README*`, `LICENSE*`, `SYNTHETIC.txt` and the manifest itself need not be listed. A file index lists only the volumes
    of its split.

    **Why it matters.** Nothing confirms this file: it was added later, or the manifest belongs to an older copy.
    """
    for listing in examination.listings:
        covered = listing.covered if isinstance(listing, FileIndex) else examination.entries.keys()
        for path in covered & examination.entries.keys():
            entry = examination.entries[path]
            accepted = examination.layout.is_accepted(path) or path in examination.manifests_in_use
            if path not in listing.files and not accepted and not entry.fault:
                yield Found(path, f"{listing.name} does not list this file")


def _difference(found: Checksums, expected: Checksums) -> str | None:
    if None not in (found.size, expected.size) and found.size != expected.size:
        return f"the file has {found.size:,} bytes, expected {expected.size:,}"
    if None not in (found.sha256, expected.sha256) and found.sha256 != expected.sha256:
        return f"its SHA-256 is {found.sha256}, expected {expected.sha256}"
    if None not in (found.md5, expected.md5) and found.md5 != expected.md5:
        return f"its MD5 is {found.md5}, expected {expected.md5}"
    if found.crc is not None and expected.crc is not None and found.crc != expected.crc:
        return f"its CRC-32 is {found.crc:08x}, expected {expected.crc:08x}"
    return None


def _unread(examination: Examination, path: str, found: Checksums, expected: Checksums) -> str | None:
    """Return the message that a file is far too long to be read and compared; None for other files."""
    given = (expected.sha256, expected.md5, expected.crc) != (None, None, None)
    long = found.size is not None and found.size > MAX_VOLUME_BYTES and examination.is_file_path(path)
    return f"the file has {found.size:,} bytes, too many to be read and compared" if given and long else None


def _unknown(examination: Examination, path: str, error: FileError) -> str | None:
    """Return why a file cannot be compared; None if another rule reports the fault."""
    unreported = isinstance(error, UnreadableFileError) and not examination.is_file_path(path)
    return f"it cannot be compared: {error.reason}" if unreported else None
