"""Manifests as `sha256sum` and `md5sum` write and read them: one line per file, its digest and its name."""

import os
import re
import stat
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from mrnet.errors import UsageError
from mrnet.inputs import open_plain_file
from mrnet.storage.layout import CLASSIC
from mrnet.storage.places import Place
from mrnet.text import shortened
from mrnet.writing import check_no_folder, check_target, part_of

LINE = re.compile(r"(\\?)([0-9a-fA-F]+) [ *]?(.+)", re.DOTALL)
TAGGED_LINE = re.compile(r"(\\?)(?:SHA256|MD5) \((.+)\) = ([0-9a-fA-F]+)", re.DOTALL)
ALGORITHMS = {64: "sha256", 32: "md5"}
"""The supported algorithms, by the number of hexadecimal digits."""
OTHER_ALGORITHMS = {8: "CRC-32", 40: "SHA-1", 56: "SHA-224", 96: "SHA-384", 128: "SHA-512 or BLAKE2"}
HERE = re.compile(r"(?:\./+)+")
MAX_LINE_LETTERS = 60
MAX_MANIFEST_BYTES = 1 << 24
"""A manifest of 10,000 cases in both splits has a third of this."""
MAX_FILES = 50_000
"""More than 10,000 cases have. Each file that is missing becomes a problem, and 400,000 of them took 690 MB."""
ESCAPES = {"\\": "\\\\", "\n": "\\n", "\r": "\\r"}
UNESCAPES = {escape: plain for plain, escape in ESCAPES.items()}


def manifest_line(digest: str, path: str) -> str:
    """Return a file's line; a name with a line break or backslash is escaped, as `sha256sum` does."""
    escaped = re.sub(r"[\\\n\r]", lambda found: ESCAPES[found[0]], path)
    return f"{'' if escaped == path else chr(92)}{digest}  {escaped}\n"


def parse_manifest(text: str, source: str) -> list[tuple[str, str, str]]:
    """Return for each line its number, the path (without a leading `./`) and the digest (in lower case).

    Raises:
        UsageError: a line has another form than `sha256sum` and `md5sum` write, or there is no line.
    """
    lines = [
        _parse_line(line.removesuffix("\r"), f"{source}:{number}")
        for number, line in enumerate(text.split("\n"), start=1)
        if line.strip() and not line.startswith("#")
    ]
    if not lines:
        raise UsageError(f"{source}: the file is empty, expected a manifest as `mrnet manifest` or `md5sum` writes it")
    return lines


def _parse_line(line: str, where: str) -> tuple[str, str, str]:
    if found := LINE.fullmatch(line):
        escaped, digest, path = found.groups()
    elif found := TAGGED_LINE.fullmatch(line):
        escaped, path, digest = found.groups()
    if not found or len(digest) not in ALGORITHMS:
        digits = len(digest) if found else 0
        other = f" ({digits} digits are {OTHER_ALGORITHMS[digits]}'s)" if digits in OTHER_ALGORITHMS else ""
        shown = repr(shortened(line, MAX_LINE_LETTERS))
        raise UsageError(
            f"{where}: {shown} is not a line of a SHA-256 or MD5 manifest{other}, expected 64 or 32 hexadecimal digits, two "
            "spaces and a path"
        )
    if escaped:
        path = re.sub(r"\\[\\nr]", lambda escape: UNESCAPES[escape[0]], path)
    here = HERE.match(path)
    return where, path[here.end() :] if here and here.end() < len(path) else path, digest.lower()


def refuse_target(target: Path, location: Place) -> None:
    """Raise a UsageError if writing a manifest to this target would change the archive's files, a TargetError if it is a folder.

    A manifest may be in the archive's folder, but not at the path of a file of the archive.
    """
    real, root = Path(os.path.realpath(target)), Path(os.path.realpath(str(location)))
    if not isinstance(location, Path) or not location.is_dir() or not real.is_relative_to(root):
        check_target(target)
        check_no_folder(target)
        return
    path = real.relative_to(root).as_posix()
    if CLASSIC.is_file_path(path) or (target.exists() and not _is_manifest(target)):
        raise UsageError(f"{target}: this is a file of the archive, which is never changed; choose another name")


def written_now(target: Path | None) -> Callable[[Path], bool]:
    """Return a function that returns whether a file is the manifest that is being written, or its `.part`."""
    own = {os.path.realpath(file) for file in ((target, part_of(target)) if target else ())}
    redirected = None
    with suppress(OSError):
        # Standard output may be redirected into the archive's root.
        redirected = os.fstat(1)

    def is_own(file: Path) -> bool:
        if os.path.realpath(file) in own:
            return True
        if redirected is None or not stat.S_ISREG(redirected.st_mode):
            return False
        with suppress(OSError):
            return os.path.samestat(file.stat(), redirected)
        return False

    return is_own


def _is_manifest(file: Path) -> bool:
    try:
        with open(file, encoding="utf-8", errors="surrogateescape", opener=open_plain_file) as handle:
            text = handle.read(MAX_MANIFEST_BYTES)
        return not text or bool(parse_manifest(text, str(file)))
    except (OSError, UsageError):
        return False
