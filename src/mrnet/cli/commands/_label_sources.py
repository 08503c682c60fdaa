"""Reads the labels of one source for `mrnet compare`: an archive, a folder of label files, or a reader's CSV."""

import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from mrnet.cli.options.common import Selection, SelectionOptions, tell_label_faults, warn
from mrnet.errors import UsageError
from mrnet.inputs import open_plain_file
from mrnet.text import counted

if TYPE_CHECKING:
    from mrnet.archive.model import Archive
    from mrnet.statistics.origin import Chosen
    from mrnet.statistics.readings import CaseKey, Labelled


@dataclass
class Source:
    """One source of labels."""

    name: str
    labels: "dict[CaseKey, Labelled]"
    status: int
    """1 if some labels could not be used (a warning names them), else 0."""
    complete: bool = False
    """Whether it should have every label: true for an archive, false for a reader's table."""
    notes: list[str] = field(default_factory=list)
    archive: "Archive | None" = None
    chosen: "Chosen | None" = None
    scored: bool = False
    """Whether it has scores in place of labels."""

    @property
    def cases_held(self) -> str:
        """How many cases it has, with the first of them as an example."""
        first = next(iter(self.labels), None)
        return counted(len(self.labels), "case") + (f" such as {first[0]}" if first else "")


def second_source(selection: SelectionOptions) -> str | None:
    """Return the second of two sources, if the first of the cases is a path that exists."""
    words = selection.case_words or []
    if not words or words[0].isdecimal() or words[0].startswith(("@", "-")) or not os.path.exists(words[0]):
        return None
    if len(words) > 1 or selection.split_words or selection.conditions or selection.sample:
        raise UsageError("two sources are compared in all their cases; leave out cases, --split, --where and --sample")
    return words[0]


def read_source(text: str, key: "dict[str, CaseKey] | None") -> Source:
    """Return a source's labels; warn about those that cannot be used.

    Args:
        text: the place of an archive or of a folder of label files, or the path of a CSV.
        key: the case of each blind name in a CSV.

    Raises:
        UsageError: there is no such source, or a key is given for another source than a CSV.
    """
    from mrnet.archive.model import Archive
    from mrnet.statistics.agreement import labelled_cases
    from mrnet.statistics.readings import read_readings
    from mrnet.storage.places import parse_place

    place = parse_place(text)
    if isinstance(place, Path) and not place.exists():
        raise UsageError(f"{place}: no such archive, folder of label files or CSV")
    if isinstance(place, Path) and not place.is_dir() and not _is_zip(place):
        readings = read_readings(place, key)
        status = warn(readings.faults, "more rows or labels cannot be used")
        return Source(str(place), dict(readings.cases), status, notes=readings.notes, scored=bool(readings.scored))
    if key is not None:
        raise UsageError(f"--key gives the cases of the blind names in a reader's CSV, and {place} is not a CSV")
    archive = Archive.open(place)
    status = tell_label_faults(archive, f"{place}: ")
    return Source(str(place), labelled_cases(archive), status, complete=True, archive=archive)


def _is_zip(file: Path) -> bool:
    """Return whether a file is a zip, by its name or its first bytes; browsers save downloads under any name."""
    from mrnet.storage.zips import LOCAL_MARK

    if file.suffix.lower() == ".zip":
        return True
    # The writer of a pipe would fail if the pipe were opened and closed.
    if not file.is_file():
        return False
    try:
        with open(file, "rb", opener=open_plain_file) as handle:
            return handle.read(len(LOCAL_MARK)) == LOCAL_MARK
    except OSError:
        return False


def read_reference(text: str, key: "dict[str, CaseKey] | None") -> Source:
    """Return the labels of the first of two sources; UsageError if it holds scores."""
    source = read_source(text, key)
    if source.scored:
        raise UsageError(f"{text}: this file holds scores, which cannot be the reference; name it second")
    return source


def selected_labels(selected: Selection) -> Source:
    """Return the labels of an archive's selected cases."""
    from mrnet.statistics.readings import Labelled

    labels: dict[CaseKey, Labelled] = {(case.id, case.split): Labelled(case.labels) for case in selected.cases}
    archive = selected.archive
    return Source(archive.root, labels, selected.status, complete=True, archive=archive, chosen=selected.chosen)
