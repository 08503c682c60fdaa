"""The parts for other projects' CI work as documented: the composite action's steps, and the hooks of pre-commit."""

import os
import shlex
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests import pages
from tests.archives import write_labels
from tests.conftest import Mrnet
from tests.snippets import BIN

ACTION = pages.PROJECT / ".github" / "actions" / "check" / "action.yml"
HOOKS = pages.PROJECT / ".pre-commit-hooks.yaml"
pytestmark = pytest.mark.skipif(os.name == "nt", reason="needs a POSIX shell")


def run_action(folder: Path, **inputs: str) -> tuple[list[int], str]:
    """Run the action's steps except the installation, as GitHub runs bash; return their statuses and the job's summary."""
    action = yaml.safe_load(ACTION.read_text(encoding="utf-8"))
    values = {name: inputs.get(name, given.get("default", "")) for name, given in action["inputs"].items()}
    summary = folder / "summary.md"
    here = {
        "RUNNER_TEMP": str(folder),
        "GITHUB_STEP_SUMMARY": str(summary),
        "PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}",
    }
    statuses = []
    for step in action["runs"]["steps"][1:]:
        variables = {name: _filled(text, values) for name, text in step["env"].items()}
        command = ["bash", "--noprofile", "--norc", "-e", "-o", "pipefail", "-c", step["run"]]
        statuses.append(
            subprocess.run(command, env={**os.environ, **here, **variables}, cwd=folder, check=False).returncode
        )
    return statuses, summary.read_text(encoding="utf-8") if summary.exists() else ""


def _filled(text: str, values: dict[str, Any]) -> str:
    for name, value in values.items():
        text = text.replace(f"${{{{ inputs.{name} }}}}", str(value))
    assert "${{" not in text
    return text


@pytest.mark.slow
def test_the_action_passes_a_sound_archive_and_shows_both_reports(archive: Path, tmp_path: Path, mrnet: Mrnet) -> None:
    mrnet("manifest", "--root", archive, "-o", tmp_path / "a.sha256")
    mrnet("stats", "--root", archive, "-o", tmp_path / "figures.json")
    statuses, summary = run_action(tmp_path, root=str(archive), against="a.sha256", figures="figures.json")
    assert statuses == [0, 0]
    assert "Sound" in summary
    assert "Differences" in summary


@pytest.mark.slow
def test_the_action_fails_both_steps_if_a_label_changed(archive: Path, tmp_path: Path, mrnet: Mrnet) -> None:
    mrnet("manifest", "--root", archive, "-o", tmp_path / "a.sha256")
    mrnet("stats", "--root", archive, "-o", tmp_path / "figures.json")
    write_labels(archive, "train", "acl", {"0000": 1, "0001": 1, "0002": 0})
    statuses, summary = run_action(tmp_path, root=str(archive), against="a.sha256", figures="figures.json")
    assert statuses == [1, 1]
    assert "checksum-mismatch" in summary


@pytest.mark.slow
def test_the_action_ends_with_2_if_nothing_could_be_checked_and_shows_no_earlier_report(tmp_path: Path) -> None:
    for report in ("report.md", "figures.md"):
        (tmp_path / report).write_text("of another archive")
    assert run_action(tmp_path, root=str(tmp_path / "nowhere")) == ([2, 2], "")


@pytest.mark.slow
@pytest.mark.parametrize(("broken", "status"), [(False, 0), (True, 1)])
def test_the_hooks_look_at_label_files_alone(
    archive: Path, tmp_path: Path, mrnet: Mrnet, monkeypatch: pytest.MonkeyPatch, broken: bool, status: int
) -> None:
    labels = tmp_path / "labels"
    labels.mkdir()
    for file in archive.glob("*.csv"):
        file.rename(labels / file.name)
    monkeypatch.chdir(tmp_path)
    mrnet("stats", "--root", labels, "-o", "figures.json")
    if broken:
        write_labels(labels, "train", "abnormal", {"0000": 1, "0001": 0, "0002": 0})
    hooks = yaml.safe_load(HOOKS.read_text(encoding="utf-8"))
    assert len(hooks) == 2
    for hook in hooks:
        words = [*shlex.split(hook["entry"])[1:], "--root", "labels", *hook.get("args", [])]
        assert mrnet(*words).status == status, hook["id"]
