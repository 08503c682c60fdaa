"""How time and memory grow with an archive: each command on 125, 1,250 and 12,500 cases, with the same bytes per case."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from statistics import median

from tests.bench.archives import MRNET, multiply
from tests.bench.measure import Run, run_once

BASE = 125
"""Cases of the archive that the others hold one, ten and a hundred times."""
TIMES = (1, 10, 100)
COPIES = [word for rule in ("case-in-two-splits", "duplicate-volume", "split-leakage") for word in ("--ignore", rule)]
"""The rules that an archive of copies breaks. They run, but as known problems, or each copy would give a line."""


def commands(scratch: Path) -> dict[str, list[str]]:
    """Return each measured command by its name in the table; commands with `-o` write pictures there."""
    to_scratch = ["-o", str(scratch)]
    return {
        "info 0001": ["info", "0001"],
        "list": ["list"],
        "stats": ["stats"],
        "validate --read headers": ["validate", "--read", "headers", *COPIES],
        "validate": ["validate", *COPIES],
        "coronal GIFs": ["export-gif", "--plane", "coronal", *to_scratch],
        "coronal montages": ["export-montage", "--plane", "coronal", *to_scratch],
    }


def growth_table(base: Path, place: Path, runs: int, only: str = "") -> Iterator[str]:
    """Yield the lines of the table as they are measured.

    Args:
        base: an archive of 125 cases.
        place: the folder for the larger archives and the pictures.
        runs: number of runs; the median counts. Commands that write no pictures have one more run before, which does not count.
        only: measure only commands whose names contain this.
    """
    archives = [multiply(base, place / f"copies-{BASE * times}", times) for times in TIMES]
    sizes = [f"{BASE * times:,}" for times in TIMES]
    yield f"| command | {' | '.join(sizes)} cases | growth | peak memory |"
    yield "| --- | ---: | ---: | ---: | ---: | ---: |"
    scratch = place / "pictures"
    for name, words in commands(scratch).items():
        if only not in name:
            continue
        found = [_median_run([*MRNET, *words, "--root", str(archive)], runs, scratch) for archive in archives]
        seconds = " | ".join(f"{run.seconds:.2f} s" for run in found)
        memory = " / ".join(f"{run.megabytes:.0f}" for run in found)
        yield f"| {name} | {seconds} | {_growth(found):.2f} | {memory} MB |"


def _median_run(command: Sequence[str], runs: int, scratch: Path) -> Run:
    writes = str(scratch) in command
    found = [run_once(command, remove=scratch) for _ in range(runs if writes else runs + 1)]
    counted = found if writes else found[1:]
    return Run(*(median(getattr(run, name) for run in counted) for name in Run.__slots__))


def _growth(found: Sequence[Run]) -> float:
    """Return the cost per case between the second and third size, divided by that between the first and second.

    The start of the program costs the same each time and cancels out. For linear growth the result is 1.
    """
    small, medium, large = (run.seconds for run in found)
    return (large - medium) / (TIMES[2] - TIMES[1]) / ((medium - small) / (TIMES[1] - TIMES[0]))
