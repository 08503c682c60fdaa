"""Runs random trials for a given time, and reports per kind how many broke a law: `python -m tests.fuzz`."""

import argparse
import json
import os
import random
import shutil
import stat
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

from tests.archives import write_archive, zip_archive
from tests.fuzz.laws import broken_laws, described, digests, run
from tests.fuzz.trials import KINDS

STRANGERS = ("list.json.part", "out/demo.part/train/axial/0000.npy", "out/report.json.part", "precious.gif")
"""Files of other programs; no run may change them."""


def make_bench(here: Path) -> None:
    """Fill a folder with a sound archive, its zip, a reader's table, foreign files, a pipe and a folder without permission."""
    write_archive(here / "s")
    zip_archive(here / "s", here / "s.zip")
    (here / "reader.csv").write_text("case,abnormal,acl,meniscus\n0000,1,0,1\n")
    for name in STRANGERS:
        (here / name).parent.mkdir(parents=True, exist_ok=True)
        (here / name).write_bytes(b"half of something else")
    _make_pipes(here)
    (here / "link").symlink_to("reader.csv")
    (here / "locked").mkdir(mode=stat.S_IWUSR)


def _make_pipes(here: Path) -> None:
    """Make a pipe, and one in a home folder where programs look for fonts."""
    for name in ("pipe", "home/.fonts/pipe.ttf"):
        (here / name).parent.mkdir(parents=True, exist_ok=True)
        os.mkfifo(here / name)


def try_once(kind: str, seed: int, bench: Path) -> list[str]:
    """Make one trial in a copy of the bench, and return the laws that it broke."""
    with tempfile.TemporaryDirectory(prefix="mrnet-fuzz-") as folder:
        here = Path(folder, "here")
        here.mkdir()
        make_bench(here) if not bench.exists() else _copy(bench, here)
        trial = KINDS[kind](random.Random(f"{kind} {seed}"), here)
        before = digests(here)
        ended = run(trial, here)
        laws = list(broken_laws(trial, ended, here, before))
        if laws:
            print(json.dumps({"kind": kind, "seed": seed, "laws": laws, **described(trial, ended)}), flush=True)
        return laws


def _copy(bench: Path, here: Path) -> None:
    for each in bench.iterdir():
        if each.name in ("s", "out"):
            shutil.copytree(each, here / each.name)
        elif each.is_file():
            shutil.copy(each, here / each.name, follow_symlinks=False)
    _make_pipes(here)
    (here / "locked").mkdir(mode=stat.S_IWUSR)


def main() -> int:
    """Run trials until the time is over; return 1 if a law was broken."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--seconds", type=float, default=3600)
    options.add_argument("--seed", type=int, default=int(time.time()))
    options.add_argument("--kind", choices=KINDS, action="append")
    wanted = options.parse_args()
    tried: Counter[str] = Counter()
    broke: Counter[str] = Counter()
    until = time.monotonic() + wanted.seconds
    with tempfile.TemporaryDirectory(prefix="mrnet-fuzz-") as folder:
        bench = Path(folder, "bench")
        bench.mkdir()
        make_bench(bench)
        seed = wanted.seed
        while time.monotonic() < until:
            for kind in wanted.kind or KINDS:
                tried[kind] += 1
                broke[kind] += bool(try_once(kind, seed, bench))
            seed += 1
    print(
        "kind         tried  broke a law", *(f"{kind:13}{tried[kind]:>5}{broke[kind]:>13}" for kind in tried), sep="\n"
    )
    return 1 if sum(broke.values()) else 0


if __name__ == "__main__":
    sys.exit(main())
