"""matplotlib is imported without the user's settings, and leaves nothing behind."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from mrnet import plotting


def run(code: str, folder: Path, **environment: str) -> str:
    """Run code in a folder and a process of its own, after the import; returns what it printed on both streams."""
    prepare = "import os; from mrnet.plotting import load_matplotlib; load_matplotlib(); import matplotlib; "
    ran = subprocess.run(
        [sys.executable, "-c", prepare + code], cwd=folder, env=os.environ | environment, check=False,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    )  # fmt: skip
    return ran.stdout


def test_a_settings_file_in_the_working_folder_is_not_read_and_the_folder_stays(tmp_path: Path) -> None:
    (tmp_path / "matplotlibrc").write_bytes(b"image.lut: 2\n\xff")
    printed = run("print(os.path.exists('matplotlibrc'), matplotlib.rcParams['image.lut'])", tmp_path)
    assert printed == "True 256\n"


def test_a_folder_that_cannot_be_written_to_is_no_message_and_an_interruption_leaves_no_other(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    (tmp_path / "temporary").mkdir()
    code = "print(os.path.exists(matplotlib.get_cachedir())); from mrnet.cli.signals import end_now; end_now()"
    said = run(code, tmp_path, MPLCONFIGDIR=str(tmp_path / "file" / "any"), TMPDIR=str(tmp_path / "temporary"))
    assert said == "True\n"
    assert os.listdir(tmp_path / "temporary") == []


def test_a_folder_that_the_user_named_is_never_removed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    named = tmp_path / "matplotlib-settings"
    named.mkdir()
    monkeypatch.setenv("MPLCONFIGDIR", str(named))
    monkeypatch.setattr(plotting, "NAMED_FOLDER", str(named))
    plotting.abandon()
    assert named.exists()
