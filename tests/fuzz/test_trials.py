"""One trial of each kind keeps the laws; `make fuzz` makes thousands."""

import os
from pathlib import Path

import pytest

pytestmark = [pytest.mark.slow, pytest.mark.skipif(os.name == "nt", reason="POSIX signals, limits and terminals")]


@pytest.mark.parametrize("kind", ["option", "environment", "limit", "stopped", "changing", "broken", "strange"])
def test_a_trial_keeps_the_laws(kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from tests.fuzz import laws
    from tests.fuzz.__main__ import make_bench, try_once

    # A machine that does much else is no failure.
    monkeypatch.setattr(laws, "MAX_SECONDS", 120)
    # Linux counts in a child's peak memory what its parent had when it forked, and pytest has much; `make fuzz` has not.
    monkeypatch.setattr(laws, "MAX_BYTES", 2 << 30)
    (tmp_path / "bench").mkdir()
    make_bench(tmp_path / "bench")
    assert try_once(kind, 1, tmp_path / "bench") == []
