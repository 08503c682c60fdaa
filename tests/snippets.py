"""Runs the code blocks of a page of the docs, from top to bottom, in one folder, as a reader would.

A block ```` ```sh ```` is run by bash; a command that ends with 1 must say so in a comment (`# exit status 1`), or compare
with the published figures. ```` ```python ```` is run in one namespace. A block whose first line names a file (```` ```toml my.toml ````)
is written to it. ```` ```yaml ```` must be YAML, ```` ```json ```` JSON; ```` ```text ```` and others are only shown. A comment
`<!-- not run: REASON -->` right before a block leaves it out.
"""

import json
import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

BLOCK = re.compile(
    r"(?:<!-- (?P<note>[^\n]*) -->\n)?^```(?P<kind>\w+)(?: (?P<file>\S+))?\n(?P<text>.*?)^```$",
    re.MULTILINE | re.DOTALL,
)
MAY_DIFFER = re.compile(r"# exit status 1|mrnet-v1\.0(?![./])")
"""The tests' archive is not MRNet-v1.0, so comparisons with the published figures end with 1."""
BIN = Path(sys.executable).parent


@dataclass(frozen=True)
class Block:
    """One fenced block of a page."""

    kind: str
    text: str
    file: str | None
    note: str

    @property
    def left_out(self) -> bool:
        """The reason why the block is not run, if the page gives one."""
        return self.note.startswith("not run: ")


def blocks_of(page: Path) -> list[Block]:
    """Return the code blocks of a page in order."""
    found = BLOCK.finditer(page.read_text(encoding="utf-8"))
    return [Block(each["kind"], each["text"], each["file"], each["note"] or "") for each in found]


def run_block(block: Block, folder: Path, namespace: dict[str, Any]) -> None:
    """Run one block in a folder; an assertion fails if its exit status is not as the page says."""
    if block.file:
        target = folder / block.file
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(block.text, encoding="utf-8")
    elif block.kind == "sh":
        run_shell(block.text, folder)
    elif block.kind == "python":
        exec(compile(block.text, "snippet", "exec"), namespace)
    elif block.kind == "yaml":
        import yaml

        yaml.safe_load(block.text)
    elif block.kind == "json":
        json.loads(block.text)


def run_shell(text: str, folder: Path) -> None:
    """Run a block of shell; it stops at the first command that fails."""
    # `mrnet browse` runs until Ctrl-C.
    text = re.sub(r"^mrnet browse", "mrnet browse --help", text, flags=re.MULTILINE)
    lines = [
        f"{line.partition(' #')[0]} || test $? = 1" if MAY_DIFFER.search(line) else line for line in text.splitlines()
    ]
    environment = {
        **os.environ,
        "PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}",
        "PYTHONPATH": str(folder / "src"),  # Only pages that change mrnet itself have this folder.
    }
    ran = subprocess.run(
        ["bash", "-e", "-c", "\n".join(lines)], cwd=folder, env=environment, text=True, stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False,
    )  # fmt: skip
    assert ran.returncode == 0, f"{text}\nended with {ran.returncode}:\n{ran.stdout}"
    assert "Traceback" not in ran.stdout, f"{text}\n{ran.stdout}"
