"""An SQL condition selects cases, and can do nothing else."""

import contextlib
import os
import re
import sqlite3
import subprocess
import sys
from functools import partial
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mrnet.archive.model import Archive, Case
from mrnet.cli import where as where_module
from mrnet.cli.where import PLAIN_FUNCTIONS, filter_cases
from mrnet.errors import UsageError
from mrnet.storage.folder import FolderStorage
from tests.archives import write_labels
from tests.cli.test_selection import make_cases


@pytest.fixture
def cases(archive: Path) -> list[Case]:
    return Archive.open(archive).cases


def where(condition: str, cases: list[Case]) -> list[str]:
    return [case.id for case in filter_cases(condition, cases)]


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
        ("id < 1130.0", ["0000", "0001", "0002"]),
        ("id = 1.0", ["0001"]),
        ("id in (1.0, 1e0, 1131.0)", ["0001", "1131"]),
        ("id > 1.5 and id < 2.5", ["0002"]),
        ("id > -1 and id < 1e1", ["0000", "0001", "0002"]),
        ('"id" = 1 and cases."axial" > 1 and `acl`', ["0001"]),
        ('id = 2 -- it\'s "x"', ["0002"]),
        ("case when acl then 1 else 0 end", ["0001", "1130"]),
        ("acl = '1'", ["0001", "1130"]),
        ("abs(coronal - sagittal) = 1 and max(axial, coronal) > 5", ["0002"]),
        ("1 -- comment", ["0000", "0001", "0002", "1130", "1131"]),
        ("null", []),
    ],
)
def test_a_condition_chooses(cases: list[Case], condition: str, chosen: list[str]) -> None:
    assert where(condition, cases) == chosen


def test_unknown_values_are_null_in_a_condition(archive: Path) -> None:
    write_labels(archive, "train", "acl", {"0000": 1})
    (archive / "valid" / "axial" / "1130.npy").write_bytes(b"no volume")
    cases = Archive.open(archive).cases
    assert where("acl is null", cases) == ["0001", "0002"]
    assert where("not acl", cases) == ["1131"]
    assert where("axial is null", cases) == ["1130"]


def test_headers_are_read_only_in_the_named_planes(cases: list[Case], monkeypatch: pytest.MonkeyPatch) -> None:
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
        '"axil" > 30', 'not "acll"', "'axial' > 30", "'axil' > 30", '"" = 1', 'split = "valid"', "[acll]", "`acll`",
        "raise(abort, 'x')", "(" * 3000 + "1" + ")" * 3000, "1" + " or 1" * 200_000,
    ],
)  # fmt: skip
def test_anything_but_a_condition_over_the_columns_is_refused(
    cases: list[Case], tmp_path: Path, condition: str
) -> None:
    with pytest.raises(UsageError, match="--where") as raised:
        where(condition, cases)
    assert len(str(raised.value)) < 400
    assert not any(Path().iterdir())


def test_a_condition_may_only_call_functions_that_are_known_to_be_plain(cases: list[Case]) -> None:
    assert not PLAIN_FUNCTIONS & {"replace", "randomblob", "zeroblob", "printf", "format", "load_extension", "random"}


def test_a_condition_of_more_than_20000_letters_is_refused() -> None:
    ids = ", ".join(["'0001'"] * 2000)
    filter_cases(f"id in ({ids})", make_cases([0]))
    with pytest.raises(UsageError, match="is not a condition over"):
        filter_cases(f"id in ({ids}, {ids})", make_cases([0]))


def test_a_condition_that_takes_long_is_stopped() -> None:
    condition = " + ".join([f"abs(max({', '.join(['abnormal'] * 100)}))"] * 16)
    with pytest.raises(UsageError, match="takes too long for a condition over a few columns"):
        filter_cases(condition, make_cases(list(range(9000))))


def test_a_pattern_with_exponential_matching_is_refused() -> None:
    with pytest.raises(UsageError, match="pattern too complex"):
        filter_cases(f"'{'a' * 500}' glob '{'*a' * 60}b'", make_cases([0]))


def test_a_single_call_that_takes_long_is_refused() -> None:
    with pytest.raises(UsageError, match="too big"):
        filter_cases(f"rtrim('{'a' * 9000}b', '{'c' * 9000}b') = ''", make_cases([0]))


def test_a_long_running_condition_is_interrupted(monkeypatch: pytest.MonkeyPatch) -> None:
    interrupted: list[bool] = []

    class Watched(sqlite3.Connection):
        def interrupt(self) -> None:
            interrupted.append(True)
            super().interrupt()

    monkeypatch.setattr(sqlite3, "connect", partial(sqlite3.connect, factory=Watched))
    monkeypatch.setattr(where_module, "MAX_SECONDS", 0.01)
    monkeypatch.setattr(where_module, "MAX_SQL_STEPS", 2**31 - 1)
    condition = " + ".join([f"abs(max({', '.join(['abnormal'] * 100)}))"] * 16)
    with pytest.raises(UsageError, match="takes too long"):
        filter_cases(condition, make_cases(list(range(9000))))
    assert interrupted


INTERRUPTED = """
import os, signal, sqlite3, sys
from mrnet.cli.where import filter_cases
from tests.cli.test_selection import make_cases

class Interrupted(sqlite3.Connection):
    def execute(self, *words):
        if words[0].startswith("SELECT row"):
            os.kill(os.getpid(), signal.SIGINT)
        return super().execute(*words)

connect = sqlite3.connect
sqlite3.connect = lambda *words, **more: connect(*words, factory=Interrupted, **more)
signal.signal(signal.SIGINT, signal.default_int_handler)
try:
    filter_cases("abnormal = 1", make_cases(list(range(10))))
except KeyboardInterrupt:
    sys.exit(130)
"""
"""A separate program, because in a worker of pytest the signal could reach another thread than the one that waits."""


@pytest.mark.slow
@pytest.mark.skipif(os.name == "nt", reason="POSIX signals")
def test_ctrl_c_works_while_a_condition_is_evaluated() -> None:
    ran = subprocess.run(
        [sys.executable, "-c", INTERRUPTED], cwd=Path(__file__).parents[2], capture_output=True, timeout=60, check=False
    )
    assert (ran.returncode, ran.stderr) == (130, b"")


@pytest.mark.parametrize(
    ("condition", "hint"),
    [
        ("case = '0001'", "the column of the case's id is id"),
        ('"case" = 1', "the column of the case's id is id"),
        ('"axil" > 30', "no such column: axil; did you mean axial?"),
        ("'axial' > 30", "'axial' in single quotes is a text, not the column axial; leave the quotes out"),
        ('split = "valid"', "a text has single quotes: 'valid'"),
        ("split = valid", "a text has single quotes: 'valid'"),
    ],
)
def test_a_message_suggests_the_right_form(cases: list[Case], condition: str, hint: str) -> None:
    with pytest.raises(UsageError, match=re.escape(hint)):
        where(condition, cases)


def test_a_near_miss_of_a_column_is_suggested(cases: list[Case]) -> None:
    with pytest.raises(UsageError, match="no such column: Corronal; did you mean coronal"):
        where("Corronal > 3", cases)


@settings(max_examples=50)
@given(st.text("()'\"; -/*=<>%,acloridsptxen1234\0", max_size=25))
def test_any_condition_raises_only_our_error(condition: str) -> None:
    known = make_cases([0, 1, 2])
    with contextlib.suppress(UsageError):
        assert set(where(condition, known)) <= {case.id for case in known}
