"""Memory that threads share, and how much of it this process has."""

import sys
import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mrnet import memory
from mrnet.memory import Memory, joined, return_all_memory, used_memory
from mrnet.parallel import Workers, ordered_map


def test_threads_share_a_bounded_memory_and_a_large_item_waits_for_all_others() -> None:
    shared = Memory(100)
    seen: list[int] = []

    def hold(amount: int) -> None:
        with shared.taking(amount):
            seen.append(shared.taken)

    list(ordered_map(hold, [40, 60, 50, 500, 10, 10, 90] * 20, Workers(8)))
    assert len(seen) == 140
    assert all(taken <= 100 or taken == 500 for taken in seen)
    assert shared.taken == 0


def test_threads_that_need_more_while_they_have_some_do_not_wait_for_each_other() -> None:
    shared, all_have_some = Memory(100), threading.Barrier(2)

    def hold_twice(_: int) -> None:
        with shared.taking(50):
            all_have_some.wait(10)
            with shared.taking(50):
                pass

    list(ordered_map(hold_twice, range(2), Workers(2)))
    assert shared.taken == 0


@given(st.lists(st.binary(max_size=5)), st.integers(0, 20))
def test_pieces_are_joined_in_their_order_whatever_is_large(pieces: list[bytes], large: int) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(memory, "MIN_LARGE_BYTES", large)
        assert joined(iter(pieces), sum(map(len, pieces))) == b"".join(pieces)


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells it")
def test_the_memory_of_this_process_grows_with_what_it_keeps() -> None:
    return_all_memory()
    before = used_memory()
    kept = [bytes([number]) * (1 << 16) for number in range(250)] * 2
    kept = [b"".join(kept)]
    assert 28 << 20 < used_memory() - before < 60 << 20
    kept.clear()
    return_all_memory()
    assert used_memory() - before < 8 << 20
