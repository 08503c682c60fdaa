"""`mrnet info`: exactly the promised keys, even if a series is damaged."""

import csv
import io
import json
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mrnet.archive import overview
from mrnet.cli.commands.info import draw_histogram
from tests.archives import LABELS, PLANES, make_volume, slices_of, write_labels, zip_archive
from tests.conftest import Mrnet

FIGURES = ["plane", "path", "slices", "shape", "dtype", "bytes"]
INTENSITY = ["min", "max", "mean", "std", "p1", "p50", "p99", "blank_slices"]


@pytest.fixture(params=["folder", "zip"])
def place(request: pytest.FixtureRequest) -> Path:
    found: Path = request.getfixturevalue({"folder": "archive", "zip": "zipped"}[request.param])
    return found


def info(mrnet: Mrnet, root: Path, *words: object, status: int = 0) -> Any:
    ran = mrnet("info", *words, "--root", root, "--format", "json")
    assert ran.status == status, ran.err
    return json.loads(ran.out)


def test_an_archive_is_one_object(place: Path, mrnet: Mrnet) -> None:
    size = sum((slices_of(id, plane) << 16) + 128 for ids in LABELS.values() for id in ids["acl"] for plane in PLANES)
    assert info(mrnet, place) == {
        "root": str(place),
        "kind": "zip" if place.suffix == ".zip" else "folder",
        "edition": "classic",
        "synthetic": False,
        "cases": 5,
        "series": 15,
        "bytes": size,
        "splits": {
            "train": {
                "cases": 3, "first": "0000", "last": "0002", "planes": dict.fromkeys(PLANES, 3),
                "positives": {"abnormal": 2, "acl": 1, "meniscus": 1},
            },
            "valid": {
                "cases": 2, "first": "1130", "last": "1131", "planes": dict.fromkeys(PLANES, 2),
                "positives": {"abnormal": 1, "acl": 1, "meniscus": 1},
            },
        },
    }  # fmt: skip


def test_a_split_that_is_not_there_is_not_named(archive: Path, mrnet: Mrnet) -> None:
    shutil.rmtree(archive / "valid")
    for name in archive.glob("valid-*"):
        name.unlink()
    assert info(mrnet, archive)["splits"].keys() == {"train"}


def test_an_archive_of_labels_alone_is_shown(tmp_path: Path, mrnet: Mrnet) -> None:
    (tmp_path / "labels").mkdir()
    write_labels(tmp_path / "labels", "train", "acl", {"0007": 1})
    shown = info(mrnet, tmp_path / "labels")
    assert (shown["cases"], shown["series"], shown["bytes"]) == (1, 0, 0)
    assert mrnet("info", "--root", tmp_path / "labels").status == 0


def test_an_empty_archive_is_shown(tmp_path: Path, mrnet: Mrnet) -> None:
    (tmp_path / "empty" / "train" / "axial").mkdir(parents=True)
    assert info(mrnet, tmp_path / "empty")["splits"] == {}
    assert mrnet("info", "--root", tmp_path / "empty").status == 0


def test_a_case_is_a_row_with_three_series(place: Path, mrnet: Mrnet) -> None:
    (row,) = info(mrnet, place, "1130")
    assert list(row) == ["case", "split", "abnormal", "acl", "meniscus", "series"]
    assert {**row, "series": None} == {
        "case": "1130", "split": "valid", "abnormal": 1, "acl": 1, "meniscus": 1, "series": None,
    }  # fmt: skip
    for series, plane in zip(row["series"], PLANES, strict=True):
        assert list(series) == FIGURES
        slices = slices_of("1130", plane)
        assert series == {
            "plane": plane, "path": f"valid/{plane}/1130.npy", "slices": slices, "shape": [slices, 256, 256],
            "dtype": "uint8", "bytes": 128 + slices * 256 * 256,
        }  # fmt: skip


@pytest.mark.parametrize(
    ("words", "cases"),
    [
        (["0002", "0"], ["0002", "0000"]),
        (["--split", "valid"], ["1130", "1131"]),
        (["--where", "meniscus"], ["0000", "1130"]),
        (["--sample", "9"], ["0000", "0001", "0002", "1130", "1131"]),
    ],
)
def test_cases_or_a_narrowing_option_give_one_row_per_case(
    archive: Path, mrnet: Mrnet, words: list[str], cases: list[str]
) -> None:
    assert [row["case"] for row in info(mrnet, archive, *words)] == cases


def test_intensity_is_exact_over_every_voxel(place: Path, mrnet: Mrnet) -> None:
    (row,) = info(mrnet, place, "0001", "--intensity")
    assert len(row["series"]) == 3
    for series in row["series"]:
        assert list(series) == FIGURES + INTENSITY
        volume = make_volume("0001", series["plane"])
        assert (series["min"], series["max"], series["blank_slices"]) == (volume.min(), volume.max(), [])
        assert [series[name] for name in ("p1", "p50", "p99")] == list(np.percentile(volume, [1, 50, 99]))
        assert series["mean"] == pytest.approx(volume.mean(), rel=1e-12)
        assert series["std"] == pytest.approx(volume.std(), rel=1e-12)


def test_a_case_is_printed_before_the_next_one_is_read(
    archive: Path, mrnet: Mrnet, monkeypatch: pytest.MonkeyPatch
) -> None:
    inspected = overview.inspect_cases

    def interrupted(*given: Any, **options: Any) -> Iterator[Any]:
        yield next(iter(inspected(*given, **options)))
        raise KeyboardInterrupt

    monkeypatch.setattr(overview, "inspect_cases", interrupted)
    ran = mrnet("info", "--intensity", "--root", archive, "--split", "train")
    assert ran.status == 130
    assert "Case 0000" in ran.out
    assert "Case 0001" not in ran.out


def test_blank_slices_are_named_from_0(archive: Path, mrnet: Mrnet) -> None:
    volume = make_volume("0001", "axial")
    volume[0], volume[2] = 0, 255
    np.save(archive / "train" / "axial" / "0001.npy", volume)
    (row,) = info(mrnet, archive, "0001", "--intensity", "--jobs", "1")
    assert row["series"][0]["blank_slices"] == [0, 2]


@pytest.mark.parametrize("intensity", [[], ["--intensity"]])
@pytest.mark.parametrize(
    ("data", "message"),
    [
        (None, "train/axial/0001.npy: no such file"),
        (b"", "the file is empty"),
        (b"<html>", "does not begin as a .npy file does"),
        ("truncated", "its header promises"),
        (np.zeros((2, 4), np.uint8), "its shape is (2, 4)"),
        (np.zeros((2, 4, 4), np.float32), "float32, expected uint8"),
        (np.array([None]), "pickled Python objects"),
    ],
    ids=["missing", "empty", "no npy", "truncated", "2-D", "float", "pickled"],
)
def test_a_series_that_cannot_be_read_has_an_error_instead_of_figures(
    archive: Path, mrnet: Mrnet, data: Any, message: str, intensity: list[str]
) -> None:
    path = archive / "train" / "axial" / "0001.npy"
    if isinstance(data, bytes):
        path.write_bytes(data)
    elif data is None:
        path.unlink()
    elif isinstance(data, str):
        path.write_bytes(path.read_bytes()[:-1])
    else:
        np.save(path, data)
    sound, broken = info(mrnet, archive, "0000-0001", *intensity, status=1)
    assert all("error" not in series for series in sound["series"])
    series, *others = broken["series"]
    header_is_read = isinstance(data, str) or (isinstance(data, np.ndarray) and not data.dtype.hasobject)
    assert list(series) == ["plane", "path", *(["shape", "dtype", "bytes"] if header_is_read else []), "error"]
    if header_is_read:
        assert series["bytes"] == path.stat().st_size
    assert series["path"] == (None if data is None else "train/axial/0001.npy")
    assert message in series["error"]
    assert all("error" not in series for series in others)
    drawn = mrnet("info", "0001", "--root", archive, *intensity)
    assert drawn.status == 1
    assert message.split(",")[0].split("(")[0] in " ".join(drawn.out.split())


def test_damage_inside_a_zips_voxels_shows_with_intensity_only(archive: Path, tmp_path: Path, mrnet: Mrnet) -> None:
    damaged = zip_archive(archive, tmp_path / "damaged.zip")
    data = bytearray(damaged.read_bytes())
    at = data.index(b"train/axial/0001.npy")
    data[at + 100_000] ^= 0xFF
    damaged.write_bytes(data)
    assert "error" not in info(mrnet, damaged, "0001")[0]["series"][0]
    assert "error" in info(mrnet, damaged, "0001", "--intensity", status=1)[0]["series"][0]


def test_csv_has_one_row_per_series_with_its_shape_in_columns(archive: Path, mrnet: Mrnet) -> None:
    (archive / "train" / "axial" / "0000.npy").unlink()
    ran = mrnet("info", "0000-0001", "--root", archive, "--format", "csv")
    rows = list(csv.DictReader(io.StringIO(ran.out)))
    assert [(row["case"], row["plane"]) for row in rows] == [(id, plane) for id in ("0000", "0001") for plane in PLANES]
    assert list(rows[0]) == [
        *("case", "split", "abnormal", "acl", "meniscus", "plane", "path", "slices", "rows", "columns", "dtype"),
        *("bytes", "error"),
    ]
    assert rows[0]["error"] == "train/axial/0000.npy: no such file"
    assert (rows[1]["rows"], rows[1]["columns"], rows[1]["error"]) == ("256", "256", "")


def test_csv_of_the_archive_is_key_and_value_with_dots(archive: Path, mrnet: Mrnet) -> None:
    out = mrnet("info", "--root", archive, "--format", "csv").out
    assert out.startswith("key,value\n")
    assert "splits.train.positives.acl,1\n" in out


def test_missing_labels_are_null_and_no_fault(archive: Path, mrnet: Mrnet) -> None:
    (archive / "train-acl.csv").unlink()
    (row,) = info(mrnet, archive, "0001")
    assert (row["abnormal"], row["acl"]) == (1, None)
    assert "acl not labelled" in mrnet("info", "0001", "--root", archive).out


def test_a_synthetic_archive_is_marked(archive: Path, mrnet: Mrnet) -> None:
    (archive / "SYNTHETIC.txt").touch()
    assert info(mrnet, archive)["synthetic"] is True
    assert "synthetic" in mrnet("info", "--root", archive).out


def test_a_case_is_shown_in_words_and_80_columns(place: Path, mrnet: Mrnet) -> None:
    for words in (["0001"], ["0001", "--intensity"], []):
        out = mrnet("info", *words, "--root", place).out
        assert max(map(len, out.splitlines())) <= max(80, len(str(place)) + 20)
    assert "Case 0001  train  abnormal, ACL tear; no meniscal tear" in mrnet("info", "0001", "--root", place).out
    assert re.search(r"axial +4 +256 × 256 +uint8", mrnet("info", "0001", "--root", place).out)


def test_a_histogram_is_as_tall_as_its_tallest_bar() -> None:
    assert draw_histogram([0] * 128 + [100] * 128) == " " * 8 + "█" * 8
    assert draw_histogram([400] + [0] * 254 + [100]) == "█" + " " * 14 + "▄"


@pytest.mark.parametrize(
    ("name", "wrong"), [("train/axial", "train/Axial"), ("train/axial/0000.npy", "train/axial/0.npy")]
)
@pytest.mark.parametrize("command", ["info", "list", "stats"])
def test_a_file_with_a_nearly_right_name_is_reported(
    archive: Path, mrnet: Mrnet, command: str, name: str, wrong: str
) -> None:
    (archive / name).rename(archive / wrong)
    ran = mrnet(command, "--root", archive)
    end = "/" if name == "train/axial" else ""
    assert (ran.status, f"{wrong}{end} is not read: expected the name {name}{end}" in ran.err) == (0, True)
