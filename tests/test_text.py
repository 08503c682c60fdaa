"""Text for people, and small text files in several encodings, which are read up to a limit."""

import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from mrnet import text
from mrnet.errors import UsageError
from mrnet.text import MAX_ROWS, csv_rows, first_of, parse_json, parse_toml, read_text


def test_the_first_of_many_are_named_and_the_others_counted() -> None:
    assert first_of(["0000", "0001"], 2) == "0000, 0001"
    assert first_of([f"{number:04d}" for number in range(1250)], 2) == "0000, 0001 and 1,248 more"


def test_text_is_utf_8_or_utf_16_with_a_byte_order_mark(tmp_path: Path) -> None:
    file = tmp_path / "text"
    for encoding in ("utf-8", "utf-8-sig", "utf-16"):
        file.write_bytes("knee × 2\r\n".encode(encoding))
        assert read_text(file) == "knee × 2\r\n"


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"\xff\xfe\xff", "not text in UTF-8"),
        (b"a\0b", "it holds zero bytes"),
        (b"\x80", "not text in UTF-8"),
        (b"x" * 101, "more than 100 bytes"),
    ],
)
def test_a_file_that_is_not_a_small_text_is_refused(tmp_path: Path, content: bytes, reason: str) -> None:
    file = tmp_path / "text"
    file.write_bytes(content)
    with pytest.raises(UsageError, match=f"text: .*{reason}"):
        read_text(file, max_bytes=100)


def test_an_endless_device_is_read_to_the_limit_only() -> None:
    with pytest.raises(UsageError, match="/dev/zero: more than 1,000 bytes"):
        read_text(Path("/dev/zero"), max_bytes=1000)


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere a device does not say whether it has content")
def test_a_file_whose_content_does_not_come_is_refused_at_once() -> None:
    # The other end of this terminal is never opened. /proc/kmsg waits in the same way, and is a plain file.
    with pytest.raises(UsageError, match="^/dev/ptmx: cannot be read: it has no content yet"):
        read_text(Path("/dev/ptmx"))


@pytest.mark.skipif(os.name == "nt", reason="Windows has no pipes in folders")
def test_a_pipe_at_standard_input_is_waited_for() -> None:
    code = "from mrnet import text; text.MAX_PIPE_SECONDS = 0; print(flush=True); print(text.read_text(text.Path('/dev/stdin')))"
    command = [sys.executable, "-c", code]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as reading:
        assert reading.stdout
        assert reading.stdout.readline() == "\n"
        assert reading.communicate("0001")[0] == "0001\n"


@pytest.mark.skipif(os.name == "nt", reason="Windows has no pipes in folders")
def test_a_pipe_whose_writer_is_slow_is_waited_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    writer = os.open(pipe, os.O_RDWR)

    def write_late(_pipe: int, _blocking: bool) -> None:
        os.write(writer, b"0001\n")
        os.close(writer)

    monkeypatch.setattr(text, "MAX_PIPE_SECONDS", 0)
    monkeypatch.setattr(os, "set_blocking", write_late)
    assert read_text(pipe) == "0001\n"


@pytest.mark.slow
def test_a_pipe_with_a_writer_is_read_and_one_without_is_refused(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    writer = threading.Thread(target=pipe.write_text, args=["0001\n"])
    writer.start()
    assert read_text(pipe) == "0001\n"
    writer.join()
    with pytest.raises(UsageError, match="a pipe that nobody writes to"):
        read_text(pipe)


@pytest.mark.parametrize(
    "text",
    [
        "x = " + "[" * 90_000,
        "x = " + "9" * 6_000,
        ".".join("a" * 60_000) + " = 1",
        " . ".join(['"a"'] * 60_000) + " = 1",
        "[" + ".".join("a" * 60_000) + "]",
        "x = {" + ".".join("a" * 60_000) + " = 1}",
        "a" * 900_000,
        "\"'" * 400_000,
        "a " * 400_000,
    ],
)
def test_absurd_toml_is_refused_at_once(text: str) -> None:
    with pytest.raises(UsageError, match="config.toml: not a TOML file") as raised:
        parse_toml(text, "config.toml")
    assert len(str(raised.value)) < 300


@pytest.mark.parametrize("text", ["[" * 90_000, '{"a":' * 90_000, "NaN", "1e999", "9" * 6_000, "{"])
def test_json_that_cannot_be_read_is_a_value_error(text: str) -> None:
    with pytest.raises(ValueError):
        parse_json(text)


def test_rows_have_their_line_and_stripped_cells_and_empty_rows_are_skipped() -> None:
    assert list(csv_rows('a, b \n,\n\n"c\nd",e\n', "x.csv")) == [(1, ["a", "b"]), (5, ["c\nd", "e"])]


@pytest.mark.parametrize(
    ("text", "reason"), [("\n" * (MAX_ROWS + 1), "more than 100,000 rows"), ("x" * 200_000, "CSV")]
)
def test_a_text_that_is_not_a_table_is_refused(text: str, reason: str) -> None:
    with pytest.raises(UsageError, match=reason):
        list(csv_rows(text, "x.csv"))
