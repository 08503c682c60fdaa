"""Readers' CSVs and keys: usable cells, faults with their line, and files that are refused as a whole."""

from collections.abc import Callable
from pathlib import Path

import pytest

from mrnet.errors import UsageError
from mrnet.statistics.readings import MAX_CELLS, MAX_COLUMNS, read_key, read_readings
from mrnet.vocabulary import Finding, Split

ABNORMAL, ACL, MENISCUS = Finding


@pytest.fixture
def csv(tmp_path: Path) -> Callable[..., Path]:
    def write(text: str | bytes, name: str = "reader.csv") -> Path:
        file = tmp_path / name
        file.write_bytes(text if isinstance(text, bytes) else text.encode())
        return file

    return write


def test_cells_are_labels_and_an_empty_one_is_none(csv: Callable[..., Path]) -> None:
    readings = read_readings(csv("case,abnormal,acl,meniscus\n0001,1,0,\n"))
    assert not readings.faults
    assert readings.cases["0001", None].answers == {ABNORMAL: 1, ACL: 0, MENISCUS: None}


def test_columns_may_be_in_any_order_and_other_columns_are_kept(csv: Callable[..., Path]) -> None:
    file = csv('note,split,meniscus,acl,abnormal,case\n"torn, I think\nor not",valid,1,0,1,1130\n')
    (place, labelled), = read_readings(file).cases.items()  # fmt: skip
    assert place == ("1130", Split.VALID)
    assert labelled.notes == {"note": "torn, I think\nor not"}
    assert labelled.answers == {ABNORMAL: 1, ACL: 0, MENISCUS: 1}


@pytest.mark.parametrize("id", ["1", "01", "0001", " 0001 "])
def test_ids_may_have_lost_their_zeros(csv: Callable[..., Path], id: str) -> None:
    assert list(read_readings(csv(f"case,abnormal,acl,meniscus\n{id},1,0,0\n")).cases) == [("0001", None)]


def test_windows_line_ends_and_a_byte_order_mark_are_no_fault(csv: Callable[..., Path]) -> None:
    file = csv("\ufeffcase,abnormal,acl,meniscus\r\n0001,1,0,0\r\n")
    assert list(read_readings(file).cases) == [("0001", None)]


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("0001,1,0", "the row has 3 cells, expected 5"),
        ("R01,1,0,0,", "the case is 'R01', expected an id such as 0001 (blind names need --key)"),
        ("00001,1,0,0,", "the case is '00001', expected an id such as 0001 (blind names need --key)"),
        ("²,1,0,0,", "the case is '²', expected an id such as 0001 (blind names need --key)"),
        ("0001,1,0,0,test", "the split is 'test', expected train, valid or nothing"),
        ("0000,1,0,0,", "case 0000 is answered in line 2 already; this row is not used"),
    ],
)
def test_a_row_that_cannot_be_used_is_a_fault_with_its_line(csv: Callable[..., Path], row: str, reason: str) -> None:
    file = csv(f"case,abnormal,acl,meniscus,split\n0000,0,0,0,\n{row}\n0002,1,1,1,\n")
    readings = read_readings(file)
    assert [str(fault) for fault in readings.faults] == [f"{file}:3: {reason}"]
    assert list(readings.cases) == [("0000", None), ("0002", None)]


def test_a_cell_that_is_no_label_is_a_fault_and_counts_as_none(csv: Callable[..., Path]) -> None:
    file = csv("case,abnormal,acl,meniscus\n0001,nan,yes,1\n")
    readings = read_readings(file)
    assert [str(fault) for fault in readings.faults] == [
        f"{file}:2: abnormal is 'nan', expected 0, 1 or nothing",
        f"{file}:2: acl is 'yes', expected 0, 1 or nothing",
    ]
    assert readings.cases["0001", None].answers == {ABNORMAL: None, ACL: None, MENISCUS: 1}


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("", "its first line is '', expected a header row"),
        ("0001,1,0,0\n", "its first line is '0001,1,0,0', expected a header row"),
        ("case;abnormal;acl;meniscus\n", "expected a header row with case; other columns"),
        ("case,case,abnormal,acl,meniscus\n", "each name occurs once"),
        (b"case,abnormal,acl,meniscus\n\xff", "not text in UTF-8"),
        ("case,abnormal,acl,meniscus\n" + "x" * 200_000, "this is not CSV: field larger than"),
        (b"case,abnormal,acl,meniscus\n\0", "this is not a text file"),
    ],
)
def test_a_file_that_is_not_such_a_csv_is_refused(csv: Callable[..., Path], content: str | bytes, reason: str) -> None:
    with pytest.raises(UsageError, match=reason):
        read_readings(csv(content))


def test_an_unreadable_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot be read"):
        read_readings(tmp_path)


def test_a_table_of_thousands_of_columns_is_refused(csv: Callable[..., Path]) -> None:
    names = ",".join(f"note{number}" for number in range(MAX_COLUMNS))
    with pytest.raises(UsageError, match="this table has 1,002 columns, expected at most 1,000"):
        read_readings(csv(f"case,acl,{names}\n"))


def test_a_table_of_millions_of_cells_is_refused(csv: Callable[..., Path]) -> None:
    names, blanks = ",".join(f"note{number}" for number in range(998)), "," * 998
    rows = "".join(f"{number:04},1{blanks}\n" for number in range(MAX_CELLS // 1000 + 1))
    with pytest.raises(UsageError, match="more than 200,000 cells; leave out columns that are not compared"):
        read_readings(csv(f"case,acl,{names}\n{rows}"))


def test_a_quote_that_is_never_closed_hides_no_row(csv: Callable[..., Path]) -> None:
    with pytest.raises(UsageError, match=r"reader\.csv:3: this is not CSV: unexpected end of data"):
        read_readings(csv('case,acl,note\n0000,0,"torn\n0001,1,\n'))


def test_an_underscore_is_no_digit(csv: Callable[..., Path]) -> None:
    readings = read_readings(csv("case,acl\n0000,0_5\n0001,1\n"))
    assert [fault.reason for fault in readings.faults] == ["acl is '0_5', expected 0, 1 or nothing"]


def test_a_long_cell_is_shortened_in_the_message(csv: Callable[..., Path]) -> None:
    long = "A" * 70_000
    key = csv(f"reading,case,split\n{long},0000,train\n{long},0000,train\n", "key.csv")
    with pytest.raises(UsageError, match=r"the reading 'A+\.\.\.' is there already"):
        read_key(key)
    readings = csv(f"case,split,abnormal,acl,meniscus\n0000,{long},1,0,0\n{long},,1,0,0\n0001,,1,0,0\n")
    keys: list[dict[str, tuple[str, Split | None]] | None] = [None, {"0001": ("0001", None)}]
    for known in keys:
        reasons = [fault.reason for fault in read_readings(readings, known).faults]
        assert reasons
        assert all(len(reason) < 200 for reason in reasons), reasons


def test_a_key_gives_the_case_of_a_blind_name(csv: Callable[..., Path]) -> None:
    key = read_key(csv("reading,case,split\nR01,1130,valid\n\nR02,7,\n,,\n\n", "key.csv"))
    assert key == {"R01": ("1130", Split.VALID), "R02": ("0007", None)}
    readings = read_readings(csv("case,abnormal,acl,meniscus\nR02,1,0,0\nR09,1,0,0\n"), key)
    assert list(readings.cases) == [("0007", None)]
    assert [fault.reason for fault in readings.faults] == ["the key does not say which case 'R09' is"]


@pytest.mark.parametrize(
    ("rows", "reason"),
    [
        ("R01,0001,train\nR01,0002,train\n", ":3: the reading 'R01' is there already"),
        (",0001,train\n", ":2: the reading has no name"),
        ("R01,knee,train\n", ":2: the case is 'knee'"),
        ("R01,0001\n", ":2: the row has 2 cells, expected 3"),
    ],
)
def test_a_key_with_a_row_that_cannot_be_used_is_refused(csv: Callable[..., Path], rows: str, reason: str) -> None:
    with pytest.raises(UsageError, match=reason):
        read_key(csv(f"reading,case,split\n{rows}"))


@pytest.mark.parametrize("id", ["0001.npy", "train/axial/0001.npy", "axial\\0001.npy", "1.0"])
def test_names_of_volumes_are_ids(csv: Callable[..., Path], id: str) -> None:
    assert list(read_readings(csv(f"case,acl\n{id},1\n")).cases) == [("0001", None)]


def test_one_finding_is_enough_and_numbers_may_have_a_point(csv: Callable[..., Path]) -> None:
    readings = read_readings(csv("case,acl\n0001,1.0\n0002,0.0\n,\n\n0003,\n"))
    assert [each.answers[ACL] for each in readings.cases.values()] == [1, 0, None]
    assert (readings.faults, readings.scored) == ([], [])
    with pytest.raises(UsageError, match="expected a column of a finding: abnormal, acl, meniscus"):
        read_readings(csv("case,label\n0001,1\n"))


def test_a_column_of_other_numbers_holds_scores(csv: Callable[..., Path]) -> None:
    readings = read_readings(csv("case,acl,meniscus\n0001,0.5,1\n0002,1,0\n0003,,\n"))
    assert readings.scored == [ACL]
    assert [each.scores for each in readings.cases.values()] == [{ACL: 0.5}, {ACL: 1.0}, {ACL: None}]
    assert [each.answers[MENISCUS] for each in readings.cases.values()] == [1, 0, None]
    assert {each.answers[ACL] for each in readings.cases.values()} == {None}


def test_a_readers_confidence_is_a_score_beside_the_label(csv: Callable[..., Path]) -> None:
    file = csv("case,acl,acl_confidence,acl_slice,acl_unsure\n0001,1,80,12,0\n")
    readings = read_readings(file)
    (labelled,) = readings.cases.values()
    assert (labelled.answers[ACL], labelled.scores) == (1, {ACL: 80.0})
    assert readings.notes == ["acl_confidence", "acl_slice", "acl_unsure"]


@pytest.mark.parametrize("score", ["nan", "inf", "-0.1", "101", "high", "1e400"])
def test_a_score_beyond_its_range_is_a_fault(csv: Callable[..., Path], score: str) -> None:
    file = csv(f"case,acl\n0001,0.5\n0002,{score}\n")
    assert [str(fault) for fault in read_readings(file).faults] == [
        f"{file}:3: acl is '{score}', expected a score from 0 to 1 or from 0 to 100, or nothing"
    ]


def test_a_table_of_other_cases_is_refused_in_one_message(tmp_path: Path) -> None:
    file = tmp_path / "other.csv"
    file.write_text("case,abnormal,acl,meniscus\nMRN-0001,1,0,0\nMRN-0002,1,0,0\nMRN-0003,0,0,1\n")
    with pytest.raises(UsageError) as refused:
        read_readings(file)
    assert str(refused.value) == (
        f"{file}:2: the case is 'MRN-0001', expected an id such as 0001 (blind names need --key), and none of 2 more rows "
        "can be used; is it a table of MRNet's cases?"
    )
