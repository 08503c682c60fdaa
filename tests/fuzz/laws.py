"""Laws for every run of the command line, under any disturbance; each broken law is a sentence."""

import hashlib
import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from mrnet.pictures.notes import is_whole

MAX_SECONDS = float(os.environ.get("MRNET_FUZZ_SECONDS_PER_RUN", "20"))
MAX_BYTES = 300_000_000
STATUSES = {0, 1, 2, 130}
SECRET = "hunter2-is-the-secret"
CHANGING = "changing/"
"""The folder in which another program changes files while the run reads them."""
CONTROLS = re.compile(rb"\x1b[^\[]|\x1b\[[0-9;]*[^0-9;mKhlAJG?]|[\x00-\x08\x0b\x0c\x0e-\x1a\x7f]")
"""Control sequences that a terminal obeys, except colours and those of a progress bar."""


@dataclass
class Trial:
    """One run: its arguments and its disturbances."""

    words: Sequence[str]
    environment: Mapping[str, str | None] = field(default_factory=dict)
    limits: Mapping[int, int] = field(default_factory=dict)
    """Limits of `resource`, by their numbers."""
    signals: Sequence[tuple[float, signal.Signals]] = ()
    """Seconds to wait before each, and the signal; the first waits from when the run catches signals."""
    meanwhile: Callable[[], object] | None = None
    """What another program does during the run."""
    closed: Sequence[int] = ()
    """Standard streams that are closed when the run begins."""
    terminal: bool = False
    law: Callable[["Ended"], Iterable[str]] | None = None
    """What must hold of this run alone: yields each law that it broke."""


@dataclass
class Ended:
    """The result of a run."""

    status: int
    out: bytes
    err: bytes
    seconds: float
    peak: int
    processes_left: bool


def run(trial: Trial, here: Path) -> Ended:
    """Run the command line as a process in its own session."""
    environment = {**os.environ, "MRNET_FUZZ": SECRET, **trial.environment}
    command = [sys.executable, "-m", "mrnet", *trial.words]
    pipe, end = os.openpty() if trial.terminal else os.pipe()
    begun = time.monotonic()
    running = subprocess.Popen(
        command, cwd=here, stdin=subprocess.DEVNULL, stdout=end, stderr=subprocess.PIPE, start_new_session=True,
        env={name: value for name, value in environment.items() if value is not None},
        preexec_fn=lambda: _prepare(trial),  # noqa: PLW1509 - no other thread runs yet
    )  # fmt: skip
    os.close(end)
    out: list[bytes] = []
    err: list[bytes] = []
    assert running.stderr is not None
    readers = [
        threading.Thread(target=lambda: out.extend(_pieces(pipe))),
        threading.Thread(target=lambda: err.extend(_pieces(running.stderr.fileno()))),  # type: ignore[union-attr]  # it is a pipe
    ]
    killer = threading.Timer(3 * MAX_SECONDS, lambda: os.killpg(running.pid, signal.SIGKILL))
    for thread in (*readers, killer):
        thread.start()
    if trial.meanwhile:
        trial.meanwhile()
    if trial.signals:
        _wait_until_caught(running.pid)
    for wait, signum in trial.signals:
        _wait_for(lambda: _has_ended(running.pid), wait)
        # The process is not reaped before wait4, so that its number is not reused.
        os.kill(running.pid, signum)
    os.waitid(os.P_PID, running.pid, os.WEXITED | os.WNOWAIT)
    seconds = time.monotonic() - begun - _seconds_without_processor(running.pid)
    _, status, usage = os.wait4(running.pid, 0)
    running.returncode = os.waitstatus_to_exitcode(status)
    left = _is_left(running.pid)
    killer.cancel()
    for thread in readers:
        thread.join(10)
    os.close(pipe)
    running.stderr.close()
    return Ended(running.returncode, b"".join(out), b"".join(err), seconds, usage.ru_maxrss * 1024, left)


def broken_laws(trial: Trial, ended: Ended, here: Path, before: Mapping[str, str]) -> Iterator[str]:
    """Yield each law that a run has broken."""
    killed = any(signum is signal.SIGKILL for _, signum in trial.signals)
    said = (ended.out + ended.err).decode("utf-8", "replace")
    found = CONTROLS.search(ended.out) if trial.terminal else None
    laws = {
        f"status {ended.status}": ended.status in STATUSES or (killed and ended.status == -signal.SIGKILL),
        "a traceback or a mistake of its own": "Traceback" not in said and "a mistake in mrnet" not in said,
        "a secret was printed": SECRET not in said,
        f"it took {ended.seconds:.0f} s": ended.seconds <= MAX_SECONDS,
        f"it took {ended.peak / 1e6:.0f} MB": ended.peak <= MAX_BYTES,
        "a process is left": not ended.processes_left,
        f"a terminal obeys {found and found[0]!r}": found is None,
    }
    yield from (law for law, kept in laws.items() if not kept)
    yield from trial.law(ended) if trial.law else ()
    yield from _broken_by_files(digests(here), before, here, killed=killed)


def not_accused(ended: Ended) -> Iterator[str]:
    """Yield a broken law if a sound archive is reported as unsound; if the system refuses something, the exit status is 2."""
    if ended.status == 1:
        yield "a sound archive is accused"


def _broken_by_files(after: dict[str, str], before: Mapping[str, str], here: Path, *, killed: bool) -> Iterator[str]:
    for path, digest in before.items():
        if after.get(path) != digest and not path.startswith(CHANGING):
            yield f"{path} is lost or changed"
    for path in after.keys() - before.keys():
        if ".mrnet.part" in path:
            if not killed:
                yield f"{path} is left"
        elif not path.startswith(CHANGING) and not _is_whole(here / path):
            yield f"{path} is half a file"


def digests(folder: Path) -> dict[str, str]:
    """Return a digest of each plain file below a folder, and the target of each link, by its path."""
    found = {}
    for path in sorted(folder.rglob("*")):
        if path.is_symlink():
            found[str(path.relative_to(folder))] = os.readlink(path)  # noqa: PTH115 - Path.readlink() changes the text on Windows
        elif path.is_file():
            found[str(path.relative_to(folder))] = hashlib.sha256(path.read_bytes()).hexdigest()
    return found


def _is_whole(file: Path) -> bool:
    if not file.is_file() or file.suffix not in (".gif", ".png", ".json", ".html", ".xml", ".zip"):
        return True
    if file.suffix in (".gif", ".png"):
        return is_whole(file)
    content = file.read_bytes()
    if file.suffix == ".json":
        try:
            json.loads(content)
        except ValueError:
            return False
        return True
    return b"PK\x05\x06" in content[-100:] if file.suffix == ".zip" else content.rstrip().endswith(b">")


def _prepare(trial: Trial) -> None:
    """Set limits, close streams, and restore the signals, because the parent may ignore them, as `nohup` does."""
    import resource

    for signum in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(signum, signal.SIG_DFL)
    for number, value in trial.limits.items():
        resource.setrlimit(number, (value, value))
    for stream in trial.closed:
        os.close(stream)


def _wait_until_caught(pid: int) -> None:
    """Wait until a process catches SIGHUP: a signal that arrives while the interpreter starts cannot be caught."""
    status = Path(f"/proc/{pid}/status")

    def caught() -> bool:
        found = re.search(r"^SigCgt:\s*(\w+)", status.read_text(), re.MULTILINE)
        return bool(found and int(found[1], 16) >> (signal.SIGHUP - 1) & 1)

    # Only Linux has a file that says so.
    _wait_for(lambda: _has_ended(pid) or caught(), MAX_SECONDS if status.exists() else 0)


def _wait_for(condition: Callable[[], bool], seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline and not condition():
        time.sleep(0.01)


def _has_ended(pid: int) -> bool:
    """Return whether a child has ended, without reaping it."""
    return os.waitid(os.P_PID, pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None


def _seconds_without_processor(pid: int) -> float:
    """Return how long a child was ready to run, but other processes ran: a busy machine is no hang."""
    statistics = Path(f"/proc/{pid}/schedstat")
    return int(statistics.read_text().split()[1]) / 1e9 if statistics.exists() else 0


def _pieces(descriptor: int) -> Iterator[bytes]:
    while True:
        try:
            piece = os.read(descriptor, 1 << 16)
        except OSError:
            # The error of a terminal whose other end is closed.
            return
        if not piece:
            return
        yield piece


def _is_left(group: int) -> bool:
    """Return whether a process of a group is still there, a moment after its leader has ended."""
    deadline = time.monotonic() + 3
    while time.monotonic() < deadline:
        try:
            os.killpg(group, 0)
        except (ProcessLookupError, PermissionError):
            return False
        time.sleep(0.05)
    os.killpg(group, signal.SIGKILL)
    return True


def described(trial: Trial, ended: Ended) -> dict[str, Any]:
    """Return the data needed to repeat it."""
    return {
        "words": list(trial.words), "environment": dict(trial.environment), "limits": dict(trial.limits),
        "signals": [(wait, signum.name) for wait, signum in trial.signals], "status": ended.status,
        "err": ended.err.decode("utf-8", "replace")[-500:],
    }  # fmt: skip
