"""Where the archive is when nobody says: the usual places in the current folder, in their order."""

import os
from pathlib import Path

from mrnet.archive.model import Archive
from mrnet.errors import ArchiveNotFoundError, BrokenZipError
from mrnet.storage.folder import is_archive_folder, names_in
from mrnet.storage.layout import DEMO, HOW_TO_GET_ONE, ROOT_VARIABLE

USUAL_PLACES = ("MRNet-v1.0", "MRNet-v1.0.zip")


def discover() -> Path:
    """Return the first of the usual places that is an archive, the demo not among them where `CI` is set.

    Raises:
        ArchiveNotFoundError: none is; the message says what was looked at. AmbiguousArchiveError: two lie in one.
    """
    if is_archive_folder(Path()):
        return Path()
    places = USUAL_PLACES if os.environ.get("CI") else (*USUAL_PLACES, DEMO)
    names = names_in(Path())
    for place in places:
        if place in names and _holds_archive(Path(place)):
            return Path(place)
    looked_at = f"no archive found: looked at the current folder, {', '.join(places)}; name one with --root PATH or {ROOT_VARIABLE}"
    if DEMO not in places and DEMO in names:
        raise ArchiveNotFoundError(f"{looked_at}; {DEMO} is passed over, as CI is set, unless --root {DEMO} names it")
    raise ArchiveNotFoundError(f"{looked_at}; {HOW_TO_GET_ONE}")


def _holds_archive(place: Path) -> bool:
    try:
        Archive.open(place)
    except ArchiveNotFoundError:
        return False
    except BrokenZipError:
        return True  # It is the one that is meant, and whoever opens it says what is wrong with it.
    return True
