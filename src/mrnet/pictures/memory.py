"""The memory that pictures share, so that it does not grow with --jobs, --scale and the number of pictures."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress

from mrnet.parallel import Memory

MAX_DRAWING_BYTES = 1 << 27
"""For all pictures that are drawn at the same time; ten ordinary GIFs at scale 8 fit in."""
MAX_LOADED_BYTES = 24 << 20
"""For the volumes of all pictures at work; some twelve ordinary series fit in."""
MIN_LARGE_BYTES = 8 << 20
"""Pictures that need less are drawn a fifth faster if the C library keeps freed memory."""
M_MMAP_THRESHOLD, MIN_RETURNED_BYTES = -3, 1 << 20
"""A parameter of glibc's `mallopt` (malloc.h), and its value; glibc begins with 128 KiB and raises it."""

LOADED, DRAWN = Memory(MAX_LOADED_BYTES), Memory(MAX_DRAWING_BYTES)
"""Shared by all threads of a process. A thread takes LOADED before DRAWN; in this order two threads never wait for each other."""


@contextmanager
def drawing(amount: int) -> Iterator[None]:
    """Reserve memory for drawing; while a large picture is drawn, freed memory goes back to the system at once."""
    if amount > MIN_LARGE_BYTES:
        _return_freed_memory()
    with DRAWN.taking(amount):
        yield


def _return_freed_memory() -> None:
    """Let the C library of Linux return large blocks to the system; it keeps freed blocks of up to 32 MB for each thread."""
    import ctypes

    with suppress(AttributeError, OSError, TypeError):
        ctypes.CDLL(None).mallopt(M_MMAP_THRESHOLD, MIN_RETURNED_BYTES)
