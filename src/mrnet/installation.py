"""How this mrnet was installed, and what adds an optional part to it."""

import re
import shlex
import sys
from importlib import metadata
from pathlib import Path

from mrnet.errors import MissingExtraError

REQUIREMENT = re.compile(r"\s*([A-Za-z0-9._-]+)([^;]*?)\s*(?:;.*extra == ['\"](\w+)['\"].*)?$")
RECEIPTS = {"uv-receipt.toml": "uv tool", "pipx_metadata.json": "pipx"}
"""Files that uv and pipx leave in the environments that they make for a program."""


def installer() -> str:
    """Return the tool that installed mrnet: `uv tool`, `pipx`, `uv`, or `pip` if it is not known."""
    for receipt, name in RECEIPTS.items():
        if Path(sys.prefix, receipt).exists():
            return name
    try:
        written = metadata.distribution("mrnet").read_text("INSTALLER") or ""
    except metadata.PackageNotFoundError:
        written = ""
    return "uv" if written.strip() == "uv" else "pip"


def requirements() -> list[tuple[str, str, str]]:
    """Return the packages that mrnet can use: the name, the versions, and the extra that it belongs to (empty for none)."""
    try:
        lines = metadata.requires("mrnet") or []
    except metadata.PackageNotFoundError:
        return []
    found = (REQUIREMENT.match(line) for line in lines)
    return [(each[1], each[2].strip(), each[3] or "") for each in found if each]


def missing_extra(what: str, extra: str) -> MissingExtraError:
    """Return the error for a feature that needs an optional part which is not installed; it says how to install it."""
    packages = [f"{name}{versions}" for name, versions, needed_by in requirements() if needed_by == extra]
    return MissingExtraError(
        f"{what} needs an optional part of mrnet: {command_to_add(packages or [f'mrnet[{extra}]'])}"
    )


def command_to_add(packages: list[str]) -> str:
    """Return the command that adds packages to the environment in which mrnet is installed."""
    words = shlex.join(packages)
    python = shlex.quote(sys.executable)
    return {
        "pipx": f"pipx inject mrnet {words}",
        "uv": f"uv pip install --python {python} {words}",
        "uv tool": f"uv pip install --python {python} {words}",
        "pip": f"{python} -m pip install {words}",
    }[installer()]
