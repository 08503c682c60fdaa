"""Cases are chosen by ids, ranges, files, and at random."""

import io
import os
import re
import sys
import threading
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mrnet import __version__
from mrnet.archive.model import Archive, Case, Labels
from mrnet.cli import selection
from mrnet.cli.selection import name_cases, sample_cases
from mrnet.errors import MRNetError, UnknownCaseError, UsageError
from mrnet.storage.folder import FolderStorage
from mrnet.vocabulary import Finding, Split, case_id
from tests.archives import write_labels
from tests.conftest import Mrnet


@pytest.fixture
def cases(archive: Path) -> list[Case]:
    return Archive.open(archive).cases


def make_cases(numbers: list[int]) -> list[Case]:
    return [
        Case(FolderStorage(Path()), f"{number:04d}", Split.TRAIN, Labels(dict.fromkeys(Finding))) for number in numbers
    ]


def ids(cases: list[Case]) -> list[str]:
    return [case.id for case in cases]


@pytest.mark.parametrize(
    ("words", "chosen"),
    [
        (["1131", "1"], ["1131", "0001"]),
        (["0000-0001"], ["0000", "0001"]),
        (["1-9999"], ["0001", "0002", "1130", "1131"]),
        (["2", "0-2", "0002"], ["0002", "0000", "0001"]),
        (["0002-0002"], ["0002"]),
        (["5-9"], []),
        (["1131,1"], ["1131", "0001"]),
        (["1, 2,"], ["0001", "0002"]),
        (["0-1,1130"], ["0000", "0001", "1130"]),
        (["0001.npy", "train/axial/0002.NPY"], ["0001", "0002"]),
    ],
)
def test_ids_and_ranges_name_each_case_once_in_the_order_named(
    cases: list[Case], words: list[str], chosen: list[str]
) -> None:
    assert ids(name_cases(words, cases)) == chosen


@given(st.sets(st.integers(0, 9999), max_size=30), st.integers(0, 9999), st.integers(0, 9999))
def test_a_range_selects_the_ids_between_its_ends(numbers: set[int], one: int, other: int) -> None:
    first, last = sorted((one, other))
    chosen = name_cases([f"{first:04d}-{last}"], make_cases(sorted(numbers)))
    assert [int(case.id) for case in chosen] == [number for number in sorted(numbers) if first <= number <= last]


def test_an_id_of_five_digits_is_in_no_range_of_four(cases: list[Case]) -> None:
    assert ids(name_cases(["0999-1001"], make_cases([999, 1000, 10000]))) == ["0999", "1000"]


def test_an_id_in_both_splits_names_both(archive: Path) -> None:
    write_labels(archive, "valid", "acl", {"0001": 1})
    assert [case.split for case in name_cases(["1"], Archive.open(archive).cases)] == ["train", "valid"]


@pytest.mark.parametrize(
    "word", ["9999", "abc", "", "1-", "-1", "1–2", "00-1-2", "１", "1" * 5000, "@", "0x1", "1 2", ",", "9.npy", "1.5"]
)
def test_an_unknown_word_is_one_of_our_errors(cases: list[Case], word: str) -> None:
    with pytest.raises(MRNetError) as raised:
        name_cases([word], cases)
    assert len(str(raised.value)) < 250


def test_an_unknown_id_names_the_nearest(cases: list[Case]) -> None:
    with pytest.raises(UnknownCaseError, match="'1129'; the nearest that exist: 0002, 1130, 1131"):
        name_cases(["1129"], cases)


def test_a_reversed_range_is_corrected_in_the_message(cases: list[Case]) -> None:
    with pytest.raises(UsageError, match="this range is reversed, expected 0001-0010"):
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
def test_a_file_of_ids_is_read_with_any_separators_and_comments(cases: list[Case], tmp_path: Path, text: bytes) -> None:
    (tmp_path / "ids.txt").write_bytes(text)
    assert ids(name_cases([f"@{tmp_path / 'ids.txt'}"], cases)) == ["0001", "1130"]


def test_a_file_of_ids_may_contain_ranges_but_not_name_another_file(cases: list[Case], tmp_path: Path) -> None:
    (tmp_path / "ids.txt").write_text("0-1\n")
    assert ids(name_cases([f"@{tmp_path / 'ids.txt'}"], cases)) == ["0000", "0001"]
    (tmp_path / "loop.txt").write_text(f"@{tmp_path / 'loop.txt'}\n")
    with pytest.raises(UnknownCaseError):
        name_cases([f"@{tmp_path / 'loop.txt'}"], cases)


def test_a_word_that_a_file_repeats_is_looked_up_once(
    cases: list[Case], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    looked_up: list[str] = []

    def noted(word: str) -> str:
        looked_up.append(word)
        return case_id(word)

    monkeypatch.setattr(selection, "case_id", noted)
    (tmp_path / "ids.txt").write_text("0001 " * 100)
    assert ids(name_cases([f"@{tmp_path / 'ids.txt'}"], cases)) == ["0001"]
    assert looked_up == ["0001"]


@pytest.mark.parametrize(
    ("text", "message"),
    [(b"\xff\xfe\xff", "not text"), (b"\x80", "not text"), (b"1\n" * (5 << 20), "more than 8,388,608 bytes")],
)
def test_a_file_without_ids_is_reported(cases: list[Case], tmp_path: Path, text: bytes, message: str) -> None:
    (tmp_path / "ids.txt").write_bytes(text)
    with pytest.raises(UsageError, match=f"ids.txt: .*{message}"):
        name_cases([f"@{tmp_path / 'ids.txt'}"], cases)


def test_a_file_that_cannot_be_read_is_named(cases: list[Case], tmp_path: Path) -> None:
    for name, reason in ((".", "Is a directory"), ("none.txt", "No such file")):
        with pytest.raises(UsageError, match=f"cannot be read: {reason}"):
            name_cases([f"@{tmp_path / name}"], cases)


def test_a_pipe_of_process_substitution_is_read(cases: list[Case], tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    writer = threading.Thread(target=(tmp_path / "pipe").write_text, args=["0001\n"])
    writer.start()
    assert ids(name_cases([f"@{tmp_path / 'pipe'}"], cases)) == ["0001"]
    writer.join()


@pytest.mark.parametrize(
    "table",
    [
        "case,split,abnormal\n0001,train,1\n1130,valid,0\n",
        '"case","slices"\r\n"0001","3"\r\n"0001","4"\r\n"1130","3"\r\n',
        "plane,case\naxial,1\n,\n,1130\n",
        "case\n0001\n1130\n",
    ],
)
def test_a_table_with_a_column_case_names_its_cases(cases: list[Case], tmp_path: Path, table: str) -> None:
    (tmp_path / "cases.csv").write_text(table, encoding="utf-16")
    assert ids(name_cases([f"@{tmp_path / 'cases.csv'}"], cases)) == ["0001", "1130"]


def test_a_table_with_splits_names_the_case_of_that_split(archive: Path, tmp_path: Path) -> None:
    write_labels(archive, "valid", "acl", {"0001": 1})
    (tmp_path / "cases.csv").write_text("case,split\n0001,valid\n")
    chosen = name_cases([f"@{tmp_path / 'cases.csv'}"], Archive.open(archive).cases)
    assert [(case.id, case.split) for case in chosen] == [("0001", "valid")]


@pytest.mark.parametrize(
    ("word", "hint"),
    [
        ("valid/1130", "the split is named with an option: 1130 --split valid"),
        ("train", "this word goes with an option: --split train"),
        ("axial", "--plane axial"),
        ("acl", "--where acl"),
        ("~/x", "an archive is named with --root ~/x"),
        (".", "an archive is named with --root ."),
        ("MRNet-v1.0.zip", "an archive is named with --root MRNet-v1.0.zip"),
        ("ids.txt", "a file of ids is named with @: @ids.txt"),
    ],
)
def test_a_word_with_another_meaning_gets_a_hint(cases: list[Case], word: str, hint: str) -> None:
    Path("ids.txt").write_text("0001")
    with pytest.raises(UnknownCaseError, match=f"unknown case '{word}'; .*{hint}$"):
        name_cases([word], cases)


def test_a_file_of_ids_may_lie_below_home(cases: list[Case], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / "ids.txt").write_text("0001")
    assert ids(name_cases(["@~/ids.txt"], cases)) == ["0001"]


def test_standard_input_is_read(cases: list[Case], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"0001\n1130\n")))
    assert ids(name_cases(["-", "0000"], cases)) == ["0001", "1130", "0000"]


def test_closed_standard_input_is_named(cases: list[Case], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", None)
    with pytest.raises(UsageError, match="standard input is closed"):
        name_cases(["-"], cases)


@given(st.integers(1, 60), st.integers(0, 2**40))
def test_a_sample_has_that_many_different_cases_in_order_and_is_repeatable(count: int, seed: int) -> None:
    cases = make_cases(list(range(40)))
    chosen = ids(sample_cases(count, seed, cases))
    assert chosen == sorted(set(chosen))
    assert len(chosen) == min(count, 40)
    assert chosen == ids(sample_cases(count, seed, cases))


def test_another_seed_is_another_sample() -> None:
    cases = make_cases(list(range(1250)))
    assert ids(sample_cases(20, 0, cases)) != ids(sample_cases(20, 1, cases))
    assert ids(sample_cases(3, 0, cases)) == ["0082", "0788", "0861"]


@pytest.mark.parametrize("form", ["table", "markdown"])
@pytest.mark.parametrize(
    "command",
    [
        "list", "info", "info --intensity", "stats", "compare .", "export-gif -p ax", "export-montage -p ax",
        "export-contact-sheet -p ax", "export-html", "extract -o some",
    ],
)  # fmt: skip
def test_a_result_names_the_version_and_the_selection(
    archive: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, mrnet: Mrnet, command: str, form: str
) -> None:
    if command == "compare .":
        command = f"compare {archive}"
    monkeypatch.chdir(tmp_path)
    ran = mrnet(*command.split(), "--root", archive, "--split", "valid", "--where", "abnormal", "--format", form)
    assert ran.status == 0
    assert re.search(rf"mrnet {re.escape(__version__)}\b", ran.out)
    assert "split valid, where abnormal" in ran.out


def test_a_table_of_all_cases_says_so(archive: Path, mrnet: Mrnet) -> None:
    for command in ("list", "info", "stats"):
        assert f"mrnet {__version__}, all cases\n" in mrnet(command, "--root", archive).out
    assert mrnet("validate", "--root", archive).out.endswith(f" s by mrnet {__version__}\n")
