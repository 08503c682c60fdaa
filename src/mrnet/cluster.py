"""Runs work on an existing Dask cluster, which is checked first; each failure of the cluster becomes one message."""

import importlib
import logging
import os
import pickle
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import CancelledError, Executor, Future
from contextlib import contextmanager, nullcontext, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from mrnet.errors import ClusterError, MRNetError
from mrnet.storage.places import Place, Url
from mrnet.storage.waiting import begin

if TYPE_CHECKING:
    from distributed import Client

Answer = TypeVar("Answer")
SECONDS_TO_CONNECT = 10
SECONDS_TO_ANSWER = 10
SECONDS_TO_LEAVE = 2
SECONDS_BETWEEN_CHECKS = 1.0
SECONDS_TO_JOIN = 30
"""A cluster that scales with its work has no workers at first."""
SECONDS_OF_SILENCE = 60
"""Workers report to the scheduler about once per second. Dask itself waits five minutes for one that is stopped."""
SCHEDULER_LOST = "the scheduler was lost"


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
    ended = threading.Event()
    losses: list[str] = []
    try:
        try:
            at_once = _within(2 * SECONDS_TO_JOIN, lambda: _check(client, scheduler, reads, writes))
        except (TimeoutError, CommClosedError):
            raise ClusterError(f"{scheduler}: it does not answer any more; check whether it still runs") from None
        threading.Thread(target=_watch, args=(client, ended, losses), daemon=True).start()
        # Not pure: if files have changed, the same task must run again instead of returning a cached result.
        executor = client.get_executor(pure=False)
        try:
            yield _WatchedExecutor(executor, losses), at_once
        except KilledWorker as error:
            raise ClusterError(f"{scheduler}: workers died one after another on the same batch: {error}") from None
        except (CancelledError, CommClosedError):
            loss = "".join(losses) or SCHEDULER_LOST
            raise ClusterError(f"{scheduler}: {loss}; the work begun there is not kept") from None
    finally:
        ended.set()
        with suppress(Exception):
            _within(SECONDS_TO_LEAVE, lambda: client.close(timeout=SECONDS_TO_LEAVE))


class _WatchedExecutor(Executor):
    """Submits work to a cluster, and waits for it only as long as the scheduler answers and has workers."""

    def __init__(self, executor: Executor, losses: list[str]) -> None:
        self.executor = executor
        self.losses = losses

    def submit(self, function: Callable[..., Any], /, *arguments: Any, **options: Any) -> "_WatchedFuture":
        # Send bytes: the scheduler unpickles other arguments too, and would open the archive, for which it lacks credentials.
        task = pickle.dumps((function, arguments, options))
        return _WatchedFuture(self.executor.submit(_run_pickled, task), self.losses)


def _run_pickled(task: bytes) -> Any:
    try:
        function, arguments, options = pickle.loads(task)  # noqa: S301 - only the client of this work sends tasks
    except MRNetError as error:
        raise ClusterError(f"a worker cannot open the archive: {error}") from None
    return function(*arguments, **options)


class _WatchedFuture(Future[Any]):
    def __init__(self, future: Future[Any], losses: list[str]) -> None:
        super().__init__()
        self.future = future
        self.losses = losses

    def result(self, timeout: float | None = None) -> Any:  # noqa: ARG002 - no caller sets a shorter time
        while True:
            try:
                return self.future.result(timeout=SECONDS_BETWEEN_CHECKS)
            except TimeoutError:
                # A task may have failed with the same exception.
                if self.future.done():
                    raise
                if self.losses:
                    raise CancelledError from None


def _first_line(error: Exception) -> str:
    return str(error).partition("\n")[0] or type(error).__name__


def _silence_logs() -> None:
    """Silence Dask's logs of workers that join and leave, and of lost connections; errors that end the work are raised."""
    for name in logging.root.manager.loggerDict:
        # Dask's configuration gives some of them a level of their own.
        if name.partition(".")[0] in {"distributed", "tornado", "asyncio"}:
            logging.getLogger(name).setLevel(logging.CRITICAL)


def _watch(client: "Client", ended: threading.Event, losses: list[str]) -> None:
    """Ask the scheduler for its workers at intervals. Add a loss if it does not answer, or if they are silent for long."""
    import asyncio

    reports: dict[str, float] = {}
    last_report = time.monotonic()
    while not ended.wait(SECONDS_BETWEEN_CHECKS):
        try:
            asked = client.scheduler.identity()
            answer = asyncio.run_coroutine_threadsafe(asked, client.loop.asyncio_loop).result(SECONDS_TO_ANSWER)
        except Exception:  # noqa: BLE001 - whatever its class, nothing has answered
            losses.append(SCHEDULER_LOST)
            return
        before, reports = reports, {address: worker["last_seen"] for address, worker in answer["workers"].items()}
        silence = time.monotonic() - last_report
        if reports and reports != before:
            last_report = time.monotonic()
        elif not reports and silence > SECONDS_TO_JOIN:
            losses.append(f"it has had no workers for {SECONDS_TO_JOIN} seconds")
            return
        elif silence > SECONDS_OF_SILENCE:
            losses.append(f"its workers have not answered for {SECONDS_OF_SILENCE} seconds")
            return


def _within(seconds: float, function: "Callable[[], Answer]") -> "Answer":
    """Call a function that may wait forever, for example for a silent port; TimeoutError if it does not return in time."""
    try:
        return begin(function).result(seconds + SECONDS_BETWEEN_CHECKS)
    except TimeoutError:
        raise TimeoutError(f"no answer in {seconds} seconds") from None


def _check(client: "Client", scheduler: str, reads: Place | None, writes: Path | None) -> int:
    """Return how many tasks the workers take at once; ClusterError where one of them cannot do this work."""
    try:
        client.wait_for_workers(1, timeout=SECONDS_TO_JOIN)
    except TimeoutError:
        raise ClusterError(f"{scheduler}: it has no workers; start some: dask worker {scheduler}") from None
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
