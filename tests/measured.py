"""Runs a command as a process, and measures the most memory that it has at any time."""

import subprocess
import sys

MAX_PEAK_BYTES = 300_000_000
PEAK = """
import resource, subprocess, sys
status = subprocess.run(sys.argv[1:]).returncode
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss, file=sys.stderr)
sys.exit(status)
"""
"""Runs a command, and writes a last line of its own: the most memory that the command had, in kB."""


def run_measured(*words: object) -> tuple[subprocess.CompletedProcess[str], int]:
    """Run a command of mrnet; return how it ended, and its peak memory in bytes."""
    ran = subprocess.run(
        [sys.executable, "-c", PEAK, sys.executable, "-m", "mrnet", *map(str, words)],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    *lines, peak = ran.stderr.splitlines(keepends=True)
    ran.stderr = "".join(lines)
    return ran, int(peak) << 10
