"""One ordered map over many items: by threads, processes or a cluster; few under way, failures kept as values."""

import os
import signal
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import chain, islice
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from mrnet.errors import MRNetError
from mrnet.storage.places import Place

if TYPE_CHECKING:
    from concurrent.futures import Executor, Future

Item = TypeVar("Item")
Result = TypeVar("Result")

UNDER_WAY_PER_WORKER = 2
"""Enough that no worker waits for the next item, few enough that memory does not grow with the archive."""
LIGHT_BATCH_ITEMS = 100
"""A header that lies near takes less time to read than to hand to a thread."""
MIN_SECONDS_FOR_THREADS = 1e-4
"""For each light item: more of them are waited for by several threads, fewer are over sooner in one."""
CLUSTER_BATCH_ITEMS = 15
"""Handed to a cluster one by one, even whole volumes cost more to hand over than to work on."""
MIN_REMOTE_VOLUMES = 12
"""Whole volumes read from afar at once, at least: a network is filled by several, and each of them takes memory."""


@dataclass(frozen=True, slots=True)
class Workers:
    """Who works: threads or processes here, or a cluster."""

    jobs: int | None = None
    """How many at once; None for as many as suit the work."""
    readers: int = 1
    """How many headers are best read at once; see `Storage.readers`."""
    scheduler: str | None = None
    """The address of a Dask scheduler, whose workers are to do it."""
    reads: Place | None = None
    """The archive, which a cluster's workers must see too."""
    writes: Path | None = None
    """The folder that they write to, which must be the same everywhere."""

    def at_once(self, *, light: bool) -> int:
        """Return how many threads or processes work here."""
        if self.jobs is not None:
            return self.jobs
        if self.readers == 1:
            return default_jobs()
        return self.readers if light else max(MIN_REMOTE_VOLUMES, default_jobs())

    def batch(self, *, light: bool) -> int:
        """Return how many items are handed over together."""
        if self.scheduler is not None:
            return CLUSTER_BATCH_ITEMS
        return LIGHT_BATCH_ITEMS if light and self.readers == 1 else 1


ALL_PROCESSORS = Workers()
"""Threads or processes on every processor that this process may use."""
MAX_WORKERS = 61
"""Windows cannot wait for more processes at once."""


def default_jobs() -> int:
    """Return the number of processors that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def ordered_map(
    function: Callable[[Item], Result],
    items: Iterable[Item],
    workers: Workers = ALL_PROCESSORS,
    *,
    light: bool = False,
    processes: bool = False,
) -> Iterator[tuple[Item, Result | MRNetError]]:
    """Yield each item with what the function makes of it, in the items' order.

    An MRNetError that the function raises takes the result's place; anything else that it raises ends the map.
    When the caller stops early, what has not begun is dropped and what has begun is waited for.

    Args:
        function: must be safe to run several times at once, and twice for one item; for processes and clusters it and
            the items must be picklable.
        items: taken as they are needed.
        workers: who works.
        light: an item takes next to no time but for waiting (a header).
        processes: work in processes, for functions that hold the interpreter's lock (drawing); threads cost less and
            do where it is released (hashing, inflating, reading, encoding).
    """
    under_way: deque[tuple[list[Item], Future[list[Result | MRNetError]]]] = deque()
    batches = _batches(items, workers.batch(light=light))
    first, second = next(batches, []), next(batches, [])
    if workers.scheduler is None and (not second or (light and workers.readers == 1)):
        # One batch is done here and now: `mrnet info 0001` need not even import what threads need.
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
            under_way.append((batch, executor.submit(run_batch, function, batch)))
            if len(under_way) > at_once * UNDER_WAY_PER_WORKER:
                yield from _first(under_way)
        while under_way:
            yield from _first(under_way)


def run_batch(function: Callable[[Item], Result], batch: list[Item]) -> list[Result | MRNetError]:
    """Return what a function makes of each item; this is what is handed to threads, processes and clusters."""
    results: list[Result | MRNetError] = []
    for item in batch:
        try:
            results.append(function(item))
        except MRNetError as error:
            results.append(error)
    return results


def _first(
    under_way: "deque[tuple[list[Item], Future[list[Result | MRNetError]]]]",
) -> Iterator[tuple[Item, Result | MRNetError]]:
    batch, future = under_way.popleft()
    yield from zip(batch, future.result(), strict=True)


def _batches(items: Iterable[Item], size: int) -> Iterator[list[Item]]:
    remaining = iter(items)
    while batch := list(islice(remaining, size)):
        yield batch


@contextmanager
def _executor(workers: Workers, *, light: bool, processes: bool) -> "Iterator[tuple[Executor, int]]":
    """Give what works, and how many at once."""
    if workers.scheduler is not None:
        from mrnet.cluster import connected

        with connected(workers.scheduler, workers.reads, workers.writes) as (executor, at_once):
            yield executor, at_once
        return
    at_once = min(workers.at_once(light=light), MAX_WORKERS)
    pool: Executor
    if processes:
        from concurrent.futures import ProcessPoolExecutor

        pool = ProcessPoolExecutor(at_once, initializer=_leave_interrupts_to_parent)
    else:
        from concurrent.futures import ThreadPoolExecutor

        pool = ThreadPoolExecutor(at_once)
    try:
        yield pool, at_once
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def _leave_interrupts_to_parent() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
