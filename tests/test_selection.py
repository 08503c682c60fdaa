"""Cases are chosen by ids, ranges, files, an SQL condition that can do nothing but choose, and at random."""

import contextlib
import io
import os
import sys
import threading
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mrnet.archive import Archive, Case
from mrnet.errors import MRNetError, UnknownCaseError, UsageError
from mrnet.selection import PLAIN_FUNCTIONS, filter_cases, name_cases, sample_cases
from mrnet.storage import FolderStorage
from mrnet.vocabulary import Finding, Split
from tests.archives import write_labels


@pytest.fixture
def cases(archive: Path) -> list[Case]:
    return Archive.open(archive).cases


def make_cases(numbers: list[int]) -> list[Case]:
    return [Case(FolderStorage(Path()), f"{number:04d}", Split.TRAIN, dict.fromkeys(Finding)) for number in numbers]


def ids(cases: list[Case]) -> list[str]:
    return [case.id for case in cases]


def where(condition: str, cases: list[Case]) -> list[str]:
    return ids(filter_cases(condition, cases))


@pytest.mark.parametrize(
    ("words", "chosen"),
    [
        (["1131", "1"], ["1131", "0001"]),
        (["0000-0001"], ["0000", "0001"]),
        (["1-9999"], ["0001", "0002", "1130", "1131"]),
        (["2", "0-2", "0002"], ["0002", "0000", "0001"]),
        (["0002-0002"], ["0002"]),
        (["5-9"], []),
    ],
)
def test_ids_and_ranges_name_each_case_once_in_the_order_named(
    cases: list[Case], words: list[str], chosen: list[str]
) -> None:
    assert ids(name_cases(words, cases)) == chosen


@given(st.sets(st.integers(0, 9999), max_size=30), st.integers(0, 9999), st.integers(0, 9999))
def test_a_range_takes_just_the_ids_between_its_ends(numbers: set[int], one: int, other: int) -> None:
    first, last = sorted((one, other))
    chosen = name_cases([f"{first:04d}-{last}"], make_cases(sorted(numbers)))
    assert [int(case.id) for case in chosen] == [number for number in sorted(numbers) if first <= number <= last]


def test_an_id_of_five_digits_is_in_no_range_of_four(cases: list[Case]) -> None:
    assert ids(name_cases(["0999-1001"], make_cases([999, 1000, 10000]))) == ["0999", "1000"]


def test_an_id_in_both_splits_names_both(archive: Path) -> None:
    write_labels(archive, "valid", "acl", {"0001": 1})
    assert [case.split for case in name_cases(["1"], Archive.open(archive).cases)] == ["train", "valid"]


@pytest.mark.parametrize("word", ["9999", "abc", "", "1-", "-1", "1–2", "00-1-2", "１", "1" * 5000, "@", "0x1", "1 2"])
def test_a_word_that_names_nothing_is_one_of_our_errors(cases: list[Case], word: str) -> None:
    with pytest.raises(MRNetError) as raised:
        name_cases([word], cases)
    assert len(str(raised.value)) < 250


def test_an_unknown_id_names_the_nearest(cases: list[Case]) -> None:
    with pytest.raises(UnknownCaseError, match="'1129'; the nearest that exist: 0002, 1130, 1131"):
        name_cases(["1129"], cases)


def test_a_range_the_wrong_way_round_is_turned_in_the_message(cases: list[Case]) -> None:
    with pytest.raises(UsageError, match="wrong way round, expected 0001-0010"):
        name_cases(["10-1"], cases)


@pytest.mark.parametrize(
    "text",
    [
        b"0001\n1130\n",
        b"0001\r\n1130",
        b"\xef\xbb\xbf1\n1130\n",
        "0001\r\n1130\r\n".encode("utf-16"),
        b"# mine\n0001, 1130 # both\n\n",
        b"1 1130 0001",
    ],
)
def test_a_file_of_ids_is_read_whoever_wrote_it(cases: list[Case], tmp_path: Path, text: bytes) -> None:
    (tmp_path / "ids.txt").write_bytes(text)
    assert ids(name_cases([f"@{tmp_path / 'ids.txt'}"], cases)) == ["0001", "1130"]


def test_a_file_of_ids_may_hold_ranges_but_lead_to_no_other_file(cases: list[Case], tmp_path: Path) -> None:
    (tmp_path / "ids.txt").write_text("0-1\n")
    assert ids(name_cases([f"@{tmp_path / 'ids.txt'}"], cases)) == ["0000", "0001"]
    (tmp_path / "loop.txt").write_text(f"@{tmp_path / 'loop.txt'}\n")
    with pytest.raises(UnknownCaseError):
        name_cases([f"@{tmp_path / 'loop.txt'}"], cases)


@pytest.mark.parametrize(
    ("text", "message"), [(b"\xff\xfe\xff", "not text"), (b"\x80", "not text"), (b"1\n" * (1 << 20), "too large")]
)
def test_a_file_that_holds_no_ids_is_named(cases: list[Case], tmp_path: Path, text: bytes, message: str) -> None:
    (tmp_path / "ids.txt").write_bytes(text)
    with pytest.raises(UsageError, match=f"ids.txt: .*{message}"):
        name_cases([f"@{tmp_path / 'ids.txt'}"], cases)


def test_a_file_that_cannot_be_read_is_named(cases: list[Case], tmp_path: Path) -> None:
    for name, reason in ((".", "Is a directory"), ("none.txt", "No such file")):
        with pytest.raises(UsageError, match=f"this file of case ids cannot be read: {reason}"):
            name_cases([f"@{tmp_path / name}"], cases)


def test_a_pipe_of_ids_is_read_as_shells_substitute_it(cases: list[Case], tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    writer = threading.Thread(target=(tmp_path / "pipe").write_text, args=["0001\n"])
    writer.start()
    assert ids(name_cases([f"@{tmp_path / 'pipe'}"], cases)) == ["0001"]
    writer.join()


def test_standard_input_is_read(cases: list[Case], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"0001\n1130\n")))
    assert ids(name_cases(["-", "0000"], cases)) == ["0001", "1130", "0000"]


def test_closed_standard_input_is_named(cases: list[Case], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", None)
    with pytest.raises(UsageError, match="standard input is closed"):
        name_cases(["-"], cases)


@pytest.mark.parametrize(
    ("condition", "chosen"),
    [
        ("acl and not meniscus", ["0001"]),
        ("ACL AND NOT Meniscus", ["0001"]),
        ("axial > 3 and split = 'valid'", ["1131"]),
        ("split = 'Valid'", []),
        ("id = 1", ["0001"]),
        ("id = '0001'", ["0001"]),
        ("id > 2", ["1130", "1131"]),
        ("id < 10", ["0000", "0001", "0002"]),
        ("id between 1 and 1130", ["0001", "0002", "1130"]),
        ("id in (1, '1131')", ["0001", "1131"]),
        ("id like '000%'", ["0000", "0001", "0002"]),
        ("acl = '1'", ["0001", "1130"]),
        ("abs(coronal - sagittal) = 1 and max(axial, coronal) > 5", ["0002"]),
        ("1 -- comment", ["0000", "0001", "0002", "1130", "1131"]),
        ("null", []),
    ],
)
def test_a_condition_chooses(cases: list[Case], condition: str, chosen: list[str]) -> None:
    assert where(condition, cases) == chosen


def test_what_is_unknown_is_null_in_a_condition(archive: Path) -> None:
    write_labels(archive, "train", "acl", {"0000": 1})
    (archive / "valid" / "axial" / "1130.npy").write_bytes(b"no volume")
    cases = Archive.open(archive).cases
    assert where("acl is null", cases) == ["0001", "0002"]
    assert where("not acl", cases) == ["1131"]
    assert where("axial is null", cases) == ["1130"]


def test_headers_are_read_only_of_the_planes_that_are_named(cases: list[Case], monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[str] = []
    original = FolderStorage.read_start

    def noting(self: FolderStorage, path: str, length: int) -> bytes:
        read.append(path)
        return original(self, path, length)

    monkeypatch.setattr(FolderStorage, "read_start", noting)
    where("acl", cases)
    assert not read
    where("coronal > 1", cases)
    assert {path.split("/")[1] for path in read} == {"coronal"}


@pytest.mark.parametrize(
    "condition",
    [
        "", " ", "acl and", "acll", "case = 1", "rowid > 1", "row > 1", "cases.row > 1", "id in cases", "acl = ?", "acl = :x",
        "(select 1)", "exists (select 1 from cases)", "id in (select id from cases)", "id in (values (1))",
        "(with recursive n(i) as (select 1 union all select i + 1 from n) select max(i) from n)",
        "1; drop table cases", "1); drop table cases; --", "1) union select row from cases --", "1)) union select ((1",
        "1) group by (split", "1) order by (id", "1) limit (1", "acl) returning (id", "(1", "1)", "/*",
        "attach database 'x' as y", "pragma_table_info('cases')", "id in pragma_table_info", "1 from sqlite_master",
        "load_extension('x')", "readfile('/etc/passwd')", "writefile('x', 'y')", "fts3_tokenizer('a')", "randomblob(9)",
        "zeroblob(1000000000)", "printf('%9999999s', 1)", "hex(id)", "replace(id, 1, 2)", "random()", "count(*)",
        "max(axial)", "sum(acl) over ()", "sqlite_version()", "id like '%' || id match 'x'", "id regexp 'x'", "\0",
        "raise(abort, 'x')", "(" * 3000 + "1" + ")" * 3000, "1" + " or 1" * 200_000,
    ],
)  # fmt: skip
def test_what_is_no_condition_over_the_columns_is_refused(cases: list[Case], tmp_path: Path, condition: str) -> None:
    with pytest.raises(UsageError, match="--where") as raised:
        where(condition, cases)
    assert len(str(raised.value)) < 400
    assert not any(Path().iterdir())


def test_a_condition_may_only_call_functions_that_are_known_to_be_plain(cases: list[Case]) -> None:
    assert not PLAIN_FUNCTIONS & {"replace", "randomblob", "zeroblob", "printf", "format", "load_extension", "random"}


@pytest.mark.parametrize(
    "condition",
    [
        " + ".join(["id like '%a%b%c%d%e%f%g%'"] * 400) + " >= 0",
        "'" + "a" * 40_000 + "' like '" + "%a" * 40 + "b'",
        "'" + "a" * 40_000 + "' glob '" + "*a" * 2000 + "b'",
    ],
)
def test_a_condition_that_means_endless_work_ends(condition: str) -> None:
    with contextlib.suppress(UsageError):
        filter_cases(condition, make_cases(list(range(50))))


def test_a_column_that_is_nearly_right_is_suggested(cases: list[Case]) -> None:
    with pytest.raises(UsageError, match="no such column: Corronal; did you mean coronal"):
        where("Corronal > 3", cases)


@settings(max_examples=50, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text("()'\"; -/*=<>%,acloridsptxen1234\0", max_size=25))
def test_no_condition_raises_anything_but_our_error(condition: str) -> None:
    known = make_cases([0, 1, 2])
    with contextlib.suppress(UsageError):
        assert set(where(condition, known)) <= set(ids(known))


@given(st.integers(1, 60), st.integers(0, 2**40))
def test_a_sample_is_so_many_different_cases_in_their_order_and_the_same_each_time(count: int, seed: int) -> None:
    cases = make_cases(list(range(40)))
    chosen = ids(sample_cases(count, seed, cases))
    assert chosen == sorted(set(chosen))
    assert len(chosen) == min(count, 40)
    assert chosen == ids(sample_cases(count, seed, cases))


def test_another_seed_is_another_sample() -> None:
    cases = make_cases(list(range(1250)))
    assert ids(sample_cases(20, 0, cases)) != ids(sample_cases(20, 1, cases))
    assert ids(sample_cases(3, 0, cases)) == ["0082", "0788", "0861"]
