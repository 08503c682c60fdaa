"""Runs work on an existing Dask cluster, which is checked first; each failure of the cluster becomes one message."""

import importlib
import logging
import os
import pickle
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, CancelledError, Executor, Future, wait
from contextlib import contextmanager, nullcontext, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from mrnet.errors import ClusterError, MRNetError
from mrnet.storage.loop import begin
from mrnet.storage.places import Place, Url
from mrnet.text import first_of

if TYPE_CHECKING:
    from distributed import Client
    from distributed.cfexecutor import ClientExecutor

Answer = TypeVar("Answer")
SECONDS_TO_CONNECT = 10
SECONDS_TO_ANSWER = 10
SECONDS_TO_LEAVE = 2
SECONDS_BETWEEN_CHECKS = 1.0
SECONDS_TO_JOIN = 15
"""A cluster that scales with its work has no workers at first."""
SECONDS_TO_CHECK = 7
"""The check of all workers takes about a second. A worker that has not reported meanwhile is stopped; others get twice the time."""
SECONDS_OF_SILENCE = 14
"""Workers report to the scheduler about once per second, also while they compute. Dask waits five minutes for one that is stopped."""
MAX_WORKERS_NAMED = 3
SCHEDULER_LOST = "the scheduler was lost"
NO_ANSWER = "it does not answer any more; check whether it still runs"


@contextmanager
def connected(scheduler: str, reads: Place | None, writes: Path | None) -> Iterator[tuple[Executor, int]]:
    """Give the cluster behind a scheduler as an executor, and how many tasks it runs at the same time.

    Args:
        scheduler: its address, such as `tcp://10.0.0.1:8786`.
        reads: the archive, which its workers must see too.
        writes: the folder that they write to; it must be the same folder on all machines.

    Raises:
        MissingExtraError: Dask is not installed. ClusterError: there is no cluster, or it cannot do this work.
    """
    try:
        from distributed import Client, KilledWorker, Security
        from distributed.comm import CommClosedError, parse_address
        from distributed.comm.registry import get_backend
    except ImportError:
        from mrnet.installation import missing_extra

        raise missing_extra("--scheduler", "dask") from None
    _silence_logs()
    if scheduler.startswith(("tls:", "wss:")) and not Security().get_connection_args("client").get("ssl_context"):
        raise ClusterError(
            f"{scheduler}: no certificates for it; set distributed.comm.tls in the configuration of Dask"
        )
    protocol, _ = parse_address(scheduler)
    try:
        # A client without a connector prints tracebacks for 20 seconds.
        get_backend(protocol).get_connector()
    except Exception as error:  # noqa: BLE001 - each protocol is a package of its own, with its own errors
        raise ClusterError(
            f"{scheduler}: Dask cannot use {protocol} here ({_first_line(error)}); name an address with tcp://"
        ) from None
    try:
        client = _within(
            SECONDS_TO_CONNECT, lambda: Client(scheduler, timeout=SECONDS_TO_CONNECT, set_as_default=False)
        )
    except Exception as error:  # noqa: BLE001 - whatever its class, nothing has answered
        raise ClusterError(
            f"{scheduler}: no Dask scheduler answers there ({_first_line(error)}); start one: dask scheduler"
        ) from None
    state = _State(scheduler)
    try:
        try:
            _within(SECONDS_TO_JOIN + SECONDS_BETWEEN_CHECKS, lambda: _wait_for_workers(client, scheduler))
            before = _workers(client)
            checked = begin(lambda: _check(client, scheduler, reads, writes))
            if not wait([checked], SECONDS_TO_CHECK).done:
                _check_silence(client, scheduler, before)
            at_once = checked.result(SECONDS_TO_CHECK)
        except (TimeoutError, CommClosedError):
            raise ClusterError(f"{scheduler}: {NO_ANSWER}") from None
        threading.Thread(target=_watch, args=(client, state), daemon=True).start()
        # Not pure: if files have changed, the same task must run again instead of returning a cached result.
        executor = client.get_executor(pure=False)
        try:
            yield _WatchedExecutor(executor, state), at_once
        except KilledWorker as error:
            raise ClusterError(f"{scheduler}: workers died one after another on the same batch: {error}") from None
        except (CancelledError, CommClosedError):
            raise ClusterError(
                f"{scheduler}: {state.loss or SCHEDULER_LOST}; the work begun there is not kept"
            ) from None
    finally:
        state.ended.set()
        with suppress(Exception):
            _within(SECONDS_TO_LEAVE, lambda: client.close(timeout=SECONDS_TO_LEAVE))


@dataclass
class _State:
    """What is known about a cluster while it works."""

    scheduler: str
    ended: threading.Event = field(default_factory=threading.Event)
    loss: str = ""
    """Why it can do no more work; empty while it can."""
    silent: frozenset[str] = frozenset()
    """Workers that have not reported for long."""
    alive: tuple[str, ...] = ()


class _WatchedExecutor(Executor):
    """Submits work to a cluster, and waits for it only as long as the scheduler answers and has workers."""

    def __init__(self, executor: "ClientExecutor", state: _State) -> None:
        self.executor = executor
        self.state = state

    def submit(self, function: Callable[..., Any], /, *arguments: Any, **options: Any) -> "_WatchedFuture":
        # Send bytes: the scheduler unpickles other arguments too, and would open the archive, for which it lacks credentials.
        task = pickle.dumps((function, arguments, options))
        return _WatchedFuture(lambda: self._send(task), self.state)

    def _send(self, task: bytes) -> Future[Any]:
        options = {"workers": list(self.state.alive), "allow_other_workers": True} if self.state.silent else {}
        sent: Future[Any] = self.executor.submit(_run_pickled, task, **options)
        return sent


def _run_pickled(task: bytes) -> Any:
    try:
        function, arguments, options = pickle.loads(task)  # noqa: S301 - only the client of this work sends tasks
    except MRNetError as error:
        raise ClusterError(f"a worker cannot open the archive: {error}") from None
    return function(*arguments, **options)


class _WatchedFuture(Future[Any]):
    """The result of a task. If a worker falls silent the task is sent again, because that worker may have it."""

    def __init__(self, send: Callable[[], Future[Any]], state: _State) -> None:
        super().__init__()
        self.send = send
        self.state = state
        self.silent = state.silent
        self.sent = [send()]

    def result(self, timeout: float | None = None) -> Any:  # noqa: ARG002 - no caller sets a shorter time
        while True:
            done = wait(self.sent, SECONDS_BETWEEN_CHECKS, return_when=FIRST_COMPLETED).done
            if done:
                return done.pop().result()
            if self.state.loss:
                raise CancelledError
            if self.state.silent - self.silent:
                self.sent.append(self.send())
            self.silent = self.state.silent


def _first_line(error: Exception) -> str:
    return str(error).partition("\n")[0] or type(error).__name__


def _silence_logs() -> None:
    """Silence Dask's logs of workers that join and leave, and of lost connections; errors that end the work are raised."""
    for name in logging.root.manager.loggerDict:
        # Dask's configuration gives some of them a level of their own.
        if name.partition(".")[0] in {"distributed", "tornado", "asyncio"}:
            logging.getLogger(name).setLevel(logging.CRITICAL)


def _watch(client: "Client", state: _State) -> None:
    """Ask the scheduler for its workers at intervals, and note who is silent."""
    reports: dict[str, tuple[float, float]] = {}
    """The last report of each worker, by the scheduler's clock, and when it was new here."""
    last_worker = time.monotonic()
    while not state.ended.wait(SECONDS_BETWEEN_CHECKS):
        try:
            workers = _workers(client)
        except Exception:  # noqa: BLE001 - whatever its class, nothing has answered
            state.loss = SCHEDULER_LOST
            return
        now = time.monotonic()
        reports = {
            address: before
            if (before := reports.get(address)) and before[0] == worker["last_seen"]
            else (worker["last_seen"], now)
            for address, worker in workers.items()
        }
        last_worker = now if reports else last_worker
        silent = frozenset(address for address, (_, new) in reports.items() if now - new > SECONDS_OF_SILENCE)
        if not reports and now - last_worker > SECONDS_TO_JOIN:
            state.loss = f"it has had no workers for {SECONDS_TO_JOIN} seconds"
            return
        if reports and len(silent) == len(reports):
            state.loss = f"its workers have not answered for {SECONDS_OF_SILENCE} seconds"
            return
        state.alive = tuple(reports.keys() - silent)
        for address in silent - state.silent:
            logging.getLogger(__name__).warning(
                "mrnet: %s: worker %s has not answered for %g seconds; others repeat its work",
                state.scheduler, address, SECONDS_OF_SILENCE,
            )  # fmt: skip
        state.silent = silent


def _workers(client: "Client") -> dict[str, Any]:
    """Return what the scheduler knows about its workers, by their addresses; raise any error if it does not answer."""
    import asyncio

    asked = client.scheduler.identity()
    answer = asyncio.run_coroutine_threadsafe(asked, client.loop.asyncio_loop).result(SECONDS_TO_ANSWER)
    workers: dict[str, Any] = answer["workers"]
    return workers


def _check_silence(client: "Client", scheduler: str, before: dict[str, Any]) -> None:
    """Raise a ClusterError that names the workers that have not reported since before."""
    now = _workers(client)
    silent = [name for name in now if name in before and now[name]["last_seen"] == before[name]["last_seen"]]
    if silent:
        raise ClusterError(
            f"{scheduler}: no answer from worker {first_of(silent, MAX_WORKERS_NAMED)}; end or restart what is stopped there, "
            "then run this again"
        )


def _within(seconds: float, function: "Callable[[], Answer]") -> "Answer":
    """Call a function that may wait forever, for example for a silent port; TimeoutError if it does not return in time."""
    try:
        return begin(function).result(seconds + SECONDS_BETWEEN_CHECKS)
    except TimeoutError:
        raise TimeoutError(f"no answer in {seconds} seconds") from None


def _wait_for_workers(client: "Client", scheduler: str) -> None:
    try:
        client.wait_for_workers(1, timeout=SECONDS_TO_JOIN)
    except TimeoutError:
        raise ClusterError(f"{scheduler}: it has no workers; start some: dask worker {scheduler}") from None


def _check(client: "Client", scheduler: str, reads: Place | None, writes: Path | None) -> int:
    """Return how many tasks the workers take at once; ClusterError where one of them cannot do this work."""
    versions = client.get_versions()
    for worker, found in versions["workers"].items():
        _expect(scheduler, f"worker {worker}", "Python", _python_of(found), _python_of(versions["client"]))
    needs = ["mrnet", "obstore"] if isinstance(reads, Url) else ["mrnet"]
    here, _ = _probe()(needs, [])
    with tempfile.NamedTemporaryFile(dir=writes, prefix=".mrnet-") if writes else nullcontext() as mark:
        # A folder of that name is not enough: the file in it shows whether it is the same folder.
        paths = [path for path in (reads, Path(mark.name) if mark else None) if isinstance(path, Path)]
        answers = client.run(_probe(), needs, [_as_seen_here(path) for path in paths])
    _check_answer(scheduler, "scheduler", here, *client.run_on_scheduler(_probe(), ["mrnet"], []))
    for worker, answer in answers.items():
        _check_answer(scheduler, f"worker {worker}", here, *answer)
    return sum(client.nthreads().values())


def _check_answer(
    scheduler: str, who: str, here: dict[str, str | None], found: dict[str, str | None], missing: str | None
) -> None:
    for package, version in found.items():
        _expect(scheduler, who, package, version, here[package])
    if missing:
        raise ClusterError(
            f"{scheduler}: its {who} does not see {missing}, or sees another file there; put it where all "
            "machines see it under the same path (an archive may also be in object storage)"
        )


def _expect(scheduler: str, who: str, what: str, found: str | None, expected: str | None) -> None:
    if found != expected:
        raise ClusterError(
            f"{scheduler}: its {who} has {what} {found or '(not installed)'}, expected {expected} as here; install the "
            "same there"
        )


def _python_of(versions: dict[str, Any]) -> str:
    return ".".join(versions["host"]["python"].split(".")[:2])


def _as_seen_here(path: Path) -> tuple[str, int | None]:
    return str(path.absolute()), path.stat().st_size if path.is_file() else None


def _probe() -> Any:
    # An inner function is pickled as code, not as a name in a package that the workers may lack.
    def probe(needs: list[str], wanted: list[tuple[str, int | None]]) -> tuple[dict[str, str | None], str | None]:
        found: dict[str, str | None] = {}
        for name in needs:
            try:
                found[name] = getattr(importlib.import_module(name), "__version__", "any")
            except ImportError:
                found[name] = None
        for path, size in wanted:
            if not os.path.exists(path) or size not in (None, os.stat(path).st_size):
                return found, path
        return found, None

    return probe
