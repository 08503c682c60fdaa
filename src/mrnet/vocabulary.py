"""The dataset's own words: splits, planes and findings, each in the order in which they are always shown."""

from enum import StrEnum
from typing import TypeVar

from mrnet.errors import UsageError
from mrnet.text import did_you_mean, shortened, text_of


class Split(StrEnum):
    """A part of the dataset: for training or for validation."""

    TRAIN = "train"
    VALID = "valid"


class Edition(StrEnum):
    """How a copy of the dataset arranges the same data."""

    CLASSIC = "classic"
    REDIVIS = "redivis"


class Plane(StrEnum):
    """The direction in which a series was sliced."""

    AXIAL = "axial"
    CORONAL = "coronal"
    SAGITTAL = "sagittal"


class Finding(StrEnum):
    """A condition that cases are labelled for."""

    ABNORMAL = "abnormal"
    ACL = "acl"
    MENISCUS = "meniscus"


FINDING_WORDS = {
    Finding.ABNORMAL: "abnormal",
    Finding.ACL: "ACL tear",
    Finding.MENISCUS: "meniscal tear",
}

SLICE_ROWS = SLICE_COLUMNS = 256
"""Every slice of MRNet-v1.0 is 256 by 256 voxels."""
MAX_GREY = 255
"""The brightest grey level of a `uint8` voxel."""

ID_DIGITS = 4
"""The digits of an id as the dataset writes it: 0000 to 9999."""
MAX_ID_DIGITS = 18
"""A longer number is not an id; it stays text."""

Word = TypeVar("Word", bound=StrEnum)


def is_window(low: float, high: float) -> bool:
    """Return whether two grey levels can become black and white."""
    return 0 <= low < high <= MAX_GREY


def padded(number: int | str) -> str:
    """Return the id as the dataset writes it: four digits, `1` as `0001`."""
    return f"{int(number):0{ID_DIGITS}d}"


def is_case_number(text: str) -> bool:
    """Return whether a text is a number that can be an id, with or without leading zeros."""
    return text.isascii() and text.isdigit() and len(text) <= MAX_ID_DIGITS


def case_id(text: str) -> str:
    """Return a text as an id, `1` as `0001`; a text that is not a number is returned unchanged."""
    return padded(text) if is_case_number(text) else text


def known_word(words: type[Word], text: str, what: str) -> Word:
    """Return the word that equals a text.

    Args:
        words: the known words.
        text: the text from the user.
        what: the name of the text in the message.

    Raises:
        UsageError: no word equals it; the message suggests the nearest.
    """
    if isinstance(text, str) and text in set(words):
        return words(text)
    text = text_of(text)
    raise UsageError(f"{what} {shortened(text)!r} is unknown, expected {' or '.join(words)}{did_you_mean(text, words)}")
