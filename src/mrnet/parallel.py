"""One ordered map over many items, with threads, processes or a cluster; few run at once, failures become values."""

import errno
import math
import os
import signal
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from itertools import chain, islice
from pathlib import Path
from typing import TYPE_CHECKING, Generic, TypeVar

from mrnet.errors import MRNetError, ServerLostError, SystemLimitError
from mrnet.storage.places import Place

if TYPE_CHECKING:
    from concurrent.futures import Executor, Future

Item = TypeVar("Item")
Result = TypeVar("Result")

UNDER_WAY_PER_WORKER = 2
"""Enough that no worker waits for the next item, few enough that memory does not grow with the archive."""
LIGHT_BATCH_ITEMS = 100
"""Reading a header from a local disk takes less time than handing it to a thread."""
MIN_SECONDS_FOR_THREADS = 1e-4
"""Per light item: if an item takes longer, several threads are faster; if it takes less, one is."""
CLUSTER_BATCH_ITEMS = 15
"""Even a whole volume takes longer to send to a cluster by itself than to process."""
MIN_REMOTE_VOLUMES = 12
"""The least number of volumes read from a remote archive at once: one alone does not fill the network, and each needs memory."""
MAX_UNDER_WAY_BYTES = 64 << 20
"""For items whose results are as large as volumes, from the start of each until the caller has used its result."""


@dataclass(frozen=True, slots=True)
class Workers:
    """Where work runs: in threads or processes of this machine, or on a cluster."""

    jobs: int | None = None
    """How many items to process at once; None for the number that suits the work."""
    readers: int = 1
    """How many headers to read at once; see `Storage.readers`."""
    scheduler: str | None = None
    """The address of the Dask scheduler whose workers do the work."""
    reads: Place | None = None
    """The archive, which a cluster's workers must see too."""
    writes: Path | None = None
    """The folder that a cluster's workers write to; it must be the same folder on all machines."""

    def at_once(self, *, light: bool) -> int:
        """Return how many threads or processes work here."""
        if self.jobs is not None:
            return self.jobs
        if self.readers == 1:
            return default_jobs()
        return self.readers if light else max(MIN_REMOTE_VOLUMES, default_jobs())

    def batch(self, *, light: bool) -> int:
        """Return how many items are sent together."""
        if self.scheduler is not None:
            return CLUSTER_BATCH_ITEMS
        return LIGHT_BATCH_ITEMS if light and self.readers == 1 else 1


class Flag:
    """A flag that a signal's handler may set. `threading.Event` takes a lock, for which a second signal would wait forever."""

    def __init__(self) -> None:
        self._is_set = False

    def set(self) -> None:
        self._is_set = True

    def is_set(self) -> bool:
        return self._is_set


stopping = Flag()
"""Set when the user or the system ends this process: then it does not wait for running work."""
_pools: "list[Executor]" = []

ALL_PROCESSORS = Workers()
"""As many threads or processes as this process may use processors."""
OWN_GROUPS, ALL_GROUPS = Path("/proc/self/cgroup"), Path("/sys/fs/cgroup")
MAX_WORKERS = 61
"""Windows cannot wait for more processes at once."""
NO_MORE_PROCESSES = {errno.EAGAIN, errno.ENOMEM}
"""Errors of a system that refuses to start one more process."""


def default_jobs() -> int:
    """Return the number of processors that this process may use: those that it may run on, but not more than its quota."""
    count = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return max(1, min([count, *map(math.ceil, _quotas())]))


def _quotas() -> Iterator[float]:
    """Yield how many processors each control group of this process grants (Linux; this is how containers limit them)."""
    try:
        groups = OWN_GROUPS.read_text().splitlines()
    except OSError:
        return
    for group in groups:
        _, controllers, path = group.split(":", 2)
        root = ALL_GROUPS if not controllers else ALL_GROUPS / "cpu" if "cpu" in controllers.split(",") else None
        if root is None:
            continue
        own = root / path.strip("/")
        for folder in (own, *(above for above in own.parents if above.is_relative_to(root))):
            with suppress(OSError, ValueError, ZeroDivisionError):
                quota, period = _quota_files(folder, new=not controllers)
                if int(quota) > 0:
                    yield int(quota) / int(period)


def _quota_files(folder: Path, *, new: bool) -> list[str]:
    """Return the quota and the period of a control group, in microseconds; ValueError or OSError where it has none."""
    if new:
        return (folder / "cpu.max").read_text().split()
    return [(folder / name).read_text() for name in ("cpu.cfs_quota_us", "cpu.cfs_period_us")]


@dataclass(frozen=True, slots=True)
class _UnderWay(Generic[Item, Result]):
    """Items that are being processed, or whose results wait to be used."""

    items: list[Item]
    results: "Future[list[Result | MRNetError]]"
    bytes: int


def ordered_map(
    function: Callable[[Item], Result],
    items: Iterable[Item],
    workers: Workers = ALL_PROCESSORS,
    *,
    light: bool = False,
    processes: bool = False,
    bytes_of: Callable[[Item], int] | None = None,
) -> Iterator[tuple[Item, Result | MRNetError]]:
    """Yield each item with the function's result for it, in the items' order.

    If the function raises an MRNetError, the error is the result, except a SystemLimitError and a ServerLostError: they
    and any other exception end the map.
    If the caller stops early, items that have not begun are dropped, and those that have begun are awaited.

    Args:
        function: must be safe to run several times at once, and twice for one item; for processes and clusters it and
            the items must be picklable.
        items: taken only when a worker needs them.
        workers: where the work runs.
        light: an item takes almost no time except for waiting (a header).
        processes: use processes, for functions that hold the interpreter's lock (drawing); threads cost less, and they
            suffice for functions that release it (hashing, inflating, reading, encoding).
        bytes_of: the memory that an item needs until its result is used; an item waits if more than MAX_UNDER_WAY_BYTES
            would be needed together.
    """
    under_way: deque[_UnderWay[Item, Result]] = deque()
    batches = _batches(items, 1 if bytes_of else workers.batch(light=light))
    first, second = next(batches, []), next(batches, [])
    if workers.scheduler is None and (not second or (light and workers.readers == 1)):
        # A single batch runs in this thread, so that `mrnet info 0001` need not import the modules for threads.
        begun = time.perf_counter()
        results = run_batch(function, first)
        quick = time.perf_counter() - begun < MIN_SECONDS_FOR_THREADS * len(first)
        yield from zip(first, results, strict=True)
        first = []
        if quick or not second:
            for batch in chain(filter(None, [second]), batches):
                yield from zip(batch, run_batch(function, batch), strict=True)
            return
    with _executor(workers, light=light, processes=processes) as (executor, at_once):
        for batch in chain(filter(None, (first, second)), batches):
            needed = sum(map(bytes_of, batch)) if bytes_of else 0
            while needed and under_way and needed + sum(each.bytes for each in under_way) > MAX_UNDER_WAY_BYTES:
                yield from _first(under_way)
            under_way.append(_UnderWay(batch, _submit(executor, function, batch), needed))
            if len(under_way) > at_once * UNDER_WAY_PER_WORKER:
                yield from _first(under_way)
        while under_way:
            yield from _first(under_way)


def _submit(
    executor: "Executor", function: Callable[[Item], Result], batch: list[Item]
) -> "Future[list[Result | MRNetError]]":
    try:
        return executor.submit(run_batch, function, batch)
    except OSError as error:
        if error.errno not in NO_MORE_PROCESSES:
            raise
        raise SystemLimitError(
            f"the system starts no more processes for this run ({error.strerror}); raise its limits, or use --jobs 1"
        ) from error


def run_batch(function: Callable[[Item], Result], batch: list[Item]) -> list[Result | MRNetError]:
    """Return the function's result for each item; threads, processes and clusters run this."""
    results: list[Result | MRNetError] = []
    for item in batch:
        try:
            results.append(function(item))
        except (SystemLimitError, ServerLostError):
            raise
        except MRNetError as error:
            results.append(error)
    return results


def _first(under_way: "deque[_UnderWay[Item, Result]]") -> Iterator[tuple[Item, Result | MRNetError]]:
    from concurrent.futures import BrokenExecutor

    if stopping.is_set():
        raise KeyboardInterrupt
    first = under_way.popleft()
    try:
        results = first.results.result()
    except BrokenExecutor:
        raise SystemLimitError(
            "a process that worked for this run was ended from outside, as happens when memory runs out; use --jobs 1"
        ) from None
    yield from zip(first.items, results, strict=True)


def _batches(items: Iterable[Item], size: int) -> Iterator[list[Item]]:
    remaining = iter(items)
    while batch := list(islice(remaining, size)):
        yield batch


@contextmanager
def _executor(workers: Workers, *, light: bool, processes: bool) -> "Iterator[tuple[Executor, int]]":
    """Give the executor, and how many batches it runs at once."""
    if workers.scheduler is not None:
        from mrnet.cluster import connected

        with connected(workers.scheduler, workers.reads, workers.writes) as (executor, at_once):
            yield executor, at_once
        return
    at_once = min(workers.at_once(light=light), MAX_WORKERS)
    if processes:
        # They do nothing but compute, and each needs memory for itself.
        at_once = min(at_once, os.cpu_count() or 1)
    from concurrent.futures import ThreadPoolExecutor

    pool = (_process_pool(at_once) if processes else None) or ThreadPoolExecutor(at_once)
    _pools.append(pool)
    try:
        yield pool, at_once
    except KeyboardInterrupt:
        stopping.set()
        raise
    finally:
        _pools.remove(pool)
        if stopping.is_set():
            _end(pool)
        else:
            pool.shutdown(wait=True, cancel_futures=True)


def _process_pool(at_once: int) -> "Executor | None":
    """Return a pool of processes; None where the system lacks the semaphores that they share (in `/dev/shm`)."""
    from concurrent.futures import ProcessPoolExecutor

    try:
        return ProcessPoolExecutor(at_once, initializer=_begin_process)
    except (OSError, ImportError, NotImplementedError):
        return None


def _begin_process() -> None:
    """Leave the terminal's signals to the parent, and end when it ends, even if it is killed."""
    import multiprocessing

    for name in ("SIGINT", "SIGHUP", "SIGBREAK"):
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    parent = multiprocessing.parent_process()

    def end_with_parent() -> None:
        if parent is not None:
            parent.join()
            os._exit(1)

    try:
        threading.Thread(target=end_with_parent, daemon=True).start()
    except RuntimeError:
        # The system gives no more threads. The parent reports that this process ended.
        os._exit(1)


def abandon() -> None:
    """End the processes that work for this one, without waiting for them or for a lock, which a stopped thread may hold."""
    for pool in list(_pools):
        _kill_processes(pool)


def _end(pool: "Executor") -> None:
    _kill_processes(pool)
    pool.shutdown(wait=False, cancel_futures=True)


def _kill_processes(pool: "Executor") -> None:
    # Python 3.14 has a method for this; in older versions only a private attribute lists the processes.
    for process in list((getattr(pool, "_processes", None) or {}).values()):
        process.kill()
