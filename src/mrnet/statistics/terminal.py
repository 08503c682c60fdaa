"""Figures drawn with characters, the splits side by side within 80 columns; they need no colour."""

from collections.abc import Callable, Iterable, Iterator
from functools import partial
from math import ceil

from rich.console import Console, ConsoleOptions, RenderableType, RenderResult
from rich.table import Table
from rich.text import Text

from mrnet.statistics.counting import Count
from mrnet.statistics.figures import ALL, CombinationFigures, SliceFigures, SplitFigures, labelled
from mrnet.statistics.origin import tool_words
from mrnet.statistics.sentences import all_sentences
from mrnet.statistics.tables import NONE, percent, whole_percent
from mrnet.text import counted, safe
from mrnet.vocabulary import Finding, Plane

NAMES, COLUMN, GAP = 8, 22, 2
"""Widths in characters: the names and three splits fill 80 columns."""
CELL = COLUMN // 3
BARS = " ▁▂▃▄▅▆▇█"
EIGHTHS = " ▏▎▍▌▋▊▉█"
SHADES = " ░▒▓█"


def draw_figures(count: Count) -> Iterator[RenderableType]:
    """Yield what `mrnet stats` shows in a terminal."""
    figures = count.figures
    made_up = " (synthetic)" if figures["synthetic"] else ""
    splits = {name: split for name, split in figures["splits"].items() if name != ALL or len(figures["splits"]) != 2}
    yield Text(f"{safe(figures['archive'])}{made_up}", "bold")
    yield Text(safe(tool_words(figures["selection"])))
    yield _section(splits, {"": lambda split: Text(counted(split["cases"], "case"))}, header=True)
    yield _heading("Prevalence", "positive, per cent; ▒ spans Wilson's 95 % interval")
    yield _section(splits, {name: partial(_prevalence, name=name) for name in Finding})
    yield _heading("Co-occurrence", "cases with both, and their share of the row's cases")
    yield _section(
        splits, {"": lambda _: _cells(["abn.", "acl", "men."]), **{name: partial(_row, name=name) for name in Finding}}
    )
    complete = "" if all(map(_is_complete, splits.values())) else ", of the cases with all three labels"
    yield _heading("Combinations", f"● positive ○ negative: abnormal, acl, meniscus; no other occurs{complete}")
    yield _section(splits, dict(_combinations(splits)))
    yield _heading("Slices", "min [p25 median p75] max; mean ± standard deviation")
    yield _slices(splits, count)
    if sentences := all_sentences(figures):
        yield Text("\n".join(["", *sentences]))


def _is_complete(split: SplitFigures) -> bool:
    return not any(label["missing"] for label in split["labels"].values())


def _heading(title: str, note: str) -> Text:
    return Text.assemble("\n", (title, "bold"), f"  {note}")


def _section(
    splits: dict[str, SplitFigures], rows: dict[str, Callable[[SplitFigures], Text]], *, header: bool = False
) -> "SideBySide":
    """Return a table with a column per split; each row is a name and a function from a split's figures to the cell."""
    cells = [(name, [cell(split) for split in splits.values()]) for name, cell in rows.items()]
    return SideBySide(list(splits), cells, header=header)


class SideBySide:
    """A table with a column per split, as many side by side as fit the width."""

    def __init__(self, splits: list[str], rows: list[tuple[str, list[Text]]], *, header: bool = False) -> None:
        self.splits, self.rows, self.header = splits, rows, header

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        beside = max(1, (options.max_width - NAMES) // (COLUMN + GAP))
        for start in range(0, len(self.splits), beside):
            several = beside < len(self.splits)
            yield self._part(slice(start, start + beside), options.max_width, header=self.header or several)

    def _part(self, part: slice, width: int, *, header: bool) -> Table:
        table = Table(box=None, show_header=header, header_style="bold", pad_edge=False, padding=(0, GAP, 0, 0))
        table.add_column(min_width=NAMES, no_wrap=True)
        for name in self.splits[part]:
            table.add_column(name, width=min(COLUMN, width - NAMES - GAP), overflow="fold")
        for name, cells in self.rows:
            table.add_row(name, *cells[part])
        return table


def _prevalence(split: SplitFigures, name: str) -> Text:
    label = split["labels"][name]
    low, high = label["ci95"]
    if label["prevalence"] is None or low is None or high is None:
        return Text(NONE)
    numbers = f"{label['positive']:5,} {percent(label['prevalence']):>5} {percent(low)}–{percent(high)}"
    numbers += f"\n      of {labelled(label):,} labelled" if label["missing"] else ""
    sure, spans = round(low * COLUMN), round(high * COLUMN)
    return Text.assemble(numbers, "\n", ("█" * sure, "cyan"), ("▒" * max(spans - sure, 1), "cyan"))


def _row(split: SplitFigures, name: str) -> Text:
    """Draw one row of the co-occurrence matrix: counts, and below them the shares of this finding's cases."""
    counts, shares = zip(*(_together(split, name, other) for other in Finding), strict=True)
    shaded = [NONE if share is None else f"{SHADES[round(share * 4)]} {whole_percent(share):>4}" for share in shares]
    return Text.assemble(
        _cells([NONE if count is None else f"{count:,}" for count in counts]), "\n", Text(str(_cells(shaded)), "cyan")
    )


def _together(split: SplitFigures, name: str, other: str) -> tuple[int | None, float | None]:
    """Return how many cases have both findings, and their share of the cases with the first; None where it is unknown."""
    for pair in split["cooccurrence"]:
        if {pair["a"], pair["b"]} == {name, other}:
            known = pair["both"] + pair["a_only"] + pair["b_only"] + pair["neither"]
            share = pair["p_b_given_a"] if pair["a"] == name else pair["p_a_given_b"]
            return (pair["both"] if known else None), share
    label = split["labels"][name]
    return (label["positive"] if labelled(label) else None), 1.0 if label["positive"] else None


def _cells(texts: Iterable[str]) -> Text:
    return Text("".join(f"{text:>{CELL}}" for text in texts))


def _combinations(splits: dict[str, SplitFigures]) -> Iterator[tuple[str, Callable[[SplitFigures], Text]]]:
    """Yield a row for each combination that occurs, the most frequent first."""
    occurring = [
        number for number in range(8) if any(split["combinations"][number]["cases"] for split in splits.values())
    ]
    *_, whole = splits.values()
    tallest = max((each["share"] or 0 for split in splits.values() for each in split["combinations"]), default=0) or 1
    for number in sorted(occurring, key=lambda number: -whole["combinations"][number]["cases"]):
        dots = _dots(whole["combinations"][number])
        yield dots, partial(_combination, number=number, tallest=tallest)


def _dots(combination: CombinationFigures) -> str:
    """Draw the answers as an UpSet's dots, a line joining the positive ones."""
    answers = [combination["abnormal"], combination["acl"], combination["meniscus"]]
    drawn = "●" if answers[0] else "○"
    for number in (1, 2):
        joined = any(answers[:number]) and any(answers[number:])
        drawn += ("─" if joined else " ") + ("●" if answers[number] else "○")
    return drawn


def _combination(split: SplitFigures, number: int, tallest: float) -> Text:
    combination = split["combinations"][number]
    share = combination["share"]
    if share is None:
        return Text(NONE)
    numbers = f"{combination['cases']:5,} {percent(share) + '%':>6} "
    return Text.assemble(numbers, (_bar(share / tallest, COLUMN - len(numbers)), "cyan"))


def _bar(share: float, width: int) -> str:
    whole, eighths = divmod(round(share * width * 8), 8)
    return "█" * whole + EIGHTHS[eighths].strip()


def _slices(splits: Iterable[str], count: Count) -> SideBySide:
    splits = list(splits)
    rows = []
    for plane in Plane:
        every = [slices for split in splits for slices in count.slices[split][plane]]
        cells = []
        for split in splits:
            bars = _sparkline(count.slices[split][plane], min(every, default=0), max(every, default=0))
            numbers = _slice_numbers(count.figures["splits"][split]["slices"][plane])
            cells.append(Text.assemble((bars, "cyan"), "\n", numbers) if bars else Text(NONE))
        rows.append((plane.value, cells))
    return SideBySide(splits, rows)


def _slice_numbers(slices: SliceFigures) -> str:
    low, *middle, high = (_short(slices[key]) for key in ("min", "p25", "median", "p75", "max"))
    return f"{low} [{' '.join(middle)}] {high}\n{_short(slices['mean'])} ± {_short(slices['std'])}"


def _short(number: float | None) -> str:
    return NONE if number is None else f"{number:.1f}".removesuffix(".0")


def _sparkline(slices: list[int], low: int, high: int) -> str:
    """Draw a histogram of whole numbers from low to high; the bars are as wide as needed to fit."""
    if not slices:
        return ""
    width = (high - low) // COLUMN + 1
    bars = [0] * ((high - low) // width + 1)
    for number in slices:
        bars[(number - low) // width] += 1
    # Every count above 0 is visible: only an empty bar is blank.
    return "".join(BARS[ceil(bar / max(bars) * (len(BARS) - 1))] for bar in bars)
