"""The Dataset of the how-to gives PyTorch the right tensors, from any storage, in forked and in spawned workers."""

import importlib.util
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests import pages, snippets

PAGE = pages.PROJECT / "docs" / "how-to" / "train-in-pytorch.md"
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        importlib.util.find_spec("torch") is None, reason="no torch here, which one page needs: pip install torch"
    ),
]
LOOK = """
import torch
from knees import Knees
from mrnet import Archive

volume, labels = Knees(Archive.open("MRNet-v1.0"), "train", "sagittal")[1]
assert (tuple(volume.shape), volume.dtype) == ((24, 256, 256), torch.float32)
assert 0 <= volume.min() and 0.9 < volume.max() <= 1
assert labels.tolist() == [1, 1, 0], labels  # abnormal, acl, meniscus of case 0001
assert labels.dtype == torch.float32
"""


def run(folder: Path, script: str) -> str:
    (folder / "script.py").write_text(script, encoding="utf-8")
    environment = {**os.environ, "PYTHONPATH": str(pages.PROJECT / "src")}
    ran = subprocess.run(
        [sys.executable, "script.py"],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    return ran.stdout


@pytest.fixture
def folder(archive: Path) -> Path:
    """The folder of the archive, with the files that the page writes."""
    for block in snippets.blocks_of(PAGE):
        if block.note != "needs torch":
            snippets.run_block(block, archive.parent, {})
    return archive.parent


def test_a_case_is_a_volume_and_its_three_labels(folder: Path) -> None:
    run(folder, LOOK)


@pytest.mark.parametrize("start", ["fork", "spawn"])
@pytest.mark.parametrize("kind", ["folder", "zip", "address"])
def test_two_workers_load_every_case(folder: Path, zipped: Path, nginx: str, kind: str, start: str) -> None:
    place = {"folder": "MRNet-v1.0", "zip": zipped.name, "address": f"{nginx}/MRNet-v1.0.zip"}[kind]
    script = (folder / "train.py").read_text(encoding="utf-8")
    script = script.replace('"MRNet-v1.0"', f'"{place}"')
    script = script.replace("num_workers=2", f'num_workers=2, multiprocessing_context="{start}"')
    assert [line.partition(",")[0] for line in run(folder, script).splitlines()] == ["2 cases", "1 cases"]
