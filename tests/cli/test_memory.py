"""No command needs much memory; too little is one line with status 2, and nothing is left of the files that were to be written."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from mrnet.archive.volume import MAX_VOLUME_BYTES
from mrnet.cli.memory import MIN_FREE_BYTES
from tests.archives import write_sparse_volume, zip_archive
from tests.measured import MAX_PEAK_BYTES, run_measured

resource = pytest.importorskip("resource", reason="limits of POSIX")
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform != "linux", reason="elsewhere the limit does not hold"),
]
MIN_FREE_MEGABYTES = MIN_FREE_BYTES >> 20


def run(megabytes: int, *words: object) -> subprocess.CompletedProcess[str]:
    """Run a command that may use this much memory."""
    limit = f'ulimit -v {megabytes << 10}; "$@"'
    return subprocess.run(
        ["sh", "-c", limit, "sh", sys.executable, "-m", "mrnet", *map(str, words)],
        capture_output=True, text=True, check=False,
    )  # fmt: skip


@pytest.mark.parametrize("megabytes", [100, 130, 180])
@pytest.mark.parametrize("words", [["info", "--intensity"], ["stats", "--plot", "out/chart.png"]])
def test_memory_too_short_for_numpy_is_refused_before_a_file_is_begun(
    archive: Path, words: list[str], megabytes: int
) -> None:
    ran = run(megabytes, *words, "--root", archive)
    assert (ran.returncode, ran.stderr.count("\n")) == (2, 1), ran.stderr
    assert ran.stderr.startswith("mrnet: the system gives this process no more memory")
    assert not Path("out").exists()


def test_a_command_without_numpy_works_with_less(archive: Path) -> None:
    assert run(MIN_FREE_MEGABYTES // 2, "info", "--root", archive).returncode == 0


def test_with_enough_memory_the_chart_is_drawn(archive: Path) -> None:
    ran = run(MIN_FREE_MEGABYTES + 100, "stats", "--plot", "chart.png", "--root", archive)
    assert (ran.returncode, os.listdir()) == (0, ["chart.png"])


@pytest.mark.parametrize(
    "words",
    [
        ["info", "--intensity"],
        ["validate"],
        ["extract", "-o", "out.zip"],
        ["export-contact-sheet", "--plane", "axial", "-o", "out"],
        ["export-html", "--together", "-o", "out.html"],
        ["export-montage", "--plane", "axial", "--slices", "::9", "-o", "out"],
        ["export-gif", "0000", "--together", "--annotate", "--scale", "8", "--slices", ":3", "-o", "out"],
        ["export-montage", "0000", "--slices", ":8", "--columns", "8", "--scale", "8", "--annotate", "-o", "out"],
    ],
)
def test_many_jobs_and_the_largest_volumes_need_less_than_300_mb(archive: Path, words: list[str]) -> None:
    for path in archive.glob("*/axial/*.npy"):
        write_sparse_volume(path, (MAX_VOLUME_BYTES >> 16) - 1)
    ran, peak = run_measured(*words, "--jobs", "61", "--root", archive)
    assert ran.returncode in {0, 1}, ran.stderr
    assert peak < MAX_PEAK_BYTES


def test_a_zip_of_the_largest_volumes_needs_less_than_300_mb(archive: Path) -> None:
    for path in archive.glob("*/axial/*.npy"):
        write_sparse_volume(path, (MAX_VOLUME_BYTES >> 16) - 1)
    zipped = zip_archive(archive, Path("large.zip"))
    ran, peak = run_measured("info", "--intensity", "--jobs", "61", "--root", zipped)
    assert ran.returncode == 0, ran.stderr
    assert peak < MAX_PEAK_BYTES
