"""One ordered map over many series: all processors, a bounded number under way, a failure kept as a value."""

import os
import signal
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from typing import TypeVar

from mrnet.errors import MRNetError

Item = TypeVar("Item")
Result = TypeVar("Result")

UNDER_WAY_PER_WORKER = 2
"""Enough that no worker waits for the next item, few enough that memory does not grow with the archive."""

MOST_WORKERS = 61
"""Windows cannot wait for more processes at once."""


def default_jobs() -> int:
    """Return the number of processors that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def ordered_map(
    function: Callable[[Item], Result], items: Iterable[Item], jobs: int | None = None, *, processes: bool = False
) -> Iterator[tuple[Item, Result | MRNetError]]:
    """Yield each item with what the function makes of it, in the items' order.

    An MRNetError that the function raises takes the result's place; anything else that it raises ends the map.
    When the caller stops early, what has not begun is dropped and what has begun is waited for.

    Args:
        function: must be safe to run several times at once.
        items: taken as they are needed.
        jobs: how many to run at once; None for every processor that this process may use.
        processes: work in processes, for functions that hold the interpreter's lock (drawing); threads cost less and
            do where it is released (hashing, inflating, reading, encoding).
    """
    workers = min(jobs or default_jobs(), MOST_WORKERS)
    under_way: deque[tuple[Item, Future[Result]]] = deque()
    pool: Executor
    if processes:
        from concurrent.futures import ProcessPoolExecutor

        pool = ProcessPoolExecutor(workers, initializer=_leave_interrupts_to_parent)
    else:
        pool = ThreadPoolExecutor(workers)

    def wait_for_first() -> tuple[Item, Result | MRNetError]:
        item, future = under_way.popleft()
        try:
            return item, future.result()
        except MRNetError as error:
            return item, error

    try:
        for item in items:
            under_way.append((item, pool.submit(function, item)))
            if len(under_way) > workers * UNDER_WAY_PER_WORKER:
                yield wait_for_first()
        while under_way:
            yield wait_for_first()
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def _leave_interrupts_to_parent() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
