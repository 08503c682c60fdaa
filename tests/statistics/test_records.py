"""Figures compared with records: differences, agreement, and files that are not records."""

import json
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest

from mrnet.archive.model import Archive
from mrnet.errors import UsageError
from mrnet.statistics.causes import short
from mrnet.statistics.counting import count_cases
from mrnet.statistics.keys import keyed, tidy_rows
from mrnet.statistics.records import (
    Check,
    Difference,
    Record,
    check_tolerance,
    compare,
    published_record,
    read_record,
)


@pytest.fixture
def figures(archive: Path) -> Any:
    opened = Archive.open(archive)
    return count_cases(opened, opened.cases).figures


def differences(figures: Any, record: Any, tolerance: Any = 1e-09) -> Any:
    return [str(each) for each in compare(figures, record, tolerance).differences]


def test_the_published_figures_are_those_of_an_archive_that_has_them(full_archive: Path) -> None:
    opened = Archive.open(full_archive)
    found = compare(count_cases(opened, opened.cases).figures, published_record(), 1e-9)
    assert not found.differences
    assert str(found).startswith("mrnet-v1.0: all 258 figures agree; nobody has published a digest of its labels")


def test_a_flipped_label_changes_a_count_by_one(full_archive: Path, tmp_path: Path) -> None:
    labels = tmp_path / "labels"
    labels.mkdir()
    for file in full_archive.glob("*.csv"):
        (labels / file.name).write_bytes(file.read_bytes())
    text = (labels / "train-acl.csv").read_text()
    (labels / "train-acl.csv").write_text(text[::-1].replace("1,", "0,", 1)[::-1])
    opened = Archive.open(full_archive, labels)
    found = differences(count_cases(opened, opened.cases).figures, read_record("mrnet-v1.0"))
    assert found[0] == "splits.train.labels.acl.positive: expected 208, found 207"


def test_path_and_kind_of_the_archive_are_not_compared(figures: Any) -> None:
    elsewhere = figures | {"archive": "/elsewhere", "synthetic": True, "differences": []}
    assert differences(figures, Record("r", elsewhere)) == []


def test_keys_on_one_side_only_are_differences(figures: Any) -> None:
    record = deepcopy(figures)
    del record["splits"]["valid"]
    record["splits"]["train"]["extra"] = 3
    del record["split_shift"]["acl"]["difference"]
    assert differences(figures, Record("r", record)) == [
        "splits.train.extra: expected 3, found nothing",
        "splits.valid: expected nothing, found 87 figures",
        f"split_shift.acl.difference: expected nothing, found {short(figures['split_shift']['acl']['difference'])}",
    ]


@pytest.mark.parametrize(
    ("expected", "found", "tolerance", "same"),
    [
        (208, 207, 0.5, False),
        (0.5, 0.5 * (1 + 1e-10), 1e-9, True),
        (0.5, 0.5 * (1 + 1e-8), 1e-9, False),
        (0.5, 0.6, 0.2, True),
        (27, 27.0, 1e-9, True),
        (0.5, 0.5, 0, True),
        (None, 0.0, 1e-9, False),
        (None, None, 1e-9, True),
        (True, 1, 1e-9, False),
        ("a", "b", 1e-9, False),
        (2**62, float(2**62), 1e-9, True),
        (2**63, float(2**63), 1e-9, False),
        pytest.param(10**400, 1.0, 1e-9, False, id="beyond every float"),
    ],
)
def test_whole_numbers_are_compared_exactly_and_reals_within_the_tolerance(
    expected: Any, found: Any, tolerance: float, same: bool
) -> None:
    assert (differences({"x": found}, Record("r", {"x": expected}), tolerance) == []) is same


def test_entries_of_lists_are_compared_by_name(figures: Any) -> None:
    record = json.loads(json.dumps(figures))
    record["splits"]["all"]["combinations"].reverse()
    record["splits"]["all"]["cooccurrence"].reverse()
    assert differences(figures, Record("r", record)) == []


def test_entries_of_the_same_name_are_compared_by_position() -> None:
    pair = {"a": "acl", "b": "meniscus", "both": 1}
    assert keyed([pair, pair]) == {"0": pair, "1": pair}


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "not JSON"),
        ("[1]", "no 'splits'"),
        ('{"splits": {}}', "no 'splits'"),
        ('{"splits": {"train": {}}}', "'splits.train' has no number of cases"),
        ('{"splits": {"train": {"cases": NaN}}}', "NaN is not a number"),
        ('{"splits": 1e999}', "1e999 is not a number"),
        ("[" * 100_000, "not JSON"),
    ],
)
def test_a_file_that_is_not_a_record_is_refused(tmp_path: Path, text: str, reason: str) -> None:
    file = tmp_path / "record.json"
    file.write_text(text)
    with pytest.raises(UsageError, match=reason):
        read_record(str(file))


def test_a_record_that_is_missing_or_not_text_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"no such file; expected mrnet-v1\.0 or a file"):
        read_record(str(tmp_path / "none.json"))
    (tmp_path / "bytes").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(UsageError, match="not text in UTF-8"):
        read_record(str(tmp_path / "bytes"))


def test_a_tolerance_of_0_compares_exactly() -> None:
    check_tolerance(0)
    assert differences({"x": 0.1 + 0.2}, Record("r", {"x": 0.3}), 0)


def test_figures_of_either_side_are_counted() -> None:
    record = {"splits": {"train": {"cases": 1, "old": 2}}}
    found = {"splits": {"train": {"cases": 1, "new": 3, "newer": 4}}}
    assert str(compare(found, Record("r", record), 1e-9)).startswith("r: 3 of 4 figures differ; ")
    assert str(compare(found, Record("r", record, whole=False), 1e-9)).startswith("r: 1 of 2 figures differ; ")


@pytest.mark.parametrize("tolerance", [-1e-9, float("nan"), float("inf")])
def test_an_impossible_tolerance_is_refused(tolerance: float) -> None:
    with pytest.raises(UsageError, match="expected a number from 0"):
        check_tolerance(tolerance)


def test_tidy_rows_have_every_figure_once_with_the_parts_of_its_key(figures: Any) -> None:
    rows = tidy_rows(figures)
    assert len({row["key"] for row in rows}) == len(rows) == 275
    by_key = {row["key"]: row for row in rows}
    assert by_key["splits.train.combinations.110.cases"] == {
        "key": "splits.train.combinations.110.cases", "value": 1, "split": "train", "figure": "combinations",
        "of": "110", "measure": "cases",
    }  # fmt: skip
    assert by_key["split_shift.acl.ci95.low"]["measure"] == "ci95.low"


def test_a_record_of_other_cases_is_refused(figures: Any) -> None:
    chosen = {"cases": None, "split": None, "where": "acl", "sample": None, "seed": None}
    with pytest.raises(UsageError, match="it counts other cases, where acl; this run counts all cases"):
        differences(figures, Record("r", {**figures, "selection": chosen}))


def test_a_record_without_its_selection_is_refused(figures: Any, tmp_path: Path) -> None:
    file = tmp_path / "old.json"
    file.write_text(json.dumps({key: value for key, value in figures.items() if key not in ("tool", "selection")}))
    with pytest.raises(UsageError, match="it does not say which cases it counts"):
        read_record(str(file))


def test_a_record_of_another_version_is_compared_only_if_it_has_the_same_figures(figures: Any) -> None:
    record = deepcopy(figures)
    record["tool"]["version"] = "0.9"
    assert differences(figures, Record("r", record)) == []
    del record["splits"]["all"]["labels"]["acl"]["ci95"]
    with pytest.raises(UsageError, match=r"mrnet 0.9 wrote this record, and its figures are others"):
        differences(figures, Record("r", record))


def test_the_next_step_fits_what_differs() -> None:
    def step(against: str, path: str) -> str:
        return str(Check(against, 270, [Difference(against, path, 1, 2)], []))

    assert "which labels: mrnet compare OTHER-COPY" in step("record.json", "splits.train.labels.acl.positive")
    assert "which series: mrnet list, here and of another copy" in step("record.json", "splits.train.slices.axial.min")
    assert "which series: mrnet validate --against mrnet-v1.0" in step("mrnet-v1.0", "splits.train.slices.axial.min")
