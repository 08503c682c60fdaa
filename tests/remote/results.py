"""The output and the files of a command, without the parts that differ between kinds of storage."""

import hashlib
import json
import re
from pathlib import Path


def printed_by(out: str, root: str) -> object:
    """Return the printed text without the archive's location and kind, and without durations."""
    if not out.startswith("{"):
        return re.sub(r"\b\d+(\.\d+)? s\b", "N s", out.replace(root, "ROOT"))
    data = json.loads(out)
    for key in ("root", "archive", "this", "kind", "seconds", "skipped"):
        data.pop(key, None)
    return data


def digest_of(path: Path) -> str:
    """Return the digest of a file; only the volumes of a page count, because its title names the archive."""
    data = path.read_bytes()
    if path.suffix == ".html":
        data = b"".join(re.findall(rb"<script[^>]* id=.volume/.*?</script>", data))
    return hashlib.sha256(data).hexdigest()
