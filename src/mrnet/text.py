"""Text for people: names, numbers and sizes in words; and the small text files that options name."""

import codecs
import io
import os
import re
import stat
from collections.abc import Iterable, Iterator, Sequence
from math import isfinite
from pathlib import Path
from typing import Any, BinaryIO

from mrnet.errors import UsageError
from mrnet.inputs import open_without_waiting, remember_file

MAX_SHOWN_LETTERS = 40
LONG_NUMBER = rf"\d{{{MAX_SHOWN_LETTERS + 1},}}"
BYTE_ORDER_MARK = b"\xef\xbb\xbf"
UTF_16_MARKS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
MAX_TEXT_BYTES = 1 << 26
"""Enough for a manifest of half a million files."""
MAX_TOML_BYTES = 1 << 20
MAX_ROWS = 100_000
MAX_KEY_PARTS = 32
KEY_PART = r"""(?:[\w-]++|"[^"\n]*+"|'[^'\n]*+')"""
LONG_TOML_KEY = rf"(?<![\w-])(?:{KEY_PART}[ \t]*+\.[ \t]*+){{{MAX_KEY_PARTS}}}"
INHERITED = ("/dev/fd/", "/dev/stdin", "/proc/self/fd/")
"""Where shells put pipes such as that of `<(command)`: they have a writer, which may be slow."""
MAX_PIPE_SECONDS = 2
PLAIN_MARKDOWN = (
    r"(?![0-9]+[.)] )(?:|–|[-+−±]?[^\W_](?:[^\W_]|[ ,;()%\'’–±−+=…?-]|(?<=[^\W_])_(?=[^\W_])|\.(?=[ 0-9]|$)|:(?= |$))*)"
)
"""Words, numbers and sentences that no renderer of Markdown changes."""


def safe(text: str) -> str:
    """Return text from a file or a name with escaped control characters, so that no terminal obeys them."""
    return "".join(letter if letter.isprintable() else letter.encode("unicode_escape").decode() for letter in text)


def text_of(value: object) -> str:
    """Return a value as text, also a number of thousands of digits, which Python refuses to write in decimal."""
    try:
        return str(value)
    except ValueError:
        return f"{type(value).__name__} of thousands of digits"


def megabytes(count: int) -> str:
    """Return a number of bytes in a suitable decimal unit."""
    if count < 1e6:
        return f"{count / 1e3:.0f} kB"
    return f"{count / 1e9:.2f} GB" if count >= 1e9 else f"{count / 1e6:.1f} MB"


def counted(number: int, thing: str, things: str | None = None) -> str:
    """Return a number with the word for what it counts: `1 case`, `1,250 cases`, `3 series`."""
    return f"{number:,} {thing if number == 1 else things or f'{thing}s'}"


def first_of(items: Sequence[str], most: int, separator: str = ", ") -> str:
    """Return at most `most` items as text, with the number of the others: `0001, 0002 and 7 more`."""
    more = f" and {len(items) - most:,} more" if len(items) > most else ""
    return f"{separator.join(items[:most])}{more}"


def slice_caption(number: int, slices: int) -> str:
    """Return a slice's number and the range of numbers, from 0: `slice 16 of 0–31`. The viewer's page uses the same words."""
    return f"slice {number} of 0–{slices - 1}"


def without_long_numbers(text: str) -> str:
    """Return a message with long numbers shortened, so that 5,000 digits do not hide the words."""
    return re.sub(LONG_NUMBER, lambda number: shortened(number[0]), text)


def listed(words: Iterable[str]) -> str:
    """Return words as a sentence lists them: `table, json or csv`."""
    *others, end = words
    return f"{', '.join(others)} or {end}" if others else end


def markdown_text(text: str) -> str:
    """Return text on one line that Markdown on GitHub shows unchanged: plain words as they are, everything else as code.

    Inside code there is neither markup nor an entity nor an automatic link. A bar would end the cell of a table
    inside code too, so it goes outside.
    """
    text = safe(" ".join(text.split()))
    if re.fullmatch(PLAIN_MARKDOWN, text):
        return text
    return "&#124;".join(_markdown_code(part) for part in text.split("|"))


def _markdown_code(text: str) -> str:
    """Return text as a code span; its fence is longer than any run of backticks inside."""
    if not text:
        return ""
    fence = "`" * (1 + max(map(len, re.findall("`+", text)), default=0))
    pad = " " if text[0] == "`" or text[-1] == "`" or (text[0] == text[-1] == " " and text.strip()) else ""
    return f"{fence}{pad}{text}{pad}{fence}"


def did_you_mean(text: str, known: Iterable[str], *, otherwise: str = "") -> str:
    """Return the end of a message that suggests the nearest of the known words.

    Args:
        text: the word that is unknown.
        known: the known words.
        otherwise: the end of the message if none of them is similar.
    """
    if near := nearest(text, known):
        return f"; did you mean {near}?"
    return f"; {otherwise}" if otherwise else ""


def nearest(text: str, known: Iterable[str], likeness: float = 0.6) -> str | None:
    """Return the known word that is most similar to a text; None if none is.

    Args:
        text: the word that is unknown; only its first letters count.
        known: the known words.
        likeness: the least similarity from 0 to 1, as difflib computes it: `saggital` and `sagittal` have 0.875.
    """
    import difflib

    return next(iter(difflib.get_close_matches(text[:MAX_SHOWN_LETTERS], list(known), n=1, cutoff=likeness)), None)


def shortened(text: str, letters: int = MAX_SHOWN_LETTERS, mark: str = "...") -> str:
    """Return a text; if it has more letters, it is cut off and ends in the mark."""
    return text if len(text) <= letters else f"{text[: letters - len(mark)]}{mark}"


def read_text(path: Path, errors: str = "strict", max_bytes: int = MAX_TEXT_BYTES) -> str:
    """Return the text of a file that a person or a tool wrote: UTF-8, or UTF-16 with a byte-order mark.

    Args:
        path: the file; a pipe that somebody writes to is read too.
        errors: what to do with bytes that are not UTF-8; see `bytes.decode`.
        max_bytes: how long the text may be.

    Raises:
        UsageError: the file cannot be read, is not text, or is too long.
    """
    return decode_text(read_bytes(path, max_bytes), str(path), errors)


def read_bytes(path: Path, max_bytes: int) -> bytes:
    """Return the bytes of a file or a pipe.

    Raises:
        UsageError: it cannot be read, it is too long, or nobody writes its content.
    """
    remember_file(path)
    try:
        with open(path, "rb", opener=_open_if_written) as handle:
            return read_rest(handle, str(path), max_bytes)
    except OSError as error:
        raise UsageError(f"{path}: cannot be read: {error.strerror or error}") from error


def read_rest(handle: BinaryIO, source: str, max_bytes: int) -> bytes:
    """Return the rest of an open file; UsageError if it is longer than the limit. `source` is its name in messages."""
    # The file was opened without waiting, so `read` returns None if it has no content at this moment.
    content = handle.read(max_bytes + 1) or b""
    if len(content) > max_bytes:
        raise UsageError(f"{source}: more than {max_bytes:,} bytes, far more than such a file needs")
    return content


def decode_text(content: bytes, source: str, errors: str = "strict") -> str:
    """Return bytes as text; UsageError if they are not text. `source` is their name in messages."""
    # On Windows, PowerShell writes redirected output in UTF-16.
    encoding, errors = ("utf-16", "strict") if content.startswith(UTF_16_MARKS) else ("utf-8", errors)
    try:
        text = content.removeprefix(BYTE_ORDER_MARK).decode(encoding, errors)
    except UnicodeDecodeError as error:
        raise UsageError(f"{source}: this is not text in UTF-8 (or in UTF-16 with a byte-order mark)") from error
    if "\0" in text:
        raise UsageError(f"{source}: this is not a text file: it holds zero bytes")
    return text


def read_toml(path: Path) -> dict[str, Any]:
    """Return the content of a TOML file; UsageError if it cannot be read or is not TOML."""
    return parse_toml(read_text(path, max_bytes=MAX_TOML_BYTES), str(path))


def parse_toml(text: str, source: str) -> dict[str, Any]:
    """Return the content of a TOML text; UsageError if it is not TOML. `source` is its name in messages."""
    import tomllib

    # The time that tomllib takes grows with the square of the number of a key's parts.
    if re.search(LONG_TOML_KEY, text):
        raise UsageError(f"{source}: not a TOML file: a key has more than {MAX_KEY_PARTS} parts")
    try:
        return tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        raise UsageError(f"{source}: not a TOML file: {error}") from error


def parse_json(text: str) -> Any:
    """Return the content of a JSON text; ValueError if it is not JSON, or has a number that JSON lacks, such as NaN."""
    import json

    try:
        return json.loads(text, parse_constant=_finite, parse_float=_finite)
    except RecursionError as error:
        raise ValueError("it is nested too deeply") from error


def _finite(word: str) -> float:
    if not isfinite(number := float(word)):
        raise ValueError(f"{word} is not a number")
    return number


def csv_rows(text: str, source: str) -> Iterator[tuple[int, list[str]]]:
    """Yield the number of each row's last line, and its cells without the blanks around them.

    Rows of empty cells are skipped. `source` is the text's name in messages.

    Raises:
        UsageError: the text is not CSV, or has more than `MAX_ROWS` rows.
    """
    import csv

    # Strict, because a quote that is never closed would silently take in all the rows below it.
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        for count, row in enumerate(reader):
            if count == MAX_ROWS:
                raise UsageError(f"{source}: this file has more than {MAX_ROWS:,} rows, far more than there are cases")
            cells = [cell.strip() for cell in row]
            if any(cells):
                yield reader.line_num, cells
    except csv.Error as error:
        raise UsageError(f"{source}:{reader.line_num}: this is not CSV: {error}") from error


def _open_if_written(path: str, flags: int) -> int:
    """Open a file, or a pipe that has a writer; opening a pipe without one would wait forever."""
    mode = os.stat(path).st_mode
    if path.startswith(INHERITED) and not stat.S_ISREG(mode):
        return os.open(path, flags)
    if os.name == "nt" or not stat.S_ISFIFO(mode):
        return open_without_waiting(path, flags)
    import select

    handle = os.open(path, flags | os.O_NONBLOCK)
    waiting = select.poll()
    waiting.register(handle, select.POLLIN | select.POLLHUP)
    if not waiting.poll(MAX_PIPE_SECONDS * 1000):
        try:
            os.read(handle, 1)
        except BlockingIOError:
            # A writer has opened the pipe, so wait for it. Without one, reading returns nothing at once.
            pass
        else:
            os.close(handle)
            raise UsageError(f"{path}: this is a pipe that nobody writes to, expected a file")
    os.set_blocking(handle, True)
    return handle
