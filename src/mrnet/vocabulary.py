"""The dataset's own words: splits, planes and findings, each in the order in which they are always shown."""

from enum import StrEnum
from typing import TypeVar

from mrnet.errors import UsageError
from mrnet.text import did_you_mean, shortened


class Split(StrEnum):
    """A part of the dataset that is kept apart from the others."""

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
    """What a case is labelled for."""

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

MAX_ID_DIGITS = 18
"""An id of more digits names nothing, and is kept as text."""

Word = TypeVar("Word", bound=StrEnum)


def padded(number: int | str) -> str:
    """Return the id as the dataset writes it: four digits, `1` as `0001`."""
    return f"{int(number):04d}"


def is_case_number(text: str) -> bool:
    """Tell whether a text is a number that could be a case's, with its zeros or without."""
    return text.isascii() and text.isdigit() and len(text) <= MAX_ID_DIGITS


def case_id(text: str) -> str:
    """Return the id that a text names, `1` as `0001`; what is no number is returned as it is."""
    return padded(text) if is_case_number(text) else text


def known_word(words: type[Word], text: str, what: str) -> Word:
    """Return the word that a text is; a UsageError that suggests the nearest where it is none.

    Args:
        words: those that are known.
        text: one of them, one hopes.
        what: what the message calls the text.
    """
    if text in set(words):
        return words(text)
    raise UsageError(f"{what} {shortened(text)!r} is unknown, expected {' or '.join(words)}{did_you_mean(text, words)}")
