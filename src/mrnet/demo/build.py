"""Writes a synthetic archive: the planned cohort, drawn by all processors, as a folder or a zip, whole or not at all."""

import io
import os
import shutil
import zipfile
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path

from mrnet.demo.faults import beside, check_plan, plant, plant_in_zip
from mrnet.demo.phantom import PlannedCase, draw_series, plan_cohort
from mrnet.errors import MRNetError, TargetError
from mrnet.parallel import Workers, ordered_map
from mrnet.storage.folder import is_archive_folder
from mrnet.storage.layout import SYNTHETIC_MARK, VolumePlace, label_file
from mrnet.vocabulary import Finding, Plane, Split
from mrnet.writing import make_folder, part_of, refuse_inside, reporting_failure, writing

SYNTHETIC_TEXT = """\
This archive is synthetic: a computed knee phantom in the layout of MRNet-v1.0, with made-up findings.
It holds no patient's data, and nothing medical can be learnt from it.
Written by `mrnet demo --cases {cases} --seed {seed}`.
"""
ZIP_ROOT = "MRNet-v1.0"
EARLIEST_ZIP_DATE = (1980, 1, 1, 0, 0, 0)
"""The same in every zip, so that the same archive is the same bytes."""
FASTEST = 1
"""Noise hardly packs: a higher level of deflate takes longer and saves little."""


def write_demo(
    target: Path,
    cases: int,
    seed: int,
    jobs: int | None = None,
    advance: Callable[[float], None] = lambda _: None,
    faults: Sequence[str] = (),
) -> int:
    """Write a synthetic archive, and return the number of its series; the seed decides every byte.

    Args:
        target: a folder to make, or a path ending in `.zip`; it must not exist.
        cases: how many, from 2; see `mrnet.demo.phantom.plan_cohort`.
        seed: decides every byte.
        jobs: how many processes draw; None for every processor.
        advance: called with 1 after each series.
        faults: rules to break in it; see `mrnet.demo.faults`.

    Raises:
        TargetError: the target exists, or cannot be written. UsageError: no such number of cases, the target lies
            inside an archive, or these rules cannot be broken.
    """
    place = Path(os.path.abspath(target))
    zipped = target.suffix.lower() == ".zip"
    check_plan(faults, cases, zipped=zipped)
    for each in (place, *beside(place, faults)):
        if os.path.lexists(each):
            raise TargetError(
                f"{each.name}: exists already, and is left alone; name another folder, or remove it first"
            )
    for above in place.parents:
        if is_archive_folder(above):
            refuse_inside(above, target)
    plan = plan_cohort(cases, seed)
    work = [(case, plane) for case in plan for plane in Plane]
    part = part_of(place)
    with reporting_failure(target):
        make_folder(place.parent)
        try:
            _remove(part)
            with _ZipWriter(part) if zipped and not faults else _FolderWriter(part) as writer:
                writer.write(SYNTHETIC_MARK, SYNTHETIC_TEXT.format(cases=cases, seed=seed).encode())
                for name, rows in _label_files(plan):
                    writer.write(name, rows)
                for (case, plane), data in ordered_map(partial(_drawn_file, seed), work, Workers(jobs), processes=True):
                    if isinstance(data, MRNetError):
                        raise data
                    writer.write(VolumePlace(case.split, plane, case.id).path, data)
                    advance(1)
            if faults:
                _break(part, place, faults, zipped=zipped)
            part.rename(place)
        finally:
            _remove(part)
    return len(work)


def _break(part: Path, place: Path, faults: Sequence[str], *, zipped: bool) -> None:
    """Plant faults in a written folder, write what it is to be compared with beside its place, and zip it if asked."""
    plant(faults, part)
    for file, text in beside(place, faults).items():
        with writing(file) as handle:
            handle.write(text(faults, part).encode())
    if not zipped:
        return
    packed = part.with_name(f"{part.name}.zip")
    try:
        with _ZipWriter(packed) as writer:
            for file in sorted(each for each in part.rglob("*") if each.is_file()):
                writer.write(file.relative_to(part).as_posix(), file.read_bytes())
        plant_in_zip(faults, packed)
        _remove(part)
        packed.rename(part)
    finally:
        _remove(packed)


def _drawn_file(seed: int, series: tuple[PlannedCase, Plane]) -> bytes:
    import numpy as np

    file = io.BytesIO()
    np.save(file, draw_series(seed, *series), allow_pickle=False)
    return file.getvalue()


def _label_files(plan: list[PlannedCase]) -> Iterator[tuple[str, bytes]]:
    for split in Split:
        for finding in Finding:
            rows = (f"{case.id},{case.labels[finding]}\n" for case in plan if case.split == split)
            yield label_file(split, finding), "".join(rows).encode()


def _remove(part: Path) -> None:
    if os.path.isdir(part) and not part.is_symlink():
        shutil.rmtree(part)
    else:
        part.unlink(missing_ok=True)


class _Writer(ABC):
    @abstractmethod
    def __enter__(self) -> "_Writer": ...

    def __exit__(self, *_: object) -> None:
        return

    @abstractmethod
    def write(self, path: str, data: bytes) -> None: ...


class _FolderWriter(_Writer):
    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def __enter__(self) -> "_Writer":
        for split in Split:
            for plane in Plane:
                (self.folder / split / plane).mkdir(parents=True)
        return self

    def write(self, path: str, data: bytes) -> None:
        (self.folder / path).write_bytes(data)


class _ZipWriter(_Writer):
    def __init__(self, file: Path) -> None:
        self.file = file

    def __enter__(self) -> "_Writer":
        self.zip = zipfile.ZipFile(self.file, "w", zipfile.ZIP_DEFLATED, compresslevel=FASTEST)
        return self

    def __exit__(self, *_: object) -> None:
        self.zip.close()

    def write(self, path: str, data: bytes) -> None:
        member = zipfile.ZipInfo(f"{ZIP_ROOT}/{path}", EARLIEST_ZIP_DATE)
        member.external_attr = 0o644 << 16
        self.zip.writestr(member, data, zipfile.ZIP_DEFLATED, FASTEST)
