"""How names, numbers and sizes are put into words, the same on every floor."""


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
