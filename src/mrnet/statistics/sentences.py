"""The figures in words: how the splits differ, and which cases were left out."""

from collections.abc import Iterator

from mrnet.statistics.figures import ALL, Figures, LabelFigures, labelled
from mrnet.statistics.formulas import equality_p, holm
from mrnet.statistics.origin import selection_words
from mrnet.statistics.tables import whole_percent
from mrnet.text import safe
from mrnet.vocabulary import FINDING_WORDS, Finding, Split


def all_sentences(figures: Figures) -> list[str]:
    """Return every sentence that these figures need."""
    return [*shift_sentences(figures), *missing_sentences(figures)]


LEVEL = 0.05
CAVEAT = (
    "MRNet's owners drew valid by stratified sampling, and some patients have several exams; the intervals and p-values treat "
    "the exams as independent and drawn at random."
)


def source_words(figures: Figures) -> str:
    """Return the chosen cases, the version of mrnet that counted them, and the archive."""
    made_up = ", synthetic" if figures["synthetic"] else ""
    # A chart shortens this text at its end; there, the path is the part that matters least.
    chosen = selection_words(figures["selection"])
    return safe(f"{chosen}, counted by mrnet {figures['tool']['version']}: {figures['archive']}{made_up}")


def shift_sentences(figures: Figures) -> list[str]:
    """Return sentences on the findings whose prevalence differs between the splits, does not differ, or is unknown.

    There are three comparisons, so the p-values are adjusted (Holm).
    """
    if "split_shift" not in figures:
        return []
    p_values = {finding: _p_value(figures, finding) for finding in Finding}
    known = {finding: p for finding, p in p_values.items() if p is not None}
    adjusted = dict(zip(known, holm(list(known.values())), strict=True))
    different = [finding for finding in known if adjusted[finding] < LEVEL]
    sentences = [
        f"The splits are not alike: {FINDING_WORDS[finding]} in {_shift_words(figures, finding, adjusted[finding])}."
        for finding in different
    ]
    if alike := [finding for finding in known if finding not in different]:
        shown = "; ".join(f"{FINDING_WORDS[each]} in {_shift_words(figures, each, adjusted[each])}" for each in alike)
        sentences.append(f"No difference between the splits is shown in: {shown}.")
    for finding in Finding:
        if finding not in known:
            lacking = [split for split in Split if not labelled(figures["splits"][split]["labels"][finding])]
            sentences.append(f"{FINDING_WORDS[finding]}: unknown, no labels in {' and '.join(lacking)}.")
    return [*sentences, CAVEAT] if known else sentences


def _p_value(figures: Figures, finding: Finding) -> float | None:
    train, valid = (figures["splits"][split]["labels"][finding] for split in Split)
    return equality_p(valid["positive"], labelled(valid), train["positive"], labelled(train))


def _shift_words(figures: Figures, finding: Finding, p: float) -> str:
    train, valid = (figures["splits"][split]["labels"][finding]["prevalence"] for split in Split)
    shift = figures["split_shift"][finding]
    points = [100 * number for number in (shift["difference"], *shift["ci95"]) if number is not None]
    p_words = "p < 0.001" if p < 0.001 else f"p = {p:.3f}"
    return (
        f"{whole_percent(valid)} of valid, {whole_percent(train)} of train, a difference of {points[0]:+.1f} points "
        f"(95 % interval {points[1]:+.1f} to {points[2]:+.1f}; {p_words} after Holm)"
    )


def missing_sentences(figures: Figures) -> list[str]:
    """Return a sentence about missing labels; nothing if none is missing."""
    missing = list(_missing(figures["splits"][ALL]["labels"]))
    if not missing:
        return []
    return [
        f"Missing labels: {', '.join(missing)}. A case without a label is in no share, combination or pair that "
        "needs it; it is never counted as negative."
    ]


def _missing(labels: dict[str, LabelFigures]) -> Iterator[str]:
    for finding in Finding:
        if count := labels[finding]["missing"]:
            yield f"{count:,} {finding}"
