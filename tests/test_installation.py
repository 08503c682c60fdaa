"""Advice on installing packages fits the tool with which mrnet was installed."""

import shlex
import sys
from pathlib import Path

import pytest

from mrnet import installation


class Nothing:
    """An installed package that does not say which tool installed it."""

    def read_text(self, _name: str) -> None:
        return None


@pytest.mark.parametrize(
    ("receipt", "command"),
    [
        ("pipx_metadata.json", ["pipx", "inject", "mrnet", "boto3"]),
        ("uv-receipt.toml", ["uv", "pip", "install", "--python", sys.executable, "boto3"]),
        ("", [sys.executable, "-m", "pip", "install", "boto3"]),
    ],
)
def test_packages_are_added_with_the_tool_that_installed_mrnet(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, receipt: str, command: list[str]
) -> None:
    monkeypatch.setattr(sys, "prefix", str(tmp_path))
    monkeypatch.setattr("importlib.metadata.distribution", lambda _: Nothing())
    if receipt:
        (tmp_path / receipt).touch()
    assert shlex.split(installation.command_to_add(["boto3"])) == command


def test_an_extra_is_named_by_its_packages_because_mrnet_is_on_no_index(monkeypatch: pytest.MonkeyPatch) -> None:
    lines = ["numpy>=2.0", "obstore<0.13,>=0.11; extra == 'remote'", 'moto[server]>=5.1; extra == "dev"']
    monkeypatch.setattr("importlib.metadata.requires", lambda _: lines)
    assert installation.requirements() == [
        ("numpy", ">=2.0", ""), ("obstore", "<0.13,>=0.11", "remote"), ("moto", "[server]>=5.1", "dev"),
    ]  # fmt: skip
    assert str(installation.missing_extra("--root s3://x", "remote")).endswith("'obstore<0.13,>=0.11'")
