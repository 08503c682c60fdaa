"""`mrnet export-montage`: each series becomes a sheet of its slices."""

import json
import os
from pathlib import Path

import numpy as np
import pytest

from tests.archives import PLANES, make_volume, slices_of
from tests.conftest import Mrnet
from tests.decoders import decode_png


def test_every_series_becomes_a_sheet_of_its_slices(mrnet: Mrnet, archive: Path) -> None:
    ran = mrnet("export-montage", "--root", archive, "--columns", "2", "--gutter", "0", "--format", "json")
    assert ran.status == 0
    rows = json.loads(ran.out)
    assert len(rows) == 15
    for row in rows:
        assert row["path"] == f"montages/{row['case']}-{row['plane']}.png"
        assert row["status"] == "written"
        assert row["slices"] == slices_of(row["case"], row["plane"])
        assert row["bytes"] == os.stat(row["path"]).st_size
    sheet = decode_png("montages/0001-coronal.png")
    volume = make_volume("0001", "coronal")
    for number, image in enumerate(volume):
        top, left = number // 2 * 256, number % 2 * 256
        assert np.array_equal(sheet[top : top + 256, left : left + 256], image)


def test_an_existing_picture_is_kept_and_another_layout_redraws_it(mrnet: Mrnet, archive: Path) -> None:
    words = ["export-montage", "0001", "-p", "ax", "--root", archive, "--format", "json"]
    statuses = [json.loads(mrnet(*words, *more).out)[0]["status"] for more in ([], [], ["--gutter", "9"], ["--invert"])]
    assert statuses == ["written", "same", "written", "written"]


def test_the_planes_of_a_case_share_one_sheet(mrnet: Mrnet, archive: Path) -> None:
    ran = mrnet("export-montage", "0001", "--together", "--annotate", "--root", archive, "--format", "json")
    assert ran.status == 0
    assert os.listdir("montages") == ["0001-axial-coronal-sagittal.png"]
    assert json.loads(ran.out)[0]["slices"] == sum(slices_of("0001", plane) for plane in PLANES)


@pytest.mark.parametrize(
    "words", [["--columns", "0"], ["--gutter", "-1"], ["--aspect", "0:3"], ["--aspect", "wide"], ["-o", "knee.gif"]]
)
def test_a_value_out_of_range_is_status_2(mrnet: Mrnet, archive: Path, words: list[str]) -> None:
    assert mrnet("export-montage", "0001", "--root", archive, *words).status == 2
    assert os.listdir() == []
