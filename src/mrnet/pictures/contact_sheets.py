"""Makes a contact sheet of a plane: reads one slice of each case, and writes all of them as one picture."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from mrnet.archive.model import Case
from mrnet.errors import MRNetError, NoSlicesError, PictureError, TargetError, UsageError
from mrnet.memory import VOLUMES
from mrnet.parallel import ALL_PROCESSORS, Workers, ordered_map
from mrnet.pictures.batch import Outcome, PictureWriter
from mrnet.pictures.contact import ContactSheet, PackedImage, Tile
from mrnet.pictures.plan import check_is_folder, digest_of, findings_in_words
from mrnet.text import first_of
from mrnet.vocabulary import FINDING_WORDS, Finding, Plane
from mrnet.writing import FAILED, WRITTEN

MAX_CASES_NAMED = 5
"""If more cases fail, only their number is given."""
WORDINGS = [
    FINDING_WORDS,
    {Finding.ABNORMAL: "abnormal", Finding.ACL: "ACL", Finding.MENISCUS: "meniscus"},
    {Finding.ABNORMAL: "abn", Finding.ACL: "ACL", Finding.MENISCUS: "men"},
]
"""Wordings of the findings below a tile, from the longest to the shortest."""


def plan_sheets(planes: Sequence[Plane], output: Path, suffix: str) -> dict[Plane, Path]:
    """Return the target of each plane's contact sheet: in a folder, or the file that was named for a single sheet.

    Raises:
        UsageError, TargetError: one file is named for several sheets, or see `check_is_folder`.
    """
    if output.suffix.lower() == suffix:
        if len(planes) > 1:
            raise UsageError(
                f"-o {output}: one file is named, but {len(planes)} sheets result; name a folder or one --plane"
            )
        return {planes[0]: output}
    check_is_folder(output, suffix)
    return {plane: output / f"contact-sheet-{plane}{suffix}" for plane in planes}


@dataclass(frozen=True)
class Cohort:
    """The cases whose slices in one plane share a sheet."""

    cases: Sequence[Case]
    plane: Plane
    style: ContactSheet

    def refused(self, target: Path) -> Outcome | None:
        """Return a failed outcome if the sheet would be too large, before anything is read; else None."""
        try:
            self.style.check(len(self.cases))
        except PictureError as error:
            return Outcome(None, self.plane, target, FAILED, error=error)
        return None

    def tiles(self, workers: Workers = ALL_PROCESSORS) -> Iterator[tuple[Tile, MRNetError | None]]:
        """Yield each case's tile, made here or on a cluster, with the error if it has no image."""
        for case, image in ordered_map(partial(_image, self.style, self.plane, len(self.cases)), self.cases, workers):
            findings = tuple(findings_in_words(case, words) for words in WORDINGS)
            if isinstance(image, MRNetError):
                yield Tile(case.id, findings, None), image
            else:
                yield Tile(case.id, findings, image), None

    def write(self, tiles: Sequence[tuple[Tile, MRNetError | None]], target: Path, writer: PictureWriter) -> Outcome:
        """Write the sheet, unless the same one is there already; the outcome's error names the cases without an image.

        Raises:
            UsageError: no case has the chosen slice. TargetError: the sheet cannot be written.
        """
        errors = {tile.case: error for tile, error in tiles if error}
        drawn = [tile for tile, _ in tiles]
        shown = len(drawn) - len(errors)
        outcome = Outcome(None, self.plane, target, WRITTEN, slices=shown, error=_missing(errors, len(drawn)))
        if not shown:
            if all(isinstance(error, NoSlicesError) for error in errors.values()):
                raise UsageError(f"--slice {self.style.slice}: no case has that slice; they are numbered from 0")
            return replace(outcome, status=FAILED)
        writer.prepare([target], [self.style.expected_bytes(len(drawn))])
        described = [
            self._title,
            [[tile.case, tile.findings, tile.image is None or tile.image.shape] for tile in drawn],
        ]
        pixels = (tile.image.unpacked().data for tile in drawn if tile.image is not None)
        try:
            return writer.write(
                outcome,
                writer.existing(target),
                digest_of(self.style, described, pixels),
                lambda file, note: self.style.draw(self._title, drawn, file, note),
            )
        except TargetError:
            raise
        except MRNetError as error:
            return replace(outcome, status=FAILED, error=error)

    @property
    def _title(self) -> str:
        number = self.style.slice
        return f"{self.plane}, {'middle slice' if number is None else f'slice {number}'}"


def _image(style: ContactSheet, plane: Plane, cases: int, case: Case) -> PackedImage:
    series = case.series(plane)
    with VOLUMES.taking(series.size()):
        return style.image(plane, series.load(), cases)


def _missing(errors: dict[str, MRNetError], cases: int) -> PictureError | None:
    if not errors:
        return None
    named = first_of([f"{case}: {error}" for case, error in errors.items()], MAX_CASES_NAMED, "; ")
    return PictureError(f"{len(errors):,} of {cases:,} cases have no image: {named}")
