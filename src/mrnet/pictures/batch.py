"""A batch of pictures: where each goes, whether it must be made, what became of it."""

import os
import platform
import shutil
import tempfile
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any, BinaryIO

from mrnet.archive.model import Archive
from mrnet.errors import MRNetError, TargetError, TargetTakenError, UsageError
from mrnet.parallel import ALL_PROCESSORS, Workers, ordered_map
from mrnet.pictures.notes import Note, is_whole, read_note
from mrnet.pictures.plan import Picture, Style, fingerprint, read_subject
from mrnet.writing import check_target, part_of, remove_leftovers, remove_part, writing

WRITTEN, SAME, FAILED = "written", "same", "failed"


@dataclass(frozen=True)
class Outcome:
    """What became of a picture."""

    case: str | None
    """Its id; None where the picture shows many cases."""
    plane: str
    """The plane, or several with commas between them."""
    target: Path
    status: str
    slices: int | None = None
    bytes: int | None = None
    error: MRNetError | None = None
    remark: str | None = None
    """What the user should know about a picture that was written."""

    def as_json(self) -> dict[str, Any]:
        """Return the row that users see."""
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
class Placing:
    """How pictures come to their places: what may be replaced, and what need not be made."""

    command: str
    """The command line, which each picture remembers."""
    overwrite: bool = False
    """Whether files that mrnet did not make may be replaced."""
    dry_run: bool = False
    """Whether to tell only what would become of the pictures."""
    folder: Path = Path()
    """What relative targets are relative to, where others make the pictures."""
    run: str = ""
    """A name for this run, where others make the pictures: some of them perhaps twice, at the same time."""

    def for_others(self) -> "Placing":
        """Return the same for a cluster's workers: they are at home in other folders, and may repeat what was lost."""
        return replace(self, folder=Path.cwd(), run=os.urandom(4).hex())

    def clear(self, folder: Path) -> None:
        """Remove from a folder what workers that died in this run had begun to write."""
        remove_leftovers(folder, f"*.{self.run}-*")

    def prepare(self, targets: Sequence[Path], sizes: Sequence[int]) -> None:
        """See that pictures can be written before any is made.

        Args:
            targets: all in one folder.
            sizes: about how many bytes each takes.

        Raises:
            UsageError: see `mrnet.writing.check_target`. TargetError: the folder cannot be written to, or its disk
            lacks the room.
        """
        folder = targets[0].parent
        # A link in a target's place is followed when it is written.
        for place in (folder, *(each for each in targets if each.is_symlink() or (self.overwrite and each.exists()))):
            check_target(place)
        if not self.dry_run:
            remove_leftovers(folder)
            check_folder(folder, sum(size for size, target in zip(sizes, targets, strict=True) if not target.exists()))

    def existing(self, target: Path) -> Note | None:
        """Return the note of the picture that stands in a target's place; None where there is nothing to keep.

        Raises:
            TargetTakenError: a file that mrnet did not make stands there. TargetError: it cannot be read.
        """
        target = self.folder / target
        if not target.is_file():
            return None
        try:
            note = read_note(target)
        except OSError as error:
            raise TargetError(f"{target}: cannot be read: {error.strerror}") from error
        # A power cut may leave an empty file, which is nobody's.
        if note is None and not self.overwrite and target.stat().st_size:
            raise TargetTakenError(
                f"{target}: mrnet did not make the file that is there; name another place or use --overwrite"
            )
        return note

    def place(
        self, outcome: Outcome, existing: Note | None, fingerprint: str, draw: Callable[[BinaryIO, Note], str | None]
    ) -> Outcome:
        """Write a picture, unless it is there already; return the outcome with what became of it.

        Raises:
            TargetError: it cannot be written. MRNetError: whatever `draw` raises.
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
    placing: Placing

    def prepare(self, archive: Archive) -> int:
        """See that the batch can be made before it is begun; return about how many bytes it will write.

        Raises:
            UsageError: see `mrnet.writing.check_target`, or no slices are chosen anywhere.
            TargetError: a folder cannot be written to, or the disk lacks the room.
        """
        readers = Workers(readers=archive.storage.readers)
        found = ordered_map(Picture.shapes, self.pictures, readers, light=True)
        shapes = [shape for _, shape in found if not isinstance(shape, MRNetError)]
        slices = [shape[0] for each in shapes for shape in each]
        if slices and not any(map(self.style.appearance.chosen, slices)):
            lengths = " to ".join(map(str, sorted({min(slices), max(slices)})))
            raise UsageError(f"--slices chooses no slice of any series: they have {lengths}, numbered from 0")
        sizes = [self.style.expected_bytes(each) if each else 0 for each in shapes]
        self.placing.prepare([picture.target for picture in self.pictures], sizes)
        return sum(sizes)

    def make(self, workers: Workers = ALL_PROCESSORS) -> Iterator[Outcome]:
        """Make the pictures, on so many processors or elsewhere; yield what became of each, in their order.

        Raises:
            TargetError: not one could be written where it was asked for.
        """
        only_targets_failed = True
        error = None
        elsewhere = workers.scheduler is not None
        placing = self.placing.for_others() if elsewhere else self.placing
        # Without the list of all pictures, as this goes to each worker with each of its batches.
        make = replace(self, pictures=[], placing=placing)._make
        try:
            for picture, made in ordered_map(make, self.pictures, workers):
                outcome = _failed(picture, made) if isinstance(made, MRNetError) else made
                error = error or outcome.error
                only_targets_failed &= isinstance(outcome.error, TargetError)
                yield outcome
        finally:
            if elsewhere:
                placing.clear(self.pictures[0].target.parent)
        if error is not None and only_targets_failed:
            raise error

    def _make(self, picture: Picture) -> Outcome:
        existing = self.placing.existing(picture.target)
        self.style.check(picture.shapes)
        subject = read_subject(picture, self.style.appearance)
        outcome = replace(_wanted(picture), slices=self.style.slices(subject))
        draw = partial(self.style.draw, subject)
        return self.placing.place(outcome, existing, fingerprint(self.style, subject), draw)


def _wanted(picture: Picture) -> Outcome:
    return Outcome(picture.case.id, ",".join(picture.planes), picture.target, WRITTEN)


def _failed(picture: Picture, error: MRNetError) -> Outcome:
    return replace(_wanted(picture), status=FAILED, error=error)


def check_folder(folder: Path, needed: int) -> None:
    """Make a folder, and raise a TargetError where it cannot be written to or its disk lacks so many bytes."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
        free = shutil.disk_usage(folder).free
    except OSError as error:
        raise TargetError(f"{folder}: cannot be written to: {error.strerror}") from error
    if needed > free:
        raise TargetError(
            f"{folder}: some {needed / 1e6:,.1f} MB are needed, its disk has {free / 1e6:,.1f} MB free; make room or "
            "name a folder elsewhere with -o"
        )
