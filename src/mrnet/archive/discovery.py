"""Finds the archive where no option names it: looks at the usual places in the current folder, in order."""

import os
from collections.abc import Iterator
from pathlib import Path

from mrnet.archive.editions import is_archive_here, open_archive_storage
from mrnet.errors import ArchiveNotFoundError, BrokenZipError
from mrnet.storage.folder import names_in
from mrnet.storage.layout import DEMO, HOW_TO_GET_ONE, ROOT_VARIABLE
from mrnet.storage.zip_kinds import UNFINISHED

USUAL_PLACES = ("MRNet-v1.0", "MRNet-v1.0.zip")
MAX_SUGGESTED = 3


def discover() -> Path:
    """Return the first of the usual places that is an archive. Where `CI` is set, the demo is not one of them.

    Raises:
        ArchiveNotFoundError: there is none; the message lists the places. AmbiguousArchiveError: one place holds two.
    """
    if is_archive_here(Path()):
        return Path()
    names = names_in(Path())
    in_ci = bool(os.environ.get("CI"))
    places = USUAL_PLACES if in_ci else (*USUAL_PLACES, DEMO)
    for place in places:
        if place in names and _holds_archive(Path(place)):
            return Path(place)
    parts = [
        f"no archive found: looked at the current folder, {', '.join(places)}",
        *_what_may_be_meant(names, in_ci=in_ci),
        f"name one with --root PATH or {ROOT_VARIABLE}",
        HOW_TO_GET_ONE,
    ]
    raise ArchiveNotFoundError("; ".join(parts))


def _holds_archive(place: Path) -> bool:
    try:
        open_archive_storage(place)
    except ArchiveNotFoundError:
        return False
    except BrokenZipError:
        return True  # This place is the archive, and opening it reports the fault.
    return True


def _what_may_be_meant(names: set[str], *, in_ci: bool) -> Iterator[str]:
    if in_ci and DEMO in names:
        yield f"{DEMO} is not used, because CI is set; --root {DEMO} uses it"
    alike = sorted(name for name in names if "mrnet" in name.casefold() and name not in (*USUAL_PLACES, DEMO))
    unfinished = [name for name in alike if name.lower().endswith(UNFINISHED)]
    alike = [name for name in alike if name not in unfinished]
    if unfinished:
        yield f"here is {unfinished[0]}, a download that has not ended: let it end"
    if alike:
        yield f"here is {' and '.join(alike[:MAX_SUGGESTED])}; to use it: --root {alike[0]}"
