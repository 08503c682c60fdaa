"""Runs the commands in the documents, and writes their output into the documents."""

import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

from tests import reference

PROJECT = Path(__file__).parents[1]
README = PROJECT / "README.md"
SHOWN = re.compile(r"^```console\n(.*?)^```$", re.MULTILINE | re.DOTALL)
SECONDS = re.compile(r"\b\d+(\.\d+)? s\b")


def run_shown(text: str, folder: Path) -> str:
    """Return a document with the current output of its `$ ` commands, run in order in a folder, 80 columns wide."""
    exported: dict[str, str] = {}
    return SHOWN.sub(lambda block: f"```console\n{_run_block(block[1], folder, exported)}```", text)


def without_seconds(text: str) -> str:
    """Return a document with all durations replaced by one fixed value."""
    return SECONDS.sub("N s", text)


def links(text: str) -> list[str]:
    """Return the relative paths that a document links to, with pictures."""
    return [target for target, _ in _targets(text) if target]


def links_to_parts(text: str) -> list[tuple[str, str]]:
    """Return the links to a heading: the relative path, empty for the document itself, and the heading's name."""
    return [(target, part) for target, part in _targets(text) if part]


def headings(page: Path) -> set[str]:
    """Return the names by which GitHub links to a document's headings."""
    lines = re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", line.lower()).replace(" ", "-") for line in lines}


def _targets(text: str) -> list[tuple[str, str]]:
    shown = re.findall(r"\]\(([^)\s]+)[^)]*\)", text) + re.findall(r'<img[^>]+src="([^"]+)"', text)
    parted = (target.partition("#") for target in shown if "://" not in target)
    return [(target, part) for target, _, part in parted]


def _run_block(block: str, folder: Path, exported: dict[str, str]) -> str:
    shown = ""
    for command in (line[2:] for line in block.splitlines() if line.startswith("$ ")):
        shown += f"$ {command}\n"
        if command.startswith("export "):
            name, _, value = command.removeprefix("export ").partition("=")
            exported[name] = value
        else:
            shown += _run(command, folder, exported)
    return shown


def _run(command: str, folder: Path, exported: dict[str, str]) -> str:
    inherited = {name: value for name, value in os.environ.items() if name not in {"MRNET_ROOT", "CI", "FORCE_COLOR"}}
    paths = {"PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}", "COLUMNS": "80"}
    # Show messages together with the output, as a person sees them.
    ran = subprocess.run(
        command, shell=True, cwd=folder, env=inherited | paths | exported, text=True, encoding="utf-8",
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False,
    )  # fmt: skip
    return "".join(f"{line.rstrip()}\n" for line in ran.stdout.splitlines())


def main() -> None:
    """Write the documents again."""
    with tempfile.TemporaryDirectory() as folder:
        shown = README.read_text(encoding="utf-8")
        now = run_shown(shown, Path(folder))
        # A different duration alone does not change the page.
        if without_seconds(now) != without_seconds(shown):
            README.write_text(now, encoding="utf-8")
    for page, text in reference.written().items():
        page.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
