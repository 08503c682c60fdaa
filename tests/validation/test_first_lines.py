"""The first line of a report names the fault and the file, for alterations that real copies of the archive had."""

import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from tests.conftest import Mrnet

VOLUME = "train/axial/0001.npy"
ACL = "train-acl.csv"
Edit = Callable[[Path], object]


def write(name: str, text: str) -> Edit:
    return lambda root: (root / name).write_text(text)


def rename(old: str, new: str) -> Edit:
    return lambda root: (root / old).rename(root / new)


def copy(old: str, new: str) -> Edit:
    return lambda root: shutil.copy(root / old, root / new)


def save(volume: np.ndarray) -> Edit:
    return lambda root: np.save(root / VOLUME, volume)


ALTERED: dict[str, tuple[Edit, str, str]] = {
    "a label flipped against abnormal": (write(ACL, "0000,0\n0001,1\n0002,1\n"), "label-contradiction", "line=3"),
    "a header row": (write(ACL, "case,acl\n0000,0\n0001,1\n0002,0\n"), "malformed-row", "is a header row"),
    "the portal's first row": (write(ACL, "_0000,_0\n0001,1\n0002,0\n"), "promoted-row", "it is label 0 of case 0000"),
    "a label that is 2": (write(ACL, "0000,0\n0001,1\n0002,2\n"), "malformed-row", "'0002,2'"),
    "a row lost": (write(ACL, "0000,0\n0001,1\n"), "missing-label", "no row of case 0002"),
    "a row twice": (write(ACL, "0000,0\n0001,1\n0002,0\n0002,0\n"), "repeated-label", "line 3 too"),
    "ids without zeros": (write(ACL, "0,0\n1,1\n2,0\n"), "unpadded-id", "expected '0000'"),
    "a web page": (write(ACL, "<!DOCTYPE html><html>"), "malformed-row", "this is a web page"),
    "a git-lfs pointer": (write(ACL, "version https://git-lfs.github.com/spec/v1\n"), "malformed-row", "git lfs pull"),
    "an empty label file": (write(ACL, ""), "missing-labels", "the file is empty"),
    "a label file gone": (lambda root: (root / ACL).unlink(), "missing-labels", "no such file"),
    "a volume gone": (lambda root: (root / VOLUME).unlink(), "missing-series", "no such file"),
    "a plane gone": (lambda root: shutil.rmtree(root / "train/axial"), "missing-plane", "no volumes in this plane"),
    "a plane in capitals": (rename("train/axial", "train/Axial"), "misnamed", "expected the name train/axial/"),
    "a volume without zeros": (
        rename(VOLUME, "train/axial/1.npy"),
        "misnamed",
        "expected the name train/axial/0001.npy",
    ),
    "a volume twice": (copy("train/axial/0000.npy", VOLUME), "duplicate-volume", "train/axial/0000.npy"),
    "a volume of the other split": (copy("valid/axial/1130.npy", VOLUME), "split-leakage", VOLUME),
    "voxels as floats": (save(np.ones((3, 256, 256), np.float32)), "wrong-dtype", "float32"),
    "a resized volume": (save(np.eye(224, dtype=np.uint8)[None].repeat(3, 0)), "wrong-shape", "(3, 224, 224)"),
    "a volume cut short": (write(VOLUME, ""), "not-a-volume", "the file is empty"),
    "a browser's second download": (copy(VOLUME, "train/axial/0001 (1).npy"), "unexpected-file", "0001 (1).npy"),
}


@pytest.mark.parametrize("altered", ALTERED)
def test_the_first_line_in_ci_names_the_fault_and_the_place(mrnet: Mrnet, archive: Path, altered: str) -> None:
    edit, rule, words = ALTERED[altered]
    edit(archive)
    first = mrnet("validate", archive, "--format", "github", "--quiet").out.splitlines()[0]
    assert f"title=mrnet%3A {rule}," in first
    assert words in first
