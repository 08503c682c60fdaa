"""The JavaScript tools accept the page's modules: types, lint, format, and the tests of parts that need no page."""

import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

HERE = Path(__file__).parent
PAGE = Path("src/mrnet/viewer/page")


@pytest.mark.parametrize(
    "words",
    [
        ("tsc", "--project", "tests/viewer"),
        ("eslint", "--config", "tests/viewer/eslint.config.js", PAGE, "tests/viewer"),
        ("prettier", "--config", "tests/viewer/.prettierrc.json", "--check", PAGE / "*.js", PAGE / "*.ts",
         "tests/viewer/*.js"),
    ],
    ids=lambda words: words[0],
)  # fmt: skip
def test_the_modules_pass(node_tool: Callable[..., list[str]], node_modules: Path, words: tuple[object, ...]) -> None:
    command = [*node_tool(str(words[0])), *map(str, words[1:])]
    env = {**os.environ, "MRNET_NODE_TOOLS": str(node_modules / "any.js")}
    ran = subprocess.run(command, cwd=HERE.parents[1], capture_output=True, text=True, check=False, env=env)
    assert ran.returncode == 0, ran.stdout + ran.stderr


def test_the_tests_of_parts_without_a_page_pass(node_tool: Callable[..., list[str]]) -> None:
    tests = sorted(map(str, HERE.glob("*.test.js")))
    ran = subprocess.run([node_tool("tsc")[0], "--test", *tests], capture_output=True, text=True, check=False)
    assert tests
    assert ran.returncode == 0, ran.stdout + ran.stderr


def test_the_lock_file_names_no_host() -> None:
    assert '"resolved"' not in (HERE / "package-lock.json").read_text(encoding="utf-8")
