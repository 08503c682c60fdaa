"""Dask clusters on the loopback address, and slow work for them."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from mrnet.errors import UsageError

PROJECT = Path(__file__).parents[1]


@dataclass
class Cluster:
    """A running scheduler and its workers."""

    address: str
    scheduler: subprocess.Popen[bytes]
    workers: list[subprocess.Popen[bytes]]


@contextmanager
def running_cluster(
    folder: Path, workers: int = 2, *, first_on_path: Path | None = None, environment: Mapping[str, str] | None = None
) -> Iterator[Cluster]:
    """Run a scheduler and workers, each in its own process; another folder can precede their package path."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    address = f"tcp://127.0.0.1:{port}"
    paths = [str(path) for path in (first_on_path, PROJECT / "src", PROJECT) if path]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(paths), **(environment or {})}
    with ExitStack() as stack:
        words = ["scheduler", "--host", "127.0.0.1", "--port", str(port), "--no-dashboard"]
        scheduler = _started(stack, words, environment, folder)
        worker = [
            "worker",
            address,
            "--nthreads",
            "1",
            "--no-nanny",
            "--no-dashboard",
            "--local-directory",
            str(folder),
        ]
        processes = [_started(stack, worker, environment, folder) for _ in range(workers)]
        _wait_for(port)
        yield Cluster(address, scheduler, processes)


def _started(stack: ExitStack, words: list[str], environment: dict[str, str], folder: Path) -> subprocess.Popen[bytes]:
    with open(folder / f"{words[0]}.log", "ab") as log:
        command = [sys.executable, "-m", f"distributed.cli.dask_{words[0]}", *words[1:]]
        process = subprocess.Popen(command, env=environment, stdout=log, stderr=log, cwd=folder)
    stack.callback(process.wait, 10)
    stack.callback(process.kill)
    return process


def _wait_for(port: int) -> None:
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return


def wait_for_workers(running: Cluster) -> None:
    """Wait until all workers have joined."""
    from distributed import Client

    with Client(running.address, set_as_default=False) as client:
        client.wait_for_workers(len(running.workers), timeout=30)


def take_time(number: int) -> tuple[int, int]:
    """Return the square of a number and the worker that computed it, after a moment; for 13 raise an MRNetError."""
    time.sleep(0.01)
    if number == 13:
        raise UsageError("13 is not counted")
    return number * number, os.getpid()


def end_worker(_: int) -> None:
    """End the worker that runs this, as a system does that has no memory left."""
    os._exit(1)


class NeedsCredentials:
    """An object that raises an error when it is unpickled, as an archive does if a process finds no credentials for it."""

    def __reduce__(self) -> tuple[object, ...]:
        return _find_credentials, ()


def _find_credentials() -> None:
    raise UsageError("no credentials were found")
