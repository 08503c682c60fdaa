"""Trials at random, by kind: each function draws one on a small archive in a folder of its own."""

import os
import random
import resource
import shutil
import signal
import time
from collections.abc import Callable
from pathlib import Path

from tests.fuzz.laws import CHANGING, SECRET, Trial

COMMANDS = [
    ["info"], ["info", "0000", "--intensity"], ["list", "-o", "out/list.json"], ["stats", "-o", "out/stats.json"],
    ["stats", "--plot", "out/chart.png"], ["validate", "-o", "out/report.json", "-o", "out/report.xml"],
    ["manifest", "-o", "out/sums"], ["export-gif", "-o", "out/gifs"], ["export-gif", "--together", "-p", "ax,cor", "-o", "out/g"],
    ["export-montage", "-o", "out/montages"], ["export-contact-sheet", "-p", "ax", "-o", "out/sheet.png"],
    ["export-html", "0000", "-o", "out/pages"], ["show", "0000"], ["compare", "reader.csv"], ["rules"],
    ["demo", "out/demo", "--cases", "2"], ["demo", "out/demo.zip", "--cases", "2", "--jobs", "2"],
]  # fmt: skip
WITHOUT_ROOT = {"rules", "demo"}
OPTIONS = [
    "--jobs", "--format", "-o", "--where", "--sample", "--seed", "--split", "--plane", "--scale", "--slices", "--window",
    "--max-bytes", "--labels", "--against", "--at", "--slice", "--cases", "--columns", "--tile", "--fps", "--key", "--config",
    "--known", "--scheduler", "--tolerance", "--plot", "--root",
]  # fmt: skip
VALUES = [
    "", "0", "-1", "9" * 5000, "1e999", "nan", "x" * 300, "\u202e\x1b[2J", "..", "/", "/dev/null", "/dev/full", "/dev/stdin",
    "locked/x.json", "pipe", "link", "s/train/axial/0000.npy", "s/x.json", "s3://bucket/x.json", "~", "-", "@reader.csv",
    "reader.csv", "s.zip", "1:2:0", "1 2", "[", "'", '"axil" > 3', "acl", "tcp://127.0.0.1:1", "random()", "\udcff", "a.json",
    f"https://me:{SECRET}@127.0.0.1:9/x.zip", "0000-9999", "json", "table", "C:/x", "0.5", "8", "1188",
]  # fmt: skip
ENVIRONMENTS: list[dict[str, str | None]] = [
    {"PYTHONOPTIMIZE": "2"}, {"MPLBACKEND": "module://matplotlib_inline.backend_inline"}, {"HOME": None}, {"TMPDIR": "/nonexistent"},
    {"PYTHONWARNINGS": "error"}, {"PYTHONDEVMODE": "1"}, {"COLUMNS": "0"}, {"COLUMNS": "9" * 30}, {"TERM": "dumb"}, {"LC_ALL": "C"},
    {"PYTHONIOENCODING": "ascii"}, {"NO_COLOR": "1"}, {"FORCE_COLOR": "1"}, {"CI": "true"}, {"MRNET_ROOT": ""}, {"PATH": ""},
    {"AWS_ENDPOINT_URL": "minio:9000"}, {"AWS_SECRET_ACCESS_KEY": f"{SECRET}\n", "AWS_ACCESS_KEY_ID": "x"}, {"TZ": "../../x"},
    {"PYTHONUTF8": "0", "LANG": "C"}, {"PYTHONHASHSEED": "7"}, {"PYTHONUNBUFFERED": "1"}, {"XDG_CACHE_HOME": "/proc"},
]  # fmt: skip


def any_command(chance: random.Random, root: str = "s") -> list[str]:
    """Return the words of a command on an archive."""
    words = list(chance.choice(COMMANDS))
    return words if words[0] in WITHOUT_ROOT else [*words, "--root", root]


def option(chance: random.Random, _here: Path) -> Trial:
    """Values of options at their limits, and some that are none."""
    words = any_command(chance)
    for _ in range(chance.randint(1, 2)):
        words += [chance.choice(OPTIONS), chance.choice(VALUES)]
    return Trial([word.replace("\0", "") for word in words])


def environment(chance: random.Random, _here: Path) -> Trial:
    """Variables that break what reads them."""
    return Trial(any_command(chance), environment=chance.choice(ENVIRONMENTS), terminal=chance.random() < 0.3)


def limit(chance: random.Random, _here: Path) -> Trial:
    """Low limits on open files, memory and the size of files."""
    number, values = chance.choice(
        [
            (resource.RLIMIT_NOFILE, [8, 10, 16, 24]),
            (resource.RLIMIT_AS, [200_000_000, 400_000_000]),
            (resource.RLIMIT_CORE, [0]),
        ]
    )
    return Trial([*any_command(chance)], limits={number: chance.choice(values)})


def stopped(chance: random.Random, _here: Path) -> Trial:
    """Signals at random moments, one or several."""
    kinds = [signal.SIGINT, signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGPIPE, signal.SIGKILL]
    # While the interpreter itself begins, nobody can catch a signal.
    first = chance.uniform(1.5, 4)
    signals = [
        (first, chance.choice(kinds)),
        *((chance.uniform(0, 0.4), signal.SIGINT) for _ in range(chance.randint(0, 2))),
    ]
    slow = [["demo", "out/d", "--cases", "60", "--jobs", "2"], ["demo", "out/d.zip", "--cases", "60", "--jobs", "2"]]
    words = chance.choice(
        [
            *slow,
            ["export-gif", "--scale", "8", "-o", "out/g", "--root", "s", "--jobs", "2"],
            ["browse", "--no-open", "--root", "s"],
        ]
    )
    return Trial(words, signals=[*signals, (15, signal.SIGTERM)] if words[0] == "browse" else signals)


def changing(chance: random.Random, here: Path) -> Trial:
    """Files that turn into others, pipes, folders or nothing while they are read."""
    copy = here / CHANGING
    shutil.copytree(here / "s", copy)
    files = [path for path in copy.rglob("*") if path.is_file()]

    def change() -> None:
        time.sleep(chance.uniform(0, 2))
        for path in chance.sample(files, 5):
            path.unlink()
            chance.choice(
                [lambda p: None, os.mkfifo, os.mkdir, lambda p: p.write_bytes(b""), lambda p: p.symlink_to(p.name)]
            )(path)

    return Trial(any_command(chance, "changing"), meanwhile=change)


def broken(chance: random.Random, here: Path) -> Trial:
    """Bytes of a volume, a label file or a zip that are changed: headers, tables and directories most of the time."""
    copy = here / "broken.zip"
    if chance.random() < 0.4:
        shutil.copy(here / "s.zip", copy)
        _damage(chance, copy, at_end=True)
    else:
        copy = here / "broken"
        shutil.copytree(here / "s", copy)
        for file in chance.sample(sorted(path for path in copy.rglob("*") if path.is_file()), 3):
            _damage(chance, file, at_end=False)
    return Trial(any_command(chance, copy.name))


def strange(chance: random.Random, here: Path) -> Trial:
    """Names that a terminal would obey, shown on one."""
    copy = here / "strange"
    shutil.copytree(here / "s", copy)
    for name in ("\x1b]0;title\x07", "\x1b[2J.npy", "a\rb", "\x9b31m", "\u202egpj"):
        (copy / "train" / "axial" / name).write_bytes(b"")
    words = [
        *chance.choice([["validate"], ["manifest"], ["validate", "-f", "csv"], ["info"], ["list"]]),
        "--root",
        "strange",
    ]
    return Trial(words, terminal=True)


def _damage(chance: random.Random, file: Path, *, at_end: bool) -> None:
    content = bytearray(file.read_bytes())
    for _ in range(chance.choice([1, 1, 3])):
        near = min(len(content), 3000 if at_end else 150)
        place = chance.randrange(near) if chance.random() < 0.8 else chance.randrange(max(1, len(content)))
        place = len(content) - 1 - place if at_end else place
        gone = chance.choice([0, 1, 1, 2, 8, 1000])
        content[place : place + gone] = chance.randbytes(chance.choice([0, 1, 1, 4, 12]))
    file.write_bytes(content)


KINDS: dict[str, Callable[[random.Random, Path], Trial]] = {
    each.__name__: each for each in (option, environment, limit, stopped, changing, broken, strange)
}
