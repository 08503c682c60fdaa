"""The plan of pictures: which cases, in what style, from which series, and where each is written."""

import hashlib
import json
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, BinaryIO, Protocol

from mrnet.archive.model import Case
from mrnet.errors import FileError, TargetError, UsageError
from mrnet.pictures.notes import Note
from mrnet.pictures.stack import Appearance, Stack, Subject
from mrnet.pictures.window import Shape
from mrnet.vocabulary import FINDING_WORDS, Finding, Plane

PICTURE_FORMAT = 2
"""Increase this number when the same settings and voxels make another picture; old pictures are then replaced."""
OTHER_SUFFIXES = {
    ".gif", ".png", ".jpg", ".jpeg", ".tif", ".tiff", ".webp", ".mp4", ".webm", ".mov", ".avi", ".apng", ".pdf", ".svg",
}  # fmt: skip
"""Suffixes that mean a file, not a folder. Each command writes only some of them."""


class Style(Protocol):
    """A kind of picture with its settings. It is a dataclass, because its fields are part of the fingerprint."""

    @property
    def appearance(self) -> Appearance:
        """Return the settings that all kinds of pictures share."""

    @property
    def suffix(self) -> str:
        """Return the suffix of the file's name, with its dot."""

    def check(self, shapes: Callable[[], Sequence[Shape]]) -> None:
        """Raise a PictureError if volumes of these shapes cannot become a picture; nothing is loaded yet."""

    def draw(self, subject: Subject, file: BinaryIO, note: Note) -> str | None:
        """Write a picture of a subject; return what the user should know about it."""

    def slices(self, subject: Subject) -> int:
        """Return how many slices a picture of a subject shows one after the other, in time or on a sheet."""

    def expected_bytes(self, shapes: Sequence[Shape]) -> int:
        """Return the approximate number of bytes of a picture of volumes of these shapes."""

    def working_bytes(self, shapes: Sequence[Shape]) -> int:
        """Return about how much memory it takes to draw a picture of volumes of these shapes."""


@dataclass(frozen=True)
class Picture:
    """A planned picture of a case, in one plane or in several together."""

    case: Case
    planes: tuple[Plane, ...]
    target: Path

    def volume_bytes(self) -> int:
        """Return the length of its volumes' files; a file that cannot be read has none."""
        total = 0
        for plane in self.planes:
            with suppress(FileError):
                total += self.case.series(plane).size()
        return total

    def shapes(self) -> list[Shape]:
        """Return the shapes of its volumes from their headers; series that cannot be read are left out."""
        shapes: list[Shape] = []
        for plane in self.planes:
            try:
                slices, rows, columns = self.case.series(plane).header().shape
            except FileError:
                continue
            shapes.append((slices, rows, columns))
        return shapes


def plan_pictures(
    cases: Sequence[Case], planes: Sequence[Plane], output: Path, suffix: str, *, together: bool
) -> list[Picture]:
    """Return the pictures of these cases, in their order.

    Args:
        cases: the cases to draw, at least one.
        planes: the planes to draw.
        output: a folder; if there is only one picture, also a file with the suffix.
        suffix: the suffix of the files' names, with its dot.
        together: whether a case's planes share one picture.

    Raises:
        UsageError: one file is named for several pictures. TargetError: the folder is a file.
    """
    groups = [tuple(planes)] if together else [(plane,) for plane in planes]
    count = len(cases) * len(groups)
    if output.suffix.lower() == suffix:
        if count > 1:
            raise UsageError(f"-o {output}: one file is named, but {count:,} pictures result; name a folder")
        return [Picture(cases[0], groups[0], output)]
    check_is_folder(output, suffix)
    in_both_splits = {id for id, times in Counter(case.id for case in cases).items() if times > 1}
    return [
        Picture(
            case,
            group,
            output / f"{'-'.join([case.id, *group, *([case.split] if case.id in in_both_splits else [])])}{suffix}",
        )
        for case in cases
        for group in groups
    ]


def check_is_folder(output: Path, suffix: str) -> None:
    """Check that a path can be the folder for files with this suffix.

    Raises:
        TargetError: it is a file. UsageError: it does not exist, and has the suffix of another kind of file.
    """
    if str(output) == "-":
        raise UsageError("-o -: pictures do not go to standard output; name a folder, or a file for one picture")
    if output.is_dir():
        return
    if output.exists():
        raise TargetError(f"{output}: this is not a folder; name a folder, or a file ending in {suffix}")
    if output.suffix.lower() in OTHER_SUFFIXES:
        raise UsageError(f"-o {output}: this command makes {suffix} files; name one, or a folder")


def read_subject(picture: Picture, appearance: Appearance) -> Subject:
    """Load a picture's volumes.

    Raises:
        FileError: a series is missing or cannot be read. NoSlicesError: the appearance chooses none of its slices.
    """
    stacks = [Stack(plane, picture.case.series(plane).load(), appearance) for plane in picture.planes]
    return Subject(picture.case.id, findings_in_words(picture.case), tuple(stacks))


def findings_in_words(case: Case, words: Mapping[Finding, str] = FINDING_WORDS) -> str:
    """Return a case's positive findings as text, "normal" if there are none; a finding without a label gets a "?"."""
    if all(answer is None for answer in case.labels.values()):
        return "no labels"
    shown = [f"{words[finding]}{'' if answer else '?'}" for finding, answer in case.labels.items() if answer != 0]
    return ", ".join(shown) or "normal"


def fingerprint_of(style: Style, subject: Subject) -> str:
    """Return a SHA-256 of everything that decides how a picture looks: format, settings, text and voxels."""
    texts = [subject.case, subject.findings] if style.appearance.annotate else []
    described = [texts, [[stack.plane, stack.volume.shape] for stack in subject.stacks]]
    return digest_of(style, described, (stack.volume.data for stack in subject.stacks))


def digest_of(style: Any, described: Any, voxels: Iterable[bytes | memoryview]) -> str:
    """Return a SHA-256 of a style (a dataclass), of values that JSON can hold, and of voxels."""
    settings = {"format": PICTURE_FORMAT, "kind": type(style).__name__, **asdict(style)}
    digest = hashlib.sha256(json.dumps([settings, described], sort_keys=True, default=bytes.hex).encode())
    for each in voxels:
        digest.update(each)
    return digest.hexdigest()
