"""The man page has the same content as the help, and roff accepts it."""

import shutil
import subprocess
import tomllib

import pytest

from tests import reference


def test_the_man_page_has_every_command_and_option() -> None:
    page = reference.MAN_PAGE.read_text(encoding="utf-8").replace("\\-", "-")
    for name in reference.command_names():
        assert f".SS mrnet {name} " in page
        for entries in reference.manual(name).groups.values():
            assert all(entry.names in page for entry in entries)


def test_the_wheel_contains_the_man_page() -> None:
    project = tomllib.loads((reference.PROJECT / "pyproject.toml").read_text(encoding="utf-8"))
    shared = project["tool"]["hatch"]["build"]["targets"]["wheel"]["shared-data"]
    assert shared == {reference.MAN_PAGE.relative_to(reference.PROJECT).as_posix(): "share/man/man1/mrnet.1"}


def test_roff_accepts_the_man_page() -> None:
    groff = shutil.which("groff")
    if not groff:
        pytest.skip("groff is not installed")
    words = [groff, "-man", "-Tutf8", "-ww", "-z", str(reference.MAN_PAGE)]
    assert subprocess.run(words, capture_output=True, text=True, check=True).stderr == ""
