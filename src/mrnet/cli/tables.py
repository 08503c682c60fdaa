"""Tables for people: aligned columns; no name or number is broken at any width."""

import textwrap
from collections.abc import Container, Iterable, Sequence
from itertools import groupby
from typing import TYPE_CHECKING

from mrnet.cli.streams import USUAL_COLUMNS
from mrnet.text import safe

if TYPE_CHECKING:
    from rich.segment import Segments

GAP = 2
INDENT = 2
"""Indent of a row's further lines, in columns."""
MIN_PROSE_COLUMNS = 20


class Table:
    """Rows below a header; cells that do not fit beside the others go to a further line.

    Rich's own table cuts off long cells, and takes half a millisecond per row to measure each cell.
    """

    def __init__(
        self, head: Sequence[str], rows: Iterable[Sequence[str]], *, left: Container[str], prose: str | None = None,
        indent: int = 0,
    ) -> None:  # fmt: skip
        """Lay out rows.

        Args:
            head: the columns' names.
            rows: a text for each column.
            left: the columns that are not numbers; they are aligned at the left.
            prose: the last column, if it has sentences that may be broken between words.
            indent: blanks before each line.
        """
        self.rows = [[safe(cell) for cell in row] for row in (head, *rows)]
        self.left = [name in left or name == prose for name in head]
        self.prose = prose is not None
        self.indent = indent
        self.widths = [max(map(_width, column)) for column in zip(*self.rows, strict=True)]

    def segments(self, columns: int | None) -> "Segments":
        """Return the lines for Rich to print, the head bold.

        Args:
            columns: the width; None for a pipe, where each row is one line, except its prose.
        """
        from rich.segment import Segment, Segments
        from rich.style import Style

        layout = self._layout(columns)
        first, *others = (self._row(row, layout, columns or USUAL_COLUMNS) for row in self.rows)
        return Segments([Segment(f"{first}\n", Style(bold=True)), *(Segment(f"{row}\n") for row in others)])

    def _layout(self, columns: int | None) -> list[int]:
        """Return the line of each column: 0 beside the first, 1 below it, and so on."""
        line, used, lines = 0, self.indent - GAP, []
        last = len(self.widths) - 1
        for column, width in enumerate(self.widths):
            needed = min(width, MIN_PROSE_COLUMNS) if self.prose and column == last else width
            if columns is not None and used + GAP + needed > columns and column:
                line, used = line + 1, self.indent + INDENT - GAP
            used += GAP + width
            lines.append(line)
        return lines

    def _row(self, row: Sequence[str], layout: list[int], columns: int) -> str:
        return "\n".join(
            " " * (self.indent + (INDENT if line else 0)) + self._line(row, [column for column, _ in part], columns)
            for line, part in groupby(enumerate(layout), key=lambda each: each[1])
        )

    def _line(self, row: Sequence[str], part: list[int], columns: int) -> str:
        *cells, last = (self._cell(row[column], column) for column in part)
        before = "".join(f"{cell}{' ' * GAP}" for cell in cells)
        if not (self.prose and part[-1] == len(self.widths) - 1):
            return f"{before}{last}".rstrip()
        start = self.indent + (INDENT if part[0] else 0) + len(before)
        return before + f"\n{' ' * start}".join(_wrapped(row[-1], max(MIN_PROSE_COLUMNS, columns) - start))

    def _cell(self, text: str, column: int) -> str:
        blanks = " " * (self.widths[column] - _width(text))
        return text + blanks if self.left[column] else blanks + text


def _wrapped(text: str, columns: int) -> list[str]:
    return textwrap.wrap(text, max(1, columns), break_long_words=False, break_on_hyphens=False) or [""]


def _width(text: str) -> int:
    """Return how many columns a text takes: East Asian characters take two."""
    if text.isascii():
        return len(text)
    from rich.cells import cell_len

    return cell_len(text)
