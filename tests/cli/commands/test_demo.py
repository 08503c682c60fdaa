"""`mrnet demo` makes an archive that the other commands read, and names the commands to look at it."""

from pathlib import Path

import numpy as np
import pytest

from mrnet.demo import build as demo
from tests.conftest import Mrnet


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(demo, "draw_series", lambda seed, case, plane: np.full((2, 256, 256), seed, np.uint8))
    monkeypatch.setattr(
        demo, "ordered_map", lambda function, items, *_, **__: ((item, function(item)) for item in items)
    )


def test_twelve_cases_are_made_by_default(mrnet: Mrnet) -> None:
    ran = mrnet("demo")
    assert (ran.status, ran.out) == (0, "")
    assert "MRNet-demo: 12 cases, 36 series written" in ran.err
    assert "mrnet info 0000 --root MRNet-demo" in ran.err
    assert len(mrnet("list", "--format", "ids").out.split()) == 12


def test_options_decide_the_place_the_number_and_the_seed(mrnet: Mrnet) -> None:
    assert mrnet("demo", "knees.zip", "--cases", "3", "--seed", "7", "--jobs", "1", "--quiet").err == ""
    assert mrnet("info", "0000", "--intensity", "--root", "knees.zip", "-f", "json").out.count('"max": 7') == 3


def test_an_existing_target_is_exit_2_and_untouched(mrnet: Mrnet) -> None:
    Path("MRNet-demo").mkdir()
    ran = mrnet("demo")
    assert (ran.status, ran.err.count("\n")) == (2, 1)
    assert "already exists and is not replaced" in ran.err
    assert not list(Path("MRNet-demo").iterdir())


def test_a_target_that_is_an_archive_exists_already(archive: Path, mrnet: Mrnet) -> None:
    assert "already exists and is not replaced" in mrnet("demo", archive).err


def test_bad_numbers_are_exit_2(mrnet: Mrnet) -> None:
    for words in (["--cases", "1"], ["--cases", "1251"], ["--cases", "x"], ["--seed", "-1"], ["--jobs", "0"]):
        assert mrnet("demo", *words).status == 2
    assert not Path("MRNet-demo").exists()
