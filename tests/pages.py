"""Runs the commands that the documents show, and writes what they print and what the code knows into the documents."""

import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

from mrnet.validation.catalogue import all_rules
from mrnet.validation.reports.rules import rules_page

PROJECT = Path(__file__).parents[1]
README = PROJECT / "README.md"
COMMANDS = PROJECT / "docs" / "reference" / "commands.md"
RULES = PROJECT / "docs" / "reference" / "rules.md"
SHOWN = re.compile(r"^```console\n(.*?)^```$", re.MULTILINE | re.DOTALL)
SECONDS = re.compile(r"\b\d+(\.\d+)? s\b")


def run_shown(text: str, folder: Path) -> str:
    """Return a document with what its `$ ` commands print now, run in order in a folder, 80 columns wide."""
    exported: dict[str, str] = {}
    return SHOWN.sub(lambda block: f"```console\n{_run_block(block[1], folder, exported)}```", text)


def without_seconds(text: str) -> str:
    """Return a document with the times that commands took made equal."""
    return SECONDS.sub("N s", text)


def command_help() -> str:
    """Return the page of all commands, each with its help as a terminal of 100 columns shows it."""
    from mrnet.cli.app import make_app

    names = [command.name for command in make_app().registered_commands if command.name]
    pages = [
        f"## mrnet {name}\n\n```text\n{_run(f'mrnet {name} --help', PROJECT, {}, columns=100)}```\n" for name in names
    ]
    intro = "# Commands\n\nWritten by `make docs` from the commands' own help.\n"
    return "\n".join([intro, *pages])


def links(text: str) -> list[str]:
    """Return the relative paths that a document links to, pictures too."""
    targets = re.findall(r"\]\(([^)#\s]+)[^)]*\)", text) + re.findall(r'<img[^>]+src="([^"]+)"', text)
    return [target for target in targets if "://" not in target]


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


def _run(command: str, folder: Path, exported: dict[str, str], columns: int = 80) -> str:
    inherited = {name: value for name, value in os.environ.items() if name not in {"MRNET_ROOT", "CI", "FORCE_COLOR"}}
    paths = {"PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}", "COLUMNS": str(columns)}
    # A document shows what a person sees, so messages stand with the output.
    ran = subprocess.run(
        command, shell=True, cwd=folder, env=inherited | paths | exported, text=True, encoding="utf-8",
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False,
    )  # fmt: skip
    return "".join(f"{line.rstrip()}\n" for line in ran.stdout.splitlines())


def main() -> None:
    """Write the documents anew."""
    with tempfile.TemporaryDirectory() as folder:
        README.write_text(run_shown(README.read_text(encoding="utf-8"), Path(folder)), encoding="utf-8")
    COMMANDS.write_text(command_help(), encoding="utf-8")
    RULES.write_text(rules_page(all_rules()), encoding="utf-8")


if __name__ == "__main__":
    main()
