"""A synthetic archive is the same for the same seed, whole or absent, and never written over anything."""

import hashlib
import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mrnet import Archive
from mrnet.demo import build as demo
from mrnet.demo.build import write_demo
from mrnet.demo.phantom import PlannedCase, plan_cohort
from mrnet.errors import MRNetError, TargetError, UsageError
from mrnet.vocabulary import Plane
from mrnet.writing import FOLDER_MARK, part_of


def digests(folder: Path) -> dict[str, str]:
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


@pytest.fixture(scope="module", autouse=True)
def _thin() -> Iterator[None]:
    """Draw four slices per series: a whole series takes most of a second."""

    def thin_cohort(cases: int, seed: int) -> list[PlannedCase]:
        return [replace(case, slices=dict.fromkeys(Plane, 4)) for case in plan_cohort(cases, seed)]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(demo, "plan_cohort", thin_cohort)
        yield


@pytest.fixture(scope="module")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("drawn") / "demo"
    assert write_demo(folder, 2, seed=3, jobs=1) == 6
    return folder


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Draw quickly, and in this process, so that a test can observe it."""

    def sketch(seed: int, case: PlannedCase, plane: Plane) -> Any:
        return np.full((2, 256, 256), int(case.id) % 256, np.uint8)

    def one_by_one(function: Any, items: Any, *_: object, **__: object) -> Any:
        return ((item, function(item)) for item in items)

    monkeypatch.setattr(demo, "draw_series", sketch)
    monkeypatch.setattr(demo, "ordered_map", one_by_one)


def test_a_demo_is_an_archive_of_both_splits_that_says_what_it_is(drawn: Path) -> None:
    opened = Archive.open(drawn)
    assert [case.id for case in opened.cases] == ["0000", "1130"]
    assert opened.synthetic
    assert not opened.label_faults
    assert "synthetic" in (drawn / "SYNTHETIC.txt").read_text()
    assert len(digests(drawn)) == 6 + 6 + 1


def test_no_two_series_are_alike(drawn: Path) -> None:
    volumes = [digest for path, digest in digests(drawn).items() if path.endswith(".npy")]
    assert len(set(volumes)) == len(volumes)


@pytest.mark.slow
def test_the_seed_decides_every_byte_for_any_number_of_jobs_and_both_forms(drawn: Path, tmp_path: Path) -> None:
    write_demo(tmp_path / "again", 2, seed=3, jobs=3)
    assert digests(tmp_path / "again") == digests(drawn)
    write_demo(tmp_path / "zipped.zip", 2, seed=3, jobs=2)
    zipped, folder = Archive.open(tmp_path / "zipped.zip"), Archive.open(drawn)
    assert {path: zipped.storage.read(path) for path in zipped.storage.entries} == {
        path: folder.storage.read(path) for path in folder.storage.entries
    }


def test_zips_of_one_seed_are_the_same_bytes(quick: None, tmp_path: Path) -> None:
    for name in ("one.zip", "TWO.ZIP"):
        write_demo(tmp_path / name, 3, seed=0)
    assert (tmp_path / "one.zip").read_bytes() == (tmp_path / "TWO.ZIP").read_bytes()


def test_progress_counts_each_series(quick: None, tmp_path: Path) -> None:
    counted: list[float] = []
    write_demo(tmp_path / "new" / "demo", 4, seed=0, advance=counted.append)
    assert counted == [1] * 12


@pytest.mark.parametrize("name", ["demo", "demo.zip"])
@pytest.mark.parametrize("put", ["folder", "file", "dangling link"])
def test_existing_files_are_not_replaced(quick: None, tmp_path: Path, put: str, name: str) -> None:
    target = tmp_path / name
    if put == "folder":
        target.mkdir()
    elif put == "file":
        target.write_text("mine")
    else:
        target.symlink_to("nowhere")
    with pytest.raises(TargetError, match="already exists and is not replaced"):
        write_demo(target, 2, seed=0)
    assert sorted(os.listdir(tmp_path)) == sorted([name, "work"])
    with pytest.raises(TargetError, match="already exists"):
        write_demo(tmp_path / "made" / ".." / name, 2, seed=0)


@pytest.mark.parametrize("name", ["demo", "demo.zip"])
@pytest.mark.parametrize("error", [MRNetError("no"), KeyboardInterrupt(), OSError(28, "No space left on device")])
def test_a_failed_demo_leaves_nothing(
    quick: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, error: BaseException
) -> None:
    drawn: list[PlannedCase] = []

    def fail(seed: int, case: PlannedCase, plane: Plane) -> Any:
        drawn.append(case)
        if len(drawn) == 4:
            raise error
        return np.zeros((2, 256, 256), np.uint8)

    monkeypatch.setattr(demo, "draw_series", fail)
    with pytest.raises(TargetError if isinstance(error, OSError) else type(error)):
        write_demo(tmp_path / name, 2, seed=0)
    assert os.listdir(tmp_path) == ["work"]


@pytest.mark.parametrize("name", ["demo", "demo.zip"])
def test_leftovers_of_a_killed_run_are_replaced(quick: None, tmp_path: Path, name: str) -> None:
    part = part_of(tmp_path / name)
    if name == "demo":
        (part / "demo" / "train" / "axial").mkdir(parents=True)
        (part / FOLDER_MARK).touch()
    else:
        part.write_bytes(b"half")
    write_demo(tmp_path / name, 2, seed=0)
    assert sorted(os.listdir(tmp_path)) == [name, "work"]


@pytest.mark.parametrize("name", ["demo", "demo.zip"])
def test_the_part_folder_of_another_program_is_not_removed(quick: None, tmp_path: Path, name: str) -> None:
    (tmp_path / f"{name}.part" / "train" / "axial").mkdir(parents=True)
    write_demo(tmp_path / name, 2, seed=0)
    assert sorted(os.listdir(tmp_path)) == [name, f"{name}.part", "work"]
    assert (tmp_path / f"{name}.part" / "train" / "axial").is_dir()


def test_a_part_that_is_a_link_is_not_followed(quick: None, tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / FOLDER_MARK).touch()
    part_of(tmp_path / "demo").symlink_to("mine")
    with pytest.raises(TargetError, match="in the way"):
        write_demo(tmp_path / "demo", 2, seed=0)
    assert os.listdir(tmp_path / "mine") == [FOLDER_MARK]


def test_a_place_that_cannot_be_made_is_named(quick: None, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    for target, reason in (("file/demo", "file is not a folder"), ("x" * 300, "File name too long")):
        with pytest.raises(TargetError, match=reason):
            write_demo(tmp_path / target, 2, seed=0)


def test_a_demo_is_not_written_inside_an_archive(quick: None, archive: Path) -> None:
    for inside in ("MRNet-demo", "train/demo.zip", "new/demo"):
        with pytest.raises(UsageError, match="inside the archive"):
            write_demo(archive / inside, 2, seed=0)
    assert not (archive / "new").exists()


def test_an_impossible_number_of_cases_is_refused_before_anything_is_written(quick: None, tmp_path: Path) -> None:
    for cases in (-1, 0, 1, 1251):
        with pytest.raises(UsageError, match="to 1250"):
            write_demo(tmp_path / "demo", cases, seed=0)
    assert os.listdir(tmp_path) == ["work"]
