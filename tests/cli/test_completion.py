"""Shells complete commands, options, their values, and case ids."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from tests.conftest import Mrnet

pytestmark = pytest.mark.slow
PROGRAM = "from mrnet.cli.app import main; main()"


def complete(typed: str, home: Path, **environment: str) -> list[str]:
    """Return the completions that bash gets for a command line with an incomplete last word."""
    words = {"_MRNET_COMPLETE": "complete_bash", "COMP_WORDS": typed, "COMP_CWORD": str(len(typed.split(" ")) - 1)}
    ran = subprocess.run(
        [sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=False,
        env=os.environ | words | {"XDG_CACHE_HOME": str(home), "LOCALAPPDATA": str(home)} | environment,
    )  # fmt: skip
    assert ran.stderr == ""
    return ran.stdout.split()


@pytest.mark.parametrize(
    ("typed", "completed"),
    [
        ("mrnet inf", ["info"]),
        ("mrnet info --wh", ["--where"]),
        ("mrnet show 1 --plane sa", ["sagittal"]),
        ("mrnet show 1 --plane axial,co", ["axial,coronal"]),
        ("mrnet list --split ", ["train", "valid"]),
        ("mrnet list --format i", ["ids"]),
        ("mrnet validate -f j", ["json", "junit"]),
        ("mrnet validate --ignore blank", ["blank-slice"]),
        ("mrnet validate --read v", ["voxels"]),
        ("mrnet rules split-l", ["split-leakage"]),
        ("mrnet export-gif --colormap magm", ["magma", "magma_r"]),
        ("mrnet list --where a", ["abnormal", "acl", "axial"]),
        ("mrnet show 1 --protocol s", ["sixel", "shades"]),
    ],
)
def test_values_of_options_are_completed(tmp_path: Path, typed: str, completed: list[str]) -> None:
    assert complete(typed, tmp_path) == completed


@pytest.mark.parametrize("command", ["info", "show", "list", "browse"])
def test_case_ids_are_completed(archive: Path, tmp_path: Path, command: str) -> None:
    assert complete(f"mrnet {command} --root {archive} 11", tmp_path) == ["1130", "1131"]
    assert complete(f"mrnet {command} 000", tmp_path, MRNET_ROOT=str(archive)) == ["0000", "0001", "0002"]


def test_case_ids_are_cached_until_the_archive_changes(archive: Path, tmp_path: Path) -> None:
    typed = f"mrnet info --root {archive} 11"
    assert complete(typed, tmp_path) == ["1130", "1131"]
    (kept,) = (tmp_path / "mrnet").iterdir()
    kept.write_text(kept.read_text().replace("1131", "1139"))
    assert complete(typed, tmp_path) == ["1130", "1139"]
    np.save(archive / "valid" / "axial" / "1140.npy", np.zeros((3, 256, 256), np.uint8))
    (archive / "README").touch()
    assert complete(typed, tmp_path) == ["1130", "1131", "1140"]
    kept.write_bytes(b"")
    assert complete(typed, tmp_path) == ["1130", "1131", "1140"]
    assert kept.stat().st_size


def test_case_ids_are_listed_again_after_an_hour(archive: Path, tmp_path: Path) -> None:
    typed = f"mrnet info --root {archive} 11"
    complete(typed, tmp_path)
    (kept,) = (tmp_path / "mrnet").iterdir()
    kept.write_text(kept.read_text().replace("1131", "1139"))
    an_hour_ago = kept.stat().st_mtime - 3600
    os.utime(kept, (an_hour_ago, an_hour_ago))
    assert complete(typed, tmp_path) == ["1130", "1131"]


@pytest.mark.parametrize("root", ["s3://mrnet/data", "nowhere"])
def test_a_remote_or_missing_archive_completes_nothing(tmp_path: Path, root: str) -> None:
    assert complete(f"mrnet info --root {root} 11", tmp_path) == []


def test_a_cache_that_cannot_be_written_does_no_harm(archive: Path, tmp_path: Path) -> None:
    (tmp_path / "mrnet").write_text("a file where the folder would be")
    assert complete(f"mrnet info --root {archive} 11", tmp_path) == ["1130", "1131"]


def test_without_a_home_nothing_is_cached_in_the_current_folder(archive: Path) -> None:
    before = sorted(os.listdir())
    assert complete(f"mrnet info --root {archive} 11", Path("relative")) == ["1130", "1131"]
    assert sorted(os.listdir()) == before


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_each_shell_understands_the_script(tmp_path: Path, shell: str) -> None:
    program = shutil.which(shell)
    if not program:
        pytest.skip(f"{shell} is not installed")
    script = subprocess.run(
        [sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=True,
        env=os.environ | {"_MRNET_COMPLETE": f"source_{shell}"},
    ).stdout  # fmt: skip
    assert "mrnet" in script
    (tmp_path / "script").write_text(script)
    no_execution = ["--no-execute"] if shell == "fish" else ["-n"]
    assert subprocess.run([program, *no_execution, str(tmp_path / "script")], check=False).returncode == 0


ASKED = {
    "bash": 'source script; COMP_WORDS=(mrnet {words}); COMP_CWORD={last}; _mrnet_completion mrnet; echo "${{COMPREPLY[@]}}"',
    "fish": "source script; complete -C 'mrnet {words}'",
}


@pytest.mark.parametrize("shell", ASKED)
@pytest.mark.parametrize(
    ("words", "completed"),
    [("info --root MRNet-v1.0 113", ["1130", "1131"]), ("list --where men", ["meniscus"])],
)
def test_a_shell_completes_what_is_typed(
    archive: Path, tmp_path: Path, shell: str, words: str, completed: list[str]
) -> None:
    program = shutil.which(shell)
    if not program:
        pytest.skip(f"{shell} is not installed")
    (tmp_path / "mrnet").write_text(f'#!/bin/sh\nexec "{sys.executable}" -m mrnet "$@"\n')
    (tmp_path / "mrnet").chmod(0o755)
    environment = os.environ | {"XDG_CACHE_HOME": str(tmp_path), "PATH": f"{tmp_path}:{os.environ['PATH']}"}
    script = subprocess.run(
        ["mrnet"], env=environment | {"_MRNET_COMPLETE": f"source_{shell}"}, capture_output=True, check=True
    )
    (archive.parent / "script").write_bytes(script.stdout)
    asked = ASKED[shell].format(words=words, last=len(words.split()))
    ran = subprocess.run(
        [program, "-c", asked], cwd=archive.parent, env=environment, capture_output=True, text=True, check=True
    )
    assert ran.stdout.split() == completed


@pytest.mark.parametrize(
    "question",
    [
        {"_MRNET_COMPLETE": "1"},
        {"_MRNET_COMPLETE": "complete_bash"},
        {"_MRNET_COMPLETE": "complete_bash", "COMP_WORDS": "mrnet ", "COMP_CWORD": "x"},
    ],
)
def test_a_question_that_no_shell_asks_is_one_message(
    mrnet: Mrnet, monkeypatch: pytest.MonkeyPatch, question: dict[str, str]
) -> None:
    for name, value in question.items():
        monkeypatch.setenv(name, value)
    ran = mrnet()
    assert (ran.status, ran.out) == (2, "")
    assert ran.err.endswith("its question cannot be read; unset this variable\n")
