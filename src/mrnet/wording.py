"""How names, numbers and sizes are put into words, the same on every floor."""


def safe(text: str) -> str:
    """Return text from a file or a name with its control characters spelled out, so that no terminal obeys them."""
    return "".join(letter if letter.isprintable() else letter.encode("unicode_escape").decode() for letter in text)


def megabytes(count: int) -> str:
    """Return a number of bytes in the decimal unit that suits it."""
    return f"{count / 1e9:.2f} GB" if count >= 1e9 else f"{count / 1e6:.1f} MB"


def counted(number: int, word: str) -> str:
    """Return a number with its word, in the plural where there is not just one: `1 error`, `2 errors`."""
    return f"{number:,} {word}{'s' if number != 1 else ''}"
