"""Times whole processes, two in turn, with the operating system's own figures for each."""

import os
import shutil
import subprocess
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

AS_INSTALLED = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
"""Let Python write byte code: an installed package has it, and a clone would otherwise compile at each start."""


@dataclass(frozen=True, slots=True)
class Run:
    """One finished process: wall clock and processor time in seconds, peak resident memory in megabytes."""

    seconds: float
    processor: float
    megabytes: float


@dataclass(frozen=True, slots=True)
class Comparison:
    """Runs of one piece of work by mrnet and by a peer, in turn."""

    ours: list[Run]
    peer: list[Run]

    @property
    def seconds(self) -> tuple[float, float]:
        """Median wall clock of both."""
        return median(run.seconds for run in self.ours), median(run.seconds for run in self.peer)

    @property
    def ratios(self) -> list[float]:
        """The peer's time divided by ours, for each pair, in ascending order."""
        return sorted(peer.seconds / ours.seconds for ours, peer in zip(self.ours, self.peer, strict=True))

    @property
    def times_as_fast(self) -> float:
        """Median of the peer's time divided by ours, over the pairs."""
        return median(self.ratios)

    @property
    def megabytes(self) -> tuple[float, float]:
        """Highest peak memory of both."""
        return max(run.megabytes for run in self.ours), max(run.megabytes for run in self.peer)


def run_once(command: Sequence[str], *, cold: bool = False, remove: Path | None = None) -> Run:
    """Run a command to its end and discard its output; CalledProcessError if it fails.

    Args:
        command: program and arguments.
        cold: empty the system's file cache first (Linux, as root).
        remove: a folder to remove first, such as the pictures of the last run.
    """
    if remove is not None:
        shutil.rmtree(remove, ignore_errors=True)
    # Flush the files of an earlier run first, so that they are not written while this one is timed.
    os.sync()
    if cold:
        Path("/proc/sys/vm/drop_caches").write_text("3")
    begin = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=AS_INSTALLED)
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - begin
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, command)
    return Run(seconds, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024)


def compare(
    ours: Sequence[str], peer: Sequence[str], runs: int, *, cold: bool = False, remove: Path | None = None
) -> Comparison:
    """Run both commands in turn, after one warm-up run of each."""
    pairs = [
        (run_once(ours, cold=cold, remove=remove), run_once(peer, cold=cold, remove=remove)) for _ in range(runs + 1)
    ]
    return Comparison([pair[0] for pair in pairs[1:]], [pair[1] for pair in pairs[1:]])
