"""A report with one of everything: errors, warnings, known problems, odd names, skipped rules."""

from dataclasses import replace

import pytest

from mrnet.validation.catalogue import all_rules
from mrnet.validation.rules import Found, Read, Severity
from mrnet.validation.run import Report
from mrnet.vocabulary import Finding, Plane, Split

ODD_NAME = "train/axial/[red]<b>&\x1b[31m,:%\n]]>\udcff.npy"


@pytest.fixture
def report() -> Report:
    """A report on an unsound archive."""
    rules = {rule.name: rule for rule in all_rules()}
    row = Found("train-acl.csv", "bad row", line=7, split=Split.TRAIN, finding=Finding.ACL)
    slice_ = Found("train/axial/0001.npy", "blank", split=Split.TRAIN, plane=Plane.AXIAL, case="0001", slice=3)
    problems = [rules["malformed-row"].problem(row), rules["blank-slice"].problem(slice_)]
    problems += [rules["unexpected-file"].problem(Found(ODD_NAME, "an odd name"))]
    problems += [
        rules["missing-series"].problem(Found(f"train/axial/{number:04}.npy", "no such file", case=f"{number:04}"))
        for number in range(2, 30)
    ]
    problems += [rules["unexpected-count"].problem(Found(None, "3 cases, expected 4", split=Split.VALID))]
    return Report(
        root="MRNet-v1.0", read=Read.VOXELS, rules=list(rules.values()), cases=1250, series=3750, bytes=7_300_000_000,
        seconds=1234.5678, problems=problems, skipped=["missing-file"], against=["mrnet-v1.0"],
    )  # fmt: skip


@pytest.fixture
def sound() -> Report:
    """A report on a sound archive with a known problem."""
    rules = all_rules()
    known = replace(rules[0].problem(Found("train/", "no volumes")), severity=Severity.KNOWN)
    return Report(root="MRNet-v1.0", read=Read.HEADERS, rules=rules, problems=[known])
