"""The documents show what the commands really do."""

import importlib.util
import re
import shutil
import tomllib
from importlib import metadata
from pathlib import Path

import numpy as np
import pytest
from packaging.requirements import Requirement

from mrnet.archive.labels import MAX_LABEL_FILE_BYTES, MAX_LABEL_LINES
from mrnet.archive.volume import MAX_LOADED_AXIS_LENGTH, MAX_VOLUME_BYTES
from mrnet.cli.commands.show import MAX_SLICES
from mrnet.cli.selection import MAX_ID_FILE_BYTES
from mrnet.pictures.animation import MAX_FRAME_PIXELS
from mrnet.pictures.notes import read_note
from mrnet.pictures.still import MAX_PIXELS
from mrnet.statistics.readings import MAX_CELLS, MAX_COLUMNS, MAX_READINGS_BYTES
from mrnet.statistics.records import MAX_RECORD_BYTES
from mrnet.storage.base import MAX_ENTRIES
from mrnet.storage.connection import MAX_OBJECTS
from mrnet.text import MAX_TOML_BYTES
from mrnet.validation.baseline import MAX_REPORT_BYTES
from mrnet.validation.manifest import MAX_FILES, MAX_MANIFEST_BYTES
from tests import pages, reference, snippets
from tests.archives import make_volume, zip_archive

DOCS = pages.PROJECT / "docs"
PAGES = sorted([*DOCS.rglob("*.md"), *(pages.PROJECT / ".github").rglob("*.md"), pages.README])
NEEDS_SERVERS = DOCS / "how-to" / "s3-and-dask.md"
"""Run in tests/remote."""
SHOWN_STEP_BY_STEP = sorted({*(DOCS / "how-to").glob("*.md"), *(DOCS / "tutorial").glob("*.md")} - {NEEDS_SERVERS})


@pytest.mark.slow
def test_the_readme_works_and_prints_as_shown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    written = pages.README.read_text(encoding="utf-8")
    assert pages.without_seconds(pages.run_shown(written, tmp_path)) == pages.without_seconds(written)
    monkeypatch.setenv("MRNET_ROOT", "MRNet-demo")
    Path("reader.csv").write_text("case,abnormal,acl,meniscus\n0001,1,0,1\n")
    for block in snippets.blocks_of(pages.README):
        snippets.run_block(block, tmp_path, {})


def test_pages_of_the_reference_agree_with_the_code_and_the_schemas() -> None:
    for page, text in reference.written().items():
        assert page.is_file(), f"{page.name} is not there; `make docs` begins it"
        assert page.read_text(encoding="utf-8") == text, f"{page.name} is out of date; `make docs` writes it"


def test_every_schema_has_its_keys_on_a_page() -> None:
    listed = {
        name for page in reference.REFERENCE.rglob("*.md") for name in reference.schemas_on(page.read_text("utf-8"))
    }
    assert {f"{name}.schema.json" for name in listed} == {path.name for path in reference.SCHEMAS.iterdir()}


def test_links_of_a_page_are_found() -> None:
    text = "[a](b.md), [c](d.md#e) and [f](#g)"
    assert pages.links(text) == ["b.md", "d.md"]
    assert pages.links_to_parts(text) == [("d.md", "e"), ("", "g")]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_between_documents_lead_somewhere(page: Path) -> None:
    for target in pages.links(page.read_text(encoding="utf-8")):
        assert (page.parent / target).exists(), target


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_to_a_part_of_a_document_find_its_heading(page: Path) -> None:
    for target, part in pages.links_to_parts(page.read_text(encoding="utf-8")):
        assert part in pages.headings((page.parent / target) if target else page), f"{target}#{part}"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_files_of_the_project_that_a_page_names_are_there(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    made = {block.file for block in snippets.blocks_of(page)}
    named = set(re.findall(r"(?:^|[` ])((?:src|tests|\.ci|\.github)/[\w./-]*[\w/])", text, re.MULTILINE))
    assert [path for path in sorted(named - made) if not (pages.PROJECT / path).exists()] == []


def test_decisions_are_numbered_without_gaps_and_name_files_that_exist() -> None:
    decisions = sorted((DOCS / "decisions").iterdir())
    assert [int(page.name[:4]) for page in decisions] == list(range(1, len(decisions) + 1))
    rooms = [pages.PROJECT / "src", pages.PROJECT / "tests"]
    files = [path.as_posix() for folder in rooms for path in folder.rglob("*.*")] + ["/pyproject.toml"]
    for number, page in enumerate(decisions, start=1):
        text = page.read_text(encoding="utf-8")
        assert text.startswith(f"# {number}. ")
        named = re.findall(r"`((?:[\w-]+/)*[\w.-]+\.(?:py|js|ts|css|toml))`", text)
        assert [name for name in named if not any(file.endswith(f"/{name}") for file in files)] == [], page.name


@pytest.mark.slow
@pytest.mark.parametrize("page", SHOWN_STEP_BY_STEP, ids=lambda page: page.name)
def test_a_page_works_as_shown(page: Path, archive: Path, zipped: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = archive.parent
    monkeypatch.chdir(folder)
    blocks = snippets.blocks_of(page)
    if any((block.file or "").startswith("src/") for block in blocks):
        for part in ("src", "tests"):
            shutil.copytree(pages.PROJECT / part, folder / part, ignore=shutil.ignore_patterns("__pycache__"))
        shutil.copy(pages.PROJECT / "pyproject.toml", folder)
    namespace: dict[str, object] = {"__name__": "__main__"}
    # The series of the small archive are shorter than a knee's.
    np.save(archive / "train" / "sagittal" / "0001.npy", make_volume("0001", "sagittal", 26))
    zip_archive(archive, zipped)
    for block in blocks:
        if block.note == "needs torch" and importlib.util.find_spec("torch") is None:
            pytest.skip("no torch here, which one page needs: pip install torch")
        if not block.left_out:
            snippets.run_block(block, folder, namespace)


def test_every_page_can_be_reached_from_the_index() -> None:
    reached, ahead = set(), [DOCS / "README.md"]
    while ahead:
        page = ahead.pop()
        if page.suffix == ".md" and page not in reached:
            reached.add(page)
            ahead += [(page.parent / target).resolve() for target in pages.links(page.read_text(encoding="utf-8"))]
    assert {page for page in DOCS.rglob("*.md") if page.parent.name != "decisions"} <= reached


def test_the_readme_has_an_example_of_every_command() -> None:
    shown = set(re.findall(r"^mrnet ([a-z-]+)", pages.README.read_text(encoding="utf-8"), re.MULTILINE))
    assert set(reference.command_names()) <= shown


def test_the_readme_names_the_command_that_made_its_picture() -> None:
    note = read_note(DOCS / "images" / "knee-in-three-planes.gif")
    assert note is not None
    command = note.command.partition(" -o ")[0]
    assert f"`{command}`" in " ".join(pages.README.read_text(encoding="utf-8").split())


def test_every_package_that_is_installed_by_default_has_its_licence() -> None:
    listed = set(
        re.findall(r"[a-z][\w-]+", (DOCS / "explanation" / "dependencies.md").read_text(encoding="utf-8").lower())
    )
    found: set[str] = set()
    ahead = ["mrnet"]
    while ahead:
        package = ahead.pop()
        found.add(package)
        needs = map(Requirement, metadata.requires(package) or ())
        names = {
            need.name.lower().replace("_", "-")
            for need in needs
            if need.marker is None or need.marker.evaluate({"extra": ""})
        }
        ahead += names - found
    assert found - listed == set()


def test_every_package_that_is_installed_has_its_licence_and_purpose() -> None:
    project = tomllib.loads((pages.PROJECT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = [
        need for extra in ("notebook", "remote", "terminal", "dask") for need in project["optional-dependencies"][extra]
    ]
    needed = {re.match(r"[\w-]+", need)[0] for need in project["dependencies"] + extras}  # type: ignore[index]  # each matches
    page = (DOCS / "explanation" / "dependencies.md").read_text(encoding="utf-8")
    assert needed == set(re.findall(r"^\| (?:`\w+` \| )?([a-z][\w-]+) \| (?!package|for)", page, re.MULTILINE))


def test_the_limits_of_files_are_those_of_the_code() -> None:
    table = (
        (DOCS / "reference" / "systems.md").read_text().partition("## Limits of files")[2].partition("## Versions")[0]
    )
    sizes = (
        MAX_VOLUME_BYTES, MAX_LABEL_FILE_BYTES, MAX_READINGS_BYTES, MAX_MANIFEST_BYTES, MAX_TOML_BYTES, MAX_RECORD_BYTES,
        MAX_REPORT_BYTES, MAX_ID_FILE_BYTES,
    )  # fmt: skip
    assert set(re.findall(r"(\d+) MiB", table)) == {str(size >> 20) for size in sizes}
    for count in (
        MAX_LOADED_AXIS_LENGTH,
        MAX_LABEL_LINES,
        MAX_CELLS,
        MAX_COLUMNS,
        MAX_FILES,
        MAX_SLICES,
        MAX_OBJECTS,
        MAX_ENTRIES,
    ):
        assert re.search(rf"\b{count:,}\b", table), count
    assert (MAX_PIXELS, MAX_FRAME_PIXELS) == (2**28, 2**24)
