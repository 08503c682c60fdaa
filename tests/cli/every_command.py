"""Runs every command in the environment of this process, a fork for each, and reports how each ended: `FILE ARCHIVE [lazily]`."""

import gc
import importlib
import json
import os
import pkgutil
import signal
import sys
import time
from contextlib import suppress
from pathlib import Path

COMMANDS = [
    "info", "info 0000 --intensity", "list -o list.csv", "stats -o stats.json --plot chart.png", "validate -o report.xml",
    "manifest -o sums", "export-gif -p ax -o gifs --colormap viridis", "export-montage -p ax -o montages",
    "export-contact-sheet -p ax -o sheet.png", "export-html 0000 -o pages", "extract 0000 -o small.zip", "show 0000",
    "compare labels", "recipe montages/0000-axial.png", "rules", "rules blank-slice", "browse --no-open", "demo knees --cases 2",
]  # fmt: skip
WITHOUT_ROOT = {"rules", "demo", "recipe"}
MAX_SECONDS = 60


def import_once() -> None:
    """Import what the commands import, in this environment, so that the forks do not have to."""
    import matplotlib.figure  # noqa: F401 - loaded once for all
    import rich.table  # noqa: F401 - loaded once for all

    with suppress(ImportError):  # Typer needs it since 0.29.
        from pydantic import TypeAdapter  # noqa: F401 - loaded once for all

    import mrnet

    for module in pkgutil.walk_packages(mrnet.__path__, "mrnet."):
        if not module.name.endswith(("__main__", "widget", "cluster")):
            importlib.import_module(module.name)
    # Otherwise each fork copies all of this memory when it ends, to look for garbage in it.
    gc.freeze()


def run(command: str, archive: str) -> tuple[int, str]:
    """Run a command in a fork; returns its exit status and all output that the streams of this process allow."""
    words = command.split()
    said = Path("said")
    child = os.fork()
    if child == 0:
        # A shell's background jobs ignore this signal, and so do their children.
        signal.signal(signal.SIGINT, signal.default_int_handler)
        file = os.open(said, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
        for number, stream in ((1, sys.stdout), (2, sys.stderr)):
            if stream is not None:
                os.dup2(file, number)
        os.close(file)
        sys.argv = ["mrnet", *words] if words[0] in WITHOUT_ROOT else ["mrnet", *words, "--root", archive]
        from mrnet.__main__ import main

        main()
    if words[0] == "browse":
        deadline = time.monotonic() + (MAX_SECONDS if sys.stdout and sys.stderr else 2)
        while time.monotonic() < deadline and not (said.exists() and b"http" in said.read_bytes()):
            if os.waitid(os.P_PID, child, os.WEXITED | os.WNOHANG | os.WNOWAIT):
                break
            time.sleep(0.02)
        os.kill(child, signal.SIGINT)
    _, status = os.waitpid(child, 0)
    return os.waitstatus_to_exitcode(status), said.read_text("utf-8", "replace")


def main() -> None:
    """Run them all, in the folder where this process is."""
    Path("labels").mkdir()
    for file in Path(sys.argv[2]).glob("*.csv"):
        Path("labels", file.name).write_bytes(file.read_bytes())
    if "lazily" not in sys.argv:
        import_once()
    Path(sys.argv[1]).write_text(json.dumps({command: run(command, sys.argv[2]) for command in COMMANDS}))


if __name__ == "__main__":
    main()
