"""Fixtures for all tests: a small sound archive, a real scan if there is one, and the command line itself."""

import contextlib
import os
import shutil
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import hypothesis
import pytest

from mrnet.cli import app as cli
from tests import skips
from tests.archives import write_archive, write_full_archive, zip_archive

# No deadline: on a busy machine, the first use of an import may take long.
hypothesis.settings.register_profile("mrnet", deadline=None, max_examples=50)
hypothesis.settings.register_profile("fast", deadline=None, max_examples=10)
hypothesis.settings.load_profile("mrnet")

NO_SKIPS_VARIABLE = "MRNET_NO_SKIPS"
"""Set in the full CI run: then a skip for a reason that is not listed fails the run."""
REAL_SCAN_VARIABLE = "MRNET_REAL_SCAN"
REAL_SCAN_BESIDE = Path(__file__).parents[2] / "shared" / "real-mri" / "MRNet-v1.0"


MEMORY_DISK = Path("/dev/shm")
MIN_FREE_BYTES = 4 << 30

SLOW_FIXTURES = {"full_archive", "driver", "watched_page", "browser", "node_modules", "_s3", "nginx", "faulty"}
"""Fixtures that take seconds: a browser, a server, an archive of 3,750 files."""


@dataclass(frozen=True)
class Ran:
    """The result of one run of the command line."""

    status: int
    out: str
    err: str


Mrnet = Callable[..., Ran]


@pytest.fixture(autouse=True)
def _no_environment(tmp_path: Path) -> Iterator[None]:
    """Keep the developer's archives and settings away from tests; start each test in an empty folder."""
    work = tmp_path / "work"
    work.mkdir()
    with pytest.MonkeyPatch.context() as environment, contextlib.chdir(work):
        for name in ("MRNET_ROOT", "CI", "NO_COLOR", "FORCE_COLOR", "COLUMNS", "MRNET_DEBUG"):
            environment.delenv(name, raising=False)
        yield


@pytest.fixture(scope="session")
def _sound(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_archive(tmp_path_factory.mktemp("sound") / "MRNet-v1.0")


@pytest.fixture
def archive(_sound: Path, tmp_path: Path) -> Path:
    """A small sound archive in its own folder; the test may break it."""
    return shutil.copytree(_sound, tmp_path / "MRNet-v1.0")


@pytest.fixture(scope="session")
def _sound_zip(_sound: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return zip_archive(_sound, tmp_path_factory.mktemp("zipped") / "MRNet-v1.0.zip")


@pytest.fixture
def zipped(_sound_zip: Path, tmp_path: Path) -> Path:
    """The small sound archive as a deflated zip; the test may break it."""
    return Path(shutil.copy(_sound_zip, tmp_path / "MRNet-v1.0.zip"))


@pytest.fixture(scope="session")
def full_archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An archive with all published counts, whose volumes are sparse files. Tests must not change it."""
    return write_full_archive(tmp_path_factory.mktemp("full") / "MRNet-v1.0")


@pytest.fixture
def real_scan() -> Path:
    """A real scan in MRNet's layout: at the path in MRNET_REAL_SCAN, or in a folder beside the project."""
    place = Path(os.environ.get(REAL_SCAN_VARIABLE, REAL_SCAN_BESIDE))
    if not place.is_dir():
        pytest.skip(f"no real scan: {place} is not there ({REAL_SCAN_VARIABLE} can name one)")
    return place


@pytest.fixture
def mrnet(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Mrnet:
    """Run the command line in this process: mrnet("info", "0001", "--root", archive)."""

    def run(*words: object) -> Ran:
        monkeypatch.setattr(sys, "argv", ["mrnet", *map(str, words)])
        capsys.readouterr()
        with pytest.raises(SystemExit) as ended:
            cli.main()
        out, err = capsys.readouterr()
        code = ended.value.code
        assert code is None or isinstance(code, int)
        return Ran(code or 0, out, err)

    return run


def pytest_configure() -> None:
    """Keep the tests' files in memory if there is room. They are 15 GB in all, but few at the same time."""
    if (
        MEMORY_DISK.is_dir()
        and os.access(MEMORY_DISK, os.W_OK)
        and shutil.disk_usage(MEMORY_DISK).free > MIN_FREE_BYTES
    ):
        os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", str(MEMORY_DISK))


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark tests that need a slow fixture as slow."""
    for item in items:
        if SLOW_FIXTURES & set(getattr(item, "fixturenames", ())):
            item.add_marker(pytest.mark.slow)


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Fail the run if tests were skipped for a reason that is not listed."""
    wrong = skips.skips_that_fail(_skipped(session.config)) if NO_SKIPS_VARIABLE in os.environ else []
    if wrong and session.exitstatus == pytest.ExitCode.OK:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Print at the end which tests were skipped because a program is missing, and which must not be skipped."""
    reasons = _skipped(config)
    if advice := skips.advice(reasons):
        terminalreporter.write_line(advice, yellow=True)
    if NO_SKIPS_VARIABLE in os.environ:
        for reason in skips.skips_that_fail(reasons):
            terminalreporter.write_line(f"Not on the list of tests/skips.py: {reason}", red=True)


def _skipped(config: pytest.Config) -> list[str]:
    """Return the reason of each skipped test; none in a worker process, which reports to the main one."""
    reporter = config.pluginmanager.get_plugin("terminalreporter")
    reports = reporter.stats.get("skipped", []) if reporter else []
    return [str(report.longrepr[2]).removeprefix("Skipped: ") for report in reports]
