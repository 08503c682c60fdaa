"""Reads the text files that options name: records, keys, manifests, expectations, earlier reports."""

from pathlib import Path

from mrnet.errors import UsageError

BYTE_ORDER_MARK = b"\xef\xbb\xbf"
LARGEST_TEXT = 1 << 26
"""Bytes: a manifest of half a million files."""


def read_text(place: Path, errors: str = "strict") -> str:
    """Return the text of a file that a person or a tool wrote.

    Raises:
        UsageError: it cannot be read, is no UTF-8 text, or far too long for one.
    """
    try:
        with place.open("rb") as handle:
            content = handle.read(LARGEST_TEXT + 1)
    except OSError as error:
        raise UsageError(f"{place}: cannot be read: {error.strerror}") from error
    if len(content) > LARGEST_TEXT or b"\0" in content:
        raise UsageError(f"{place}: this is not a text file of less than {LARGEST_TEXT >> 20} MiB")
    try:
        return content.removeprefix(BYTE_ORDER_MARK).decode("utf-8", errors)
    except UnicodeDecodeError as error:
        raise UsageError(f"{place}: this is not text in UTF-8") from error
