"""The sentences about the figures do not mislead."""

from pathlib import Path

import pytest

from mrnet.archive.model import Archive
from mrnet.statistics.counting import count_cases
from mrnet.statistics.origin import selection_words
from mrnet.statistics.sentences import CAVEAT, shift_sentences
from mrnet.statistics.tables import percent, whole_percent
from tests.archives import write_labels


def sentences(root: Path) -> list[str]:
    opened = Archive.open(root)
    return shift_sentences(count_cases(opened, opened.cases).figures)


def test_a_finding_without_labels_is_unknown_not_equal(archive: Path) -> None:
    (archive / "valid-acl.csv").unlink()
    alike, unknown, caveat = sentences(archive)
    assert "ACL" not in alike
    assert unknown == "ACL tear: unknown, no labels in valid."
    assert caveat == CAVEAT
    for file in archive.glob("*.csv"):
        file.unlink()
    assert [each.partition(":")[2] for each in sentences(archive)] == [" unknown, no labels in train and valid."] * 3


def test_a_difference_counts_after_holm_and_the_others_are_given_with_their_intervals(archive: Path) -> None:
    for split, start in (("train", 0), ("valid", 2000)):
        for finding, positive in {"abnormal": (50, 50), "acl": (20, 50), "meniscus": (40, 55)}.items():
            count = positive[split == "valid"]
            write_labels(
                archive, split, finding, {f"{start + number:04d}": int(number < count) for number in range(100)}
            )
    different, alike, _ = sentences(archive)
    assert different.startswith("The splits are not alike: ACL tear in 50% of valid, 20% of train, a difference of +30")
    assert "p < 0.001 after Holm" in different
    # Alone, the p-value of meniscal tears would be 0.03.
    assert "abnormal in" in alike
    assert "meniscal tear in" in alike
    assert alike.count("95 % interval") == 2


@pytest.mark.parametrize(
    ("share", "one_decimal", "whole"),
    [
        (0.0, "0.0", "0%"), (1.0, "100.0", "100%"), (1 / 1130, "0.1", "<1%"), (1008 / 1009, "99.9", ">99%"),
        (1 / 9999, "<0.1", "<1%"), (9998 / 9999, ">99.9", ">99%"), (0.184, "18.4", "18%"), (None, "–", "–"),
    ],
)  # fmt: skip
def test_only_exact_shares_are_shown_as_0_or_100(share: float | None, one_decimal: str, whole: str) -> None:
    assert (percent(share), whole_percent(share)) == (one_decimal, whole)


def test_a_selection_is_described_in_words() -> None:
    assert selection_words(None) == "all cases"
    chosen = {"cases": ["0001"], "split": "train", "where": "acl", "sample": 2, "seed": 0}
    assert selection_words(chosen) == "case 0001, split train, where acl, 2 at random with seed 0"  # type: ignore[arg-type]  # a plain dict


@pytest.mark.parametrize(("count", "words"), [(2, "cases 0000, 0001"), (7, "7 cases named")])
def test_only_a_few_named_cases_are_listed(count: int, words: str) -> None:
    ids = [f"{number:04d}" for number in range(count)]
    assert selection_words({"cases": ids, "split": None, "where": None, "sample": None, "seed": None}) == words
