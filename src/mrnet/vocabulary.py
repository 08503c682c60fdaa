"""The dataset's own words: splits, planes and findings, each in the order in which they are always shown."""

from enum import StrEnum


class Split(StrEnum):
    """A part of the dataset that is kept apart from the others."""

    TRAIN = "train"
    VALID = "valid"


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

ROWS = COLUMNS = 256
"""Every slice of MRNet-v1.0 is 256 by 256 voxels."""

MAX_CASE_NUMBER = 9999
"""Ids have four digits."""


def padded(number: int | str) -> str:
    """Return the id as the dataset writes it: four digits, `1` as `0001`."""
    return f"{int(number):04d}"
