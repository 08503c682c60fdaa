"""Label files are read as text: usable rows are read, others are reported with their line, nothing is guessed."""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mrnet.archive.labels import MAX_LABEL_FILE_BYTES, LabelFile, read_labels
from mrnet.storage.folder import FolderStorage
from mrnet.vocabulary import Finding, Split


def read(folder: Path, text: bytes) -> LabelFile:
    (folder / "train-acl.csv").write_bytes(text)
    return read_labels(FolderStorage(folder), Split.TRAIN, Finding.ACL)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    answers=st.dictionaries(st.integers(0, 9999), st.integers(0, 1)),
    end=st.sampled_from([b"\n", b"\r\n"]),
    mark=st.sampled_from([b"", b"\xef\xbb\xbf"]),
    last=st.booleans(),
    padded=st.booleans(),
)
def test_answers_are_read_in_any_order_ending_and_padding(
    tmp_path: Path, answers: dict[int, int], end: bytes, mark: bytes, last: bool, padded: bool
) -> None:
    rows = [b"%s,%d" % ((b"%04d" if padded else b"%d") % id, answer) for id, answer in answers.items()]
    labels = read(tmp_path, mark + end.join(rows) + (end if last and rows else b""))
    assert labels.answers() == {f"{id:04d}": answer for id, answer in answers.items()}
    assert not labels.faults
    assert [row.line for row in labels.rows] == list(range(1, len(rows) + 1))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=200) | st.text("0123456789,\r\n\"' \t\ufeffx", max_size=60).map(str.encode))
def test_no_text_is_read_as_a_label_that_is_not_in_it(tmp_path: Path, text: bytes) -> None:
    labels = read(tmp_path, text)
    lines = text.removeprefix(b"\xef\xbb\xbf").split(b"\n")
    for row in labels.rows:
        assert lines[row.line - 1].rstrip(b"\r") == f"{row.written_id},{row.answer}".encode()
    named = {row.line for row in labels.rows} | {fault.line for fault in labels.faults}
    whole_file = b"\0" in text or any("another table" in fault.reason for fault in labels.faults)
    assert whole_file or named == set(range(1, len(lines) + (lines[-1] != b"")))


@pytest.mark.parametrize(
    ("text", "line", "case", "reason"),
    [
        (b"case,acl\n0000,1\n", 1, None, "is a header row, which label files do not have"),
        (b"0000,1\ncase,acl\n", 2, None, "expected an id and 0 or 1"),
        (b"0000,1\n\n0001,0\n", 2, None, "the row is empty"),
        (b"0000,1\n0001,2\n", 2, "0001", "the row is '0001,2', expected an id and 0 or 1, such as 0000,1"),
        (b"0000, 1\n", 1, "0000", "the row is '0000, 1'"),
        (b'"0000","1"\n', 1, "0000", "the row is"),
        (b'"_0000","_2"\n"0001","1"\n', 1, "0000", "made column names, but no label 0 or 1 can be read"),
        (b"_0000, _1\n0001,1\n", 1, "0000", "made column names, but no label 0 or 1 can be read"),
        (b"0000;1\n", 1, "0000", "the row is"),
        (b"0000,1.0\n", 1, "0000", "the row is"),
        (b"0000,1,0\n", 1, "0000", "the row is"),
        (b"0000,\xff\n", 1, "0000", "the row is not text in UTF-8"),
        (b"\xe0\xa5\xa6,1\n", 1, None, "the row is"),
        ("0000,1\n".encode("utf-16"), 1, None, "zero bytes"),
        (b"0000,1\r0001,0\r", 1, "0000", "the row is"),
        (b"x" * 100_000, 1, None, "..."),
    ],
)
def test_a_malformed_row_is_reported_with_its_line(
    tmp_path: Path, text: bytes, line: int, case: str | None, reason: str
) -> None:
    (fault,) = read(tmp_path, text).faults
    assert (fault.line, fault.case) == (line, case)
    assert reason in fault.reason
    assert len(fault.reason) < 200
    assert str(fault) == f"train-acl.csv:{line}: {fault.reason}"


def test_an_absent_file_is_no_fault(tmp_path: Path) -> None:
    labels = read_labels(FolderStorage(tmp_path), Split.TRAIN, Finding.ACL)
    assert (labels.present, labels.readable, labels.faults) == (False, False, [])


@pytest.mark.parametrize("text", [b"", b"\xef\xbb\xbf"])
def test_an_empty_file_is_present_and_has_no_labels(tmp_path: Path, text: bytes) -> None:
    labels = read(tmp_path, text)
    assert (labels.present, labels.readable, labels.faults) == (True, False, [])


def test_a_huge_file_is_not_read(tmp_path: Path) -> None:
    (tmp_path / "train-acl.csv").touch()
    with open(tmp_path / "train-acl.csv", "r+b") as handle:
        handle.truncate(1 << 40)
    (fault,) = read_labels(FolderStorage(tmp_path), Split.TRAIN, Finding.ACL).faults
    assert "1,099,511,627,776 bytes, far more than labels need" in fault.reason


def test_a_file_of_empty_lines_is_one_fault(tmp_path: Path) -> None:
    assert len(read(tmp_path, b"\n" * MAX_LABEL_FILE_BYTES).faults) == 1


def test_a_folder_in_its_place_is_a_fault_of_the_file(tmp_path: Path) -> None:
    (tmp_path / "train-acl.csv").mkdir()
    labels = read_labels(FolderStorage(tmp_path), Split.TRAIN, Finding.ACL)
    assert [str(fault) for fault in labels.faults] == ["train-acl.csv: this is a folder, expected a file"]


def test_rows_that_agree_give_one_answer_and_rows_that_contradict_give_none(tmp_path: Path) -> None:
    labels = read(tmp_path, b"0000,1\n0001,1\n0,1\n0001,0\n0001,1\n")
    assert labels.answers() == {"0000": 1, "0001": None}
    (fault,) = labels.contradictions()
    assert str(fault) == "train-acl.csv:4: case 0001 is 0 here, 1 in line 2"
