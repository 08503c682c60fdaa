"""Runs every command of the mrnet that is installed in this Python, as `.ci/try-wheel` does in a clean environment.

Standard library only; run it with `python -I` in an empty folder.
"""

import json
import os
import subprocess
import sys
import sysconfig
from pathlib import Path

MRNET = Path(sysconfig.get_path("scripts")) / "mrnet"
RUNS = [
    "demo --cases 3",
    "demo torn --cases 3 --plant truncated-volume",
    "info",
    "info 0000 --intensity --format json",
    "list --where acl",
    "export-gif 0000 --plane sagittal",
    "export-montage 0000 --plane axial",
    "export-contact-sheet --plane coronal",
    "extract 0000 1130 -o small.zip",
    "validate --root small.zip",
    "recipe gifs/0000-sagittal.gif",
    "stats -o figures.json --plot labels.pdf",
    "stats --against figures.json",
    "compare MRNet-demo",
    "manifest -o demo.sha256",
    "validate --against demo.sha256",
    "rules truncated-volume",
    "export-html 0000",
    "show 0000 --plane sagittal",
    "browse --help",
]
"""Each ends with 0."""
WRONG = "validate --root torn"


def run(words: str) -> tuple[int, str]:
    """Return the exit status and all output of one command."""
    environment = {name: value for name, value in os.environ.items() if name not in {"CI", "MRNET_ROOT", "PYTHONPATH"}}
    ran = subprocess.run(
        [MRNET, *words.split()], env=environment, text=True, encoding="utf-8", stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False,
    )  # fmt: skip
    return ran.returncode, ran.stdout


def expect(right: bool, what: str) -> None:
    """End the program with a message if a check fails."""
    if not right:
        sys.exit(f"The wheel is wrong: {what}")


def try_commands() -> None:
    """Run each command, and check that none is left out."""
    for words in RUNS:
        status, output = run(words)
        expect(status == 0, f"mrnet {words} ended with {status}:\n{output}")
    status, output = run(WRONG)
    expect(status == 1 and "truncated-volume" in output, f"mrnet {WRONG} ended with {status}:\n{output}")
    tried = {words.split()[0] for words in RUNS}
    expect(tried == installed_commands(), f"these commands are not tried: {installed_commands() - tried}")


def installed_commands() -> set[str]:
    """Return the names of all commands, as their folder has them."""
    from mrnet.cli import commands

    files = Path(next(iter(commands.__path__))).glob("[!_]*.py")
    return {file.stem.replace("_", "-") for file in files}


def try_page() -> None:
    """Check that the offline page has its script, its styles and three volumes, and makes no requests."""
    page = Path("pages/0000.html").read_text(encoding="utf-8")
    expect('<script type="module"' in page and "<style" in page, "pages/0000.html lacks its script or styles")
    expect("http://" not in page.replace("http://www.w3.org", ""), "pages/0000.html names an address")
    expect(len(page) > 1_000_000, f"pages/0000.html holds no volumes: it has {len(page):,} characters")


def main() -> None:
    """Try the installed mrnet."""
    import mrnet

    module = Path(mrnet.__file__)
    expect(module.is_relative_to(sysconfig.get_path("purelib")), f"mrnet comes from {module}")
    try_commands()
    try_page()
    print(
        json.dumps(
            {"mrnet": mrnet.__version__, "python": sys.version.split()[0], "commands": len(installed_commands())}
        )
    )


if __name__ == "__main__":
    main()
