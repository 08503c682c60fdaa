"""A batch of pictures: where each is written, whether it is needed, and its outcome."""

import os
import platform
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any, BinaryIO

from mrnet.archive.model import Archive
from mrnet.errors import MRNetError, TargetError, TargetTakenError, UsageError
from mrnet.parallel import ALL_PROCESSORS, Workers, ordered_map
from mrnet.pictures.memory import DRAWN, LOADED
from mrnet.pictures.notes import Note, is_tiff_without_end, is_whole, read_note
from mrnet.pictures.plan import Picture, Style, fingerprint_of, read_subject
from mrnet.pictures.stack import Subject
from mrnet.writing import (
    FAILED,
    SAME,
    WRITTEN,
    check_room,
    check_target,
    part_of,
    remove_leftovers,
    remove_part,
    writing,
)


@dataclass(frozen=True)
class Outcome:
    """The result of one picture."""

    case: str | None
    """The case's id; None if the picture shows many cases."""
    plane: str
    """The plane, or several planes separated by commas."""
    target: Path
    status: str
    slices: int | None = None
    bytes: int | None = None
    error: MRNetError | None = None
    remark: str | None = None
    """A note for the user about a picture that was written."""

    def as_json(self) -> dict[str, Any]:
        """Return the picture's row in the output."""
        return {
            "case": self.case,
            "plane": self.plane,
            "path": self.target.as_posix(),
            "slices": self.slices,
            "bytes": self.bytes,
            "status": self.status,
            "error": None if self.error is None else str(self.error),
        }


@dataclass(frozen=True)
class PictureWriter:
    """How pictures are written: which files are replaced, and which pictures are skipped."""

    command: str
    """The command line; it is stored in each picture."""
    overwrite: bool = False
    """Whether files that mrnet did not make may be replaced."""
    dry_run: bool = False
    """Whether to report only what would be written."""
    folder: Path = Path()
    """The folder for relative targets, if workers of a cluster make the pictures."""
    run: str = ""
    """A name for this run, if workers of a cluster make the pictures: two of them may make one at the same time."""

    def for_others(self) -> "PictureWriter":
        """Return the same for a cluster's workers: they have other working folders, and may repeat a lost task."""
        return replace(self, folder=Path.cwd(), run=os.urandom(4).hex())

    def clear(self, folder: Path) -> None:
        """Remove the unfinished files of workers that died in this run."""
        remove_leftovers(folder, f"*.{self.run}-*")

    def prepare(self, targets: Sequence[Path], sizes: Sequence[int]) -> None:
        """Check that the pictures can be written, before any is made.

        Args:
            targets: all in one folder.
            sizes: the approximate bytes of each.

        Raises:
            UsageError: see `mrnet.writing.check_target`. TargetError: the folder cannot be written to, or its disk
            lacks the room.
        """
        folder = targets[0].parent
        # Writing follows a target that is a link, so check where it leads.
        for path in (folder, *(each for each in targets if each.is_symlink() or (self.overwrite and each.exists()))):
            check_target(path)
        if not self.dry_run:
            remove_leftovers(folder)
            check_room(folder, sum(size for size, target in zip(sizes, targets, strict=True) if not target.exists()))

    def existing(self, target: Path) -> Note | None:
        """Return the note of the picture that is already at a target; None if there is nothing to keep.

        Raises:
            TargetTakenError: mrnet did not make the file that is there. TargetError: it cannot be read.
        """
        target = self.folder / target
        if not target.is_file():
            return None
        try:
            note = read_note(target)
            cut_off = note is None and is_tiff_without_end(target)
        except OSError as error:
            raise TargetError(f"{target}: cannot be read: {error.strerror}") from error
        # A power cut may leave an empty file; nothing is lost if it is replaced.
        if note is None and not self.overwrite and target.stat().st_size:
            found = (
                "the TIFF that is there is cut off, and the part that says who made it is missing"
                if cut_off
                else "mrnet did not make the file that is there"
            )
            raise TargetTakenError(f"{target}: {found}; name another path or use --overwrite")
        return note

    def write(
        self, outcome: Outcome, existing: Note | None, fingerprint: str, draw: Callable[[BinaryIO, Note], str | None]
    ) -> Outcome:
        """Write a picture, unless the same one is there already; return the outcome with status and size.

        Raises:
            TargetError: it cannot be written. MRNetError: an error of `draw`.
        """
        target, note = self.folder / outcome.target, Note(fingerprint, self.command)
        if existing is not None and existing.fingerprint == fingerprint and is_whole(target):
            if not self.dry_run:
                remove_part(part_of(target))
            return replace(outcome, status=SAME, bytes=target.stat().st_size)
        if self.dry_run:
            return outcome
        with writing(target, self._writer(), checked=True) as file:
            remark = draw(file, note)
        return replace(outcome, bytes=target.stat().st_size, remark=remark)

    def _writer(self) -> str:
        return f"{self.run}-{platform.node()}-{os.getpid()}-{threading.get_ident()}" if self.run else ""


@dataclass(frozen=True)
class Batch:
    """Pictures to be made in one style."""

    pictures: list[Picture]
    style: Style
    writer: PictureWriter

    def expected_bytes(self, archive: Archive) -> list[int]:
        """Return the approximate number of bytes of each picture; 0 where its series cannot be read.

        Raises:
            UsageError: no slices are chosen anywhere.
        """
        readers = Workers(readers=archive.storage.readers)
        found = ordered_map(Picture.shapes, self.pictures, readers, light=True)
        shapes = [[] if isinstance(shape, MRNetError) else shape for _, shape in found]
        slices = [shape[0] for each in shapes for shape in each]
        if slices and not any(map(self.style.appearance.chosen, slices)):
            lengths = " to ".join(map(str, sorted({min(slices), max(slices)})))
            raise UsageError(f"--slices chooses no slice of any series: they have {lengths}, numbered from 0")
        return [self.style.expected_bytes(each) if each else 0 for each in shapes]

    def make(self, workers: Workers = ALL_PROCESSORS) -> Iterator[Outcome]:
        """Make the pictures, here or on a cluster; yield the outcome of each, in their order.

        Raises:
            TargetError: none could be written to its target.
        """
        only_targets_failed = True
        error = None
        elsewhere = workers.scheduler is not None
        writer = self.writer.for_others() if elsewhere else self.writer
        # The list of all pictures is left out, because this object is sent to a worker with each batch.
        make = replace(self, pictures=[], writer=writer)._make
        try:
            for picture, made in ordered_map(make, self.pictures, workers):
                outcome = _failed(picture, made) if isinstance(made, MRNetError) else made
                error = error or outcome.error
                only_targets_failed &= isinstance(outcome.error, TargetError)
                yield outcome
        finally:
            if elsewhere:
                writer.clear(self.pictures[0].target.parent)
        if error is not None and only_targets_failed:
            raise error

    def _make(self, picture: Picture) -> Outcome:
        existing = self.writer.existing(picture.target)
        self.style.check(picture.shapes)
        with LOADED.taking(picture.volume_bytes()):
            subject = read_subject(picture, self.style.appearance)
            outcome = replace(_wanted(picture), slices=self.style.slices(subject))
            draw = partial(self._draw, subject)
            return self.writer.write(outcome, existing, fingerprint_of(self.style, subject), draw)

    def _draw(self, subject: Subject, file: BinaryIO, note: Note) -> str | None:
        needed = self.style.working_bytes([stack.volume.shape for stack in subject.stacks])
        with DRAWN.taking(needed):
            return self.style.draw(subject, file, note)


def _wanted(picture: Picture) -> Outcome:
    return Outcome(picture.case.id, ",".join(picture.planes), picture.target, WRITTEN)


def _failed(picture: Picture, error: MRNetError) -> Outcome:
    return replace(_wanted(picture), status=FAILED, error=error)
