"""The viewer's page put together: the shell with links for the server, or with everything in it as one file."""

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


IMPORT = re.compile(r'^import \{[^}]*\} from "\./(\w+\.js)";\n', re.MULTILINE)
"""How one of the page's modules names another: the only form that they use."""


@cache
def part(name: str) -> str:
    """Return one of the page's own files, with LF line ends wherever it was checked out."""
    text = files("mrnet.viewer").joinpath("page", name).read_text(encoding="utf-8")
    return text.replace("\r\n", "\n")


@cache
def modules() -> tuple[str, ...]:
    """Return the names of the page's modules, each after those that it imports."""
    ordered: dict[str, None] = {}

    def visit(name: str) -> None:
        for needed in IMPORT.findall(part(name)):
            visit(needed)
        ordered.setdefault(name)

    visit(FIRST_MODULE)
    return tuple(ordered)


@cache
def joined_script() -> str:
    """Return all modules as one, for a page without a server: their names differ, so they may share one scope."""
    return "\n".join(IMPORT.sub("", part(name)) for name in modules())


def served_page(roster: Roster, start: dict[str, Any]) -> str:
    """Return the page that asks its server for the voxels; `start` is where it opens: case, at, window."""
    boot = {"base": "./", "index": roster.index(), "start": start}
    style = f'<link rel="stylesheet" href="{STYLE_SHEET}">'
    # Without these the browser would learn of each module only from the one before it.
    preloads = "".join(f'<link rel="modulepreload" href="{name}">\n' for name in modules())
    script = f'{preloads}<script type="module" src="{FIRST_MODULE}"></script>'
    return "".join(_shell(roster, boot, policy="", style=style, script=script))


def offline_page(
    roster: Roster,
    start: dict[str, Any],
    failed: Callable[[str, FileError], None],
    workers: Workers = ALL_PROCESSORS,
) -> Iterator[str]:
    """Yield, piece by piece, the page that holds the voxels, compressed without loss, and asks nobody for anything.

    Args:
        roster: the cases that it holds.
        start: where it opens: case, at, window.
        failed: called for each series that cannot be shown; the page says so in its pane.
        workers: who compresses the series.
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
    for volume, block in ordered_map(partial(_volume_block, roster), roster.volumes, workers):
        if isinstance(block, FileError):
            failed(volume, block)
            yield _block(volume, "error", str(block))
        elif isinstance(block, MRNetError):
            raise block
        else:
            yield block
    yield after


def _volume_block(roster: Roster, volume: str) -> str:
    voxels = roster.load(volume)
    data = base64.b64encode(gzip.compress(voxels.data, GZIP_LEVEL, mtime=0)).decode("ascii")
    shape = " ".join(map(str, voxels.shape))
    return _block(volume, "shape", shape, data)


def _block(volume: str, key: str, value: str, data: str = "") -> str:
    name, value = html.escape(volume), html.escape(value)
    return f'<script type="text/plain" id="volume/{name}" data-{key}="{value}">{data}</script>\n'


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
    """Return JSON that cannot end its script element."""
    return json.dumps(value, ensure_ascii=False).replace("<", "\\u003c")


def _digest(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"
