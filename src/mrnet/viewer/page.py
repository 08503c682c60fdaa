"""Builds the viewer's page: with links for the server, or as one file that contains everything."""

import base64
import gzip
import hashlib
import html
import json
import re
from collections.abc import Callable, Iterator
from functools import cache, partial
from importlib.resources import files
from string import Template
from typing import Any

from mrnet import __version__
from mrnet.errors import FileError, MRNetError
from mrnet.parallel import ALL_PROCESSORS, Workers, ordered_map
from mrnet.viewer.roster import Roster

GENERATOR = '<meta name="generator" content="mrnet '
"""A mark near the start of every page; it identifies files that mrnet made."""
ALLOWED_EVERYWHERE = "default-src 'none'; img-src data: blob:; base-uri 'none'; form-action 'none'"
SERVED_POLICY = f"{ALLOWED_EVERYWHERE}; script-src 'self'; style-src 'self'; connect-src 'self'; frame-ancestors 'none'"
STYLE_SHEET, FIRST_MODULE = "viewer.css", "start.js"
GZIP_LEVEL = 6
"""Level 9 takes twice as long for 0.2 % less."""
BASE64_BYTES = 3 << 20
"""Encoded at once; a multiple of three, because only the last piece of base64 may be padded."""


IMPORT = re.compile(r'^import \{[^}]*\} from "\./(\w+\.js)";\n', re.MULTILINE)
"""The only form of import that the page's modules use."""


@cache
def part(name: str) -> str:
    """Return one of the page's own files, with LF line ends on every system."""
    text = files("mrnet.viewer").joinpath("page", name).read_text(encoding="utf-8")
    return text.replace("\r\n", "\n")


@cache
def modules() -> tuple[str, ...]:
    """Return the names of the page's modules, each after the modules that it imports."""
    ordered: dict[str, None] = {}

    def visit(name: str) -> None:
        for needed in IMPORT.findall(part(name)):
            visit(needed)
        ordered.setdefault(name)

    visit(FIRST_MODULE)
    return tuple(ordered)


@cache
def joined_script() -> str:
    """Return all modules as one script for a page without a server; their names differ, so they can share one scope."""
    return "\n".join(IMPORT.sub("", part(name)) for name in modules())


def served_page(roster: Roster, start: dict[str, Any]) -> str:
    """Return the page that loads its voxels from the server; `start` sets case, slices (`at`) and window on opening."""
    boot = {"base": "./", "index": roster.index(), "start": start}
    style = f'<link rel="stylesheet" href="{STYLE_SHEET}">'
    # Preload the modules; otherwise the browser would discover each one only in the one before it.
    preloads = "".join(f'<link rel="modulepreload" href="{name}">\n' for name in modules())
    script = f'{preloads}<script type="module" src="{FIRST_MODULE}"></script>'
    return "".join(_shell(roster, boot, policy="", style=style, script=script))


def offline_page(
    roster: Roster,
    start: dict[str, Any],
    failed: Callable[[str, FileError], None],
    workers: Workers = ALL_PROCESSORS,
) -> Iterator[str]:
    """Yield, piece by piece, the page that contains the voxels, compressed without loss, and makes no requests.

    Args:
        roster: the cases in it.
        start: case, slices (`at`) and window on opening.
        failed: called for each series that cannot be shown; its pane shows the reason.
        workers: where the series are compressed.
    """
    style, script = part(STYLE_SHEET), joined_script()
    policy = f"{ALLOWED_EVERYWHERE}; script-src {_digest(script)}; style-src {_digest(style)}"
    before, after = _shell(
        roster,
        {"index": roster.index(), "start": start},
        policy=f'<meta http-equiv="Content-Security-Policy" content="{policy}">\n',
        style=f"<style>{style}</style>",
        script=f'<script type="module">{script}</script>',
    )
    yield before
    packed = ordered_map(partial(_packed, roster), roster.series_by_name, workers, bytes_of=roster.volume_bytes)
    for name, volume in packed:
        if isinstance(volume, FileError):
            failed(name, volume)
            yield from _block(name, "error", str(volume))
        elif isinstance(volume, MRNetError):
            raise volume
        else:
            yield from _block(name, "shape", *volume)
    yield after


def _packed(roster: Roster, name: str) -> tuple[str, bytes]:
    """Return the shape of a series and its compressed voxels."""
    voxels = roster.load(name)
    return " ".join(map(str, voxels.shape)), gzip.compress(voxels.data, GZIP_LEVEL, mtime=0)


def _block(name: str, key: str, value: str, data: bytes = b"") -> Iterator[str]:
    name, value = html.escape(name), html.escape(value)
    yield f'<script type="text/plain" id="volume/{name}" data-{key}="{value}">'
    for start in range(0, len(data), BASE64_BYTES):
        yield base64.b64encode(data[start : start + BASE64_BYTES]).decode("ascii")
    yield "</script>\n"


def _shell(roster: Roster, boot: dict[str, Any], *, policy: str, style: str, script: str) -> tuple[str, str]:
    """Return the page in two parts: before and after the volumes."""
    title = f"{roster.shown[0].name} · {roster.archive}" if len(roster.shown) == 1 else roster.archive
    page = Template(part("page.html")).substitute(
        generator=f'{GENERATOR}{__version__}">',
        policy=policy,
        title=html.escape(f"Knee MRI · {title}"),
        style=style,
        boot=_json_block(boot),
        volumes="\0",
        script=script,
    )
    before, after = page.split("\0")
    return before, after


def _json_block(value: Any) -> str:
    """Return JSON without text that could end its script element."""
    return json.dumps(value, ensure_ascii=False).replace("<", "\\u003c")


def _digest(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"
