"""The options that commands share, each declared once, with the work that belongs to them."""

import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, ClassVar, TypeVar, dataclass_transform

import typer

from mrnet.cli import console
from mrnet.errors import ArchiveNotFoundError, UsageError
from mrnet.storage.layout import ROOT_VARIABLE
from mrnet.storage.places import Place, parse_place
from mrnet.text import counted, shortened
from mrnet.vocabulary import Plane, Split, Word, known_word

if TYPE_CHECKING:
    from mrnet.archive.model import Archive, Case
    from mrnet.statistics.origin import Chosen

PLANE_ALIASES = {"ax": "axial", "cor": "coronal", "sag": "sagittal"}
MAX_WARNINGS = 10
"""If there are more warnings than this, only the number of the others is given."""

MAX_PATH_LETTERS = 4096
MAX_SLICE_DIGITS = 9
ARCHIVE_PANEL = "Which archive"
CASES_PANEL = "Which cases"
OUTPUT_PANEL = "Output"

PlaneWords = Annotated[
    list[str] | None,
    typer.Option("--plane", "-p", metavar="PLANE", help="axial, coronal or sagittal; repeat it or use commas."),
]
Jobs = Annotated[
    int | None,
    typer.Option("--jobs", "-j", min=1, metavar="N", help="How many to work on at once.", show_default="processors"),
]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="No notes and no progress.", rich_help_panel=OUTPUT_PANEL)]
DryRun = Annotated[
    bool, typer.Option("--dry-run", help="Only report what would be written.", rich_help_panel=OUTPUT_PANEL)
]
Yes = Annotated[
    bool, typer.Option("--yes", "-y", help="Do not ask before writing more than 1 GB.", rich_help_panel=OUTPUT_PANEL)
]

Group = TypeVar("Group")


@dataclass_transform(kw_only_default=True, frozen_default=True)
def option_group(group: type[Group]) -> type[Group]:
    """Declare a group of options, one field per option: a dataclass without methods that a group does not need.

    These classes are made at every start; compiling methods for comparison and printing would take most of that time.
    """
    return dataclass(kw_only=True, eq=False, repr=False)(group)


@option_group
class RootOptions:
    """The archive, with its own label files."""

    root: Annotated[
        str | None,
        typer.Option(
            "--root", "-r", metavar="PATH", help="A folder, a zip, or its address: s3:// gs:// az:// https://", show_default="$MRNET_ROOT, or one found here",
            rich_help_panel=ARCHIVE_PANEL,
        ),
    ] = None  # fmt: skip
    quiet: Quiet = False

    def named(self) -> str | None:
        """Return the archive that the command line names; None if it names none."""
        return self.root

    def place(self, words: Iterable[str] = ()) -> Place:
        """Return the place of the archive: the named one, else the one that is found.

        Args:
            words: the words in the place of cases; if no archive is found, the message names a path among them.

        Raises:
            UsageError: the root is empty. ArchiveNotFoundError: no archive is named, and none is found.
        """
        if (named := self.named()) is not None:
            return parse_place(os.path.expanduser(_given(named, "--root")))
        if ROOT_VARIABLE in os.environ:
            return parse_place(_given(os.environ[ROOT_VARIABLE], ROOT_VARIABLE))
        from mrnet.archive.discovery import discover

        try:
            place = discover()
        except ArchiveNotFoundError as error:
            if path := next((word for word in words if len(word) < MAX_PATH_LETTERS and os.path.exists(word)), None):
                raise ArchiveNotFoundError(f"{path} is not a case: an archive is named with --root {path}") from error
            raise
        if not self.quiet:
            console.say(f"Archive: {place} (name another with --root)")
        return place

    def open(self, place: Place | None = None) -> "Archive":
        """Open the archive that was meant, at its place if that is known; see `place` and `Archive.open` for errors."""
        from mrnet.archive.model import Archive

        return Archive.open(place or self.place())


@option_group
class ArchiveOptions(RootOptions):
    """The archive, and the folder of its label files."""

    labels: Annotated[
        str | None,
        typer.Option(
            metavar="FOLDER", help="Take the label files from this folder.", show_default=False,
            rich_help_panel=ARCHIVE_PANEL,
        ),
    ] = None  # fmt: skip

    def open(self, place: Place | None = None) -> "Archive":
        """Open the archive that was meant, at its place if that is known; see `place` and `Archive.open` for errors."""
        from mrnet.archive.model import Archive

        archive = Archive.open(place or self.place(), None if self.labels is None else _given(self.labels, "--labels"))
        named = archive.label_storage.layout.label_files
        if self.labels is not None and not archive.label_storage.entries.keys() & named.keys():
            console.say(f"Warning: {self.labels} holds no label file, such as {next(iter(named))}")
        return archive


@option_group
class ArchiveArgument(RootOptions):
    """The archive, also as an argument: for commands that take no cases."""

    named_archive: Annotated[
        str | None, typer.Argument(metavar="ARCHIVE", help="The same as --root.", show_default=False)
    ] = None

    def named(self) -> str | None:
        """Return the archive that the command line names; UsageError if it names two."""
        if self.named_archive is not None and self.root is not None:
            raise UsageError(f"{self.named_archive} and --root {self.root}: the archive is named twice, expected once")
        return self.root if self.named_archive is None else self.named_archive


def _given(text: str, option: str) -> str:
    # A copied address often has blanks around it; in the name of a folder they may be intended.
    text = text.strip() if "://" in text else text
    if not text:
        raise UsageError(f"{option} is empty, expected the path of a folder or a zip")
    return text


@dataclass(frozen=True, slots=True)
class Selection:
    """The selected cases of an archive."""

    archive: "Archive"
    cases: "list[Case]"
    narrowed: bool
    """Whether options chose among the archive's cases; without any option, all are selected."""
    status: int
    """1 if some labels could not be used (a warning names them), else 0."""
    chosen: "Chosen | None"
    """How they were chosen; None if all are selected."""


@option_group
class SelectionOptions(ArchiveOptions):
    """The options that select cases of an archive."""

    case_words: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="CASES", help="Ids (0001 or 1), ranges (0010-0019), @FILE or - for standard input.",
            show_default="every case",
        ),
    ] = None  # fmt: skip
    split_words: Annotated[
        list[str] | None,
        typer.Option("--split", metavar="SPLIT", help="train or valid.", show_default="both", rich_help_panel=CASES_PANEL),
    ] = None  # fmt: skip
    conditions: Annotated[
        list[str] | None,
        typer.Option(
            "--where", metavar="EXPR", help="An SQL condition: \"acl and not meniscus\", \"axial > 40 and id < 100\"; if repeated, all must be true.",
            show_default=False, rich_help_panel=CASES_PANEL,
        ),
    ] = None  # fmt: skip
    sample: Annotated[
        int | None,
        typer.Option(min=1, metavar="N", help="N cases at random.", show_default=False, rich_help_panel=CASES_PANEL),
    ] = None
    seed: Annotated[int, typer.Option(metavar="N", help="Decides which.", rich_help_panel=CASES_PANEL)] = 0

    @property
    def narrows(self) -> bool:
        """Whether any of these options chooses among the cases."""
        return any(option is not None for option in (self.case_words, self.split_words, self.conditions, self.sample))

    def place(self, words: Iterable[str] = ()) -> Place:
        """Return the place of the archive; see `RootOptions.place`."""
        return super().place([*(self.case_words or ()), *words])

    def select(self) -> Selection:
        """Open the archive and choose its cases; warn about labels that cannot be used.

        Raises:
            UsageError: the options select no case, or are wrong; see `mrnet.cli.selection`, `mrnet.cli.where`, `ArchiveOptions.open`.
        """
        from mrnet.cli.selection import name_cases, sample_cases

        archive = self.open()
        splits = chosen_words(Split, self.split_words, "--split")
        named = cases = archive.cases
        if self.case_words is not None:
            named = cases = name_cases(self.case_words, cases)
        cases = [case for case in cases if case.split in splits]
        for condition in self.conditions or ():
            from mrnet.cli.where import filter_cases

            cases = filter_cases(condition, cases)
        if self.sample is not None:
            cases = sample_cases(self.sample, self.seed, cases)
        if self.narrows and not cases:
            raise UsageError(f"no case of {archive.root} is chosen by these options; `mrnet list` shows them all")
        return Selection(archive, cases, self.narrows, tell_label_faults(archive), self._chosen(named, splits))

    def _chosen(self, named: "list[Case]", splits: list[Split]) -> "Chosen | None":
        """Return how the cases were chosen; the same for all arguments that choose the same cases."""
        conditions = self.conditions or ()
        chosen: Chosen = {
            "cases": None if self.case_words is None else sorted({case.id for case in named}),
            "split": splits[0].value if len(splits) == 1 else None,
            "where": " and ".join(f"({each})" for each in conditions)
            if len(conditions) > 1
            else "".join(conditions) or None,
            "sample": self.sample,
            "seed": None if self.sample is None else self.seed,
        }
        return chosen if any(value is not None for value in chosen.values()) else None


def tell_label_faults(archive: "Archive", where: str = "") -> int:
    """Warn about labels and folders that cannot be used, with file and line; return 1 if there are any, else 0.

    Also warn about files that are not read because their names are nearly right; they alone are not an error here.
    """
    warn(
        [f"{where}{path} is not read: expected the name {right}" for path, right in archive.misnamed.items()],
        "more names are nearly right; `mrnet validate` names them",
    )
    return warn(
        [f"{where}{fault}" for fault in (*archive.folder_faults, *archive.label_faults)],
        "more label rows cannot be used; `mrnet validate` names them",
    )


def warn(faults: Sequence[object], more: str) -> int:
    """Warn about the first faults, and give the number of the others; return 1 if there are any, else 0."""
    for fault in faults[:MAX_WARNINGS]:
        console.say(f"Warning: {fault}")
    if len(faults) > MAX_WARNINGS:
        console.say(f"Warning: {len(faults) - MAX_WARNINGS:,} {more}")
    return 1 if faults else 0


@option_group
class FormatOptions:
    """The format of the printed result."""

    formats: ClassVar[console.Formats] = console.FORMATS
    """The command's formats; a command with others overrides this in its own subclass."""
    format: Annotated[
        str, typer.Option("--format", "-f", metavar="FORMAT", help="{formats}.", rich_help_panel=OUTPUT_PANEL)
    ] = console.TABLE

    def __post_init__(self) -> None:
        """Raise a UsageError, before any work, if the command has no such format."""
        self.formats.check(self.format)


@option_group
class OutputOptions(FormatOptions):
    """The formats and the files of a result."""

    files: Annotated[
        list[Path] | None,
        typer.Option(
            "--output", "-o", metavar="FILE", help="Write it too; {suffixes}; repeatable.",
            show_default=False, rich_help_panel=OUTPUT_PANEL,
        ),
    ] = None  # fmt: skip

    def __post_init__(self) -> None:
        """Raise a UsageError, before any work, if the command has no such format or suffix."""
        super().__post_init__()
        for file in self.files or ():
            self.formats.of_file(file)

    def publish(self, result: console.Result, *, printed: bool = False) -> None:
        """Print a result, unless it is printed already, and write it to the files of `-o`.

        Raises:
            UsageError: see `mrnet.writing.check_target`. TargetError: a file cannot be written.
        """
        self.check_targets()
        for file in self.files or ():
            console.write(result, self.formats.of_file(file), file)
        if not printed:
            console.publish(result, self.format)

    def check_targets(self) -> None:
        """Raise a UsageError, after the archive is open, if a file of `-o` must not be written."""
        from mrnet.writing import check_target

        for file in self.files or ():
            check_target(file)


def slice_number(text: str, option: str) -> int:
    """Return a text as a slice number, from 0; UsageError if it is not one."""
    word = text.strip()
    if not (word.isascii() and word.isdecimal() and len(word) <= MAX_SLICE_DIGITS):
        raise UsageError(f"{option} {shortened(text)!r}: expected a slice number from 0, such as 14")
    return int(word)


def check_slice(option: str, plane: Plane, slice: int, slices: int) -> None:
    """Raise a UsageError if a series in this plane has too few slices; the message names no case, as it may be blind."""
    if slice >= slices:
        raise UsageError(f"{option} {slice}: the {plane} series has {slices} slices, numbered 0 to {slices - 1}")


def separate(words: Iterable[str]) -> list[str]:
    """Return the words of an option that may be repeated, or may contain several words with commas."""
    return [part.strip() for word in words for part in word.split(",")]


def chosen_planes(words: list[str] | None) -> list[Plane]:
    """Return the named planes, or all three if none was named."""
    spelled = [PLANE_ALIASES.get(word, word) for word in separate(words or ())]
    return chosen_words(Plane, None if words is None else spelled, "--plane")


def with_volumes(selected: Selection, planes: Sequence[Plane], *, quiet: bool) -> Selection:
    """Return the selection without cases that have no volume in any plane, and report their number; chosen cases stay.

    A case that lacks only one of these planes stays: its missing series is a fault to report. If no case has a volume in
    these planes, the selection is empty.
    """
    if selected.narrowed:
        return selected
    cases = [case for case in selected.cases if case.has_volumes]
    if (without := len(selected.cases) - len(cases)) and not quiet:
        console.say(f"{counted(without, 'labelled case')} without a volume: left out")
    held = any(case.series(plane).exists for case in cases for plane in planes)
    return replace(selected, cases=cases if held else [])


def planes_there(archive: "Archive", words: list[str] | None) -> list[Plane]:
    """Return the named planes; if none was named, those in which the archive has a volume."""
    planes = chosen_planes(words)
    held = {series.plane for series in archive.volumes}
    return planes if words is not None or not held else [plane for plane in planes if plane in held]


def chosen_words(known: type[Word], words: Iterable[str] | None, option: str) -> list[Word]:
    """Return the words of an option, each once, in the order named; all words if the option was not given.

    Raises:
        UsageError: an unknown word.
    """
    if words is None:
        return list(known)
    return list(dict.fromkeys(known_word(known, word, option) for word in separate(words)))
