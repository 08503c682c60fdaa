"""Completions of an option's value; imported only when a shell asks for them."""

import os
import sys
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from hashlib import sha256
from pathlib import Path

import typer

from mrnet.errors import MRNetError
from mrnet.inputs import open_plain_file
from mrnet.plotting import load_matplotlib
from mrnet.vocabulary import Finding, Plane, Split

MAX_AGE_SECONDS = 3600
"""An older list of ids is not used, because new files in a subfolder do not change the time of the folder."""


def completer_of(metavar: str, formats: Iterable[str] = ()) -> Callable[[typer.Context, str], list[str]] | None:
    """Return the completer for an option's metavar; None to leave it to the shell."""
    known: dict[str, Callable[[typer.Context], list[str]]] = {
        "PLANE": lambda _: list(Plane),
        "SPLIT": lambda _: list(Split),
        "RULE": _rules,
        "EXPR": _columns,
        "CASE": _case_ids,
        "CASES": _case_ids,
        "COLORMAP": _colour_maps,
        "PROTOCOL": _protocols,
        "HOW-MUCH": _levels,
        "FORMAT": lambda _: list(formats),
    }
    words = known.get(metavar)
    if words is None:
        return None

    def complete(ctx: typer.Context, incomplete: str) -> list[str]:
        begun = _begun(incomplete)
        try:
            return [f"{incomplete.removesuffix(begun)}{word}" for word in words(ctx) if word.startswith(begun)]
        except (MRNetError, OSError):
            return []

    return complete


def _begun(text: str) -> str:
    """Return the incomplete word: the last one of a list with commas, or of a condition."""
    end = max(text.rfind(mark) for mark in ", (<>=!+-*/") + 1
    return text[end:] if any(mark in text for mark in ", (<>=") else text


def _rules(_: typer.Context) -> list[str]:
    from mrnet.validation.catalogue import all_rules

    return [rule.name for rule in all_rules()]


def _columns(_: typer.Context) -> list[str]:
    return ["id", "split", *Finding, *Plane]


def _colour_maps(_: typer.Context) -> list[str]:
    load_matplotlib()
    from matplotlib import colormaps

    return sorted(colormaps)


def _protocols(_: typer.Context) -> list[str]:
    from mrnet.viewer.terminal import Protocol

    return list(Protocol)


def _levels(_: typer.Context) -> list[str]:
    from mrnet.validation.rules import Read

    return list(Read)


def _case_ids(ctx: typer.Context) -> list[str]:
    """Return the ids of the archive that the command line names; none for a remote one, which may take long."""
    from mrnet.cli.options.common import RootOptions

    place = RootOptions(root=ctx.params.get("root"), quiet=True).place()
    if not isinstance(place, Path):
        return []
    stamp = _stamp(place)
    cached = _cache_file(place)
    # A ValueError: the file is empty or not text.
    with suppress(OSError, ValueError), open(cached, encoding="utf-8", opener=open_plain_file) as handle:
        first, *ids = handle.read().splitlines()
        if first == stamp and time.time() - os.fstat(handle.fileno()).st_mtime < MAX_AGE_SECONDS:
            return ids
    from mrnet.archive.model import Archive

    ids = sorted({case.id for case in Archive.open(place).cases})
    _keep(cached, "\n".join([stamp, *ids]))
    return ids


def _stamp(place: Path) -> str:
    status = place.stat()
    return f"{status.st_mtime_ns} {status.st_size}"


def _cache_file(place: Path) -> Path:
    name = sha256(os.fsencode(os.path.realpath(place))).hexdigest()[:32]
    home = os.environ.get("LOCALAPPDATA") if sys.platform == "win32" else os.environ.get("XDG_CACHE_HOME")
    return Path(home or os.path.expanduser("~/.cache"), "mrnet", f"{name}.txt")


def _keep(file: Path, text: str) -> None:
    from mrnet.writing import writing

    if not file.is_absolute():
        # Without a home folder, or with a relative XDG_CACHE_HOME, each Tab would make folders in the current one.
        return
    with suppress(MRNetError, OSError), writing(file) as handle:
        handle.write(text.encode())
