"""Shared by the tests of rules: an archive to break, which is checked as a folder and as a zip."""

import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from mrnet.archive.model import Archive
from mrnet.parallel import Workers
from mrnet.validation.catalogue import all_rules
from mrnet.validation.rules import Read
from mrnet.validation.run import Report, examine
from mrnet.validation.sources import open_source
from tests.archives import zip_archive

Places = list[tuple[str, str | None]]


@pytest.fixture(params=["folder", pytest.param("zip", marks=pytest.mark.slow)])
def examined(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[..., Report]:
    """Check a folder by every rule, directly and as a zip."""

    def run(folder: Path, read: str = "voxels", against: tuple[str, ...] = (), labels: Path | None = None) -> Report:
        place = (
            folder
            if request.param == "folder"
            else zip_archive(folder, tmp_path / "broken.zip", method=zipfile.ZIP_STORED)
        )
        archive = Archive.open(place, labels)
        return examine(archive, all_rules(), Read(read), [open_source(each) for each in against], workers=Workers(2))

    return run


def places(report: Report) -> Places:
    """Return the rule and path of each problem."""
    return [(problem.rule, problem.path) for problem in report.problems]
