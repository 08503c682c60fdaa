"""Rules on the content of the archive's folders: is everything there, and nothing else?"""

from collections.abc import Iterator

from mrnet.archive.model import Series
from mrnet.errors import UnreadableFileError
from mrnet.storage.base import MAX_COUNTED_FILES
from mrnet.text import counted
from mrnet.validation.examination import Examination
from mrnet.validation.rules import Found, archive_rule, at
from mrnet.vocabulary import Plane, Split


@archive_rule(remedy="Download the archive again, or point --root at a copy that holds both splits.")
def missing_split(examination: Examination) -> Iterator[Found]:
    """A split has neither volumes nor labels.

    MRNet-v1.0 comes as `train` (1,130 cases) and `valid` (120 cases). One of them is not there at all: neither a
    `.npy` file in its three folders nor a label file of it. Three empty label files say that the split is left out
    on purpose; `mrnet extract` writes them if no case of the split is chosen.

    **Why it matters.** A study without `valid` has nothing to report its figures on, and code that falls back to a
    part of `train` reports figures that no one can compare. Where a folder was renamed, nothing fails: loaders that
    list folders find none and go on.
    """
    for split in Split:
        if not (
            _has_volumes(examination, split)
            or _has_labels(examination, split)
            or _is_left_out(examination, split)
            or examination.is_misnamed(split)
        ):
            folder = examination.layout.split_folder(split)
            message = f"no volumes and no labels of the split{_instead(examination, folder)}"
            yield Found(folder or None, message, split=split)


@archive_rule(
    remedy="Fetch the folder {path} again: the archive was unpacked or copied in part.",
    when=lambda examination: not examination.labels_only,
)
def missing_plane(examination: Examination) -> Iterator[Found]:
    """A split with volumes or labels has no volume in a plane.

    A split has labels, or volumes in other planes, but its folder of this plane is missing or empty. With
    `--read labels` an archive that holds no volume at all is a checkout of the label files, and this is skipped.

    **Why it matters.** Models for MRNet usually take the three planes together. A plane that is absent as a whole is
    one fault, a folder that was lost, and is reported once: its series are not listed one by one.
    """
    for split in Split:
        if not _has_volumes(examination, split) and not _has_labels(examination, split):
            continue
        for plane in Plane:
            if not examination.ids[split][plane] and not examination.is_misnamed(split, plane):
                folder = f"{examination.layout.plane_folders[split, plane]}/"
                message = f"no volumes in this plane{_instead(examination, folder)}"
                yield Found(folder, message, split=split, plane=plane)


@archive_rule(remedy="Fetch {path} again, or work without the case; its other planes can stay.")
def missing_series(examination: Examination) -> Iterator[Found]:
    """A case that has a volume in another plane lacks this plane's file.

    The case is there in one plane or two, but not in all three.

    **Why it matters.** A loader that walks one plane's folder and opens the same name in the others stops in the
    middle of an epoch; one that skips what it does not find trains each plane on other cases than it says.
    """
    for split in Split:
        cases = examination.cases(split)
        for plane, ids in examination.ids[split].items():
            under_wrong_names = {case for case in cases if examination.is_misnamed(split, plane, case)}
            for case in sorted(cases - ids - under_wrong_names if ids or under_wrong_names else ()):
                others = ", ".join(other for other in Plane if case in examination.ids[split][other])
                yield at(
                    Series(examination.archive.storage, split, plane, case),
                    f"no such file; the case is there in {others}",
                )


@archive_rule(
    remedy="Give it the right name, unless something of that name is there already: then compare the two first."
)
def misnamed(examination: Examination) -> Iterator[Found]:
    """A file or folder that is named nearly as the layout has it (`Axial/`, `0.npy`, `0001.NPY`, `axial/train/`,
    `train acl.csv`).

    This is most likely a file or folder of the archive under a wrong name; the message gives the right one. It is not read,
    and not reported as missing or unexpected too. Names are compared exactly, on every system.

    **Why it matters.** Code that asks for `train/axial` finds `train/Axial` on a laptop with macOS or Windows and not on
    the Linux machine that trains; `0.npy` is case 0000 to one program and no case to the next.
    """
    for path, right in examination.misnamed.items():
        there = ", which is there too" if right.removesuffix("/") in examination.archive.storage.entries else ""
        yield Found(path, f"expected the name {right}{there}")


@archive_rule(
    severity="warning", remedy="Nothing needs to be done; if it is in the way of other programs, move it elsewhere."
)
def unexpected_file(examination: Examination) -> Iterator[Found]:
    """A file that the layout does not know (`.DS_Store`, `._0001.npy`, `__MACOSX/`, `0001 (1).npy`, `Thumbs.db`).

    The file is not part of MRNet-v1.0: macOS, Windows or a browser's second download left it behind, or it holds notes. A
    folder that the layout does not know is one problem, even with many files in it. `README*`, `LICENSE*`,
    `SYNTHETIC.txt` and the manifest that the archive is compared with may be in the root.

    **Why it matters.** Code that lists a folder and opens everything in it stops at such a file, or worse, reads it:
    `0001 (1).npy` becomes a separate case, so that one patient counts twice.
    """
    storage = examination.archive.storage
    for entry in [*storage.entries.values(), *storage.outside()]:
        if examination.is_known(entry.path) or any(path.startswith(entry.path) for path in examination.misnamed):
            continue
        if examination.is_linked(entry.path):
            continue
        if entry.is_folder:
            count = storage.count_below(entry.path)
            some = f"{counted(count, 'file')}{' or more' if count == MAX_COUNTED_FILES else ''}"
            yield Found(entry.path, f"a folder that the layout does not know, with {some} in it")
        else:
            yield Found(entry.path, f"the layout does not know this file{f' ({entry.fault})' if entry.fault else ''}")


@archive_rule(
    remedy="Find out which split the case belongs to, and move its files of the other split to a folder outside the archive."
)
def case_in_two_splits(examination: Examination) -> Iterator[Found]:
    """An id has volumes in train and in valid.

    Ids are unique over both splits (train 0000 to 1129, valid 1130 to 1249 as published), and this one has volumes in
    both. The files may be different.

    **Why it matters.** If the files are one patient's, the model was trained on what it is judged by, and its figures
    are too good. If they are not, every table that is joined by id mixes two patients.
    """
    for case in sorted(examination.cases(Split.TRAIN) & examination.cases(Split.VALID)):
        train, valid = (_first_volume(examination, split, case).path for split in Split)
        yield Found(valid, f"case {case} has volumes in train too ({train})", split=Split.VALID, case=case)


@archive_rule(remedy="Make the file readable to you; if something else is in its place, move that elsewhere first.")
def unreadable_file(examination: Examination) -> Iterator[Found]:
    """At the path of a volume or label file is something that cannot be read as a file: a dangling or looping link, a folder, a
    pipe, no permission.

    A link that leads nowhere or to itself, a folder, a named pipe or a device, or a file that the system does not let
    you read. Links to volumes, planes and splits are followed where they lead to a plain file; others are not, and
    inside a zip none is.

    **Why it matters.** Archives that are shared by links break when the target moves, one user at a time, and
    what works for the person who made them does not work in a job. A pipe blocks every program that opens it.
    """
    for path, error in examination.failures().items():
        if isinstance(error, UnreadableFileError) and examination.is_file_path(path):
            yield Found(path, error.reason)


def _has_volumes(examination: Examination, split: Split) -> bool:
    return any(examination.ids[split].values())


def _has_labels(examination: Examination, split: Split) -> bool:
    files = [file for file in examination.labels() if file.split is split]
    return any((file.present and not file.empty) or file.path in examination.misnamed.values() for file in files)


def _is_left_out(examination: Examination, split: Split) -> bool:
    """Return whether the split has three empty label files, as `mrnet extract` writes for a split that is left out."""
    return all(file.empty for file in examination.labels() if file.split is split)


def _instead(examination: Examination, folder: str) -> str:
    names = folder.removesuffix("/").split("/")
    for depth in range(1, len(names) + 1):
        if entry := examination.archive.storage.entries.get("/".join(names[:depth])):
            return f"; {entry.path} is {entry.fault or 'a file'}"
    return ""


def _first_volume(examination: Examination, split: Split, case: str) -> Series:
    plane = next(plane for plane in Plane if case in examination.ids[split][plane])
    return Series(examination.archive.storage, split, plane, case)
