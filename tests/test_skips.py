"""A skipped test is either on the short list, or a reason to install something."""

from pathlib import Path

import pytest

from tests import skips
from tests.conftest import NO_SKIPS_VARIABLE

pytestmark = pytest.mark.slow

pytest_plugins = ["pytester"]


@pytest.fixture
def skipping(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> pytest.Pytester:
    """A project whose one test is skipped, with the same hooks as this one."""
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parents[1]))
    pytester.makeconftest("from tests.conftest import pytest_sessionfinish, pytest_terminal_summary")
    pytester.makepyfile("import pytest\ndef test_film(): pytest.skip('ffmpeg is not installed')\ndef test_rest(): pass")
    return pytester


def test_a_skip_that_is_not_listed_fails_the_run_of_ci(
    skipping: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(NO_SKIPS_VARIABLE, "1")
    ran = skipping.runpytest_subprocess("-p", "no:cacheprovider")
    assert ran.ret == 1
    ran.stdout.fnmatch_lines(["Not on the list of tests/skips.py: ffmpeg is not installed"])


def test_elsewhere_the_end_says_what_was_skipped_and_what_installs_it(
    skipping: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(NO_SKIPS_VARIABLE, raising=False)
    ran = skipping.runpytest_subprocess("-p", "no:cacheprovider")
    assert ran.ret == 0
    ran.stdout.fnmatch_lines(["Skipped tests: 1, as ffmpeg is not installed. *make system*"])


def test_a_listed_reason_fails_nothing() -> None:
    assert skips.skips_that_fail(["no real scan: /data is not there"]) == []
    assert skips.advice(["no real scan: /data is not there"]) is None
