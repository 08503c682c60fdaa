"""Causes of differences: one line per cause, however many figures follow from it."""

from collections.abc import Callable
from pathlib import Path

import pytest

from mrnet.archive.model import Archive
from mrnet.statistics.counting import count_cases
from mrnet.statistics.records import Record, compare
from tests.archives import write_labels


def change(root: Path, file: str, edit: Callable[[list[str]], list[str]]) -> None:
    rows = (root / file).read_text().splitlines()
    (root / file).write_text("".join(f"{row}\n" for row in edit(rows)))


def flip(root: Path, file: str, case: str) -> None:
    change(root, file, lambda rows: [f"{row[:-1]}{1 - int(row[-1])}" if row.startswith(case) else row for row in rows])


def drop(root: Path, file: str, case: str) -> None:
    change(root, file, lambda rows: [row for row in rows if not row.startswith(case)])


def exchange(root: Path, file: str, one: str, other: str) -> None:
    flip(root, file, one)
    flip(root, file, other)


def drop_case(root: Path, case: str) -> None:
    for file in root.glob("train-*.csv"):
        drop(root, file.name, case)
    for file in root.glob(f"train/*/{case}.npy"):
        file.unlink()


def drop_volumes(root: Path, pattern: str) -> None:
    for file in root.glob(pattern):
        file.unlink()


def flip_two(root: Path) -> None:
    flip(root, "train-acl.csv", "0001")
    flip(root, "train-abnormal.csv", "0002")


def drop_split(root: Path) -> None:
    drop_volumes(root, "valid/*/*")
    drop_volumes(root, "valid-*.csv")


def swap_ids(root: Path, one: str, other: str) -> None:
    for file in root.glob("train-*.csv"):
        change(
            root,
            file.name,
            lambda rows: [f"{ {one: other, other: one}.get(row[:4], row[:4]) }{row[4:]}" for row in rows],
        )


def move_case(root: Path, case: str) -> None:
    for file in [*root.glob(f"valid/*/{case}.npy")]:
        file.rename(root / "train" / file.parent.name / file.name)
    for finding in ("abnormal", "acl", "meniscus"):
        row = next(row for row in (root / f"valid-{finding}.csv").read_text().splitlines() if row.startswith(case))
        drop(root, f"valid-{finding}.csv", case)
        change(root, f"train-{finding}.csv", lambda rows, row=row: [*rows, row])  # type: ignore[misc]  # mypy cannot infer it with a default


def replace_volume(root: Path, one: str, other: str) -> None:
    (root / one).write_bytes((root / other).read_bytes())


EXCHANGED = "train: each finding is as frequent as expected, but labels were exchanged between cases: "
ALTERED: list[tuple[str, Callable[[Path], object], list[str]]] = [
    ("a label flipped to 0", lambda root: flip(root, "train-acl.csv", "0001"), ["train acl: 0 positive, expected 1 (−1)"]),
    ("a label flipped to 1", lambda root: flip(root, "valid-meniscus.csv", "1131"), ["valid meniscus: 2 positive, expected 1 (+1)"]),
    ("two labels flipped", flip_two,
     ["train abnormal: 3 positive, expected 2 (+1)", "train acl: 0 positive, expected 1 (−1)"]),
    ("two labels exchanged", lambda root: exchange(root, "train-acl.csv", "0000", "0001"),
     [f"{EXCHANGED}100 in 1 case, expected 0 (+1); 101 in 0 cases, expected 1 (−1); 110 in 0 cases, expected 1 (−1); "
      "111 in 1 case, expected 0 (+1)"]),
    ("two ids exchanged", lambda root: swap_ids(root, "0000", "0002"),
     ["train: no count differs, but labels_sha256 does: labels were exchanged between cases that differ in nothing else, "
      "or an id was changed"]),
    ("a row lost", lambda root: drop(root, "train-acl.csv", "0000"), ["train acl: 1 missing label, expected 0 (+1)"]),
    ("a positive row lost", lambda root: drop(root, "train-acl.csv", "0001"), ["train acl: 1 missing label, expected 0 (+1)"]),
    ("the first row read as a header", lambda root: change(root, "train-acl.csv", lambda rows: rows[1:]),
     ["train acl: 1 missing label, expected 0 (+1)"]),
    ("a label file lost", lambda root: (root / "train-acl.csv").unlink(), ["train acl: 3 missing labels, expected 0 (+3)"]),
    ("a label file emptied", lambda root: (root / "valid-acl.csv").write_text(""), ["valid acl: 2 missing labels, expected 0 (+2)"]),
    ("a label file of another finding", lambda root: (root / "train-acl.csv").write_text((root / "train-abnormal.csv").read_text()),
     ["train acl: 2 positive, expected 1 (+1)"]),
    ("a label file turned over", lambda root: change(root, "train-acl.csv", lambda rows: [f"{row[:-1]}{1 - int(row[-1])}" for row in rows]),
     ["train acl: 2 positive, expected 1 (+1)"]),
    ("an answer that is no label", lambda root: change(root, "train-acl.csv", lambda rows: ["0000,no", *rows[1:]]),
     ["train acl: 1 missing label, expected 0 (+1)"]),
    ("one case twice", lambda root: change(root, "train-acl.csv", lambda rows: [*rows, "0001,0"]),
     ["train acl: 1 missing label, expected 0 (+1)"]),
    ("a case more in the labels", lambda root: write_labels(root, "train", "acl", {"0000": 0, "0001": 1, "0002": 0, "0003": 1}),
     ["train: 4 cases, expected 3 (+1)", "train abnormal: 1 missing label, expected 0 (+1)",
      "train meniscus: 1 missing label, expected 0 (+1)"]),
    ("a case lost", lambda root: drop_case(root, "0001"), ["train: 2 cases, expected 3 (−1)"]),
    ("a case moved", lambda root: move_case(root, "1131"), ["train: 4 cases, expected 3 (+1)", "valid: 1 case, expected 2 (−1)"]),
    ("a volume lost", lambda root: drop_volumes(root, "train/axial/0001.npy"), ["train axial: 2 series, expected 3 (−1)"]),
    ("a plane lost", lambda root: drop_volumes(root, "valid/coronal/*"), ["valid coronal: 0 series, expected 2 (−2)"]),
    ("a volume of another case", lambda root: replace_volume(root, "train/axial/0000.npy", "train/axial/0002.npy"),
     ["train axial: other numbers of slices: min 4, expected 3; p25 4.5, expected 3.5; median 5, expected 4"]),
    ("a split lost", drop_split,
     ["valid: no cases, expected 2 cases"]),
]  # fmt: skip


@pytest.mark.parametrize(("alter", "lines"), [each[1:] for each in ALTERED], ids=[each[0] for each in ALTERED])
def test_each_cause_is_named_first_and_once(archive: Path, alter: Callable[[Path], object], lines: list[str]) -> None:
    opened = Archive.open(archive)
    record = Record("record.json", count_cases(opened, opened.cases).figures)
    alter(archive)
    opened = Archive.open(archive)
    check = compare(count_cases(opened, opened.cases).figures, record, 1e-9)
    assert check.lines(named=False)[:-1] == lines
    assert "--format csv lists each" in check.lines(named=False)[-1]
