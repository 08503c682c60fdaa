"""What the documents show is what the commands do."""

import re
from pathlib import Path

import pytest

from tests import pages, reference
from tests.archives import write_archive


@pytest.mark.slow
def test_readme_shows_what_its_commands_print(tmp_path: Path) -> None:
    written = pages.README.read_text(encoding="utf-8")
    assert pages.without_seconds(pages.run_shown(written, tmp_path)) == pages.without_seconds(written)


def test_pages_of_the_reference_are_what_the_code_and_the_schemas_say() -> None:
    for page, text in reference.written().items():
        assert page.is_file(), f"{page.name} is not there; `make docs` begins it"
        assert page.read_text(encoding="utf-8") == text, f"{page.name} is out of date; `make docs` writes it"


def test_every_schema_has_its_keys_on_the_page_of_a_command() -> None:
    listed = {name for page in reference.COMMANDS.iterdir() for name in reference.schemas_on(page.read_text("utf-8"))}
    assert {f"{name}.schema.json" for name in listed} == {path.name for path in reference.SCHEMAS.iterdir()}


@pytest.mark.parametrize("page", sorted((pages.PROJECT / "docs").rglob("*.md")), ids=lambda page: page.name)
def test_links_between_documents_lead_somewhere(page: Path) -> None:
    for target in pages.links(page.read_text(encoding="utf-8")):
        assert (page.parent / target).exists(), target


def test_links_of_the_readme_lead_somewhere() -> None:
    for target in pages.links(pages.README.read_text(encoding="utf-8")):
        assert (pages.PROJECT / target).exists(), target


def test_python_in_the_readme_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    write_archive(tmp_path / "MRNet-demo")
    monkeypatch.chdir(tmp_path)
    for code in re.findall(
        r"^```python\n(.*?)^```$", pages.README.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL
    ):
        exec(code.replace('"0007"', '"0001"'), {})
    assert "(5, 256, 256) uint8" in capsys.readouterr().out
