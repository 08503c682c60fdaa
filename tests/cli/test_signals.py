"""A batch that a real signal stops leaves only complete files, and the next run continues."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from mrnet.pictures.notes import is_whole
from tests.archives import make_volume

CASES = 30
SLICES = 40
COMMAND = [sys.executable, "-m", "mrnet", "export-gif", "-p", "axial", "--jobs", "2", "--format", "json"]

pytestmark = [pytest.mark.slow, pytest.mark.skipif(os.name == "nt", reason="POSIX signals")]


@pytest.fixture
def large(tmp_path: Path) -> Path:
    """An archive whose GIFs take seconds to make."""
    folder = tmp_path / "large" / "train" / "axial"
    folder.mkdir(parents=True)
    volume = make_volume("0000", "axial", SLICES)
    for case in range(CASES):
        np.save(folder / f"{case:04d}.npy", np.roll(volume, case))
    return tmp_path / "large"


def stop(command: list[str], signum: int, *, after: int) -> tuple[int, str]:
    """Start a command, send it a signal after this number of pictures, and return its exit status."""
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True) as running:
        deadline = time.monotonic() + 60
        while len(list(Path().glob("gifs/*.gif"))) < after and time.monotonic() < deadline:
            time.sleep(0.005)
        running.send_signal(signum)
        _, said = running.communicate(timeout=60)
    return running.returncode, said


@pytest.mark.parametrize(("signum", "status"), [(signal.SIGINT, 130), (signal.SIGKILL, -signal.SIGKILL)])
def test_a_stopped_batch_leaves_complete_files_and_the_next_run_continues(
    large: Path, signum: int, status: int
) -> None:
    command = [*COMMAND, "--root", str(large)]
    ended, said = stop(command, signum, after=3)
    assert ended == status
    assert "Traceback" not in said
    made = sorted(Path("gifs").glob("*.gif"))
    assert 3 <= len(made) < CASES
    assert all(map(is_whole, made))
    if signum == signal.SIGINT:
        assert not list(Path("gifs").glob("*.part"))
    ran = subprocess.run(command, check=True, capture_output=True, text=True)
    statuses = [row["status"] for row in json.loads(ran.stdout)]
    assert statuses.count("same") == len(made)
    assert statuses.count("written") == CASES - len(made)
    assert len(os.listdir("gifs")) == CASES


def processes_of(mark: str) -> list[str]:
    """Return the command lines of the processes whose arguments hold a word."""
    listed = subprocess.run(["ps", "-eo", "args"], check=True, capture_output=True, text=True).stdout.splitlines()
    return [line for line in listed if mark in line]


@pytest.mark.parametrize("suffix", ["", ".zip"])
@pytest.mark.parametrize("signums", [["SIGINT"], ["SIGINT", "SIGINT", "SIGINT"], ["SIGTERM"], ["SIGHUP"], ["SIGKILL"]])
def test_a_stopped_demo_leaves_no_process_and_no_file(tmp_path: Path, signums: list[str], suffix: str) -> None:
    # Several test processes run this at the same time, each with a folder of the same name.
    target = f"{tmp_path.name}-{os.getpid()}-knees{suffix}"
    command = [sys.executable, "-m", "mrnet", "demo", target, "--cases", "300", "--jobs", "2"]
    with subprocess.Popen(
        command,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=default_signals,  # noqa: PLW1509 - no threads here
    ) as running:
        wait_until(lambda: len(processes_of(target)) == 3)
        for signum in signums:
            running.send_signal(getattr(signal, signum))
        _, said = running.communicate(timeout=60)
    wait_until(lambda: not processes_of(target))
    assert not processes_of(target)
    if signums == ["SIGKILL"]:
        # The next run removes the rest.
        subprocess.run([*command[:-3], "2"], check=True, capture_output=True)
        assert os.listdir() == [target]
    else:
        assert (running.returncode, said) == (130, "mrnet: interrupted\n")
        assert os.listdir() == []


REPEATED = """
import os, signal, time
from mrnet.cli.signals import prepare_signals

now = 0.0
time.monotonic = lambda: now
signal.signal(signal.SIGINT, signal.default_int_handler)
prepare_signals()
try:
    os.kill(os.getpid(), signal.SIGINT)
except KeyboardInterrupt:
    print("stopped", flush=True)
for now in (0.9, 1.1):
    os.kill(os.getpid(), signal.SIGINT)
    print(now, flush=True)
"""


def test_a_second_signal_ends_the_process_only_after_a_second() -> None:
    ran = subprocess.run([sys.executable, "-c", REPEATED], capture_output=True, text=True, timeout=60, check=False)
    assert (ran.returncode, ran.stdout, ran.stderr) == (130, "stopped\n0.9\n", "")


INTERRUPTED_ITSELF = """
import os, signal, sys
from mrnet import parallel
from mrnet.cli import signals

signal.signal(signal.SIGINT, signal.default_int_handler)
signal.signal(signal.SIGTERM, signal.SIG_DFL)
signals.MAX_SECONDS_TO_END = 3600
signals.prepare_signals()
sys._getframe().f_trace_opcodes = True  # Python 3.12 must know before the tracing begins.
moments = chosen = 0

def interrupt(frame, event, _):
    global moments
    frame.f_trace_opcodes = True
    if event == "opcode":
        moments += 1
        if moments == chosen:
            signal.raise_signal(signal.SIGTERM)
    return interrupt

while moments >= chosen:
    moments, chosen = 0, chosen + 1
    parallel.stopping = parallel.Flag()
    sys.settrace(interrupt)
    try:
        signal.raise_signal(signal.SIGINT)
    except KeyboardInterrupt:
        sys.settrace(None)
        print("stopped" if parallel.stopping.is_set() else "not stopped", flush=True)
os._exit(0)
"""


def test_a_second_signal_may_come_at_any_moment_of_the_first() -> None:
    """The handler interrupts itself: with a lock in it, it would wait for itself forever."""
    ran = subprocess.run(
        [sys.executable, "-c", INTERRUPTED_ITSELF], capture_output=True, text=True, timeout=60, check=False
    )
    assert (ran.returncode, ran.stderr, set(ran.stdout.splitlines())) == (0, "", {"stopped"})
    assert ran.stdout.count("stopped") > 20


def test_a_limit_of_processor_time_stops_the_work_as_ctrl_c_does() -> None:
    code = """
import os, signal
from mrnet.cli.signals import prepare_signals
prepare_signals()
try:
    os.kill(os.getpid(), signal.SIGXCPU)
except KeyboardInterrupt:
    os._exit(0)
"""
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def default_signals() -> None:
    """Restore the signals in a child process, because the parent of the tests may ignore them, as `nohup` does."""
    for signum in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(signum, signal.SIG_DFL)


def wait_until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not condition() and time.monotonic() < deadline:
        time.sleep(0.02)
