"""No name or number is broken, even in a narrow terminal."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mrnet.cli.tables import Table

HEAD = ["case", "plane", "slices", "path"]
ROWS = [["0001", "sagittal", "7", "montages/0001-sagittal.png"], ["0002", "axial", "1,250", "a\nb"]]


def lines(columns: int | None, table: Table | None = None) -> list[str]:
    table = table or Table(HEAD, ROWS, left=("case", "plane", "path"))
    return "".join(segment.text for segment in table.segments(columns).segments).splitlines()


def test_names_are_at_the_left_and_numbers_at_the_right() -> None:
    assert lines(80) == [
        "case  plane     slices  path",
        "0001  sagittal       7  montages/0001-sagittal.png",
        "0002  axial      1,250  a\\nb",
    ]


def test_cells_that_do_not_fit_go_to_a_line_below() -> None:
    assert lines(40) == [
        "case  plane     slices", "  path",
        "0001  sagittal       7", "  montages/0001-sagittal.png",
        "0002  axial      1,250", "  a\\nb",
    ]  # fmt: skip


def test_a_pipe_gets_one_line_per_row() -> None:
    long = "x" * 200
    assert lines(None, Table(["case", "path"], [["0001", long]], left=("case", "path")))[1] == f"0001  {long}"


@given(columns=st.integers(20, 100))
def test_no_cell_is_ever_cut_and_lines_fit_where_cells_do(columns: int) -> None:
    drawn = lines(columns)
    for row in ROWS:
        for cell in row:
            assert any(cell.replace("\n", "\\n") in line for line in drawn)
    assert max(map(len, drawn)) <= max(columns, 2 + len(ROWS[0][3]))


@pytest.mark.parametrize("columns", [20, 21, 40, 80])
def test_prose_is_broken_between_words(columns: int) -> None:
    table = Table(
        ["rule", "broken where"], [["blank-slice", "a slice of one grey level"]], left=(), prose="broken where"
    )
    drawn = lines(columns, table)
    assert max(map(len, drawn)) <= columns
    assert " ".join(" ".join(drawn).split()).endswith("blank-slice a slice of one grey level")


def test_columns_stay_aligned_with_letters_of_double_width() -> None:
    table = Table(["name", "n"], [["膝", "1"], ["knee", "2"]], left=("name",))
    assert lines(80, table)[1:] == ["膝    1", "knee  2"]


def test_a_table_without_rows_is_its_header() -> None:
    assert lines(80, Table(HEAD, [], left=())) == ["case  plane  slices  path"]
