"""Identifies a file that should be a zip of MRNet but is something else: its kind, and the step that helps."""

import re

from mrnet.storage.blobs import TAIL_BYTES, ReadAt
from mrnet.storage.places import Place

START_BYTES = 1024
PUBLISHED_BYTES = 6_100_000_000
"""About the length of the published zip: 5.7 GiB."""
AGAIN = "download it again"
UNPACK = "unpack it, and name the folder or zip that comes out"
JOIN = "put all its parts into one folder, and unpack the last, NAME.zip, with 7-Zip: `7z x NAME.zip`"
UNPACK_PARTS = "put all its parts into one folder, and unpack the first with 7-Zip: `7z x NAME.zip.001`"
"""For a zip that was cut into parts after it was complete."""

BEGINNINGS: dict[bytes, str] = {
    b"version https://git-lfs": "a git-lfs pointer, which only names the file: `git lfs pull` fetches the file itself",
    b"7z\xbc\xaf\x27\x1c": f"a 7z archive: {UNPACK} (7z x)",
    b"Rar!\x1a\x07": f"a RAR archive: {UNPACK} (unrar x, or 7z x)",
    b"\x1f\x8b": f"a gzip file, such as a .tar.gz: {UNPACK} (tar -xzf)",
    b"BZh": f"a bzip2 file, such as a .tar.bz2: {UNPACK} (tar -xjf)",
    b"\xfd7zXZ\x00": f"an xz file, such as a .tar.xz: {UNPACK} (tar -xJf)",
    b"\x28\xb5\x2f\xfd": f"a Zstandard file, such as a .tar.zst: {UNPACK} (tar --zstd -xf)",
    b"%PDF": f"a PDF document: {AGAIN}",
    b"\x93NUMPY": "a single volume (.npy): name the folder that holds train/ and valid/",
    b"PK\7\x08": f"the first part of a split zip: {JOIN}",
}
"""The first bytes of files of other kinds, and what each is."""
SPLIT_NAME = re.compile(r"\.(?:z[0-9]{2}|(zip\.[0-9]{3}))$", re.IGNORECASE)
"""Names of the parts of split zips, `NAME.z01` or `NAME.zip.001`."""
UNFINISHED = (".crdownload", ".part", ".partial", ".download", ".opdownload", ".filepart", ".aria2")
"""Suffixes of unfinished downloads of browsers and other programs."""

METHODS = {
    1: "Shrink", 6: "Implode", 9: "Deflate64", 12: "BZip2", 14: "LZMA", 20: "Zstandard", 93: "Zstandard", 94: "MP3",
    95: "XZ", 96: "JPEG", 97: "WavPack", 98: "PPMd", 99: "AES",
}  # fmt: skip
"""Unsupported compression methods by number (APPNOTE 4.4.5); 0 (stored) and 8 (Deflate) are supported."""


def method_name(method: int) -> str:
    """Return the name of a compression method."""
    return METHODS.get(method, f"method {method}")


def split_part(location: Place) -> str | None:
    """Describe a file whose name is that of one part of a split zip, in words that follow "this is"; else return None."""
    part = SPLIT_NAME.search(str(location))
    return part and f"a part of a split zip: {UNPACK_PARTS if part[1] else JOIN}"


def what_it_is(size: int, read_at: ReadAt, location: Place) -> str | None:
    """Describe a file that has no zip directory, in words that follow "this is"; return None if its kind is unknown.

    Raises:
        UnreadableFileError: the file cannot be read.
    """
    if size == 0:
        return f"an empty file: {AGAIN}"
    if part := split_part(location):
        return part
    start, end = read_at(0, START_BYTES), read_at(max(0, size - TAIL_BYTES), TAIL_BYTES)
    for beginning, kind in BEGINNINGS.items():
        if start.startswith(beginning):
            return kind
    if start[257:262] == b"ustar":
        return f"a tar archive: {UNPACK} (tar -xf)"
    if _is_web_page(start):
        return f"a web page, perhaps the one to sign in, saved under the name of a zip: sign in, and {AGAIN}"
    if not start.strip(b"\0"):
        return f"{'nothing but zeros' if not end.strip(bytes(1)) else 'a file that begins with zeros'}: {AGAIN}"
    if start.startswith(b"PK\3\4"):
        return _cut_short(size, end, location)
    return None


def _cut_short(size: int, end: bytes, location: Place) -> str:
    if str(location).lower().endswith(UNFINISHED):
        return f"a download that has not ended, {size:,} bytes so far: let it end, or {AGAIN}"
    if not end[-4096:].strip(b"\0"):
        return f"a zip whose end is zeros, which an unfinished download leaves: {AGAIN}"
    published = "the published one has some 6.1 × 10⁹ bytes" if size < PUBLISHED_BYTES else "its directory is missing"
    return f"a zip cut short at {size:,} bytes ({published}): {AGAIN}, or let the browser resume it"


def _is_web_page(start: bytes) -> bool:
    text = start.removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    return text.startswith((b"<!doctype html", b"<html", b"<head", b"<?xml", b"<!--"))
