"""Writes a synthetic archive atomically: the planned cohort, drawn by all processors, as a folder or a zip."""

import io
import os
import shutil
import zipfile
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import BinaryIO

from mrnet.demo.faults import beside, check_plan, plant, plant_in_zip
from mrnet.demo.phantom import PlannedCase, draw_series, plan_cohort
from mrnet.errors import MRNetError, TargetError
from mrnet.parallel import Workers, ordered_map
from mrnet.storage.layout import CLASSIC, SYNTHETIC_MARK, label_file
from mrnet.vocabulary import Finding, Plane, Split
from mrnet.writing import check_target, flush, scratch_folder, writing, writing_folder

SYNTHETIC_TEXT = """\
This archive is synthetic: a computed knee phantom in the layout of MRNet-v1.0, with made-up findings.
It holds no patient's data, and nothing medical can be learnt from it.
Written by `mrnet demo --cases {cases} --seed {seed}`.
"""
ZIP_ROOT = "MRNet-v1.0"
EARLIEST_ZIP_DATE = (1980, 1, 1, 0, 0, 0)
"""The same time in every zip, so that the same archive gives the same bytes."""
ZIP_LEVEL = 1
"""Noise hardly compresses: a higher level takes longer and saves little."""
Write = Callable[[str, bytes], None]
"""Writes a file with this path in the archive."""


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
        jobs: the number of processes; None for one per processor.
        advance: called with 1 after each series.
        faults: the rules to break; see `mrnet.demo.faults`.

    Raises:
        TargetError: the target exists, or cannot be written. UsageError: no such number of cases, the target lies
            inside an archive, or these rules cannot be broken.
    """
    path = Path(os.path.abspath(target))
    zipped = target.suffix.lower() == ".zip"
    check_plan(faults, cases, zipped=zipped)
    for each in (path, *beside(path, faults)):
        if os.path.lexists(each):
            raise TargetError(f"{each.name}: already exists and is not replaced; name another folder")
    check_target(target)
    plan = plan_cohort(cases, seed)

    def fill(write: Write) -> None:
        write(SYNTHETIC_MARK, SYNTHETIC_TEXT.format(cases=cases, seed=seed).encode())
        for name, rows in _label_files(plan):
            write(name, rows)
        work = [(case, plane) for case in plan for plane in Plane]
        for (case, plane), data in ordered_map(partial(_drawn_file, seed), work, Workers(jobs), processes=True):
            if isinstance(data, MRNetError):
                raise data
            write(CLASSIC.volume_path(case.split, plane, case.id), data)
            advance(1)

    if zipped:
        with writing(path, new=True) as file:
            _write_zip(file, path, fill, faults)
    else:
        with writing_folder(path) as folder:
            fill(partial(_write_file, folder))
            _break(folder, path, faults)
    return len(plan) * len(Plane)


def _write_zip(file: BinaryIO, path: Path, fill: Callable[[Write], None], faults: Sequence[str]) -> None:
    """Write an archive as a zip. Faults are planted in files, so with faults it is first written as a temporary folder."""
    if not faults:
        with zipfile.ZipFile(file, "w") as zipped:
            fill(partial(_write_member, zipped))
        return
    with scratch_folder(path.with_name(f"{path.name}.folder")) as scratch:
        folder = scratch / ZIP_ROOT
        fill(partial(_write_file, folder))
        _break(folder, path, faults)
        packed = scratch / "packed.zip"
        with zipfile.ZipFile(packed, "w") as zipped:
            for each in sorted(each for each in folder.rglob("*") if each.is_file()):
                _write_member(zipped, each.relative_to(folder).as_posix(), each.read_bytes())
        plant_in_zip(faults, packed)
        with open(packed, "rb") as broken:
            shutil.copyfileobj(broken, file)


def _break(folder: Path, path: Path, faults: Sequence[str]) -> None:
    """Plant faults in a written folder, and write the files for `--against` beside its final path."""
    if not faults:
        return
    plant(faults, folder)
    for file, text in beside(path, faults).items():
        with writing(file, new=True) as handle:
            handle.write(text(faults, folder).encode())


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


def _write_file(folder: Path, path: str, data: bytes) -> None:
    target = folder / path
    target.parent.mkdir(parents=True, exist_ok=True)
    with open(target, "xb") as file:
        file.write(data)
        flush(file)


def _write_member(zipped: zipfile.ZipFile, path: str, data: bytes) -> None:
    member = zipfile.ZipInfo(f"{ZIP_ROOT}/{path}", EARLIEST_ZIP_DATE)
    member.external_attr = 0o644 << 16
    zipped.writestr(member, data, zipfile.ZIP_DEFLATED, ZIP_LEVEL)
