"""Detects that the memory is too short for numpy, before numpy is imported."""

import sys

from mrnet.errors import SystemLimitError

MIN_FREE_BYTES = 200 << 20
"""Numpy, its linear algebra and a chart of matplotlib reserve this much; they use only a part of it."""


class MemoryFinder:
    """Import hook that finds no module, but refuses numpy where memory is short.

    With too little memory OpenBLAS, numpy's linear algebra, ends the process with status 1 or hangs. Python cannot
    catch that, so unfinished files would remain.
    """

    @staticmethod
    def find_spec(name: str, _path: object = None, _target: object = None) -> None:
        """Raise a SystemLimitError if numpy is imported where memory is short."""
        if name == "numpy":
            check_memory()


def check_memory() -> None:
    """Reserve memory and give it back; SystemLimitError if the system refuses it."""
    import mmap

    try:
        mmap.mmap(-1, MIN_FREE_BYTES).close()
    except OSError as error:
        raise SystemLimitError(
            f"the system gives this process no more memory; expected {MIN_FREE_BYTES >> 20} MiB more for numpy; raise its "
            "limits (see ulimit -v)"
        ) from error


def refuse_numpy_if_memory_is_short() -> None:
    """Check the memory when numpy is imported, whichever command or library imports it."""
    if MemoryFinder not in sys.meta_path:
        sys.meta_path.insert(0, MemoryFinder)
