"""Text for people: names, numbers and sizes in words; and the small text files that options name."""

from collections.abc import Iterable
from pathlib import Path

from mrnet.errors import UsageError

MAX_SHOWN_LETTERS = 40
BYTE_ORDER_MARK = b"\xef\xbb\xbf"
MAX_TEXT_BYTES = 1 << 26
"""Bytes: a manifest of half a million files."""


def safe(text: str) -> str:
    """Return text from a file or a name with its control characters spelled out, so that no terminal obeys them."""
    return "".join(letter if letter.isprintable() else letter.encode("unicode_escape").decode() for letter in text)


def megabytes(count: int) -> str:
    """Return a number of bytes in the decimal unit that suits it."""
    if count < 1e6:
        return f"{count / 1e3:.0f} kB"
    return f"{count / 1e9:.2f} GB" if count >= 1e9 else f"{count / 1e6:.1f} MB"


def counted(number: int, thing: str, things: str | None = None) -> str:
    """Return a number with the word for what it counts: `1 case`, `1,250 cases`, `3 series`."""
    return f"{number:,} {thing if number == 1 else things or f'{thing}s'}"


def markdown_text(text: str) -> str:
    """Return text in which Markdown sees nothing but text, on one line."""
    text = safe(" ".join(text.split()))
    for special in "\\|<`*_[":
        text = text.replace(special, f"\\{special}")
    return text


def did_you_mean(text: str, known: Iterable[str]) -> str:
    """Return the end of a message that suggests the nearest of the known words, empty where none is near."""
    import difflib

    near = difflib.get_close_matches(text[:MAX_SHOWN_LETTERS], list(known), n=1)
    return f"; did you mean {near[0]}?" if near else ""


def shortened(text: str) -> str:
    """Return a text that fits into a message."""
    return text if len(text) <= MAX_SHOWN_LETTERS else f"{text[: MAX_SHOWN_LETTERS - 3]}..."


def read_text(place: Path, errors: str = "strict") -> str:
    """Return the text of a file that a person or a tool wrote.

    Raises:
        UsageError: it cannot be read, is no UTF-8 text, or far too long for one.
    """
    try:
        with place.open("rb") as handle:
            content = handle.read(MAX_TEXT_BYTES + 1)
    except OSError as error:
        raise UsageError(f"{place}: cannot be read: {error.strerror}") from error
    if len(content) > MAX_TEXT_BYTES or b"\0" in content:
        raise UsageError(f"{place}: this is not a text file of less than {MAX_TEXT_BYTES >> 20} MiB")
    try:
        return content.removeprefix(BYTE_ORDER_MARK).decode("utf-8", errors)
    except UnicodeDecodeError as error:
        raise UsageError(f"{place}: this is not text in UTF-8") from error
