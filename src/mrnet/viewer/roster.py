"""The cases of a viewer and their names: their ids, or blind names that reveal nothing."""

import csv
import hashlib
import io
import random
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mrnet import __version__
from mrnet.archive.model import Archive, Case, Series
from mrnet.errors import FileError
from mrnet.vocabulary import Plane

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

REMINDER = "MRNet-v1.0 is under a research-use agreement: do not pass its images on to others."


@dataclass(frozen=True, slots=True)
class Shown:
    """A case as the viewer shows it."""

    key: str
    """The case's name in addresses: `train/0001`, or blind `R01`."""
    name: str
    case: Case


@dataclass(frozen=True)
class Roster:
    """The cases that a viewer shows, in their order."""

    archive: str
    synthetic: bool
    blind: bool
    shown: list[Shown]
    reading: str
    """The name under which the browser stores the answers to these cases, separate from those to other cases."""
    series_by_name: dict[str, Series] = field(init=False)
    """Every series by its name in requests of the page: `train/0001/axial`."""

    def __post_init__(self) -> None:
        series_by_name = {f"{each.key}/{plane}": each.case.series(plane) for each in self.shown for plane in Plane}
        object.__setattr__(self, "series_by_name", series_by_name)

    @property
    def port(self) -> int:
        """The default port for these cases: the same for the same cases in the same order.

        Browsers separate their storage by port. Ports from 32768 up are assigned by the system itself.
        """
        return 20000 + int(self.reading, 16) % 10000

    def index(self) -> dict[str, Any]:
        """Return the data about the cases that the page has before it loads voxels."""
        return {
            "id": self.reading,
            "archive": self.archive,
            "version": __version__,
            "synthetic": self.synthetic,
            "blind": self.blind,
            "notice": None if self.synthetic else REMINDER,
            "planes": self._planes(),
            "cases": [self._entry(each) for each in self.shown],
        }

    def _planes(self) -> list[str]:
        """Return the planes in which a case has a series; all of them if no case has any."""
        held = {series.plane for series in self.series_by_name.values() if series.exists}
        return [plane.value for plane in Plane if plane in held or not held]

    def _entry(self, each: Shown) -> dict[str, Any]:
        if self.blind:
            return {"key": each.key, "case": each.name}
        labels = {finding.value: answer for finding, answer in each.case.labels.items()}
        return {"key": each.key, "case": each.name, "split": each.case.split.value, "labels": labels}

    def load(self, name: str) -> "NDArray[np.uint8]":
        """Return the voxels of the series with this name.

        Raises:
            FileError: they cannot be loaded; the page shows the message, which reveals no id if the page is blind.
        """
        series = self.series_by_name[name]
        if not series.exists:
            raise FileError(f"This case has no {series.plane} series.")
        try:
            return series.load()
        except FileError as error:
            where = f"The {series.plane} series" if self.blind else series.path
            raise FileError(f"{where} cannot be shown: {error.reason}") from error

    def volume_bytes(self, name: str) -> int:
        """Return the bytes of the series with this name; 0 if it cannot be read."""
        series = self.series_by_name[name]
        try:
            return series.size() if series.exists else 0
        except FileError:
            return 0

    def only(self, each: Shown) -> "Roster":
        """Return a roster with one of these cases, which shares their storage in the browser."""
        return Roster(self.archive, self.synthetic, self.blind, [each], self.reading)


def roster_of(archive: Archive, cases: Iterable[Case]) -> Roster:
    """Return the cases under their own ids."""
    shown = [Shown(f"{case.split}/{case.id}", case.id, case) for case in cases]
    return _roster(archive, shown, reading="", blind=False)


def blind_roster(archive: Archive, cases: Iterable[Case], seed: int) -> Roster:
    """Return the cases as `R01`, `R02`…, without labels, in an order that the seed decides."""
    order = list(cases)
    random.Random(seed).shuffle(order)
    digits = max(2, len(str(len(order))))
    names = [f"R{number:0{digits}}" for number in range(1, len(order) + 1)]
    shown = [Shown(name, name, case) for name, case in zip(names, order, strict=True)]
    return _roster(archive, shown, reading=f"blind {seed}", blind=True)


def _roster(archive: Archive, shown: list[Shown], *, reading: str, blind: bool) -> Roster:
    location = archive.storage.location
    location = location.resolve() if isinstance(location, Path) else location
    named = [reading, str(location), *(f"{each.key} {each.case.split}/{each.case.id}" for each in shown)]
    digest = hashlib.sha256("\n".join(named).encode("utf-8", "surrogateescape")).hexdigest()
    return Roster("Blind reading" if blind else location.name, archive.synthetic, blind, shown, digest[:16])


def key_table(roster: Roster) -> str:
    """Return the key as CSV: `reading,case,split`, one row per case."""
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(["reading", "case", "split"])
    writer.writerows([each.name, each.case.id, each.case.split.value] for each in roster.shown)
    return file.getvalue()
