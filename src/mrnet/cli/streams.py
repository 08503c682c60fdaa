"""Standard output and standard error: their encoding, width and colours."""

import codecs
import io
import os
import sys
from contextlib import suppress
from typing import TextIO

MIN_COLUMNS, USUAL_COLUMNS, MAX_COLUMNS = 20, 80, 1000
"""Widths outside these limits are treated as the nearest limit; an unknown width as the usual one."""
PLAINER = str.maketrans(
    {
        **dict.fromkeys("●•", "*"), **dict.fromkeys("█▇▉", "#"), "○": "o", **dict.fromkeys("─━╸╺–—‐‑−▄▃", "-"), "×": "x", "±": "~", "…": "...", "→": ">",
        **dict.fromkeys("│┃▏▎▍▌▋▊", "|"), **dict.fromkeys("╭╮╰╯┌┐└┘├┤┬┴┼", "+"), "▁": "_", "▂": ".", "░": ".",
        "▒": ":", "▓": "%", "▅": "=", "▆": "+", "▀": '"', "’": "'", "‘": "'", "“": '"', "”": '"', "≤": "<=", "≥": ">=",
        "\N{NO-BREAK SPACE}": " ",
    }
)  # fmt: skip
"""ASCII characters in place of those that a terminal's encoding lacks; a column keeps its width."""


def prepare_streams() -> None:
    """Give files and pipes UTF-8 with LF in every locale; replace the characters that a terminal lacks."""
    _open_closed_streams()
    sys.stdout = sys.stdout or _nowhere()
    sys.stderr = sys.stderr or _nowhere()
    codecs.register_error("plainer", _plainer)
    for stream in (sys.stdout, sys.stderr):
        if not isinstance(stream, io.TextIOWrapper):
            continue
        if not stream.isatty():
            # A name that is not UTF-8 is written as \udcXX, as in JSON.
            stream.reconfigure(encoding="utf-8", errors="backslashreplace", newline="\n")
        elif _locale_is_ascii():
            stream.reconfigure(encoding="ascii", errors="plainer")
        else:
            stream.reconfigure(errors="plainer")


def _open_closed_streams() -> None:
    """Connect closed standard streams to the null device: the system gives their numbers to the next files that are opened.

    Messages that a library writes to standard error would then be in a picture.
    """
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            # It gets the lowest number that is free, which is this one. A container may have no null device.
            with suppress(OSError):
                os.open(os.devnull, os.O_RDWR)


def prepare_environment() -> None:
    """Remove variables from the environment that Rich would misread: invalid sizes, and FORCE_COLOR=0."""
    for name in ("COLUMNS", "LINES"):
        if name in os.environ and _size(os.environ[name]) is None:
            del os.environ[name]
    if os.environ.get("FORCE_COLOR", "").lower() in ("0", "false", "no", "off"):
        del os.environ["FORCE_COLOR"]
        os.environ["NO_COLOR"] = "1"


def columns_of(stream: TextIO) -> int | None:
    """Return how many columns a line of a stream may have, at least 20; None for a pipe of unknown width."""
    if wanted := _size(os.environ.get("COLUMNS", "")):
        return max(MIN_COLUMNS, wanted)
    if not stream.isatty():
        return None
    try:
        found = os.get_terminal_size(stream.fileno()).columns
    except (OSError, ValueError):
        found = 0
    return min(max(MIN_COLUMNS, found), MAX_COLUMNS) if found else USUAL_COLUMNS


def _size(text: str) -> int | None:
    """Return a number of columns or lines; None if it is not a sensible number."""
    if not (text.isascii() and text.isdecimal() and len(text) <= len(str(MAX_COLUMNS))):
        return None
    return int(text) if 0 < int(text) <= MAX_COLUMNS else None


def _locale_is_ascii() -> bool:
    """Return whether the locale has only ASCII, as C has. Without this check, Python writes UTF-8 there."""
    if os.environ.get("PYTHONUTF8") == "1" or os.environ.get("PYTHONIOENCODING") or sys.platform == "win32":
        return False
    import locale

    return codecs.lookup(locale.getencoding()).name == "ascii"


def _plainer(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    text = error.object[error.start : error.end].translate(PLAINER)
    return "".join(letter if letter.isascii() else "?" for letter in text), error.end


def _nowhere() -> TextIO:
    """Return a stream that nobody reads. Python's own stream is None if it was closed at the start."""
    return io.TextIOWrapper(io.BytesIO(), encoding="utf-8")
