"""What the commands that write many files say about them: the cells of the table, and the totals below it."""

from collections.abc import Iterable

from mrnet.text import megabytes
from mrnet.writing import FAILED, SAME, WRITTEN

MAX_ROWS_SHOWN = 24
"""With more files, the expected size is printed first, and the table shows only those that failed (in a dry run all)."""


def size_and_status(size: int | None, status: str, *, dry_run: bool) -> tuple[str, str]:
    """Return the size of a file in bytes, if it is known, and its status as cells of the table."""
    return "–" if size is None else megabytes(size), "to write" if dry_run and status == WRITTEN else status


def summary(what: str, files: Iterable[tuple[int | None, str]], *, dry_run: bool) -> str:
    """Return how many files were written, were there already, and failed, from the size and the status of each."""
    sizes: dict[str, list[int | None]] = {WRITTEN: [], SAME: [], FAILED: []}
    for size, status in files:
        sizes[status].append(size)
    known = [size for size in sizes[WRITTEN] if size is not None]
    words = {WRITTEN: "to write" if dry_run else "written", SAME: "there already", FAILED: "failed"}
    counts = {status: f"{len(found):,} {words[status]}" for status, found in sizes.items() if found}
    if known:
        counts[WRITTEN] += f" ({megabytes(sum(known))})"
    return f"{what}: {', '.join(counts.values())}."
