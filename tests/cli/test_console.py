"""One result in every format, for people, programs and files, with any names in it."""

import csv
import io
import json
import os
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mrnet.cli import console, streams
from mrnet.cli.console import FORMATS, Result, cell, markdown_table, publish, say, styled, write
from mrnet.errors import UsageError
from mrnet.text import safe

ROWS: list[dict[str, Any]] = [
    {"case": "0001", "mean": 1.5, "gone": None, "slices": [1, 2]},
    {"case": "0002", "more": True},
]


class Terminal(io.StringIO):
    """A stream that claims to be a terminal, because a test has none."""

    encoding = "utf-8"

    def isatty(self) -> bool:
        return True


def draw(*parts: Any) -> Result:
    return Result(data=ROWS, draw=lambda: parts)


def printed(result: Result, form: str, capsys: pytest.CaptureFixture[str]) -> str:
    publish(result, form)
    return capsys.readouterr().out


def test_json_equals_the_data(capsys: pytest.CaptureFixture[str]) -> None:
    out = printed(draw(), "json", capsys)
    assert json.loads(out) == ROWS
    assert out.endswith("]\n")


def test_json_of_one_row_is_an_array_and_letters_are_not_escaped(capsys: pytest.CaptureFixture[str]) -> None:
    out = printed(Result(data=[{"name": "Ångström"}], draw=list), "json", capsys)
    assert json.loads(out) == [{"name": "Ångström"}]
    assert "Ångström" in out


def test_csv_holds_flat_rows_nulls_empty_and_lists_as_json(capsys: pytest.CaptureFixture[str]) -> None:
    out = printed(draw(), "csv", capsys)
    assert out == 'case,mean,gone,slices,more\n0001,1.5,,"[1, 2]",\n0002,,,,true\n'


def test_columns_are_there_even_without_rows(capsys: pytest.CaptureFixture[str]) -> None:
    result = Result(data=[], draw=list, columns=("case", "split"))
    assert printed(result, "csv", capsys) == "case,split\n"
    assert printed(result, "markdown", capsys) == "| case | split |\n| --- | --- |\n"


def test_a_single_object_is_keys_and_values_with_dots(capsys: pytest.CaptureFixture[str]) -> None:
    result = Result(data={"a": {"b": {"c": 1}, "d": None}, "e": "x"}, draw=list)
    assert printed(result, "csv", capsys) == "key,value\na.b.c,1\na.d,\ne,x\n"


@given(st.lists(st.fixed_dictionaries({"a": st.text(), "b": st.text()}), min_size=1))
def test_any_text_comes_back_out_of_csv(rows: list[dict[str, str]]) -> None:
    text = console._text(Result(data=rows, draw=list), "csv")
    assert list(csv.DictReader(io.StringIO(text, newline=""))) == rows


@given(st.text())
def test_no_text_breaks_a_row_of_markdown(text: str) -> None:
    lines = markdown_table([{"a": text, "b": 1}]).split("\n")
    assert len(lines) == 4
    assert lines[2].replace("\\\\", "").replace("\\|", "").count("|") == 3


@pytest.mark.parametrize(
    ("value", "text"),
    [(None, ""), ("x", "x"), (1, "1"), (0.1, "0.1"), (True, "true"), ([1], "[1]"), ({"a": 1}, '{"a": 1}')],
)
def test_a_cell_is_text_or_a_number_or_json(value: Any, text: str) -> None:
    assert cell(value) == text


@given(st.text())
def test_safe_text_has_nothing_that_a_terminal_obeys(text: str) -> None:
    assert safe(text).isprintable()
    assert not text.isprintable() or safe(text) == text


@pytest.mark.parametrize("name", ["\x1b[31mred", "a\nb", "bell\x07", "\u202eright to left", "\udcff", "\x9b31m"])
def test_control_characters_in_names_are_spelled_out(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    out = printed(draw(styled(name)), "table", capsys)
    say(f"{name.splitlines()[0]}: message")
    assert all(line.isprintable() for line in (out + capsys.readouterr().err).splitlines())
    assert "\\" in out


def test_markup_in_names_is_text(capsys: pytest.CaptureFixture[str]) -> None:
    assert printed(draw(styled("[red]a[/] :smile: [link=x]")), "table", capsys) == "[red]a[/] :smile: [link=x]\n"


def test_unknown_formats_and_suffixes_are_named() -> None:
    with pytest.raises(UsageError, match="--format 'xml' is unknown here, expected one of table, json, csv, markdown"):
        FORMATS.check("xml")
    with pytest.raises(UsageError, match="did you mean json?"):
        FORMATS.check("jsn")
    with pytest.raises(UsageError, match="b.xml: the suffix decides the format, expected one of .json, .csv, .md"):
        FORMATS.of_file(Path("b.xml"))


def test_the_suffix_decides_the_format_of_a_file(tmp_path: Path) -> None:
    files = [tmp_path / name for name in ("a.json", "a.CSV", "a.md", "a.txt")]
    for file in files:
        write(draw("drawn"), FORMATS.of_file(file), file)
    assert [file.read_text().split("\n")[0] for file in files] == [
        "[", "case,mean,gone,slices,more", "| case | mean | gone | slices | more |", "drawn",
    ]  # fmt: skip


def test_files_have_lf_and_utf8_and_names_that_are_not_utf8_stay_readable(tmp_path: Path) -> None:
    write(Result(data=[{"path": "é\udcff"}], draw=list), "json", tmp_path / "a.json")
    data = (tmp_path / "a.json").read_bytes()
    assert "é".encode() in data
    assert b"\r" not in data
    assert json.loads(data) == [{"path": "é\udcff"}]


def table(columns: int) -> Any:
    from rich.table import Table

    drawn = Table(box=None)
    for column in range(columns):
        drawn.add_column(f"column {column}")
    drawn.add_row(*["1"] * columns)
    return drawn


def test_a_pipe_gets_plain_lines_of_80_columns_without_blanks_at_their_ends(capsys: pytest.CaptureFixture[str]) -> None:
    out = printed(draw(table(6), styled("word " * 40, "bold")), "table", capsys)
    assert max(map(len, out.splitlines())) <= 80
    assert all(line == line.rstrip() for line in out.split("\n"))
    assert "\x1b" not in out


@pytest.mark.parametrize("no_color", [False, True])
def test_a_terminal_gets_colours_unless_they_are_switched_off(no_color: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm-256color")
    if no_color:
        monkeypatch.setenv("NO_COLOR", "1")
    terminal = Terminal()
    monkeypatch.setattr(sys, "stdout", terminal)
    publish(draw(styled("red", "red")), "table")
    assert ("\x1b[31m" in terminal.getvalue()) is not no_color


def test_progress_is_shown_only_on_a_terminal(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    with console.progress("Reading", 3, unit="cases") as advance:
        advance(1)
    assert capsys.readouterr().err == ""
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    with console.progress("Reading", 3, unit="cases", quiet=True) as advance:
        advance(1)
    assert terminal.getvalue() == ""
    with console.progress("Reading", 3, unit="cases") as advance:
        advance(3)
    assert "Reading" in terminal.getvalue()
    with console.progress("Reading", 3e6, unit="bytes") as advance:
        advance(3e6)
    assert "MB" in terminal.getvalue()


def test_messages_to_a_closed_stream_are_no_error(monkeypatch: pytest.MonkeyPatch) -> None:
    class Gone(io.StringIO):
        def write(self, _: str) -> int:
            raise BrokenPipeError

    monkeypatch.setattr(sys, "stderr", Gone())
    say("unheard")


def test_streams_that_are_closed_are_replaced(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdout", None)
    monkeypatch.setattr(sys, "stderr", None)
    streams.prepare_streams()
    print("nowhere")
    say("nowhere")
    for stream in (sys.stdout, sys.stderr):
        stream.close()


class Narrow(io.TextIOWrapper):
    """A terminal whose encoding lacks some characters."""

    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("encoding", "text"),
    [("ascii", "256 x 256 # o-* ?"), ("cp437", "256 x 256 █ o─* é"), ("utf-8", "256 × 256 █ ○─● é")],
)
def test_a_terminal_that_lacks_a_character_gets_a_similar_one(
    monkeypatch: pytest.MonkeyPatch, encoding: str, text: str
) -> None:
    drawn = io.BytesIO()
    monkeypatch.setenv("PYTHONUTF8", "1")  # The developer's locale does not matter.
    monkeypatch.setattr(sys, "stdout", Narrow(drawn, encoding=encoding))
    streams.prepare_streams()
    publish(draw(styled("256 × 256 █ ○─● é")), "table")
    sys.stdout.flush()
    assert drawn.getvalue().decode(encoding).strip() == text


@pytest.mark.skipif(sys.platform == "win32", reason="its terminals know nothing of locales")
def test_in_the_locale_c_a_terminal_gets_ascii(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("PYTHONUTF8", "PYTHONIOENCODING"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr("locale.getencoding", lambda: "ANSI_X3.4-1968")
    drawn = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", Narrow(drawn, encoding="utf-8"))
    streams.prepare_streams()
    publish(draw(styled("● ○ – ±")), "table")
    sys.stdout.flush()
    assert drawn.getvalue().split() == b"* o - ~".split()


@pytest.mark.parametrize(
    ("form", "shown"), [("json", "\\u009b31m"), ("csv", "\\x9b31m"), ("markdown", "\\x9b31m"), ("ids", "\\x9b31m")]
)
def test_a_terminal_obeys_no_name_in_any_format(monkeypatch: pytest.MonkeyPatch, form: str, shown: str) -> None:
    terminal = Terminal()
    monkeypatch.setattr(sys, "stdout", terminal)
    rows = [{"name": "\x9b31m\x7f\x1b]0;x\x07\u202e"}]
    publish(Result(data=rows, draw=list, forms={"ids": lambda: f"{rows[0]['name']}\n"}), form)
    written = terminal.getvalue()
    assert all(line.isprintable() for line in written.split("\n"))
    assert shown in written
    if form == "json":
        assert json.loads(written) == rows


def test_a_pipe_gets_names_unchanged(capsys: pytest.CaptureFixture[str]) -> None:
    assert "\x9b31m" in printed(Result(data=[{"name": "\x9b31m"}], draw=list), "csv", capsys)


@pytest.mark.parametrize(("value", "coloured"), [("1", True), ("0", False), ("false", False)])
def test_colours_can_be_forced_into_a_pipe_but_never_into_a_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], value: str, coloured: bool
) -> None:
    monkeypatch.setenv("FORCE_COLOR", value)
    streams.prepare_environment()
    assert ("\x1b" in printed(draw(styled("red", "red")), "table", capsys)) is coloured
    write(draw(styled("red", "red")), "table", tmp_path / "a.txt")
    assert (tmp_path / "a.txt").read_text() == "red\n"


@pytest.mark.parametrize("columns", ["0", "abc", "-5", "9" * 20, "99999999999", "1001", "٣"])
def test_an_absurd_width_is_ignored(monkeypatch: pytest.MonkeyPatch, columns: str) -> None:
    monkeypatch.setenv("COLUMNS", columns)
    assert streams.columns_of(Terminal()) == 80
    streams.prepare_environment()
    assert "COLUMNS" not in os.environ


@pytest.mark.parametrize(("columns", "width"), [("120", 120), ("40", 40), ("3", 20)])
def test_a_sensible_width_is_used(monkeypatch: pytest.MonkeyPatch, columns: str, width: int) -> None:
    monkeypatch.setenv("COLUMNS", columns)
    streams.prepare_environment()
    assert streams.columns_of(io.StringIO()) == width
