"""The key of a blind reading, when two runs write it at once."""

from pathlib import Path

import pytest

from mrnet import writing
from mrnet.archive.model import Archive
from mrnet.cli.options.view import ViewOptions
from mrnet.errors import TargetError


def test_the_key_of_a_run_at_the_same_time_is_not_replaced(
    archive: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened, key = Archive.open(archive), tmp_path / "key.csv"
    view = ViewOptions(blind=True, key=key)
    monkeypatch.setattr(writing, "flush", lambda _: key.write_text("theirs"))
    with pytest.raises(TargetError, match="key.csv: already exists and is not replaced"):
        view.write_key(view.roster(opened, opened.cases, seed=0))
    assert key.read_text() == "theirs"
    assert [file.name for file in tmp_path.glob("key*")] == ["key.csv"]
