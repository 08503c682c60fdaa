"""A batch of pictures: where each goes, whether it must be made, what became of it."""

import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from mrnet.archive import Archive
from mrnet.errors import MRNetError, TargetError, TargetTakenError, UsageError
from mrnet.parallel import ordered_map
from mrnet.pictures import Picture, Style, fingerprint, read_subject
from mrnet.render.notes import Note, is_whole, read_note
from mrnet.targets import part_of, refuse_inside, writing

WRITTEN, SAME, FAILED = "written", "same", "failed"


@dataclass(frozen=True)
class Outcome:
    """What became of a picture."""

    picture: Picture
    status: str
    slices: int | None = None
    bytes: int | None = None
    error: MRNetError | None = None
    remark: str | None = None
    """What the user should know about a picture that was written."""

    def as_json(self) -> dict[str, Any]:
        """Return the row that users see."""
        return {
            "case": self.picture.case.id,
            "plane": ",".join(self.picture.planes),
            "path": self.picture.target.as_posix(),
            "slices": self.slices,
            "bytes": self.bytes,
            "status": self.status,
            "error": None if self.error is None else str(self.error),
        }


@dataclass(frozen=True)
class Batch:
    """Pictures to be made in one style."""

    pictures: list[Picture]
    style: Style
    command: str
    """The command line, which each picture remembers."""
    overwrite: bool = False
    """Whether files that mrnet did not make may be replaced."""
    dry_run: bool = False
    """Whether to tell only what would become of the pictures."""

    def prepare(self, archive: Archive) -> int:
        """See that the batch can be made before it is begun; return about how many bytes it will write.

        Raises:
            UsageError: a target lies inside the archive, or no slices are chosen anywhere.
            TargetError: a folder cannot be written to, or the disk lacks the room.
        """
        folder = self.pictures[0].target.parent
        refuse_inside(archive.storage.location, folder)
        shapes = [picture.shapes() for picture in self.pictures]
        slices = [shape[0] for each in shapes for shape in each]
        if slices and not any(map(self.style.look.chosen, slices)):
            raise UsageError(
                f"--slices chooses no slice of any series: they have {min(slices)} to {max(slices)}, numbered from 0"
            )
        sizes = [self.style.expected_bytes(each) if each else 0 for each in shapes]
        if not self.dry_run:
            new = [size for size, picture in zip(sizes, self.pictures, strict=True) if not picture.target.exists()]
            check_folder(folder, sum(new))
        return sum(sizes)

    def make(self, jobs: int | None = None) -> Iterator[Outcome]:
        """Make the pictures, on so many processors; yield what became of each, in their order.

        Raises:
            TargetError: not one could be written where it was asked for.
        """
        only_targets_failed = True
        error = None
        for picture, made in ordered_map(self._make, self.pictures, jobs):
            outcome = Outcome(picture, FAILED, error=made) if isinstance(made, MRNetError) else made
            error = error or outcome.error
            only_targets_failed &= isinstance(outcome.error, TargetError)
            yield outcome
        if error is not None and only_targets_failed:
            raise error

    def _make(self, picture: Picture) -> Outcome:
        target = picture.target
        existing = self._existing(target)
        subject = read_subject(picture, self.style.look)
        note = Note(fingerprint(self.style, subject), self.command)
        outcome = partial(Outcome, picture, slices=max(map(len, subject.stacks)))
        if existing is not None and existing.fingerprint == note.fingerprint and is_whole(target):
            if not self.dry_run:
                part_of(target).unlink(missing_ok=True)
            return outcome(SAME, bytes=target.stat().st_size)
        if self.dry_run:
            return outcome(WRITTEN)
        with writing(target) as file:
            remark = self.style.draw(subject, file, note)
        return outcome(WRITTEN, bytes=target.stat().st_size, remark=remark)

    def _existing(self, target: Path) -> Note | None:
        """Return the note of the picture that stands in a target's place, None where nothing does or it may go."""
        if not target.is_file():
            return None
        try:
            note = read_note(target)
        except OSError as error:
            raise TargetError(f"{target}: cannot be read: {error.strerror}") from error
        if note is None and not self.overwrite:
            raise TargetTakenError(
                f"{target}: mrnet did not make the file that is there; name another place or use --overwrite"
            )
        return note


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
