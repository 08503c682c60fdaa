"""The figure of `mrnet stats --plot`: for a page's width, for readers who see few colours, and for grey print."""

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from io import BytesIO
from itertools import product
from typing import TYPE_CHECKING, Any

from mrnet.errors import SystemLimitError, UsageError
from mrnet.plotting import load_fonts, load_matplotlib
from mrnet.statistics.figures import Figures, labelled
from mrnet.statistics.formulas import wilson
from mrnet.statistics.sentences import source_words
from mrnet.statistics.tables import whole_percent
from mrnet.text import counted, did_you_mean, shortened
from mrnet.vocabulary import FINDING_WORDS, Finding, Plane

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

WIDTH_INCHES, HEIGHT_INCHES = 180 / 25.4, 172 / 25.4
"""The text width of a page of A4, or of two columns."""
COLUMN_INCHES = 85 / 25.4
"""The width of one of two columns."""
FONT = "DejaVu Sans"
SVG_FONTS = f"'{FONT}', Verdana, Arial, Helvetica, sans-serif"
"""Fallback fonts for an SVG viewer that lacks the chart's font."""
DOTS_PER_INCH = 300
# These three of Okabe and Ito's colours differ clearly in grey too. Different markers help as well.
LOOKS = {"train": ("#0072B2", "o"), "valid": ("#E69F00", "s"), "all": ("#000000", "D")}
SETTINGS: dict[Any, Any] = {
    "font.family": FONT,  # This font comes with matplotlib, so every system draws the same letters.
    "font.size": 7,
    "text.parse_math": False,  # A path may contain dollar signs.
    "axes.titlesize": 7.5,
    "axes.titlelocation": "left",
    "axes.linewidth": 0.6,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "xtick.major.width": 0.6,
    "ytick.major.width": 0.6,
    "svg.hashsalt": "mrnet",  # Without it, the ids in an SVG are random.
    "svg.fonttype": "none",  # Keep text as text, so that it can be found, copied and edited.
    "pdf.fonttype": 42,
}
UNDATED: dict[str, dict[str, Any]] = {
    "png": {"Software": None},
    "svg": {"Date": None, "Creator": None},
    "pdf": {"CreationDate": None, "Creator": None, "Producer": None},
}
"""Metadata with time and version that each format would contain by default."""
LEFT, RIGHT = 0.125, 0.985
"""The columns of the page, as shares of its width."""
MAX_BARS = 24
MIN_COLUMNS = 5
"""Combinations that occur in MRNet-v1.0; a chart with fewer keeps the width of this many."""
NAMES = [FINDING_WORDS[finding] for finding in Finding]
STACKED = [name.replace(" ", "\n") for name in NAMES]
PANELS = {"prevalence": 59 / 25.4, "cooccurrence": 62 / 25.4, "combinations": 76 / 25.4, "slices": 119 / 25.4}
"""The panels that can be drawn alone, and their heights in inches."""
Box = tuple[float, float, float, float]
Slices = Mapping[str, Mapping[Plane, Sequence[int]]]


def check_format(suffix: str) -> str:
    """Return the format that a suffix such as `.png` names; UsageError if charts have no such format."""
    if (format := suffix.lower().removeprefix(".")) not in UNDATED:
        raise UsageError(f"--plot: the suffix {suffix!r} is unknown, expected .{', .'.join(UNDATED)}")
    return format


def check_panel(name: str) -> str:
    """Return the name of a panel; UsageError if the chart has no panel of that name."""
    if name not in PANELS:
        raise UsageError(
            f"--panel {shortened(name)!r} is unknown, expected {' or '.join(PANELS)}{did_you_mean(name, PANELS)}"
        )
    return name


def draw_chart(figures: Figures, slices: Slices, format: str, panel: str | None = None) -> bytes:
    """Return the chart of an archive's figures as the bytes of a file; the same figures give the same bytes.

    Args:
        figures: the output of `mrnet stats --format json`.
        slices: the slice counts of all series, by split (and `all`) and plane.
        format: png, svg or pdf.
        panel: the name of one panel, drawn at the width of a column; None for all.
    """
    with chart_settings():
        from matplotlib.figure import Figure

        width, height = (WIDTH_INCHES, HEIGHT_INCHES) if panel is None else (COLUMN_INCHES, PANELS[panel])
        figure = Figure(figsize=(width, height))
        splits: dict[str, Any] = dict(figures["splits"])
        apart = {name: split for name, split in splits.items() if name != "all"} or splits
        shown = splits if len(apart) > 1 else apart
        chart = _Chart(figure, letters=panel is None)
        if panel != "cooccurrence":
            _draw_legend(chart, shown if panel in (None, "prevalence") else apart)
        if panel in (None, "prevalence"):
            _draw_prevalence(chart, chart.axes((22.5, 114, 52, 40), (15, 15, 49, 29)), shown)
        if panel in (None, "cooccurrence"):
            _draw_pairs(chart, chart.axes((113, 114, 43, 40), (17, 14, 46, 38)), splits["all"])
        if panel in (None, "combinations"):
            bars = chart.axes((22.5, 65.5, 155, 25.5), (17, 29, 66, 32))
            _draw_combinations(chart, bars, chart.axes((22.5, 49.5, 155, 14.5), (17, 7, 66, 20)), apart, splits["all"])
        if panel in (None, "slices"):
            _draw_slices(chart, slices, list(apart))
        if panel is None and figures["synthetic"]:
            figure.text(RIGHT, 0.981, "Synthetic archive: no patient's data", ha="right", va="center", style="italic")
        title = "Labels and slices" if panel is None else f"Labels and slices: {panel}"
        chart.note(source_words(figures))
        return save_figure(figure, format, title, source_words(figures))


class _Chart:
    """A figure whose positions are given in millimetres from its lower left corner."""

    def __init__(self, figure: "Figure", *, letters: bool) -> None:
        self.figure = figure
        self.letters = letters
        """Whether it holds all panels, each with its letter."""
        self.width, self.height = (25.4 * inches for inches in figure.get_size_inches())

    def axes(self, among_all: Box, alone: Box, sharey: "Axes | None" = None) -> "Axes":
        """Return axes at left, bottom, width and height, in the chart of all panels or of one panel."""
        left, bottom, width, height = among_all if self.letters else alone
        box = (left / self.width, bottom / self.height, width / self.width, height / self.height)
        return self.figure.add_axes(box, sharey=sharey)

    def title(self, axes: "Axes", letter: str, text: str) -> None:
        """Write the title of a panel, with its letter where there are several."""
        axes.set_title(text, loc="left", pad=8)
        if self.letters and letter:
            axes.annotate(
                letter, (0, 1), (-6, 8), "axes fraction", "offset points", ha="right", fontsize=9, fontweight="bold"
            )

    def note(self, text: str) -> None:
        """Write what was counted into the lower left corner."""
        text = shortened(_drawable(text), 150 if self.letters else 68, mark="…")
        self.figure.text(2 / self.width, 2.2 / self.height, text, va="center", fontsize=6)


def _drawable(text: str) -> str:
    """Return a text with escapes for the letters that the chart's font lacks."""
    from matplotlib.font_manager import findfont, get_font

    font = get_font(findfont(FONT))
    return "".join(
        letter if font.get_char_index(ord(letter)) else letter.encode("unicode_escape").decode() for letter in text
    )


def save_figure(figure: "Figure", format: str, title: str, source: str) -> bytes:
    """Return a figure as a file's bytes, with its title and source as metadata and without a date."""
    file = BytesIO()
    names = {"png": ("Title", "Source"), "svg": ("Title", "Source"), "pdf": ("Title", "Subject")}[format]
    metadata = UNDATED[format] | dict(zip(names, (title, source), strict=True))
    figure.savefig(file, format=format, dpi=DOTS_PER_INCH, metadata=metadata)
    drawn = file.getvalue()
    return drawn.replace(f"'{FONT}'".encode(), SVG_FONTS.encode()) if format == "svg" else drawn


@contextmanager
def chart_settings() -> Iterator[None]:
    """Apply the chart's settings to matplotlib's defaults; the user's own settings do not count.

    Raises:
        SystemLimitError: the system refuses what matplotlib needs, such as one more open file.
    """
    load_matplotlib()
    import matplotlib

    # Charts have no date, but matplotlib reads it for every PDF, and fails if it is not a number.
    date = os.environ.pop("SOURCE_DATE_EPOCH", None)
    try:
        load_fonts()
        # `rcdefaults` would read all style files of the user.
        defaults = {name: value for name, value in matplotlib.rcParamsDefault.items() if name != "backend"}
        with matplotlib.rc_context(defaults | SETTINGS):
            yield
    except OSError as error:
        raise SystemLimitError(f"no chart can be drawn: {error}") from error
    finally:
        if date is not None:
            os.environ["SOURCE_DATE_EPOCH"] = date


def _draw_legend(chart: _Chart, splits: Mapping[str, Any]) -> None:
    from matplotlib.lines import Line2D

    handles = [
        Line2D(
            [],
            [],
            color=LOOKS[name][0],
            marker=LOOKS[name][1],
            markersize=4,
            label=f"{name} ({counted(split['cases'], 'case')})",
        )
        for name, split in splits.items()
    ]
    left = LEFT if chart.letters else 0
    spacing = 2.0 if chart.letters else 0.5
    chart.figure.legend(
        handles=handles, loc="upper left", bbox_to_anchor=(left, 1), ncols=len(handles), frameon=False,
        columnspacing=spacing, handlelength=2.0 if chart.letters else 0.9,
    )  # fmt: skip


def _complete(split: Mapping[str, Any]) -> int:
    """Return the number of cases with all three labels."""
    return sum(each["cases"] for each in split["combinations"])


def _say_empty(axes: "Axes", text: str) -> None:
    axes.text(0.5, 0.5, text, transform=axes.transAxes, ha="center", va="center")


def _draw_prevalence(chart: _Chart, axes: "Axes", splits: Mapping[str, Any]) -> None:
    """Draw each split's prevalence of each finding as a dot on its interval."""
    chart.title(axes, "A", "Prevalence with 95 % interval (Wilson)")
    step = 0.8 / len(splits)
    for number, (name, split) in enumerate(splits.items()):
        colour, marker = LOOKS[name]
        for row, finding in enumerate(Finding):
            label = split["labels"][finding]
            height = row + (number - (len(splits) - 1) / 2) * step
            known = labelled(label)
            numbers = f"{label['positive']:,} / {known:,}" if known else "unknown"
            axes.text(103, height, numbers, va="center", fontsize=6.5)
            if label["prevalence"] is None:
                continue
            low, high = label["ci95"]
            axes.plot([100 * low, 100 * high], [height] * 2, color=colour, linewidth=1.2, clip_on=False)
            axes.plot(100 * label["prevalence"], height, marker, color=colour, markersize=4, clip_on=False)
    axes.set(xlim=(0, 100), ylim=(2.6, -0.6), xlabel="positive cases (%)")
    axes.set_yticks(range(3), NAMES if chart.letters else STACKED)
    axes.tick_params("y", length=0)
    axes.grid(axis="x", color="#dddddd", linewidth=0.5)
    axes.set_axisbelow(True)


def _draw_pairs(chart: _Chart, axes: "Axes", split: Mapping[str, Any]) -> None:
    """Draw the co-occurrence matrix of all cases, with the number of cases of each finding at its margin."""
    shares, counts, known = pair_matrix(split)
    pairs = sorted({known[row][column] for row, column in product(range(3), repeat=2) if row != column})
    size = f"{pairs[0]:,}" if len(pairs) == 1 else f"{pairs[0]:,} to {pairs[-1]:,}"
    chart.title(axes, "B", f"Co-occurrence, n = {size} (% of the row's)")
    axes.imshow([[share or 0 for share in row] for row in shares], cmap="Blues", vmin=0, vmax=1, aspect="auto")
    for row, column in product(range(3), repeat=2):
        share = shares[row][column]
        text = f"{counts[row][column]:,}\n{whole_percent(share)}" if known[row][column] else "unknown"
        colour = "white" if (share or 0) > 0.7 else "black"
        axes.text(column, row, text, ha="center", va="center", color=colour)
    axes.set_xticks(range(3), STACKED)
    axes.set_yticks(range(3), STACKED)
    axes.tick_params(length=0)
    axes.spines[:].set_visible(False)
    sizes = axes.inset_axes((1.05, 0, 0.42, 1), sharey=axes)
    positive = [counts[row][row] for row in range(3)]
    sizes.barh(range(3), positive, height=0.5, color="#999999")
    for row, count in enumerate(positive):
        sizes.text(count, row, f" {count:,}" if known[row][row] else " unknown", va="center")
    sizes.text(0, 2.6, "positive\ncases", va="top")
    sizes.set_xlim(0, 1.6 * max(*positive, 1))
    sizes.spines[:].set_visible(False)
    sizes.tick_params(length=0, labelleft=False, labelbottom=False)


Matrix = list[list[int]]


def pair_matrix(split: Mapping[str, Any]) -> tuple[list[list[float | None]], Matrix, Matrix]:
    """Return three matrices, with a row and a column per finding, of the cases that have both labels.

    The share of the row's positive cases in which both are positive, the number of these, and the number of all cases.
    """
    positive = [split["labels"][finding]["positive"] for finding in Finding]
    shares: list[list[float | None]] = [[1.0 if count else None for _ in Finding] for count in positive]
    counts = [[count for _ in Finding] for count in positive]
    known = [[labelled(split["labels"][finding]) for _ in Finding] for finding in Finding]
    rows = {finding.value: number for number, finding in enumerate(Finding)}
    for pair in split["cooccurrence"]:
        a, b = rows[pair["a"]], rows[pair["b"]]
        shares[a][b], shares[b][a] = pair["p_b_given_a"], pair["p_a_given_b"]
        counts[a][b] = counts[b][a] = pair["both"]
        known[a][b] = known[b][a] = sum(pair[key] for key in ("both", "a_only", "b_only", "neither"))
    return shares, counts, known


def _draw_combinations(
    chart: _Chart, bars: "Axes", dots: "Axes", splits: Mapping[str, Any], whole: Mapping[str, Any]
) -> None:
    """Draw the combinations that occur as an UpSet plot: bars of each split's shares above a matrix of dots."""
    sizes = ", ".join(f"{name} {_complete(split):,}" for name, split in splits.items())
    title = f"Combinations, n = {sizes}"
    chart.title(
        bars, "C", f"{title}: share with 95 % interval (Wilson) and number of cases" if chart.letters else title
    )
    occurring = [combination for combination, each in enumerate(whole["combinations"]) if each["cases"]]
    order = sorted(occurring, key=lambda combination: -whole["combinations"][combination]["cases"])
    width = 0.8 / len(splits)
    for number, (name, split) in enumerate(splits.items()):
        known = _complete(split)
        for column, combination in enumerate(order if known else ()):
            cases = split["combinations"][combination]["cases"]
            middle = column + (number - (len(splits) - 1) / 2) * width
            low, high = (100 * (end or 0) for end in wilson(cases, known))
            bars.bar(middle, 100 * cases / known, width * 0.92, color=LOOKS[name][0])
            bars.plot([middle] * 2, [low, high], color="#000000", linewidth=0.8)
            bars.annotate(f"{cases:,}", (middle, high), (0, 1.5), textcoords="offset points", ha="center")
    unknown = [name for name, split in splits.items() if not _complete(split)]
    if order and unknown:
        bars.text(
            1,
            1,
            f"{', '.join(unknown)}: unknown, no case has all three labels",
            transform=bars.transAxes,
            ha="right",
            va="top",
        )
    for column, combination in enumerate(order):
        _draw_dots(dots, column, [whole["combinations"][combination][finding] for finding in Finding])
    bars.set(ylabel="cases (%)", xticks=[])
    bars.margins(y=0.15)
    if not order:
        _say_empty(bars, "no case has all three labels")
        bars.set(ylim=(0, 1), yticks=[])
    dots.set_yticks(range(3), NAMES if chart.letters else STACKED)
    dots.set(ylim=(2.6, -0.6), xticks=[])
    dots.tick_params(length=0)
    dots.spines[:].set_visible(False)
    for axes in (bars, dots):
        axes.set_xlim(-0.6, max(len(order), MIN_COLUMNS) - 0.4)


def _draw_dots(axes: "Axes", column: int, answers: Sequence[int]) -> None:
    positive = [row for row, answer in enumerate(answers) if answer]
    axes.plot([column] * 3, range(3), "o", color="#d0d0d0", markersize=6)
    axes.plot([column] * len(positive), positive, "o-", color="black", markersize=6, linewidth=1.4)


def _draw_slices(chart: _Chart, slices: Slices, splits: Sequence[str]) -> None:
    """Draw a histogram per plane: the first split as an outline, the last one filled, so that they differ in grey too."""
    every = [count for plane in Plane for count in slices["all"][plane]]
    low, high = min(every, default=0), max(every, default=1)
    step = (high - low) // MAX_BARS + 1
    edges = [edge - 0.5 for edge in range(low, high + step + 1, step)]
    first = None
    for number, plane in enumerate(Plane):
        axes = chart.axes((22.5 + number * 54, 14, 46, 25), (14, 81 - number * 34, 69, 21), sharey=first)
        first = first or axes
        sizes = " + ".join(f"{len(slices[name][plane]):,}" for name in splits)
        chart.title(axes, "D" if number == 0 else "", f"Slices: {plane}, n = {sizes}")
        for name in splits:
            counts = slices[name][plane]
            if not counts:
                continue
            share, colour = [100 / len(counts)] * len(counts), LOOKS[name][0]
            if name == splits[-1]:
                axes.hist(counts, edges, weights=share, color=colour, alpha=0.5, zorder=1)
            if name == splits[0]:
                axes.hist(counts, edges, weights=share, color=colour, histtype="step", linewidth=1.3, zorder=2)
        if not slices["all"][plane]:
            _say_empty(axes, "no series")
        outer = number == 0 if chart.letters else True
        bins = f"slices in a series (bins of {step})" if chart.letters or number == 2 else ""
        axes.set(xlim=(edges[0], edges[-1]), xlabel=bins, ylabel="series (%)" if outer else "")
        axes.tick_params("y", labelleft=outer)
