"""Sizes, slices and aspects in the options of pictures are read as people write them, or refused."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mrnet.cli.options.pictures import GreyOptions, SheetOptions, SliceOptions, parse_size
from mrnet.errors import UsageError


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("500000", 500_000), ("500k", 500_000), ("500 kB", 500_000), ("2MB", 2_000_000), ("2m", 2_000_000),
        ("1.5MiB", 1_572_864), ("1GiB", 1 << 30), ("3Ki", 3072), ("3g", 3_000_000_000), ("0.5k", 500),
    ],
)  # fmt: skip
def test_sizes_are_read_as_people_write_them(text: str, size: int) -> None:
    assert parse_size(text) == size


@pytest.mark.parametrize("text", ["", "0", "-5k", "k", "1e6", "5 apples", "1.2.3M", "0.0001k", "٣", "inf", "9" * 5000])
def test_a_text_that_is_not_a_size_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="is not a size") as raised:
        parse_size(text)
    assert len(str(raised.value)) < 200


parts = st.none() | st.integers(-70, 70)


@given(start=parts, stop=parts, step=parts.filter(lambda step: step != 0), slices=st.integers(1, 70))
def test_slices_are_chosen_as_pythons(start: int | None, stop: int | None, step: int | None, slices: int) -> None:
    text = ":".join("" if part is None else str(part) for part in (start, stop, step))
    chosen = SliceOptions(slices=text).appearance(GreyOptions()).chosen(slices)
    assert list(chosen) == list(range(slices))[start:stop:step]


@pytest.mark.parametrize("text", ["", "5", "a:b", "1:2:3:4", "1.5:3", ":" * 9, "::0", "١:", "1 : 2"])
def test_a_text_that_is_not_a_choice_of_slices_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="--slices"):
        SliceOptions(slices=text).appearance(GreyOptions())


@pytest.mark.parametrize(
    "text", ["", "4", "0:1", "4:0.0", "-4:3", "1e3:1", f"0.{'0' * 321}1:99999", f"99999:0.{'0' * 321}1"]
)
def test_a_text_that_is_not_an_aspect_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="--aspect"):
        SheetOptions(aspect=text).sheet()
