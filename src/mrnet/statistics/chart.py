"""The figure of `mrnet stats --plot`: made for a page's width, for eyes that see few colours, and for grey print."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from io import BytesIO
from itertools import product
from typing import TYPE_CHECKING, Any

from mrnet.errors import UsageError
from mrnet.statistics.figures import Figures
from mrnet.statistics.sentences import source_words
from mrnet.text import counted
from mrnet.vocabulary import FINDING_WORDS, Finding, Plane

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

WIDTH, HEIGHT = 180 / 25.4, 170 / 25.4
"""Inches: the text width of a page of A4, or of two columns."""
COLUMN_WIDTH = 85 / 25.4
"""Inches: the width of one of two columns."""
FONT = "DejaVu Sans"
SVG_FONTS = f"'{FONT}', Verdana, Arial, Helvetica, sans-serif"
"""What a viewer may take where it lacks the font that the chart was laid out with."""
DOTS_PER_INCH = 300
# Of Okabe and Ito's colours these three are far apart in grey too; markers tell them apart once more.
LOOKS = {"train": ("#0072B2", "o"), "valid": ("#E69F00", "s"), "all": ("#000000", "D")}
SETTINGS: dict[Any, Any] = {
    "font.family": FONT,  # It comes with matplotlib: the same letters on every system.
    "font.size": 7,
    "axes.titlesize": 7.5,
    "axes.titlelocation": "left",
    "axes.linewidth": 0.6,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "xtick.major.width": 0.6,
    "ytick.major.width": 0.6,
    "svg.hashsalt": "mrnet",  # Else the names in an SVG are random.
    "svg.fonttype": "none",  # Text stays text, which can be found, copied and edited.
    "pdf.fonttype": 42,
}
UNDATED: dict[str, dict[str, Any]] = {
    "png": {"Software": None},
    "svg": {"Date": None, "Creator": None},
    "pdf": {"CreationDate": None, "Creator": None, "Producer": None},
}
"""What each format would else say of time and version."""
LEFT, RIGHT = 0.125, 0.985
"""The columns of the page, as shares of its width."""
MAX_BARS = 24
MIN_COLUMNS = 5
"""As many combinations occur in MRNet-v1.0; a chart of fewer keeps their width."""
NAMES = [FINDING_WORDS[finding] for finding in Finding]
Slices = Mapping[str, Mapping[Plane, Sequence[int]]]


def check_format(suffix: str) -> str:
    """Return the format that a suffix such as `.png` names; UsageError where charts have no such."""
    if (format := suffix.lower().removeprefix(".")) not in UNDATED:
        raise UsageError(f"--plot: the suffix {suffix!r} is unknown, expected .{', .'.join(UNDATED)}")
    return format


def draw_chart(figures: Figures, slices: Slices, format: str) -> bytes:
    """Return the chart of an archive's figures as a file's bytes, the same at every call.

    Args:
        figures: what `mrnet stats --format json` gives.
        slices: the slice counts of all series, by split (and `all`) and plane.
        format: png, svg or pdf.
    """
    with chart_settings():
        from matplotlib.figure import Figure

        figure = Figure(figsize=(WIDTH, HEIGHT))
        splits = figures["splits"]
        apart = {name: split for name, split in splits.items() if name != "all"} or splits
        shown = splits if len(apart) > 1 else apart
        _draw_legend(figure, shown, synthetic=figures["synthetic"])
        _draw_prevalence(figure.add_axes((LEFT, 0.67, 0.29, 0.235)), shown)
        _draw_pairs(figure.add_axes((0.63, 0.67, 0.24, 0.235)), splits["all"])
        _draw_combinations(figure, apart, splits["all"])
        _draw_slices(figure, slices, list(apart))
        return save_figure(figure, format, "Labels and slices", source_words(figures))


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
    """Set what the chart needs, on top of matplotlib's own defaults and not of the user's."""
    import matplotlib

    with matplotlib.rc_context():
        matplotlib.rcdefaults()
        matplotlib.rcParams.update(SETTINGS)
        yield


def _title(axes: "Axes", letter: str, text: str) -> None:
    axes.set_title(text, loc="left", pad=8)
    axes.annotate(letter, (0, 1), (-6, 8), "axes fraction", "offset points", ha="right", fontsize=9, fontweight="bold")


def _draw_legend(figure: "Figure", splits: Mapping[str, Any], *, synthetic: bool) -> None:
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
    figure.legend(handles=handles, loc="upper left", bbox_to_anchor=(LEFT, 1), ncols=len(handles), frameon=False)
    if synthetic:
        figure.text(RIGHT, 0.981, "Synthetic archive: no patient's data", ha="right", va="center", style="italic")


def _say_empty(axes: "Axes", text: str) -> None:
    axes.text(0.5, 0.5, text, transform=axes.transAxes, ha="center", va="center")


def _draw_prevalence(axes: "Axes", splits: Mapping[str, Any]) -> None:
    """Draw each split's prevalence of each finding as a dot on its interval."""
    _title(axes, "A", "Prevalence with 95 % interval (Wilson)")
    step = 0.8 / len(splits)
    for place, (name, split) in enumerate(splits.items()):
        colour, marker = LOOKS[name]
        for row, finding in enumerate(Finding):
            label = split["labels"][finding]
            height = row + (place - (len(splits) - 1) / 2) * step
            known = label["positive"] + label["negative"]
            axes.text(103, height, f"{label['positive']:,} / {known:,}", va="center", fontsize=6.5)
            if label["prevalence"] is None:
                continue
            low, high = label["ci95"]
            axes.plot([100 * low, 100 * high], [height] * 2, color=colour, linewidth=1.2, clip_on=False)
            axes.plot(100 * label["prevalence"], height, marker, color=colour, markersize=4, clip_on=False)
    axes.set(xlim=(0, 100), ylim=(2.6, -0.6), xlabel="positive cases (%)")
    axes.set_yticks(range(3), NAMES)
    axes.tick_params("y", length=0)
    axes.grid(axis="x", color="#dddddd", linewidth=0.5)
    axes.set_axisbelow(True)


def _draw_pairs(axes: "Axes", split: Mapping[str, Any]) -> None:
    """Draw the co-occurrence matrix of all cases, with the findings' own sizes at its margin."""
    _title(axes, "B", "Co-occurrence in all cases (% of the row's)")
    shares, counts = pair_matrix(split)
    axes.imshow([[share or 0 for share in row] for row in shares], cmap="Blues", vmin=0, vmax=1, aspect="auto")
    for row, column in product(range(3), repeat=2):
        share = shares[row][column]
        percent = "–" if share is None else f"{100 * share:.0f} %"
        colour = "white" if (share or 0) > 0.7 else "black"
        axes.text(column, row, f"{counts[row][column]:,}\n{percent}", ha="center", va="center", color=colour)
    stacked = [name.replace(" ", "\n") for name in NAMES]
    axes.set_xticks(range(3), stacked)
    axes.set_yticks(range(3), stacked)
    axes.tick_params(length=0)
    axes.spines[:].set_visible(False)
    sizes = axes.inset_axes((1.05, 0, 0.42, 1), sharey=axes)
    positive = [counts[row][row] for row in range(3)]
    sizes.barh(range(3), positive, height=0.5, color="#999999")
    for row, count in enumerate(positive):
        sizes.text(count, row, f" {count:,}", va="center")
    sizes.text(0, 2.6, "positive\ncases", va="top")
    sizes.set_xlim(0, 1.6 * max(*positive, 1))
    sizes.spines[:].set_visible(False)
    sizes.tick_params(length=0, labelleft=False, labelbottom=False)


def pair_matrix(split: Mapping[str, Any]) -> tuple[list[list[float | None]], list[list[int]]]:
    """Return, by row and column finding, the share of the row's cases that have both, and how many have."""
    positive = [split["labels"][finding]["positive"] for finding in Finding]
    shares: list[list[float | None]] = [[1.0 if count else None for _ in Finding] for count in positive]
    counts = [[count for _ in Finding] for count in positive]
    places = {finding.value: place for place, finding in enumerate(Finding)}
    for pair in split["cooccurrence"]:
        a, b = places[pair["a"]], places[pair["b"]]
        shares[a][b], shares[b][a] = pair["p_b_given_a"], pair["p_a_given_b"]
        counts[a][b] = counts[b][a] = pair["both"]
    return shares, counts


def _draw_combinations(figure: "Figure", splits: Mapping[str, Any], whole: Mapping[str, Any]) -> None:
    """Draw the combinations that occur as an UpSet plot: bars of each split's shares above a matrix of dots."""
    bars, dots = (
        figure.add_axes((LEFT, bottom, RIGHT - LEFT, height)) for bottom, height in ((0.385, 0.15), (0.29, 0.085))
    )
    _title(bars, "C", "Combinations of findings: share and number of cases (those not shown do not occur)")
    occurring = [place for place, each in enumerate(whole["combinations"]) if each["cases"]]
    order = sorted(occurring, key=lambda place: -whole["combinations"][place]["cases"])
    width = 0.8 / len(splits)
    for number, (name, split) in enumerate(splits.items()):
        for column, place in enumerate(order):
            each = split["combinations"][place]
            middle, percent = column + (number - (len(splits) - 1) / 2) * width, 100 * (each["share"] or 0)
            bars.bar(middle, percent, width * 0.92, color=LOOKS[name][0])
            bars.annotate(f"{each['cases']:,}", (middle, percent), (0, 1.5), textcoords="offset points", ha="center")
    for column, place in enumerate(order):
        _draw_dots(dots, column, [whole["combinations"][place][finding] for finding in Finding])
    bars.set(ylabel="cases (%)", xticks=[])
    bars.margins(y=0.15)
    if not order:
        _say_empty(bars, "no case has all three labels")
        bars.set(ylim=(0, 1), yticks=[])
    dots.set_yticks(range(3), NAMES)
    dots.set(ylim=(2.6, -0.6), xticks=[])
    dots.tick_params(length=0)
    dots.spines[:].set_visible(False)
    for axes in (bars, dots):
        axes.set_xlim(-0.6, max(len(order), MIN_COLUMNS) - 0.4)


def _draw_dots(axes: "Axes", column: int, answers: Sequence[int]) -> None:
    positive = [row for row, answer in enumerate(answers) if answer]
    axes.plot([column] * 3, range(3), "o", color="#d0d0d0", markersize=6)
    axes.plot([column] * len(positive), positive, "o-", color="black", markersize=6, linewidth=1.4)


def _draw_slices(figure: "Figure", slices: Slices, splits: Sequence[str]) -> None:
    """Draw a histogram a plane: the first split as an outline, the last filled, which tells them apart in grey."""
    every = [count for plane in Plane for count in slices["all"][plane]]
    low, high = min(every, default=0), max(every, default=1)
    step = (high - low) // MAX_BARS + 1
    edges = [edge - 0.5 for edge in range(low, high + step + 1, step)]
    first = None
    for number, plane in enumerate(Plane):
        axes = figure.add_axes((LEFT + number * 0.3, 0.065, 0.26, 0.15), sharey=first)
        first = first or axes
        _title(axes, "D" if number == 0 else "", f"Slices in a series: {plane}")
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
        axes.set(xlim=(edges[0], edges[-1]), xlabel="slices", ylabel="series (%)" if number == 0 else "")
        axes.tick_params("y", labelleft=number == 0)
