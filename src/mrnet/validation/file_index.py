"""The file index of the Redivis edition, `train.csv` or `valid.csv`: a table with a digest for each file name."""

import base64
import binascii
import csv
import io
import re
from collections.abc import Iterable

from mrnet.archive.model import Archive
from mrnet.errors import UsageError
from mrnet.storage.layout import SPLIT_FOLDERS, Layout
from mrnet.text import shortened
from mrnet.vocabulary import ID_DIGITS, Plane, Split, is_case_number, padded

NAME_COLUMN, DIGEST_COLUMN = "file_name", "md5_hash"
SPLITS = {name: split for split, names in SPLIT_FOLDERS.items() for name in names}
MD5_BYTES = 16


def is_file_index(start: str) -> bool:
    """Return whether a text begins with the header row of such a table."""
    head = {cell.strip().strip('"') for cell in start.partition("\n")[0].split(",")}
    return {NAME_COLUMN, DIGEST_COLUMN} <= head


def parse_file_index(text: str, source: str) -> list[tuple[str, str, str]]:
    """Return for each row its line, the file's name and its MD5 in hexadecimal digits.

    Raises:
        UsageError: a row has no name, or no MD5 in hexadecimal digits or base64; or there is no row.
    """
    reader = csv.DictReader(io.StringIO(text, newline=""))
    rows = []
    try:
        for row in reader:
            where = f"{source}:{reader.line_num}"
            name, digest = (row.get(NAME_COLUMN) or "").strip(), (row.get(DIGEST_COLUMN) or "").strip()
            if not name:
                raise UsageError(f"{where}: no {NAME_COLUMN} in this row, expected a name such as axial/0000.npy")
            rows.append((where, name, _hexadecimal(digest, where)))
    except csv.Error as error:
        raise UsageError(f"{source}:{reader.line_num}: not a table in CSV: {error}") from error
    if not rows:
        raise UsageError(f"{source}: the table has no row below its header")
    return rows


def _hexadecimal(digest: str, where: str) -> str:
    if re.fullmatch("[0-9a-fA-F]{32}", digest):
        return digest.lower()
    try:
        decoded = base64.b64decode(digest, validate=True)
    except (binascii.Error, ValueError):
        decoded = b""
    if len(decoded) != MD5_BYTES:
        raise UsageError(
            f"{where}: {DIGEST_COLUMN} is {shortened(digest)!r}, expected an MD5: 32 hexadecimal digits, or 24 letters of base64"
        )
    return decoded.hex()


def split_of_index(source: str) -> Split | None:
    """Return the split in the name of an index file; None if there is none."""
    stem = re.split(r"[/\\]", source)[-1].lower().partition(".")[0]
    return SPLITS.get(stem)


def paths_by_name(archive: Archive, names: Iterable[str], split: Split | None) -> dict[str, str]:
    """Return the path that each name of an index means in an archive. Only split, plane and case in the name count.

    A name that gives no volume or no split is returned unchanged.

    Args:
        archive: an archive of any edition.
        names: names such as `axial/0000.npy`, perhaps with the split before the plane.
        split: the split of the index; a split in the name itself counts more.
    """
    there = {(series.split, series.plane, series.case): series.path for series in archive.volumes}
    return {name: _path(name, split, there, archive.storage.layout) for name in names}


def _path(name: str, split: Split | None, there: dict[tuple[Split, Plane, str], str], layout: Layout) -> str:
    *folders, file = name.replace("\\", "/").split("/")
    id, _, suffix = file.partition(".")
    if suffix.lower() != "npy" or not (is_case_number(id) and len(id) <= ID_DIGITS):
        return name
    planes = [Plane(folder.lower()) for folder in folders if folder.lower() in set(Plane)]
    named = [SPLITS[folder] for folder in folders if folder in SPLITS]
    if len(planes) != 1:
        return name
    splits = named[:1] or ([split] if split else list(Split))
    keys = [(each, planes[0], padded(id)) for each in splits]
    absent = {layout.volume_path(*key) for key in keys}
    return next((there[key] for key in keys if key in there), absent.pop() if len(absent) == 1 else name)
