"""What the figures amount to, in words: how the splits differ, and which cases were left out."""

from collections.abc import Iterator

from mrnet.statistics.figures import ALL, Chosen, Figures, LabelFigures, ShiftFigures
from mrnet.text import counted
from mrnet.vocabulary import FINDING_WORDS, Finding, Split


def all_sentences(figures: Figures) -> list[str]:
    """Return every sentence that these figures need."""
    return [*shift_sentences(figures), *missing_sentences(figures)]


def selection_words(chosen: Chosen | None) -> str:
    """Return how the cases were chosen: `all cases`, or such as `split valid, where acl`."""
    if chosen is None:
        return "all cases"
    words = {
        f"{counted(len(chosen['cases'] or ()), 'case')} named": chosen["cases"] is not None,
        f"split {chosen['split']}": chosen["split"],
        f"where {chosen['where']}": chosen["where"],
        f"{chosen['sample']} at random with seed {chosen['seed']}": chosen["sample"],
    }
    return ", ".join(text for text, used in words.items() if used)


def source_words(figures: Figures) -> str:
    """Return what was counted, of which cases, and by what."""
    made_up = ", synthetic" if figures["synthetic"] else ""
    chosen = selection_words(figures["selection"])
    return f"{figures['archive']}{made_up}: {chosen}, counted by mrnet {figures['tool']['version']}"


def shift_sentences(figures: Figures) -> list[str]:
    """Return a sentence for each finding that is not as frequent in valid as in train, and one for the others."""
    shift = figures.get("split_shift")
    if shift is None:
        return []
    alike = [FINDING_WORDS[finding] for finding in Finding if not _differs(shift[finding])]
    sentences = [_shift_sentence(figures, finding) for finding in Finding if _differs(shift[finding])]
    if alike:
        sentences.append(f"No difference between the splits is shown in: {', '.join(alike)}.")
    return sentences


def _differs(shift: ShiftFigures) -> bool:
    low, high = shift["ci95"]
    return low is not None and high is not None and not low <= 0 <= high


def _shift_sentence(figures: Figures, finding: Finding) -> str:
    train, valid = (figures["splits"][split]["labels"][finding]["prevalence"] for split in Split)
    shift = figures["split_shift"][finding]
    points = [100 * number for number in (shift["difference"], *shift["ci95"]) if number is not None]
    return (
        f"The splits are not alike: {FINDING_WORDS[finding]} in {valid:.0%} of valid, {train:.0%} of train, "
        f"a difference of {points[0]:+.1f} points (95 % interval {points[1]:+.1f} to {points[2]:+.1f})."
    )


def missing_sentences(figures: Figures) -> list[str]:
    """Return a sentence about the labels that are missing, none where none is."""
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
