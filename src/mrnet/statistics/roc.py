"""The figure of `mrnet compare --plot`: the ROC curves of scores, at the width of one column."""

from typing import TYPE_CHECKING

from mrnet.statistics.agreement import Agreement, Agreements
from mrnet.statistics.chart import COLUMN_INCHES, chart_settings, save_figure
from mrnet.statistics.formulas import roc_curve
from mrnet.text import shortened
from mrnet.vocabulary import FINDING_WORDS, Finding

if TYPE_CHECKING:
    from matplotlib.axes import Axes

STYLES = {
    Finding.ABNORMAL: ("#000000", "-"),
    Finding.ACL: ("#0072B2", "--"),
    Finding.MENISCUS: ("#E69F00", "-."),
}
"""Okabe and Ito's colours, which differ in grey too, and the dashes of the curves."""
HEIGHT_INCHES = COLUMN_INCHES * 1.34
"""The axes are a square of 0.82 columns. The legend is below them, because a poor model's curve goes through every corner."""


def draw_roc(compared: Agreements, title: str, format: str) -> bytes:
    """Return the ROC curves as the bytes of a file; the same scores give the same bytes.

    Args:
        compared: two sources; the other one has scores.
        title: what was compared, for the figure and its metadata.
        format: png, svg or pdf.
    """
    with chart_settings():
        from matplotlib.figure import Figure

        figure = Figure(figsize=(COLUMN_INCHES, HEIGHT_INCHES))
        axes = figure.add_axes((0.14, 0.42 / 1.34, 0.82, 0.82 / 1.34))
        axes.plot([0, 1], [0, 1], color="#bbbbbb", linewidth=0.6)
        for each in compared.agreements:
            if each.scored:
                _draw_curve(axes, each)
        axes.set(xlim=(-0.01, 1.01), ylim=(-0.01, 1.01), xlabel="1 − specificity", ylabel="sensitivity", aspect="equal")
        figure.legend(loc="upper left", bbox_to_anchor=(0.12, 0.3 / 1.34), frameon=False, handlelength=2.8)
        mean = "" if compared.mean_auc is None else f"mean AUC of the three findings {compared.mean_auc:.3f}"
        figure.text(0.14, 0.975, shortened(title, 58, mark="…"), va="center")
        figure.text(0.14, 0.945, mean, va="center")
        return save_figure(figure, format, "ROC curves", title)


def _draw_curve(axes: "Axes", agreement: Agreement) -> None:
    negative, positive = agreement.scores
    area, (low, high) = agreement.auc
    colour, dashes = STYLES[agreement.finding]
    name = f"{FINDING_WORDS[agreement.finding]} ({len(positive):,} of {len(positive) + len(negative):,} positive)"
    if area is None:
        axes.plot([], [], color=colour, linestyle=dashes, label=f"{name}\nno area: only one kind of case")
        return
    shown = f"{area:.3f}" if low is None or high is None else f"{area:.3f} ({low:.3f} to {high:.3f})"
    axes.plot(
        *roc_curve(positive, negative), color=colour, linestyle=dashes, linewidth=1.2, label=f"{name}\nAUC {shown}"
    )
