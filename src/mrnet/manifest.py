"""Manifests as `sha256sum` writes and reads them: one line a file, its digest and its name."""

import re

from mrnet.errors import UsageError

LINE = re.compile(r"(\\?)([0-9a-fA-F]{64}) [ *]?(.+)", re.DOTALL)
TAGGED_LINE = re.compile(r"(\\?)SHA256 \((.+)\) = ([0-9a-fA-F]{64})", re.DOTALL)
ESCAPES = {"\\": "\\\\", "\n": "\\n", "\r": "\\r"}
UNESCAPES = {escape: plain for plain, escape in ESCAPES.items()}


def manifest_line(digest: str, path: str) -> str:
    """Return a file's line, its name escaped where it would break the line (as `sha256sum` does)."""
    escaped = re.sub(r"[\\\n\r]", lambda found: ESCAPES[found[0]], path)
    return f"{'' if escaped == path else chr(92)}{digest}  {escaped}\n"


def parse_manifest(text: str, source: str) -> list[tuple[str, str]]:
    """Return each line's path (without a leading `./`) and digest (in small letters).

    Raises:
        UsageError: a line is none that `sha256sum` writes, or there is no line at all.
    """
    lines = [
        _parse_line(line.removesuffix("\r"), f"{source}:{number}")
        for number, line in enumerate(text.split("\n"), start=1)
        if line.strip() and not line.startswith("#")
    ]
    if not lines:
        raise UsageError(f"{source}: the file is empty, expected a SHA-256 manifest as `mrnet manifest` writes it")
    return lines


def _parse_line(line: str, where: str) -> tuple[str, str]:
    if found := LINE.fullmatch(line):
        escaped, digest, path = found.groups()
    elif found := TAGGED_LINE.fullmatch(line):
        escaped, path, digest = found.groups()
    else:
        shown = repr(line if len(line) <= 60 else f"{line[:57]}...")
        raise UsageError(
            f"{where}: {shown} is no line of a SHA-256 manifest, expected 64 hexadecimal digits, two spaces and a path"
        )
    if escaped:
        path = re.sub(r"\\[\\nr]", lambda escape: UNESCAPES[escape[0]], path)
    while path.startswith("./"):
        path = path[2:].lstrip("/")
    return path, digest.lower()
