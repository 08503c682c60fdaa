"""`mrnet stats` as users, scripts and jobs run it."""

import csv
import json
import re
from pathlib import Path
from typing import Any

import pytest

from mrnet import __version__
from tests.conftest import Mrnet

SPLIT_KEYS = ["cases", "labels", "labels_sha256", "combinations", "cooccurrence", "slices"]


def flip(root: Path, file: str, case: str, answer: int) -> None:
    path = root / file
    rows = path.read_text().splitlines()
    path.write_text("".join(f"{case},{answer}\n" if row.startswith(f"{case},") else f"{row}\n" for row in rows))


def test_json_has_the_promised_keys_in_their_order(mrnet: Mrnet, archive: Path) -> None:
    ran = mrnet("stats", "--root", archive, "--format", "json")
    assert ran.status == 0
    figures = json.loads(ran.out)
    assert list(figures) == ["tool", "archive", "synthetic", "selection", "splits", "split_shift"]
    assert figures["tool"] == {"name": "mrnet", "version": __version__}
    assert figures["selection"] is None
    assert (figures["archive"], figures["synthetic"]) == (str(archive), False)
    assert list(figures["splits"]) == ["train", "valid", "all"]
    for split in figures["splits"].values():
        assert list(split) == SPLIT_KEYS
        assert list(split["labels"]["acl"]) == ["positive", "negative", "missing", "prevalence", "ci95"]
        assert list(split["combinations"][0]) == ["abnormal", "acl", "meniscus", "cases", "share"]
        assert list(split["cooccurrence"][0]) == [
            "a", "b", "both", "a_only", "b_only", "neither", "p_b_given_a", "p_a_given_b", "jaccard", "phi", "lift",
        ]  # fmt: skip
        assert list(split["slices"]["axial"]) == ["series", "min", "p25", "median", "p75", "max", "mean", "std"]
    assert list(figures["split_shift"]["acl"]) == ["difference", "ci95"]


def test_the_table_fits_80_columns_of_plain_text(mrnet: Mrnet, full_archive: Path) -> None:
    ran = mrnet("stats", "--root", full_archive)
    assert ran.status == 0
    assert max(len(line) for line in ran.out.splitlines()) <= 80
    assert "\x1b" not in ran.out
    for shown in (
        "1,130 cases",
        "208  18.4 16.3–20.8",
        "●─○─●       272  24.1%",
        "ACL tear in 45% of valid, 18% of train",
    ):
        assert shown in ran.out


def test_without_labels_slices_are_shown_and_without_volumes_labels(
    mrnet: Mrnet, archive: Path, tmp_path: Path
) -> None:
    labels = tmp_path / "labels"
    labels.mkdir()
    for file in archive.glob("*.csv"):
        file.rename(labels / file.name)
    ran = mrnet("stats", "--root", archive)
    assert (ran.status, ran.err) == (0, "")
    assert "abnormal  –" in ran.out
    assert "3 [3.5 4 4.5] 5" in ran.out
    assert "Missing labels: 5 abnormal, 5 acl, 5 meniscus." in ran.out
    ran = mrnet("stats", "--root", labels)
    assert (ran.status, ran.err) == (0, "")
    assert "axial     –" in ran.out
    assert "1  33.3 6.1–79.2" in ran.out


def test_csv_is_tidy_and_markdown_has_titled_tables(mrnet: Mrnet, archive: Path) -> None:
    rows = list(csv.DictReader(mrnet("stats", "--root", archive, "--format", "csv").out.splitlines()))
    positive = next(row for row in rows if row["key"] == "splits.train.labels.acl.positive")
    assert positive == {
        "key": "splits.train.labels.acl.positive", "value": "1", "split": "train", "figure": "labels", "of": "acl",
        "measure": "positive",
    }  # fmt: skip
    text = mrnet("stats", "--root", archive, "--format", "markdown").out
    assert [line for line in text.splitlines() if line.startswith("#")] == [
        "### Prevalence", "### Combinations", "### Co-occurrence", "### Slices per series",
        "### Difference in prevalence (valid − train)",
    ]  # fmt: skip
    assert "| train | acl | 1 | 2 | 0 | 33.3 | 6.1 to 79.2 |" in text


def test_a_missing_label_is_reported_and_the_status_is_0(mrnet: Mrnet, archive: Path) -> None:
    (archive / "train-acl.csv").write_text("0000,0\n0001,1\n")
    ran = mrnet("stats", "--root", archive)
    assert ran.status == 0
    assert "Missing labels: 1 acl." in ran.out


def test_a_malformed_row_is_a_warning_with_its_line_and_the_rest_is_counted(mrnet: Mrnet, archive: Path) -> None:
    (archive / "train-acl.csv").write_text("0000,0\n0001,yes\n0002,0\n")
    ran = mrnet("stats", "--root", archive, "--format", "json")
    assert ran.status == 1
    assert "Warning: train-acl.csv:2: " in ran.err
    acl = json.loads(ran.out)["splits"]["train"]["labels"]["acl"]
    assert (acl["positive"], acl["negative"], acl["missing"]) == (0, 2, 1)


def test_a_series_that_cannot_be_read_is_a_warning_and_status_1(mrnet: Mrnet, archive: Path) -> None:
    (archive / "train/axial/0001.npy").write_bytes(b"")
    ran = mrnet("stats", "--root", archive, "--format", "json")
    assert ran.status == 1
    assert "train/axial/0001.npy: the file is empty" in ran.err
    assert json.loads(ran.out)["splits"]["train"]["slices"]["axial"]["series"] == 2


def test_a_record_agrees_with_its_archive_after_a_move(
    mrnet: Mrnet, archive: Path, zipped: Path, tmp_path: Path
) -> None:
    record = tmp_path / "record.json"
    assert mrnet("stats", "--root", archive, "-o", record).status == 0
    text = record.read_text()
    # The PowerShell of Windows redirects into UTF-16.
    for root, encoding in ((archive, "utf-8"), (zipped, "utf-16")):
        record.write_text(text, encoding=encoding)
        ran = mrnet("stats", "--root", root, "--against", record)
        assert (ran.status, ran.out) == (0, "")
        assert ran.err == f"{record}: all 270 figures agree\n"


def test_a_flipped_label_is_status_1_and_the_change_is_named(mrnet: Mrnet, archive: Path, tmp_path: Path) -> None:
    record = tmp_path / "record.json"
    mrnet("stats", "--root", archive, "-o", record)
    flip(archive, "train-acl.csv", "0001", 0)
    ran = mrnet("stats", "--root", archive, "--against", record)
    assert ran.status == 1
    assert ran.out.splitlines() == [
        "train acl: 0 positive, expected 1 (−1)",
        "  46 figures differ because of this; --format csv lists each",
        f"mrnet {__version__}, all cases",
    ]
    assert "which labels: mrnet compare OTHER-COPY" in ran.err
    assert f"with -o {record} instead of --against" in ran.err


def test_a_flipped_label_of_the_published_archive_is_208_expected_and_207_found(
    mrnet: Mrnet, full_archive: Path, tmp_path: Path
) -> None:
    for file in full_archive.glob("*.csv"):
        (tmp_path / file.name).write_bytes(file.read_bytes())
    positive = next(row for row in (tmp_path / "train-acl.csv").read_text().splitlines() if row.endswith(",1"))
    flip(tmp_path, "train-acl.csv", positive.partition(",")[0], 0)
    assert mrnet("stats", "--root", full_archive, "--against", "mrnet-v1.0").status == 0
    ran = mrnet("stats", "--root", full_archive, "--labels", tmp_path, "--against", "mrnet-v1.0")
    assert ran.status == 1
    assert ran.out.splitlines()[0] == "train acl: 207 positive, expected 208 (−1)"


def test_several_records_are_all_compared_and_named(mrnet: Mrnet, archive: Path, tmp_path: Path) -> None:
    record = tmp_path / "record.json"
    mrnet("stats", "--root", archive, "-o", record)
    ran = mrnet("stats", "--root", archive, "--against", record, "--against", "mrnet-v1.0")
    assert ran.status == 1
    assert ran.out.splitlines()[0] == "train: 3 cases, expected 1,130 (−1,127) (mrnet-v1.0)"
    assert f"{record}: all 270 figures agree" in ran.err


def test_differences_are_in_every_format(mrnet: Mrnet, archive: Path) -> None:
    words = ("stats", "--root", archive, "--against", "mrnet-v1.0", "--format")
    first = {"against": "mrnet-v1.0", "path": "splits.train.cases", "expected": 1130, "found": 3}
    for format in ("json", "csv", "markdown"):
        ran = mrnet(*words, format)
        assert ran.status == 1
        if format == "json":
            figures = json.loads(ran.out)
            assert figures["differences"][0] == first
            assert "splits" in figures
        elif format == "csv":
            assert next(csv.DictReader(ran.out.splitlines())) == {key: str(value) for key, value in first.items()}
        else:
            assert ran.out.startswith("### Differences\n")
            assert "### Prevalence\n" in ran.out


def test_no_difference_is_an_empty_table_with_its_header(mrnet: Mrnet, archive: Path, tmp_path: Path) -> None:
    record = tmp_path / "record.json"
    mrnet("stats", "--root", archive, "-o", record)
    words = ("stats", "--root", archive, "--against", record, "--format")
    assert mrnet(*words, "csv").out == "against,path,expected,found\n"
    assert mrnet(*words, "json").out.rstrip().endswith('"differences": []\n}')
    assert mrnet(*words, "markdown").out.startswith("### Differences\n\nNone.\n")


def test_the_output_of_a_comparison_is_a_record_too(mrnet: Mrnet, archive: Path, tmp_path: Path) -> None:
    record = tmp_path / "record.json"
    assert mrnet("stats", "--root", archive, "--against", "mrnet-v1.0", "-o", record).status == 1
    assert mrnet("stats", "--root", archive, "--against", record).status == 0


def test_a_subset_is_compared_with_its_own_record(mrnet: Mrnet, archive: Path, tmp_path: Path) -> None:
    record = tmp_path / "valid.json"
    mrnet("stats", "--root", archive, "--split", "valid", "-o", record)
    valid = mrnet("stats", "--root", archive, "--split", "valid", "--against", record)
    assert (valid.status, "figures agree (split valid)" in valid.err) == (0, True)
    whole = mrnet("stats", "--root", archive, "--against", record)
    assert (whole.status, whole.out) == (2, "")
    assert "it counts other cases, split valid; this run counts all cases" in whole.err


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (["--against", "none.json"], "none.json: no such file"),
        (["--tolerance", "-1"], "--tolerance is -1.0"),
        (["--tolerance", "1e-9"], "those of --against FILE; name the file"),
        (["--plot", "chart.gif"], "the suffix '.gif' is unknown"),
        (["--where", "acl > 1"], "no case"),
        (
            ["--split", "valid", "--against", "mrnet-v1.0"],
            "it counts other cases, all cases; this run counts split valid",
        ),
    ],
)
def test_usage_errors_are_status_2(mrnet: Mrnet, archive: Path, words: list[str], reason: str) -> None:
    ran = mrnet("stats", "--root", archive, *words)
    assert (ran.status, ran.out) == (2, "")
    assert reason in ran.err


def test_the_recipe_for_pandas_keeps_the_zeros(mrnet: Mrnet, archive: Path) -> None:
    mrnet("list", "-r", archive, "-o", "cases.csv")
    mrnet("stats", "-r", archive, "-o", "figures.csv")
    page = (Path(__file__).parents[3] / "docs" / "reference" / "statistics.md").read_text(encoding="utf-8")
    (recipe,) = re.findall(r"^```python\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)
    names: dict[str, Any] = {}
    exec(recipe, names)
    assert list(names["cases"]["case"]) == ["0000", "0001", "0002", "1130", "1131"]
    assert list(names["again"]["of"][:2]) == ["000", "001"]


@pytest.mark.slow
def test_a_chart_is_written_but_never_into_the_archive(mrnet: Mrnet, archive: Path, tmp_path: Path) -> None:
    assert mrnet("stats", "--root", archive, "--plot", tmp_path / "chart.svg").status == 0
    assert (tmp_path / "chart.svg").read_bytes().startswith(b"<?xml")
    ran = mrnet("stats", "--root", archive, "--plot", archive / "chart.svg")
    assert ran.status == 2
    assert not (archive / "chart.svg").exists()


@pytest.mark.parametrize("columns", [20, 34, 40, 60])
def test_a_narrow_terminal_gets_the_same_figures_below_each_other(
    mrnet: Mrnet, full_archive: Path, monkeypatch: pytest.MonkeyPatch, columns: int
) -> None:
    def numbers(text: str) -> list[str]:
        return sorted(re.findall(r"\d+(?:[.,]\d+)*%?", text))

    wide = mrnet("stats", "--root", full_archive).out
    monkeypatch.setenv("COLUMNS", str(columns))
    narrow = mrnet("stats", "--root", full_archive).out
    assert numbers(wide.partition("Slices")[0].partition("Prevalence")[2]) == numbers(
        narrow.partition("Slices")[0].partition("Prevalence")[2]
    )
    assert "…" not in narrow
    assert max(map(len, narrow.splitlines()[1:])) <= columns
