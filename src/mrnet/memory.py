"""The memory that threads share, so that it does not grow with their number."""

import os
import threading
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from functools import cache
from io import BytesIO

MAX_VOLUMES_BYTES = 96 << 20
"""For the volumes that all threads of a process hold; some fifty ordinary series fit in. If each is copied, twice as much is needed."""
MAX_PIECES_BYTES = 80 << 20
"""Some twenty-five ordinary series of a remote zip, each of which comes as one piece, and inflates to another."""
MIN_LARGE_BYTES = 8 << 20
"""Pictures that need less are drawn a fifth faster if the C library keeps freed memory."""
M_MMAP_THRESHOLD, MIN_RETURNED_BYTES = -3, 1 << 20
"""A parameter of glibc's `mallopt` (malloc.h), and its value; glibc begins with 128 KiB and raises it."""


class Memory:
    """Memory that threads share. A thread waits until enough is free; one that needs more than all of it waits until all is free.

    A thread that has some already does not wait for more: otherwise all threads could wait for each other.
    """

    def __init__(self, total: int) -> None:
        self.total = total
        self.taken = 0
        self.holders: Counter[int] = Counter()
        self.changed = threading.Condition()

    @contextmanager
    def taking(self, amount: int) -> Iterator[None]:
        """Wait until this many bytes are free, and reserve them for the block."""
        if amount > MIN_LARGE_BYTES:
            return_freed_memory()
        thread = threading.get_ident()
        with self.changed:
            self.changed.wait_for(lambda: self.taken == 0 or self.holders[thread] or self.taken + amount <= self.total)
            self.taken += amount
            self.holders[thread] += 1
        try:
            yield
        finally:
            with self.changed:
                self.taken -= amount
                self.holders[thread] -= 1
                self.changed.notify_all()


VOLUMES = Memory(MAX_VOLUMES_BYTES)
"""For work that keeps nothing of a volume but some figures, and for the viewer's server; pictures and pages have bounds of their own."""
PIECES = Memory(MAX_PIECES_BYTES)
"""For the pieces of files that all threads of a process have read and still use. A thread takes it after the others."""


@cache
def return_freed_memory() -> None:
    """Let the C library of Linux return large blocks to the system; it keeps freed blocks of up to 32 MB for each thread."""
    _c_library("mallopt", M_MMAP_THRESHOLD, MIN_RETURNED_BYTES)


def joined(pieces: Iterable[bytes], length: int) -> bytes:
    """Return pieces of some length together as one; if it is large, they are never in memory twice."""
    if length <= MIN_LARGE_BYTES:
        return b"".join(pieces)
    data = BytesIO()
    for piece in pieces:
        data.write(piece)
    return data.getvalue()


def used_memory() -> int:
    """Return how many bytes this process has for itself, without shared files such as programs; 0 where Linux does not tell."""
    try:
        with open("/proc/self/statm", encoding="ascii") as file:
            _, resident, shared, *_ = map(int, file.read().split())
    except (OSError, ValueError):
        return 0
    return (resident - shared) * os.sysconf("SC_PAGE_SIZE")


def return_all_memory() -> None:
    """Let the C library of Linux return every free page to the system."""
    _c_library("malloc_trim", 0)


def _c_library(name: str, *arguments: int) -> None:
    """Call a function of the C library, where it has one of this name."""
    import ctypes

    with suppress(AttributeError, OSError, TypeError):
        getattr(ctypes.CDLL(None), name)(*arguments)
