"""One pass over the archive: every byte is read once, for any rules and workers."""

import shutil
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from mrnet.archive.model import Archive
from mrnet.parallel import Workers
from mrnet.storage.folder import FolderStorage
from mrnet.validation.catalogue import all_rules
from mrnet.validation.examination import SeriesReader
from mrnet.validation.rules import Read, Severity
from mrnet.validation.run import examine
from mrnet.validation.severities import weighed
from mrnet.validation.sources import open_source
from tests.archives import make_volume


@pytest.fixture
def reads(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """Count the reads of each file."""
    counts: Counter[str] = Counter()
    for name in ("read", "read_start", "chunks"):
        before = getattr(FolderStorage, name)

        def counted(self: FolderStorage, path: str, *words: object, _before: object = before) -> object:
            counts[path] += 1
            return _before(self, path, *words)  # type: ignore[operator]  # bound early, as object

        monkeypatch.setattr(FolderStorage, name, counted)
    return counts


def test_each_series_is_read_once_for_all_rules_and_all_sources(
    archive: Path, zipped: Path, reads: Counter[str]
) -> None:
    examine(Archive.open(archive), all_rules(), sources=[open_source(str(zipped)), open_source("mrnet-v1.0")])
    series = {path: count for path, count in reads.items() if path.endswith(".npy")}
    assert len(series) == 15
    assert set(series.values()) == {1}


def test_with_labels_only_no_series_is_opened(archive: Path, reads: Counter[str]) -> None:
    examine(Archive.open(archive), all_rules(), Read.LABELS)
    assert not [path for path in reads if path.endswith(".npy")]


def test_problems_are_the_same_with_any_number_of_workers(archive: Path) -> None:
    for number, file in enumerate(sorted(archive.rglob("*.npy"))):
        file.write_bytes(file.read_bytes()[: -1 - number] if number % 2 else b"")
    reports = [examine(Archive.open(archive), all_rules(), workers=Workers(jobs)) for jobs in (1, 2, 7)]
    assert reports[0].problems == reports[1].problems == reports[2].problems
    places = [(problem.path or "", problem.rule, problem.slice or 0) for problem in reports[0].problems]
    assert places == sorted(places)


def test_rules_on_voxels_run_if_a_warning_on_the_header_was_made_an_error(archive: Path) -> None:
    volume = np.asfortranarray(make_volume("0001", "axial"))
    volume[2] = 0
    np.save(archive / "train/axial/0001.npy", volume)
    report = examine(Archive.open(archive), weighed(all_rules(), {"fortran-order": Severity.ERROR}))
    assert [problem.rule for problem in report.problems] == ["blank-slice", "fortran-order"]


def test_rules_on_voxels_do_not_run_if_an_error_on_the_header_was_made_a_warning(archive: Path) -> None:
    np.save(archive / "train/axial/0001.npy", np.zeros((3, 64, 64), np.uint8))
    report = examine(Archive.open(archive), weighed(all_rules(), {"wrong-shape": Severity.WARNING}))
    assert [problem.rule for problem in report.problems] == ["wrong-shape"]


def test_an_archive_without_volumes_lacks_them_unless_labels_alone_are_read(archive: Path) -> None:
    for split in ("train", "valid"):
        shutil.rmtree(archive / split)
    opened = Archive.open(archive)
    assert {problem.rule for problem in examine(opened, all_rules()).problems} == {"missing-plane"}
    assert examine(opened, all_rules(), Read.LABELS).problems == []


def test_an_ignored_rule_does_not_run_and_hides_no_other(archive: Path) -> None:
    (archive / "train/axial/0001.npy").write_bytes((archive / "train/axial/0001.npy").read_bytes() + b"!")
    (archive / "notes.txt").write_text("words")
    report = examine(Archive.open(archive), weighed(all_rules(), {"trailing-bytes": Severity.IGNORE}))
    assert [problem.rule for problem in report.problems] == ["unexpected-file"]
    assert "trailing-bytes" in report.not_run


def test_the_watch_is_called_for_every_series(archive: Path) -> None:
    (archive / "train/axial/0001.npy").write_bytes(b"")
    progress: list[tuple[int, int]] = []
    examine(Archive.open(archive), all_rules(), watch=lambda size, problems: progress.append((size, problems)))
    assert len(progress) == 15
    assert sum(problems for _, problems in progress) == 1
    assert sum(size for size, _ in progress) == sum(file.stat().st_size for file in archive.rglob("*.npy"))


def test_what_is_kept_of_a_broken_series_keeps_no_frames(archive: Path) -> None:
    (archive / "train" / "axial" / "0001.npy").write_bytes(b"")
    (series,) = (each for each in Archive.open(archive).volumes if each.path == "train/axial/0001.npy")
    failure = SeriesReader(Read.VOXELS, [], all_rules())(series).failure
    assert failure is not None
    assert failure.__traceback__ is None
