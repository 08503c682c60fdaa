"""Grey levels are unchanged unless an option changes them, and then in the stated way."""

import hypothesis.extra.numpy as arrays
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mrnet.errors import UsageError
from mrnet.pictures.window import GREY, Volume, Windowing, grey_table, make_palette

volumes = arrays.arrays(np.uint8, arrays.array_shapes(min_dims=3, max_dims=3, max_side=6))


def table_of(volume: Volume, windowing: Windowing) -> Volume:
    table = grey_table(volume, windowing)
    assert table is not None
    return table


def test_by_default_nothing_is_changed() -> None:
    assert grey_table(np.zeros((1, 2, 2), np.uint8), Windowing()) is None


@given(volumes, st.tuples(st.floats(0, 255), st.floats(0, 255)).filter(lambda pair: pair[0] < pair[1]), st.booleans())
def test_a_window_keeps_the_order_of_levels_and_clips_outside_it(
    volume: np.ndarray, window: tuple[int, int], invert: bool
) -> None:
    table = table_of(volume, Windowing(window=window, invert=invert))
    table = table.astype(int)
    if invert:
        table = 255 - table
    assert (np.diff(table) >= 0).all()
    assert (table[: int(np.floor(window[0])) + 1] == 0).all()
    assert (table[int(np.ceil(window[1])) :] == 255).all()


def test_the_full_range_as_window_changes_nothing() -> None:
    table = table_of(np.zeros((1, 2, 2), np.uint8), Windowing(window=(0, 255)))
    assert np.array_equal(table, np.arange(256))


@given(volumes, st.sampled_from([(0, 100), (1, 99), (2.5, 70)]))
def test_percentiles_equal_numpys_over_the_whole_series(volume: np.ndarray, percentiles: tuple[int, int]) -> None:
    low, high = np.percentile(volume, percentiles)
    table = table_of(volume, Windowing(percentiles=percentiles))
    if low < high:
        expected = table_of(volume, Windowing(window=(low, high)))
        assert np.array_equal(table, expected)


def test_percentiles_that_coincide_leave_a_step() -> None:
    table = table_of(np.full((2, 3, 3), 90, np.uint8), Windowing(percentiles=(1, 99)))
    assert table[[0, 90, 91, 255]].tolist() == [0, 0, 255, 255]


def test_inverting_twice_is_nothing() -> None:
    table = table_of(np.zeros((1, 2, 2), np.uint8), Windowing(invert=True))
    assert np.array_equal(table[table], np.arange(256))


def test_a_palette_knows_its_darkest_and_brightest_entry() -> None:
    assert [GREY.nearest(level) for level in (0, 77, 255)] == [0, 77, 255]
    assert make_palette("gray_r").nearest(255) == 0
    assert make_palette(None) is GREY
    assert len(make_palette("tab10").colours) == 768


def test_an_unknown_colour_map_is_named_with_similar_ones() -> None:
    with pytest.raises(UsageError, match="'magmo' is unknown.*did you mean magma"):
        make_palette("magmo")
    with pytest.raises(UsageError, match="such as magma"):
        make_palette("")
