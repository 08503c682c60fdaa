"""Each command in each environment that breaks other programs: it works, or says in one line what the system refuses."""

import contextlib
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from mrnet.vocabulary import Finding
from tests.archives import write_archive
from tests.cli import every_command

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not hasattr(os, "fork"), reason="this system does not fork"),
]

PLAIN = [sys.executable, str(every_command.__file__)]
ENVIRONMENTS: dict[str, dict[str, str | None]] = {
    "-X dev, warnings are errors": {"PYTHONDEVMODE": "1", "PYTHONWARNINGS": "error"},
    "no home, no temporary files, a backend that is not installed": {
        "HOME": None, "XDG_CACHE_HOME": None, "TMPDIR": "/nonexistent", "FORCE_COLOR": "0", "TERM": "dumb",
        "MPLBACKEND": "module://matplotlib_inline.backend_inline",
    },
    "-OO, no columns, ASCII, CI": {
        "PYTHONOPTIMIZE": "2", "COLUMNS": "0", "LINES": "0", "CI": "true", "NO_COLOR": "1", "LC_ALL": "C", "PYTHONUTF8": "0",
        "PYTHONCOERCECLOCALE": "0", "PYTHONIOENCODING": "ascii",
    },
}  # fmt: skip
SHELLS = {
    "closed input and errors": '"$@" <&- 2>&-',
    "closed output": '"$@" >&-',
}
READ_ONLY_MEMORY = 'unshare -rm sh -c \'mount -t tmpfs -o ro none /dev/shm && "$@"\' - "$@"'
LIMITS = {"200 MB of memory": 'ulimit -v 200000; "$@" lazily', "10 open files": 'ulimit -n 10; "$@" lazily'}
MISTAKES = re.compile("Traceback|a mistake in mrnet|\\wWarning|Exception ignored")


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A sound archive of two cases with two slices in each series."""
    cases = {"train": ["0000"], "valid": ["1130"]}
    labels = {split: {finding.value: dict.fromkeys(ids, 1) for finding in Finding} for split, ids in cases.items()}
    return write_archive(tmp_path_factory.mktemp("small") / "MRNet-v1.0", cases, labels, lambda *_: 2)


def run_all(archive: Path, changes: dict[str, str | None], shell: str = '"$@"') -> dict[str, tuple[int, str]]:
    """Run every command, and return the exit status and the output of each."""
    environment = {name: value for name, value in {**os.environ, **changes}.items() if value is not None}
    words = ["sh", "-c", shell, "sh", *PLAIN, "ended.json", str(archive)]
    ran = subprocess.run(
        words, env=environment, stderr=subprocess.PIPE, text=True, check=False, stdin=subprocess.DEVNULL
    )
    if "unshare: " in ran.stderr or "mount: " in ran.stderr:
        pytest.skip("this system lets users mount nothing")
    ended: dict[str, tuple[int, str]] = json.loads(Path("ended.json").read_text())
    assert ended.keys() == set(every_command.COMMANDS)
    for command, (_, said) in ended.items():
        assert not MISTAKES.search(said), (command, said)
    return ended


def test_every_command_is_run() -> None:
    from mrnet.cli import commands

    files = Path(next(iter(commands.__path__))).glob("[!_]*.py")
    assert {command.split()[0] for command in every_command.COMMANDS} == {file.stem.replace("_", "-") for file in files}


@pytest.mark.parametrize("name", [*ENVIRONMENTS, *SHELLS])
def test_every_command_works(small: Path, name: str) -> None:
    check_all_work(run_all(small, ENVIRONMENTS.get(name, {}), SHELLS.get(name, '"$@"')))


def test_every_command_works_if_shared_memory_cannot_be_written_to(small: Path) -> None:
    # The tests' own files may be in /dev/shm, which is hidden here.
    with tempfile.TemporaryDirectory(dir="/var/tmp") as disk, contextlib.chdir(disk):
        check_all_work(run_all(shutil.copytree(small, Path(disk, small.name)), {}, READ_ONLY_MEMORY))


def check_all_work(ended: dict[str, tuple[int, str]]) -> None:
    expected = {command: 130 if command.startswith("browse") else 0 for command in every_command.COMMANDS}
    assert {command: status for command, (status, _) in ended.items()} == expected, ended


@pytest.mark.parametrize("name", LIMITS)
def test_every_command_works_or_says_what_the_system_refuses(small: Path, name: str) -> None:
    ended = run_all(small, {}, LIMITS[name])
    for command, (status, said) in ended.items():
        assert status in (0, 2, 130), (command, status, said)
        if status == 2:
            assert said.splitlines()[-1].startswith("mrnet: "), (command, said)
