"""Writes the viewer's page as offline files: one per case, or one for all."""

from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from mrnet.errors import FileError, TargetError, UsageError
from mrnet.inputs import open_plain_file
from mrnet.parallel import ALL_PROCESSORS, Workers
from mrnet.viewer.page import GENERATOR, offline_page
from mrnet.viewer.roster import Roster
from mrnet.vocabulary import Plane
from mrnet.writing import writing

FOLDER = Path("pages")
TOGETHER = "cases.html"
SUFFIXES = {".html", ".htm"}
BYTES_TO_KNOW_A_PAGE = 1000
SHARE_OF_VOXELS = 0.8
"""The size of a knee MRI's voxels after gzip and base64, as a share of their size before."""


@dataclass(slots=True)
class WrittenPage:
    """One file of pages, and the errors in it."""

    path: Path
    cases: list[str]
    size: int = 0
    errors: list[str] = field(default_factory=list)

    def row(self) -> dict[str, Any]:
        """Return it as a row of output."""
        cases = self.cases[0] if len(self.cases) == 1 else f"{len(self.cases)} cases"
        return {
            "case": cases,
            "path": self.path.as_posix(),
            "bytes": self.size,
            "error": "; ".join(self.errors) or None,
        }


def plan_pages(roster: Roster, output: Path | None, *, together: bool) -> dict[Path, Roster]:
    """Return the files to write, with the cases of each.

    Args:
        roster: the cases.
        output: a folder, or the path of the file if there is only one.
        together: one file for all of them.

    Raises:
        UsageError: one file is named, but several are needed.
    """
    names_a_file = output is not None and output.suffix.lower() in SUFFIXES
    folder = output or FOLDER
    if together:
        return {folder if names_a_file else folder / TOGETHER: roster}
    if names_a_file and len(roster.shown) > 1:
        raise UsageError(f"-o {output} names one file for {len(roster.shown)} cases; name a folder, or add --together")
    if names_a_file:
        return {folder: roster}
    times = Counter(each.name for each in roster.shown)
    names = [each.name if times[each.name] == 1 else f"{each.name}-{each.case.split}" for each in roster.shown]
    return {folder / f"{name}.html": roster.only(each) for name, each in zip(names, roster.shown, strict=True)}


def expected_bytes(roster: Roster) -> int:
    """Return about how many bytes the pages of these cases take; a series that cannot be read counts as 0."""
    return int(sum(map(roster.volume_bytes, roster.series_by_name)) * SHARE_OF_VOXELS)


def refuse_foreign_files(files: Iterable[Path]) -> None:
    """Raise a TargetError if one of these files exists and mrnet did not make it."""
    for file in files:
        # A power cut may leave an empty file; nothing is lost if it is replaced.
        if file.exists() and not is_page(file) and not (file.is_file() and file.stat().st_size == 0):
            raise TargetError(f"{file}: exists, and mrnet did not make it; name another path, or add --overwrite")


def is_page(file: Path) -> bool:
    """Return whether a file is a page that mrnet made."""
    try:
        with open(file, "rb", opener=open_plain_file) as handle:
            return GENERATOR.encode() in handle.read(BYTES_TO_KNOW_A_PAGE)
    except OSError:
        return False


def write_page(
    file: Path,
    roster: Roster,
    start: dict[str, Any],
    workers: Workers = ALL_PROCESSORS,
    planes: Collection[Plane] = tuple(Plane),
) -> WrittenPage:
    """Write one offline page atomically.

    Args:
        file: its path.
        roster: the cases that it holds.
        start: where it opens; see `offline_page`.
        workers: who compresses the series.
        planes: those in which a missing series is an error; in the others the page says that there is none.

    Raises:
        TargetError: it cannot be written.
    """
    page = WrittenPage(file, [each.name for each in roster.shown])

    def failed(name: str, error: FileError) -> None:
        if roster.series_by_name[name].plane in planes:
            page.errors.append(f"{name}: {error}")

    with writing(file, checked=True) as handle:
        for piece in offline_page(roster, start, failed, workers):
            page.size += handle.write(piece.encode("utf-8", "backslashreplace"))
    return page
