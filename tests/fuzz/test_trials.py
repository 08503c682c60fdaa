"""One trial of each kind keeps the laws; `make fuzz` makes thousands."""

from pathlib import Path

import pytest

pytest.importorskip("resource", reason="POSIX signals, limits and terminals")

from tests.fuzz.trials import KINDS

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("kind", KINDS)
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
