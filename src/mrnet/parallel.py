"""One ordered map over many series: all processors, a bounded number under way, a failure kept as a value."""

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

from mrnet.errors import MRNetError

Item = TypeVar("Item")
Result = TypeVar("Result")

UNDER_WAY_PER_WORKER = 2
"""Enough that no worker waits for the next item, few enough that memory does not grow with the archive."""


def default_jobs() -> int:
    """Return the number of processors that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def ordered_map(
    function: Callable[[Item], Result], items: Iterable[Item], jobs: int | None = None
) -> Iterator[tuple[Item, Result | MRNetError]]:
    """Yield each item with what the function makes of it, in the items' order.

    An MRNetError that the function raises takes the result's place; anything else that it raises ends the map.
    The work is done by threads: it pays where the function spends its time outside the interpreter's lock, as
    hashing, inflating, reading and encoding do. When the caller stops early, what has not begun is dropped and
    what has begun is waited for.

    Args:
        function: must be safe to run in several threads at once.
        items: taken as they are needed.
        jobs: how many to run at once; None for every processor that this process may use.
    """
    workers = jobs or default_jobs()
    under_way: deque[tuple[Item, Future[Result]]] = deque()
    pool = ThreadPoolExecutor(workers)
    try:
        for item in items:
            under_way.append((item, pool.submit(function, item)))
            if len(under_way) > workers * UNDER_WAY_PER_WORKER:
                yield _wait_for_first(under_way)
        while under_way:
            yield _wait_for_first(under_way)
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def _wait_for_first(under_way: deque[tuple[Item, Future[Result]]]) -> tuple[Item, Result | MRNetError]:
    item, future = under_way.popleft()
    try:
        return item, future.result()
    except MRNetError as error:
        return item, error
