"""A GIF has one frame per slice with the voxels unchanged, as an independent decoder reads it."""

from io import BytesIO
from pathlib import Path
from typing import Any

import hypothesis.extra.numpy as arrays
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import ImageFile
from PIL.GifImagePlugin import GifImageFile

from mrnet.errors import PictureError
from mrnet.pictures.animation import Animation, relative
from mrnet.pictures.notes import Note, is_whole, read_note
from mrnet.pictures.stack import Appearance, Stack, Subject
from mrnet.pictures.window import Palette, Windowing, make_palette
from tests.archives import make_volume
from tests.decoders import decode_gif, decode_grey

NOTE = Note("0" * 64, "mrnet export-gif 'a b' –")


def draw(path: Path, *volumes: np.ndarray, appearance: Appearance | None = None, **settings: Any) -> Path:
    appearance = appearance or Appearance()
    planes = ["axial", "coronal", "sagittal"]
    stacks = tuple(Stack(plane, volume, appearance) for plane, volume in zip(planes, volumes, strict=False))
    with open(path, "wb") as file:
        Animation(appearance=appearance, **settings).draw(Subject("0001", "ACL tear", stacks), file, NOTE)
    return path


def delays(path: Path) -> list[int]:
    with GifImageFile(path) as gif:
        found = []
        for frame in range(gif.n_frames):
            gif.seek(frame)
            found.append(gif.info["duration"])
        return found


def test_an_outside_decoder_finds_each_slice_as_a_frame_with_its_own_voxels(tmp_path: Path) -> None:
    volume = make_volume("0001", "axial")
    assert np.array_equal(decode_grey(draw(tmp_path / "a.gif", volume)), volume)


def test_identical_and_blank_neighbours_stay_separate_frames(tmp_path: Path) -> None:
    image = make_volume("0001", "axial", 1)[0]
    blank = np.zeros_like(image)
    volume = np.stack([blank, blank, image, image, image, blank, np.full_like(image, 255), blank, blank])
    path = draw(tmp_path / "a.gif", volume)
    assert np.array_equal(decode_grey(path), volume)
    with GifImageFile(path) as gif:
        assert gif.n_frames == 9


volumes = arrays.arrays(np.uint8, arrays.array_shapes(min_dims=3, max_dims=3, max_side=20))


@given(volumes)
def test_any_volume_comes_back_unchanged(tmp_path_factory: pytest.TempPathFactory, volume: np.ndarray) -> None:
    with GifImageFile(draw(tmp_path_factory.getbasetemp() / "any.gif", volume)) as gif:
        assert gif.n_frames == len(volume)
        for frame, image in enumerate(volume):
            gif.seek(frame)
            assert np.array_equal(np.asarray(gif.convert("L")), image)


@pytest.mark.slow
@settings(max_examples=10)
@given(volumes)
def test_any_volume_comes_back_unchanged_from_an_outside_decoder(
    tmp_path_factory: pytest.TempPathFactory, volume: np.ndarray
) -> None:
    path = draw(tmp_path_factory.getbasetemp() / "any.gif", volume)
    assert np.array_equal(decode_grey(path), volume)


def test_a_thousand_slices_and_a_single_one_are_all_kept(tmp_path: Path) -> None:
    thousand = np.random.default_rng(0).integers(0, 256, (1000, 8, 9), np.uint8)
    assert np.array_equal(decode_grey(draw(tmp_path / "a.gif", thousand)), thousand)
    assert np.array_equal(decode_grey(draw(tmp_path / "b.gif", thousand[:1], bounce=True)), thousand[:1])


def test_the_file_has_one_table_of_colours_and_none_in_its_frames(tmp_path: Path) -> None:
    data = draw(tmp_path / "a.gif", np.zeros((3, 4, 5), np.uint8)).read_bytes()
    assert data[10] == 0xF7
    assert data[13:781] == bytes(level for level in range(256) for _ in range(3))
    # An image block: separator, position, size, no local colour table, then eight bits per pixel.
    assert data.count(b"\x2c\0\0\0\0\x05\0\x04\0\0\x08") == 3


@pytest.mark.slow
def test_slices_are_chosen_as_python_would(tmp_path: Path) -> None:
    volume = make_volume("0001", "axial", 9)
    for choice in [(2, 8, 3), (None, None, -1), (-3, None, None), (7, 2, -2)]:
        path = draw(tmp_path / "a.gif", volume, appearance=Appearance(slices=choice))
        assert np.array_equal(decode_grey(path), volume[slice(*choice)])


def test_bouncing_runs_back_without_showing_the_ends_twice(tmp_path: Path) -> None:
    volume = make_volume("0001", "axial", 4)
    path = draw(tmp_path / "a.gif", volume, bounce=True, pause=50)
    assert np.array_equal(decode_grey(path), volume[[0, 1, 2, 3, 2, 1]])
    assert delays(path) == [600, 100, 100, 600, 100, 100]


def test_the_last_slice_waits_and_the_loop_count_is_the_one_given(tmp_path: Path) -> None:
    path = draw(tmp_path / "a.gif", make_volume("0001", "axial", 3), delay=4, pause=100, loop=7)
    assert delays(path) == [40, 40, 1040]
    with GifImageFile(path) as gif:
        assert gif.info["loop"] == 7


def test_a_window_maps_the_same_levels_in_every_slice(tmp_path: Path) -> None:
    volume = np.arange(256, dtype=np.uint8).reshape(1, 16, 16).repeat(2, 0)
    drawn = decode_grey(draw(tmp_path / "a.gif", volume, appearance=Appearance(windowing=Windowing(window=(50, 150)))))
    expected = np.clip(np.rint((volume.astype(float) - 50) / 100 * 255), 0, 255)
    assert np.array_equal(drawn, expected)


def test_scaling_makes_squares_of_voxels(tmp_path: Path) -> None:
    volume = make_volume("0001", "axial", 2)[:, :11, :7]
    drawn = decode_grey(draw(tmp_path / "a.gif", volume, appearance=Appearance(scale=3)))
    assert np.array_equal(drawn, volume.repeat(3, 1).repeat(3, 2))


def test_smooth_scaling_interpolates_between_voxels(tmp_path: Path) -> None:
    volume = np.repeat(np.array([[[10, 200]]], np.uint8), 2, 1)
    drawn = decode_grey(draw(tmp_path / "a.gif", volume, appearance=Appearance(scale=8, smooth=True)))
    assert drawn.shape == (1, 16, 16)
    assert (np.diff(drawn[0, 0, 3:13].astype(int)) > 0).all()
    assert len(np.unique(drawn)) > 4


def test_a_colour_map_colours_each_level_as_matplotlib_does(tmp_path: Path) -> None:
    import matplotlib

    volume = make_volume("0001", "axial", 2)
    drawn = decode_gif(draw(tmp_path / "a.gif", volume, appearance=Appearance(palette=make_palette("viridis"))))
    assert np.array_equal(drawn, matplotlib.colormaps["viridis"](volume, bytes=True)[..., :3])


def test_captions_are_on_bands_and_cover_no_voxel(tmp_path: Path) -> None:
    volume = make_volume("0001", "axial", 3)
    plain_and_noted = decode_grey(draw(tmp_path / "a.gif", volume, appearance=Appearance(annotate=True)))
    top = (plain_and_noted.shape[1] - 256) // 2
    assert plain_and_noted.shape[2] == 256
    assert np.array_equal(plain_and_noted[:, top : top + 256], volume)
    assert plain_and_noted[:, :top].max() > 200
    assert not np.array_equal(plain_and_noted[0, top + 256 :], plain_and_noted[1, top + 256 :])


def test_a_picture_narrower_than_its_caption_is_widened(tmp_path: Path) -> None:
    drawn = decode_grey(
        draw(tmp_path / "a.gif", np.full((2, 8, 8), 77, np.uint8), appearance=Appearance(annotate=True))
    )
    assert drawn.shape[2] > 100
    assert (drawn == 77).sum() >= 2 * 64


@given(st.integers(1, 200), st.integers(1, 200))
def test_planes_together_start_and_end_at_the_same_time_and_lose_no_slice(frames: int, slices: int) -> None:
    slices = min(frames, slices)
    shown = [relative(position, frames, slices) for position in range(frames)]
    assert shown == sorted(shown)
    assert sorted(set(shown)) == list(range(slices))


def test_planes_together_are_side_by_side(tmp_path: Path) -> None:
    volumes = [make_volume("0001", plane, count) for plane, count in [("axial", 5), ("coronal", 3), ("sagittal", 4)]]
    drawn = decode_grey(draw(tmp_path / "a.gif", *volumes))
    assert len(drawn) == 5
    for place, (volume, order) in enumerate(
        zip(volumes, [[0, 1, 2, 3, 4], [0, 1, 1, 2, 2], [0, 1, 2, 2, 3]], strict=True)
    ):
        assert np.array_equal(drawn[:, :, place * 260 : place * 260 + 256], volume[order])


def test_planes_of_different_size_are_shown_together_uncut(tmp_path: Path) -> None:
    drawn = decode_grey(draw(tmp_path / "a.gif", np.full((2, 20, 10), 9, np.uint8), np.full((1, 30, 12), 8, np.uint8)))
    assert drawn.shape[1] == 30
    assert (drawn == 9).sum() == 2 * 200
    assert (drawn == 8).sum() == 2 * 360


@pytest.mark.slow
def test_a_size_limit_is_met_with_as_many_grey_levels_as_fit(tmp_path: Path) -> None:
    volume = (make_volume("0001", "axial", 4) // 3 + np.arange(256, dtype=np.uint8) // 2).astype(np.uint8)
    whole = draw(tmp_path / "a.gif", volume).stat().st_size
    for limit in (whole, whole - 1, whole // 2, whole // 4):
        path = draw(tmp_path / "b.gif", volume, max_bytes=limit)
        shown = decode_grey(path)
        assert path.stat().st_size <= limit
        assert shown.shape == volume.shape
        assert np.array_equal(shown, volume) == (limit == whole)
        error = np.abs(shown.astype(int) - volume)
        assert error.max() <= 255 // (len(np.unique(shown)) - 1)


def test_the_message_says_how_many_grey_levels_fit(tmp_path: Path) -> None:
    volume = make_volume("0001", "axial", 2)
    stacks = (Stack("axial", volume, Appearance()),)
    with open(tmp_path / "a.gif", "wb") as file:
        said = Animation(max_bytes=60_000).draw(Subject("0001", "", stacks), file, NOTE)
    assert said is not None
    levels = len(np.unique(decode_grey(tmp_path / "a.gif")))
    assert said == f"{levels} of 256 grey levels fit into 60,000 bytes"


def test_more_levels_in_fewer_bytes_are_found(tmp_path: Path) -> None:
    # Noise on both sides of 128: an even number of levels separates the two, an odd one up to 127 merges them.
    volume = np.random.default_rng(0).integers(127, 129, (1, 256, 256), np.uint8)
    stacks = (Stack("axial", volume, Appearance()),)
    with open(tmp_path / "a.gif", "wb") as file:
        said = Animation(max_bytes=9_000).draw(Subject("0001", "", stacks), file, NOTE)
    assert said == "127 of 256 grey levels fit into 9,000 bytes"
    assert (tmp_path / "a.gif").stat().st_size <= 9_000


def test_a_size_into_which_nothing_fits_is_refused_with_a_remedy(tmp_path: Path) -> None:
    with pytest.raises(PictureError, match=r"even with two grey levels .* --scale or fewer --slices"):
        draw(tmp_path / "a.gif", make_volume("0001", "axial", 2), max_bytes=2000)


def test_the_note_can_be_read_back(tmp_path: Path) -> None:
    path = draw(tmp_path / "a.gif", np.zeros((1, 4, 4), np.uint8))
    assert read_note(path) == NOTE
    assert is_whole(path)
    path.write_bytes(path.read_bytes()[:-1])
    assert not is_whole(path)


def test_a_picture_too_large_for_a_gif_is_refused(tmp_path: Path) -> None:
    with pytest.raises(PictureError, match="65,535"):
        draw(tmp_path / "a.gif", np.zeros((1, 1, 8192), np.uint8), appearance=Appearance(scale=8))


def test_frames_larger_than_players_open_are_refused_before_a_voxel_is_read() -> None:
    style = Animation(appearance=Appearance(scale=8))
    style.check(lambda: [(61, 256, 256)] * 3)
    style.check(lambda: [(61, 512, 512)])
    with pytest.raises(PictureError, match=r"each frame would have 67 million pixels.*\(17 million\).*smaller --scale"):
        style.check(lambda: [(9, 1024, 1024)])


def test_the_file_is_the_same_with_pillows_documented_encoder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    volume = make_volume("0001", "axial", 3)
    fast = draw(tmp_path / "a.gif", volume).read_bytes()
    monkeypatch.delattr(ImageFile, "_save")
    assert draw(tmp_path / "b.gif", volume).read_bytes() == fast


def test_it_can_be_written_into_memory_as_well(tmp_path: Path) -> None:
    volume = make_volume("0001", "axial", 2)
    memory = BytesIO()
    Animation().draw(Subject("0001", "", (Stack("axial", volume, Appearance()),)), memory, NOTE)
    assert memory.getvalue() == draw(tmp_path / "a.gif", volume).read_bytes()


def test_text_is_black_or_white_for_contrast(tmp_path: Path) -> None:
    dark_blue = Palette("blue", bytes(value for level in range(256) for value in (0, 0, level)))
    for background, ink in ((0, 255), (255, 0)):
        appearance = Appearance(annotate=True, background=background, palette=dark_blue)
        band = decode_gif(draw(tmp_path / "a.gif", np.zeros((1, 256, 256), np.uint8), appearance=appearance))[
            0, :10, :, 2
        ]
        assert {int(level) for level in np.unique(band)} == {0, 255}
        assert (band == ink).mean() < 0.5
