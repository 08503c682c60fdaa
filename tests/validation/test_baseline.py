"""Known problems are recognised by their location, and only those that were searched for can be gone."""

import json
from pathlib import Path

import pytest

from mrnet.errors import UsageError
from mrnet.validation.baseline import MAX_REPORT_BYTES, read_known
from tests.conftest import Mrnet


def report(mrnet: Mrnet, archive: Path, *words: object) -> dict[str, int]:
    """Return how many problems there are of each severity, with those of known.json known."""
    ran = mrnet("validate", "--root", archive, "--read", "labels", "--known", "known.json", "-f", "json", *words)
    counts: dict[str, int] = json.loads(ran.out)["counts"]
    return counts


def test_a_problem_of_a_case_stays_known_if_its_row_moves(mrnet: Mrnet, archive: Path) -> None:
    labels = archive / "train-acl.csv"
    labels.write_text("0,0\n0001,1\n0002,0\n")
    mrnet("validate", "--root", archive, "--read", "labels", "-o", "known.json")
    labels.write_text("0001,1\n0002,0\n0,0\n")
    assert report(mrnet, archive) == {"error": 0, "warning": 0, "known": 1}


def test_a_row_without_a_case_is_recognised_by_its_line(mrnet: Mrnet, archive: Path) -> None:
    labels = archive / "train-acl.csv"
    rows = labels.read_text()
    labels.write_text(f"{rows}yes,no\n")
    mrnet("validate", "--root", archive, "--read", "labels", "-o", "known.json")
    assert report(mrnet, archive)["known"] == 1
    labels.write_text(f"yes,no\n{rows}")
    assert report(mrnet, archive) == {"error": 1, "warning": 0, "known": 0}


def test_a_problem_that_was_not_searched_for_is_not_gone(mrnet: Mrnet, archive: Path) -> None:
    (archive / "notes.txt").write_text("words")
    mrnet("validate", "--root", archive, "--read", "labels", "-o", "known.json")
    (archive / "notes.txt").unlink()
    words = ["validate", "--root", archive, "--read", "labels", "--known", "known.json"]
    assert "unexpected-file notes.txt" in mrnet(*words).out
    assert "unexpected-file notes.txt" not in mrnet(*words, "--ignore", "unexpected-file").out


def test_a_report_may_be_long_but_not_endless(tmp_path: Path) -> None:
    file = tmp_path / "known.json"
    file.write_text('{"problems": []}' + " " * (MAX_REPORT_BYTES - 100))
    assert not read_known(file)
    file.write_text('{"problems": []}' + " " * MAX_REPORT_BYTES)
    with pytest.raises(UsageError, match=r"known\.json"):
        read_known(file)
    assert MAX_REPORT_BYTES >= 8_000_000
