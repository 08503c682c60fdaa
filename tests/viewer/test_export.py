"""The offline files: complete, blind with --blind, and without requests."""

import gzip
import json
import re
from base64 import b64decode
from pathlib import Path

import numpy as np
import pytest

from mrnet.archive.model import Archive
from mrnet.vocabulary import Plane
from tests.conftest import Mrnet
from tests.viewer.conftest import SLICES, Page, requests_of

VOLUME = re.compile(r'<script type="text/plain" id="volume/(.+?)" data-shape="(.+?)">(.+?)</script>')


def volumes_in(file: Path) -> dict[str, np.ndarray]:
    return {
        name: np.frombuffer(gzip.decompress(b64decode(data)), np.uint8).reshape([int(each) for each in shape.split()])
        for name, shape, data in VOLUME.findall(file.read_text())
    }


def test_one_page_per_case_has_its_voxels_without_loss(mrnet: Mrnet, folder: Path, knees: Archive) -> None:
    ran = mrnet("export-html", "--root", folder, "--format", "json")
    assert ran.status == 0
    assert "research-use agreement" in ran.err
    for row in json.loads(ran.out):
        assert Path(row["path"]).stat().st_size == row["bytes"]
    assert sorted(path.name for path in Path("pages").iterdir()) == ["0000.html", "0001.html", "1130.html"]
    held = volumes_in(Path("pages/1130.html"))
    assert list(held) == [f"valid/1130/{plane}" for plane in Plane]
    for plane in Plane:
        assert np.array_equal(held[f"valid/1130/{plane}"], knees.case("1130").series(plane).load())


def test_the_file_opens_without_a_network_and_makes_no_requests(
    watched_page: Page, mrnet: Mrnet, folder: Path, knees: Archive
) -> None:
    assert mrnet("export-html", "--together", "-o", "knees.html", "--root", folder).status == 0
    page = watched_page
    offline = {"offline": True, "latency": 0, "downloadThroughput": 0, "uploadThroughput": 0}
    page.driver.execute_cdp_cmd("Network.enable", {})
    page.driver.execute_cdp_cmd("Network.emulateNetworkConditions", offline)
    page.open(Path("knees.html").absolute().as_uri())
    assert page.shown_cases() == ["0000", "0001", "1130"]
    page.press("n")
    page.wait_for_case()
    for plane in Plane:
        image = knees.case("0001").series(plane).load()[SLICES[plane] // 2]
        assert np.array_equal(page.pixels(plane), image)
    page.press("m", "m", "2", "2")
    asked = {address.split(":")[0] for address in requests_of(page)} - {"about", "data"}
    assert asked == {"file"}
    assert page.complaints() == []


def test_the_policy_stops_the_page_from_reaching_out(page: Page, mrnet: Mrnet, folder: Path) -> None:
    mrnet("export-html", "0000", "--root", folder)
    page.open(Path("pages/0000.html").absolute().as_uri())
    refused = page.driver.execute_async_script(
        "fetch('http://127.0.0.1:9/').then(() => arguments[0]('sent'), () => arguments[0]('refused'))"
    )
    assert refused == "refused"
    assert any("Content Security Policy" in complaint for complaint in page.complaints())


def test_blind_files_reveal_nothing(mrnet: Mrnet, folder: Path) -> None:
    ran = mrnet("export-html", "--blind", "--seed", 3, "--key", "key.csv", "--root", folder)
    assert ran.status == 0
    files = sorted(Path("pages").iterdir())
    assert [file.name for file in files] == ["R01.html", "R02.html", "R03.html"]
    for file in files:
        text = re.sub(VOLUME, r"\1 \2", file.read_text())
        text = re.sub("<style>.+?</style>", "", text, flags=re.DOTALL).partition('<script type="module">')[0]
        assert 'data-shape="' not in text
        for secret in ("0000", "0001", "1130", "train", "valid", '"labels"', '"abnormal"'):
            assert secret not in text, f"{secret} in {file.name}"
    assert len(Path("key.csv").read_text().splitlines()) == 4
    assert not re.search("0000|0001|1130", ran.out)


@pytest.mark.parametrize("kind", ["file", "dangling link"])
def test_a_broken_series_is_named_and_the_page_is_still_written(mrnet: Mrnet, folder: Path, kind: str) -> None:
    volume = folder / "train/coronal/0000.npy"
    volume.unlink()
    volume.symlink_to("nowhere") if kind == "dangling link" else volume.write_bytes(b"no volume")
    ran = mrnet("export-html", "0000", "0001", "--root", folder, "--format", "json")
    assert ran.status == 1
    first, second = json.loads(ran.out)
    assert first["error"].startswith("train/0000/coronal: train/coronal/0000.npy cannot be shown")
    assert second["error"] is None
    assert len(volumes_in(Path("pages/0000.html"))) == 2
    assert 'id="volume/train/0000/coronal" data-error="' in Path("pages/0000.html").read_text()


def test_only_files_that_mrnet_made_are_replaced(mrnet: Mrnet, folder: Path) -> None:
    assert mrnet("export-html", "0000", "--root", folder).status == 0
    assert mrnet("export-html", "0000", "--root", folder).status == 0
    Path("pages/0001.html").write_text("somebody's own")
    ran = mrnet("export-html", "0001", "--root", folder)
    assert (ran.status, Path("pages/0001.html").read_text()) == (2, "somebody's own")
    assert "--overwrite" in ran.err
    Path("pages/0001.html").write_text("")
    assert mrnet("export-html", "0001", "--root", folder).status == 0
    Path("pages/0001.html").write_text("somebody's own")
    assert mrnet("export-html", "0001", "--overwrite", "--root", folder).status == 0
    assert not list(Path("pages").glob("*.part"))


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["-o", "one.html"], "--together"),
        (["--key", "key.csv"], "--blind"),
        (["--window", "180", "20"], "LOW < HIGH"),
        (["0000", "--at", "1,2"], "--at"),
        (["0000", "--at", "9,0,0"], "numbered 0 to 8"),
        (["9999"], "nearest"),
    ],
)
def test_usage_errors_write_nothing(mrnet: Mrnet, folder: Path, words: list[str], message: str) -> None:
    ran = mrnet("export-html", *words, "--root", folder)
    assert ran.status == 2
    assert message in ran.err
    assert not list(Path().iterdir())


def test_nothing_is_written_inside_the_archive(mrnet: Mrnet, folder: Path) -> None:
    before = sorted(folder.rglob("*"))
    assert mrnet("export-html", "0000", "-o", folder / "pages", "--root", folder).status == 2
    assert mrnet("export-html", "0000", "--blind", "--key", folder / "key.csv", "--root", folder).status == 2
    assert sorted(folder.rglob("*")) == before


@pytest.mark.slow
def test_another_readings_key_is_never_written_over(mrnet: Mrnet, folder: Path) -> None:
    assert mrnet("export-html", "--blind", "--key", "key.csv", "--root", folder).status == 0
    assert mrnet("export-html", "--blind", "--key", "key.csv", "--root", folder).status == 0
    key = Path("key.csv").read_text()
    ran = mrnet("export-html", "0000", "1130", "--blind", "--key", "key.csv", "--root", folder)
    assert (ran.status, Path("key.csv").read_text()) == (2, key)


def test_a_case_in_both_splits_gives_two_files(mrnet: Mrnet, folder: Path) -> None:
    for plane in Plane:
        (folder / "valid" / plane / "0000.npy").write_bytes((folder / "train" / plane / "0001.npy").read_bytes())
    assert mrnet("export-html", "0000", "0001", "--root", folder).status == 0
    names = ["0000-train.html", "0000-valid.html", "0001.html"]
    assert sorted(path.name for path in Path("pages").iterdir()) == names


def test_a_real_case_takes_a_few_megabytes(mrnet: Mrnet, real_scan: Path, page: Page) -> None:
    ran = mrnet("export-html", "0000", "--root", real_scan, "--format", "json")
    assert 3e6 < json.loads(ran.out)[0]["bytes"] < 6e6
    page.open(Path("pages/0000.html").absolute().as_uri())
    assert page.caption("axial") == "slice 16 of 0–31"
