"""What the documents show is what the commands do."""

import re
from pathlib import Path

import pytest

from mrnet.validation.catalogue import all_rules
from mrnet.validation.reports.rules import rules_page
from tests import pages
from tests.archives import write_archive


@pytest.mark.slow
def test_readme_shows_what_its_commands_print(tmp_path: Path) -> None:
    written = pages.README.read_text(encoding="utf-8")
    assert pages.without_seconds(pages.run_shown(written, tmp_path)) == pages.without_seconds(written)


def test_rules_page_is_written_from_the_rules() -> None:
    assert pages.RULES.read_text(encoding="utf-8") == rules_page(all_rules())


def test_commands_page_is_the_commands_own_help() -> None:
    assert pages.COMMANDS.read_text(encoding="utf-8") == pages.command_help()


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
