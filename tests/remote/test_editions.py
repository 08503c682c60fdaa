"""A table of edition × storage × command: each cell has the same output as the classic folder, except for paths."""

import re
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from mrnet import Archive
from mrnet.cli.commands import _pictures as picture_batches
from mrnet.storage.layout import CLASSIC
from tests.archives import FORMS, write_form, zip_archive
from tests.conftest import Mrnet
from tests.remote.results import digest_of, printed_by
from tests.remote.servers import S3Server, nginx_server

COMMANDS = [
    ["info", "--format", "json"],
    ["info", "0001", "1130", "--format", "csv"],
    ["list", "--where", "sagittal > 3 and not acl", "--format", "csv"],
    ["stats", "--format", "json"],
    ["validate", "--ignore", "promoted-row", "--format", "json"],
    ["compare", "reading.csv", "--format", "json"],
    ["export-gif", "0001", "-p", "ax", "-o", "made/gifs"],
    ["export-html", "1130", "-o", "made/pages"],
    ["extract", "-o", "made/MRNet-v1.0", "--format", "csv"],
]
PLACES = ["folder", "zip", "bucket", "zip in a bucket", "zip on the web"]
Cell = tuple[int, object, str, dict[str, str]]
"""Exit status, what was printed, warnings, and digests of the files that were made."""


@pytest.fixture(scope="module")
def _forms(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of all forms, each in a folder of its own, as folder and as zip; a form is written when it is needed."""
    return tmp_path_factory.mktemp("forms")


@pytest.fixture(scope="module")
def _write(_sound: Path, _forms: Path) -> Callable[[str], str]:
    """Write a form if it is not there yet, and return the name of its folder."""

    @cache
    def write(form: str) -> str:
        folder = _forms / str(list(FORMS).index(form))
        write_form(_sound, folder / "copy", form)
        zip_archive(folder / "copy", folder / "copy.zip", top="")
        return folder.name

    return write


@pytest.fixture(scope="module")
def _put(_s3: S3Server, _forms: Path) -> Callable[[str], str]:
    """Put a form's folder into the bucket if it is not there yet, and return the address of all forms."""

    @cache
    def put(folder: str) -> str:
        _s3.put_folder(_forms / folder, f"forms/{folder}")
        return "s3://mrnet/forms"

    return put


@pytest.fixture(scope="module")
def _web(_forms: Path, tmp_path_factory: pytest.TempPathFactory, _nginx: str) -> Iterator[str]:
    with nginx_server(_forms, tmp_path_factory.mktemp("nginx-of-forms")) as address:
        yield address


@pytest.fixture
def address(
    request: pytest.FixtureRequest, s3: S3Server, _forms: Path, _write: Callable[[str], str]
) -> Callable[[str, str], str]:
    """Return the path or address of a form in a kind of storage."""

    def find(form: str, place: str) -> str:
        folder = _write(form)
        if "bucket" in place:
            base = request.getfixturevalue("_put")(folder)
        else:
            base = request.getfixturevalue("_web") if "web" in place else _forms
        return f"{base}/{folder}/copy{'.zip' if 'zip' in place else ''}"

    return find


@pytest.fixture
def cell(mrnet: Mrnet, monkeypatch: pytest.MonkeyPatch) -> Callable[[list[str], str], Cell]:
    """Run a command on an archive, and return its output and files with paths as in a classic archive."""
    # Pictures contain the command line that made them, and it names the archive.
    monkeypatch.setattr(picture_batches, "command_line", lambda: "mrnet")
    Path("reading.csv").write_text("case,abnormal,acl,meniscus\n0000,1,1,1\n0001,0,1,0\n1131,0,0,0\n")

    def run(command: list[str], root: str) -> Cell:
        ran = mrnet(*command, "--root", root)
        made = {str(path): digest_of(path) for path in _files(Path("made"))}
        for path in made:
            Path(path).unlink()
        said: Any = printed_by(_as_classic(ran.out, root), root)
        if isinstance(said, dict):
            for key in ("edition", "this"):
                said.pop(key, None)
        return ran.status, said, ran.err.replace(root, "ROOT"), made

    return run


def _as_classic(text: str, root: str) -> str:
    archive = Archive.open(root)
    layout = archive.storage.layout
    for series in archive.volumes:
        # Replace whole paths only: `axial/0000.npy`, a path of an archive without split folders, is the end of a classic path.
        text = re.sub(
            rf"(?<![\w/]){re.escape(series.path)}", CLASSIC.volume_path(series.split, series.plane, series.case), text
        )
    for key, file in archive.label_files.items():
        text = text.replace(file.path, CLASSIC.label_path(*key))
    return text.replace(layout.volumes_prefix, "") if layout.volumes_prefix else text


def _files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())


@pytest.fixture(scope="module")
def _kept() -> dict[str, Cell]:
    return {}


@pytest.fixture
def classic(_kept: dict[str, Cell], cell: Callable[[list[str], str], Cell], archive: Path) -> dict[str, Cell]:
    """The output and the files of each command on the classic folder."""
    if not _kept:
        _kept.update({" ".join(command): cell(command, str(archive)) for command in COMMANDS})
    return _kept


@pytest.mark.slow
@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("form", FORMS)
def test_each_command_does_the_same_as_with_the_classic_folder(
    classic: dict[str, Cell],
    address: Callable[[str, str], str],
    cell: Callable[[list[str], str], Cell],
    form: str,
    place: str,
) -> None:
    for command in COMMANDS:
        found, expected = cell(command, address(form, place)), classic[" ".join(command)]
        assert found == expected, f"{command}\n{found[1]}\n{found[2]}"
