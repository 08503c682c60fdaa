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

    # A busy machine is not a failure.
    monkeypatch.setattr(laws, "MAX_SECONDS", 120)
    # On Linux a child's peak memory includes the parent's at the fork, which is large in pytest, but not in `make fuzz`.
    monkeypatch.setattr(laws, "MAX_BYTES", 2 << 30)
    (tmp_path / "bench").mkdir()
    make_bench(tmp_path / "bench")
    assert try_once(kind, 1, tmp_path / "bench") == []
