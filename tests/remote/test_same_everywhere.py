"""Every command has the same output and files for every kind of storage and of worker."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from mrnet.cli.commands import _pictures as picture_batches
from tests.clusters import running_cluster
from tests.conftest import Mrnet
from tests.remote.results import digest_of, printed_by
from tests.remote.servers import S3Server

Result = tuple[int, object, str, dict[str, str]]
"""Exit status, standard output, standard error, and digests of the files that were made."""
Results = dict[str, Result]
COMMANDS = [
    ["info"],
    ["info", "0001", "1130", "--format", "csv"],
    ["info", "--where", "axial > 3", "--intensity"],
    ["list", "--where", "sagittal > 3"],
    ["list", "--format", "ids"],
    ["stats"],
    ["stats", "--split", "valid", "--format", "csv"],
    ["validate"],
    ["validate", "--read", "headers", "--format", "csv"],
    ["validate", "--read", "labels", "--format", "csv"],
    ["compare", "reading.csv"],
    ["manifest"],
    ["export-gif", "0000-0002", "-o", "made"],
    ["export-montage", "-p", "cor,sag", "-o", "made"],
    ["export-contact-sheet", "-p", "axial", "-o", "made"],
    ["export-html", "1130", "-o", "made"],
]
READS_LITTLE = ("list", "compare")
"""Commands that take no `--jobs` and no `--scheduler`."""


class Everywhere:
    """Runs every command on one archive, and keeps its output and files."""

    def __init__(self, mrnet: Mrnet) -> None:
        self.mrnet = mrnet

    def run(self, root: object, *work: str) -> Results:
        return {" ".join(command): self._run(command, root, work) for command in COMMANDS}

    def _run(self, command: list[str], root: object, work: tuple[str, ...]) -> Result:
        words = [*command, "--root", root, *(() if command[0] in READS_LITTLE else work)]
        if command[0] in {"info", "stats", "validate"} and "--format" not in command:
            words += ["--format", "json"]
        ran = self.mrnet(*words)
        made = {path.name: digest_of(path) for path in Path("made").glob("*")}
        for path in Path("made").glob("*"):
            path.unlink()
        return ran.status, printed_by(ran.out, str(root)), ran.err.replace(str(root), "ROOT"), made


@pytest.fixture
def everywhere(mrnet: Mrnet, monkeypatch: pytest.MonkeyPatch) -> Everywhere:
    # Pictures contain the command line that made them, and it names the archive.
    monkeypatch.setattr(picture_batches, "command_line", lambda: "mrnet")
    Path("reading.csv").write_text("case,abnormal,acl,meniscus\n0000,1,1,1\n0001,0,1,0\n1131,0,0,0\n")
    return Everywhere(mrnet)


@pytest.fixture(scope="module")
def _kept() -> Results:
    return {}


@pytest.fixture
def expected(_kept: Results, everywhere: Everywhere, archive: Path) -> Results:
    if not _kept:
        _kept |= everywhere.run(archive, "--jobs", "1")
    return _kept


@pytest.fixture(scope="module")
def _scheduler(tmp_path_factory: pytest.TempPathFactory, _s3: S3Server) -> Iterator[str]:
    with running_cluster(tmp_path_factory.mktemp("cluster"), environment=_s3.environment) as running:
        yield running.address


@pytest.mark.slow
def test_eight_jobs_give_the_same_as_one(everywhere: Everywhere, archive: Path, expected: Results) -> None:
    assert everywhere.run(archive, "--jobs", "8") == expected


@pytest.mark.slow
def test_a_zip_gives_the_same_as_the_folder(everywhere: Everywhere, zipped: Path, expected: Results) -> None:
    assert everywhere.run(zipped) == expected


@pytest.mark.parametrize("root", ["s3://mrnet/data/MRNet-v1.0", "s3://mrnet/MRNet-v1.0.zip"])
def test_a_bucket_gives_the_same_as_the_folder(
    everywhere: Everywhere, s3: S3Server, root: str, expected: Results
) -> None:
    assert everywhere.run(root) == expected


def test_a_zip_on_the_web_gives_the_same_as_the_folder(everywhere: Everywhere, nginx: str, expected: Results) -> None:
    assert everywhere.run(f"{nginx}/MRNet-v1.0.zip") == expected


@pytest.mark.parametrize("place", ["folder", "zip", "bucket"])
def test_a_cluster_gives_the_same_as_this_machine(
    everywhere: Everywhere, s3: S3Server, _scheduler: str, archive: Path, zipped: Path, expected: Results, place: str
) -> None:
    root = {"folder": archive, "zip": zipped, "bucket": "s3://mrnet/data/MRNet-v1.0"}[place]
    assert everywhere.run(root, "--scheduler", _scheduler) == expected
