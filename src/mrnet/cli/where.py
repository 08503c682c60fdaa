"""`--where`: an SQL condition over the columns of `mrnet list`, which can only select cases."""

import re
import sqlite3
import threading
from collections.abc import Iterable
from decimal import Decimal

from mrnet.archive.model import LIST_COLUMNS, Case, list_rows
from mrnet.errors import UsageError
from mrnet.text import did_you_mean, nearest, shortened
from mrnet.vocabulary import Plane, Split

CONDITION_COLUMNS = ("id", *LIST_COLUMNS[1:])
"""The columns that a condition may name; `case` is a keyword of SQL, so the id is called `id`."""
MIN_COLUMN_LIKENESS = 0.75
"""For `nearest`. Most texts in single quotes are meant as texts, so only a text much like a column's name is refused."""
TYPES = {"id": "TEXT COLLATE as_number", "split": "TEXT"}
"""Types of the columns that are not numbers."""
MAX_SQL_STEPS = 10_000_000
"""Instructions of SQLite's virtual machine: about a second. An ordinary condition takes a hundredth of it."""
MAX_SECONDS = 10
"""A limit in seconds too, because one instruction, such as a call of `rtrim`, can take long itself."""
MAX_SQL_LETTERS = 20_000
"""Enough for a list of 2,000 ids."""
MAX_TEXT_LETTERS = 1_000
"""The time of `rtrim` grows with the square of this length; an id has four digits."""
QUOTED = re.compile(
    r"""'(?P<text>(?:[^']|'')*)'|"(?P<name>(?:[^"]|"")*)"|`[^`]*`|\[[^\]]*\]|--[^\n]*|/\*.*?\*/""", re.DOTALL
)
"""The parts of SQL that are not plain words: strings, names in quotes, comments."""
MAX_PROBLEM_LETTERS = 120
CASE = re.compile(r"\bcase\b(?!\s+when\b)", re.IGNORECASE)
NUMBER = re.compile(r"[+-]?[0-9]+(\.[0-9]*)?(e[+-]?[0-9]{1,3})?")
PLAIN_FUNCTIONS = {
    *("abs", "coalesce", "glob", "ifnull", "iif", "instr", "length", "like", "lower", "ltrim", "max", "min", "mod"),
    *("nullif", "round", "rtrim", "sign", "substr", "substring", "trim", "typeof", "unicode", "upper"),
}


def filter_cases(condition: str, cases: list[Case]) -> list[Case]:
    """Return the cases for which an SQL condition over the columns of `mrnet list` is true.

    SQLite evaluates it on a table in memory. Only that table's columns and plain functions are allowed; long running
    conditions are stopped. Headers are read only in the planes that the condition names.

    Raises:
        UsageError: the condition is not a valid expression, or names an unknown column.
    """
    _refuse_misread_quotes(condition)
    with _Table() as table:
        named = table.columns_in(condition)
        planes = [plane for plane in Plane if plane in named]
        table.fill(list_rows(cases, planes))
        chosen = table.rows_where(condition)
    return [cases[row] for row in chosen]


class _Table:
    """A table of cases in memory; an untrusted condition can read it, and can do nothing else."""

    def __enter__(self) -> "_Table":
        self.in_use = threading.Lock()
        self.database = sqlite3.connect(":memory:", isolation_level=None, check_same_thread=False)
        self.database.create_collation("as_number", _compare_ids)
        columns = ", ".join(f"{column} {TYPES.get(column, 'INTEGER')}" for column in CONDITION_COLUMNS)
        self.database.execute(f"CREATE TABLE cases (row INTEGER PRIMARY KEY, {columns})")
        return self

    def __exit__(self, *_: object) -> None:
        self.database.close()

    def fill(self, rows: Iterable[dict[str, str | int | None]]) -> None:
        marks = ", ".join("?" * (len(CONDITION_COLUMNS) + 1))
        values = ((number, *row.values()) for number, row in enumerate(rows))
        self.database.executemany(f"INSERT INTO cases VALUES ({marks})", values)  # noqa: S608 - marks are question marks

    def columns_in(self, condition: str) -> set[str]:
        """Return the columns that a condition names, by asking SQLite while the table is still empty."""
        # Compile the condition alone first: one that closes our bracket, for example to add GROUP BY, is then invalid SQL.
        self._run(f"SELECT 1 FROM cases WHERE (({condition}\n))", condition, readable=set(CONDITION_COLUMNS))  # noqa: S608 - as below
        return self.named

    def rows_where(self, condition: str) -> list[int]:
        """Return the numbers of the rows for which a condition is true."""
        # The line break ends a comment at the end of the condition.
        sql = f"SELECT row FROM cases WHERE ({condition}\n) ORDER BY row"  # noqa: S608 - the authorizer guards it
        return [row for (row,) in self._run(sql, condition, readable={"row", *CONDITION_COLUMNS})]

    def _run(self, sql: str, condition: str, readable: set[str]) -> list[tuple[int]]:
        self.readable = readable
        self.named: set[str] = set()
        self.selects = 0
        self.given_up = False
        self.database.setlimit(sqlite3.SQLITE_LIMIT_SQL_LENGTH, MAX_SQL_LETTERS)
        self.database.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, MAX_TEXT_LETTERS)
        self.database.setlimit(sqlite3.SQLITE_LIMIT_LIKE_PATTERN_LENGTH, 100)
        self.database.set_authorizer(self._allows)
        self.database.set_progress_handler(lambda: 1, MAX_SQL_STEPS)
        try:
            return self._fetch(sql)
        except TimeoutError:
            raise UsageError(_explained(condition, "interrupted")) from None
        except (sqlite3.Error, sqlite3.Warning, ValueError) as error:
            raise UsageError(_explained(condition, str(error))) from error
        finally:
            self.database.set_authorizer(None)
            self.database.set_progress_handler(None, 0)

    def _fetch(self, sql: str) -> list[tuple[int]]:
        """Return the rows of a query; run it in a separate thread, so that Ctrl-C and the time limit can stop it."""
        from concurrent.futures import ThreadPoolExecutor

        with ThreadPoolExecutor(1) as pool:
            try:
                return pool.submit(self._execute, sql).result(MAX_SECONDS)
            finally:
                self.given_up = True
                self.database.interrupt()
                # Ctrl-C while the pool starts its thread leaves a thread for which the pool does not wait. SQLite crashes if
                # the database is closed while that thread uses it.
                with self.in_use:
                    pass

    def _execute(self, sql: str) -> list[tuple[int]]:
        with self.in_use:
            return [] if self.given_up else self.database.execute(sql).fetchall()

    def _allows(self, action: int, first: str | None, second: str | None, *_: str | None) -> int:
        if action == sqlite3.SQLITE_SELECT:
            self.selects += 1
            return sqlite3.SQLITE_OK if self.selects == 1 else sqlite3.SQLITE_DENY
        # SQLite reports a table of which no column is read as a column with an empty name.
        if action == sqlite3.SQLITE_READ and first == "cases" and second in {"", *self.readable}:
            self.named.add(str(second))
            return sqlite3.SQLITE_OK
        if action == sqlite3.SQLITE_FUNCTION and str(second).lower() in PLAIN_FUNCTIONS:
            return sqlite3.SQLITE_OK
        return sqlite3.SQLITE_DENY


def _compare_ids(left: str, right: str) -> int:
    """Compare ids as numbers, with or without leading zeros; SQLite passes the number in `id > 100.0` as text."""
    first, second = _order(left), _order(right)
    return (first > second) - (first < second)


def _order(text: str) -> tuple[bool, Decimal, str]:
    """Return a sort key that puts numbers first, by their value."""
    if NUMBER.fullmatch(text):
        return False, Decimal(text), ""
    return True, Decimal(0), text


def _refuse_misread_quotes(condition: str) -> None:
    """Raise a UsageError for a name in double quotes that is not a column: SQLite would treat it as a string, which is true.

    The same goes for a column in single quotes: `'axial' > 30` is true for every case.
    """
    for quoted in QUOTED.finditer(condition):
        name, text = quoted["name"], quoted["text"]
        if name is not None and name.lower() not in (*CONDITION_COLUMNS, "cases"):
            raise UsageError(_explained(condition, f"no such column: {name}"))
        if text and (column := _nearly(text.lower())):
            found = f"'{shortened(text)}' in single quotes is a text, not the column {column}; leave the quotes out"
            raise UsageError(_explained(condition, found))


def _nearly(text: str) -> str | None:
    """Return the column that a text seems to mean."""
    if text in set(Split) or not text.isalpha():
        return None
    return nearest(text, CONDITION_COLUMNS, MIN_COLUMN_LIKENESS)


def _explained(condition: str, problem: str) -> str:
    if problem == "interrupted":
        return f"--where {shortened(condition)!r} takes too long for a condition over a few columns"
    known = ", ".join(CONDITION_COLUMNS)
    message = f"--where {shortened(condition)!r} is not a condition over {known}: {problem[:MAX_PROBLEM_LETTERS]}"
    unknown = re.fullmatch(r"no such column: (.+)", problem)
    if (unknown and unknown[1].lower() == "case") or (problem.endswith("syntax error") and CASE.search(condition)):
        return f"{message}; the column of the case's id is id, as in \"id = '0001'\""
    if unknown and unknown[1].lower() in set(Split):
        return f"{message}; a text has single quotes: '{unknown[1]}'"
    return message + did_you_mean(unknown[1].lower(), CONDITION_COLUMNS) if unknown else message
