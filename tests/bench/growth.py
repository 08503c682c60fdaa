"""How time and memory grow with an archive: each command on 125, 1,250 and 12,500 cases, with the same bytes a case."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from statistics import median

from tests.bench.archives import MRNET, multiply
from tests.bench.measure import Run, run_once

BASE = 125
"""Cases of the archive that the others hold one, ten and a hundred times."""
TIMES = (1, 10, 100)
COPIES = [word for rule in ("case-in-two-splits", "duplicate-volume", "split-leakage") for word in ("--ignore", rule)]
"""What is wrong with an archive of copies; it is looked for all the same, and would be a line for each of them."""


def commands(scratch: Path) -> dict[str, list[str]]:
    """Return each command that is measured, by its name in the table; those with `-o` write pictures there."""
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
        place: where the larger ones and pictures go.
        runs: of which the median counts; after one that does not, but for what writes pictures.
        only: a part of the names that are wanted.
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
    """Return what a case costs from the second size to the third, over what it costs from the first to the second.

    So the start of the program, which costs the same each time, does not count; where it is linear this is 1.
    """
    small, medium, large = (run.seconds for run in found)
    return (large - medium) / (TIMES[2] - TIMES[1]) / ((medium - small) / (TIMES[1] - TIMES[0]))
