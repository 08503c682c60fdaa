"""Still pictures for print: TIFF and PNG with a resolution, read back by an independent decoder."""

import json
import os
from pathlib import Path

import hypothesis.extra.numpy as arrays
import numpy as np
import pytest
from hypothesis import given
from PIL import Image, TiffImagePlugin

from mrnet.pictures import still
from mrnet.pictures.contact import ContactSheet
from mrnet.pictures.montage import Montage
from mrnet.pictures.notes import Note, is_whole, read_note
from mrnet.pictures.sheet import Drawing, Sheet
from mrnet.pictures.stack import Appearance, Stack, Subject
from mrnet.pictures.still import Still
from mrnet.pictures.tiff import write_tiff
from mrnet.pictures.window import GREY, Palette, make_palette
from tests.archives import make_volume, write_sparse_volume
from tests.conftest import Mrnet
from tests.decoders import decode_tiff, png_chunks

NOTE = Note("0" * 64, "mrnet export-montage 'a b' –")
ONE = ["export-montage", "0001", "-p", "ax", "--root"]


def draw(path: Path, volume: np.ndarray, **settings: object) -> str | None:
    subject = Subject("0001", "ACL tear", (Stack("axial", volume, Appearance()),))
    sheet = Sheet(columns=settings.pop("columns", None), gutter=settings.pop("gutter", 0))  # type: ignore[arg-type]  # settings of several types
    with open(path, "wb") as file:
        return Montage(sheet=sheet, still=Still(suffix=path.suffix, **settings)).draw(subject, file, NOTE)  # type: ignore[arg-type]  # as above


@pytest.mark.parametrize("name", ["a.tif", "a.tiff", "A.TIF"])
def test_a_tiff_holds_the_voxels_as_eight_bits_of_grey(mrnet: Mrnet, archive: Path, name: str) -> None:
    assert mrnet(*ONE, archive, "--columns", "4", "--gutter", "0", "-o", name).status == 0
    assert os.path.isfile(name)
    shown = decode_tiff(name)
    assert np.array_equal(shown, np.hstack(list(make_volume("0001", "axial")))[..., None].repeat(3, axis=2))
    with Image.open(name) as image:
        assert (image.mode, image.info["compression"]) == ("L", "tiff_lzw")


def test_a_tiff_with_a_colour_map_holds_its_colours(mrnet: Mrnet, archive: Path) -> None:
    mrnet(*ONE, archive, "--columns", "4", "--gutter", "0", "--colormap", "magma", "-o", "a.tif")
    colours = make_palette("magma").table()
    assert np.array_equal(decode_tiff("a.tif"), colours[np.hstack(list(make_volume("0001", "axial")))])


@given(arrays.arrays(np.uint8, arrays.array_shapes(min_dims=2, max_dims=2, min_side=1, max_side=40)))
def test_any_image_comes_back_unchanged_from_a_tiff(
    tmp_path_factory: pytest.TempPathFactory, image: np.ndarray
) -> None:
    path = tmp_path_factory.getbasetemp() / "any.tif"
    with open(path, "wb") as file:
        write_tiff(file, Drawing(image.shape, 0, [image]), GREY, NOTE, None)
    with Image.open(path) as read:
        assert np.array_equal(np.asarray(read), image)
    assert read_note(path) == NOTE
    assert is_whole(path)


@pytest.mark.parametrize("palette", [GREY, make_palette("magma")])
def test_a_tiff_of_many_strips_holds_every_pixel(
    tmp_path: Path, palette: Palette, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mrnet.pictures.sheet.STRIP_BYTES", 1000)
    image = np.random.default_rng(0).integers(0, 256, (101, 77), np.uint8)
    path = tmp_path / "a.tif"
    with open(path, "wb") as file:
        write_tiff(file, Drawing(image.shape, 0, [image]), palette, NOTE, 299.84)
    assert np.array_equal(decode_tiff(path), palette.table()[image])
    with TiffImagePlugin.TiffImageFile(path) as read:
        assert len(read.tag_v2[TiffImagePlugin.STRIPOFFSETS]) > 5
        assert float(read.info["dpi"][0]) == pytest.approx(299.84, abs=1e-3)
    assert is_whole(path)


@pytest.mark.slow
def test_a_tiff_may_have_a_name_that_is_not_utf_8(mrnet: Mrnet, archive: Path) -> None:
    name = os.fsdecode(b"\xff.tif")
    assert mrnet("export-montage", "0001", "-p", "axial", "--root", archive, "-o", name).status == 0
    assert is_whole(Path(name))


def test_file_type_makes_several_tiffs_and_the_second_run_keeps_them(mrnet: Mrnet, archive: Path) -> None:
    for status in ("written", "same"):
        ran = mrnet("export-montage", "--root", archive, "--file-type", "tif", "--format", "json")
        assert {(Path(row["path"]).suffix, row["status"]) for row in json.loads(ran.out)} == {(".tif", status)}


def test_the_recipe_is_kept_in_a_tiff(mrnet: Mrnet, archive: Path) -> None:
    mrnet(*ONE, archive, "-o", "a.tif")
    assert mrnet("recipe", "a.tif").out == f"mrnet export-montage 0001 -p ax --root {archive} -o a.tif\n"


@pytest.mark.parametrize("share", [0.3, 0.999])
def test_a_tiff_that_was_cut_off_is_not_whole(tmp_path: Path, share: float) -> None:
    path = tmp_path / "a.tif"
    draw(path, make_volume("0001", "axial"))
    data = path.read_bytes()
    path.write_bytes(data[: int(len(data) * share)])
    assert read_note(path) is None or not is_whole(path)


def test_a_tiff_that_lost_its_end_is_explained_and_kept(mrnet: Mrnet, archive: Path) -> None:
    mrnet(*ONE, archive, "-o", "a.tif")
    cut = Path("a.tif").read_bytes()[:1000]
    Path("a.tif").write_bytes(cut)
    ran = mrnet(*ONE, archive, "-o", "a.tif")
    assert (ran.status, Path("a.tif").read_bytes()) == (1, cut)
    assert "is cut off" in ran.err
    assert "--overwrite" in ran.err
    ran = mrnet("recipe", "a.tif")
    assert (ran.status, ran.out) == (2, "")
    assert "is cut off" in ran.err
    assert mrnet(*ONE, archive, "-o", "a.tif", "--overwrite").status == 0


@pytest.mark.parametrize("name", ["a.tif", "a.png"])
def test_the_resolution_is_noted(mrnet: Mrnet, archive: Path, name: str) -> None:
    mrnet(*ONE, archive, "--dpi", "300", "-o", name)
    with Image.open(name) as image:
        assert image.info["dpi"] == pytest.approx((300, 300), abs=0.01)


def test_a_png_without_a_resolution_states_none(mrnet: Mrnet, archive: Path) -> None:
    mrnet(*ONE, archive, "-o", "a.png")
    assert b"pHYs" not in [kind for kind, _ in png_chunks("a.png")]


def test_a_contact_sheet_is_a_tiff_too(mrnet: Mrnet, archive: Path) -> None:
    mrnet("export-contact-sheet", "-p", "cor", "--root", archive, "--dpi", "300", "-o", "sheet.tif")
    with Image.open("sheet.tif") as image:
        assert (image.format, image.mode, image.info["dpi"]) == ("TIFF", "L", (300, 300))
    mrnet("export-contact-sheet", "-p", "cor", "--root", archive, "--file-type", "tif")
    assert os.path.isfile("contact-sheet-coronal.tif")


@pytest.mark.parametrize(("columns", "scale"), [(4, 3), (2, 5), (1, 8)])
def test_a_width_chooses_the_smallest_scale_that_gives_300_dpi(tmp_path: Path, columns: int, scale: int) -> None:
    path = tmp_path / "a.tif"
    remark = draw(path, make_volume("0001", "axial", 4), width_mm=180, columns=columns)
    pixels = columns * 256 * scale
    with Image.open(path) as image:
        assert image.size[0] == pixels
        assert pixels / image.info["dpi"][0] * 25.4 == pytest.approx(180, rel=1e-4)
    assert remark is not None
    assert f"180 mm wide: {columns} column" in remark
    assert f"at scale {scale}, {pixels:,} pixels" in remark
    assert ("fewer than asked for" in remark) == (columns == 1)


def test_a_resolution_that_rounds_to_300_dpi_is_enough() -> None:
    assert Still(width_mm=254).min_columns == 2995
    assert Still(width_mm=254, dpi=600).min_columns == 5995
    assert Still().min_columns == 0


def test_a_sheet_of_more_than_150_cases_has_tiles_of_half_the_side() -> None:
    volume = make_volume("0001", "axial", 3)
    assert ContactSheet().image("axial", volume, 150).shape == (256, 256)
    assert ContactSheet().image("axial", volume, 151).shape == (128, 128)
    assert ContactSheet(tile=256).image("axial", volume, 151).shape == (256, 256)


def test_a_width_with_a_chosen_resolution_makes_more_pixels(tmp_path: Path) -> None:
    draw(tmp_path / "a.png", make_volume("0001", "axial", 4), width_mm=85, columns=2, dpi=600)
    with Image.open(tmp_path / "a.png") as image:
        assert image.size[0] == 2048


def test_a_width_of_a_contact_sheet_enlarges_its_tiles_to_squares(mrnet: Mrnet, archive: Path) -> None:
    words = ["export-contact-sheet", "0001-0002", "-p", "ax", "--root", archive, "--columns", "2", "--gutter", "0"]
    ran = mrnet(*words, "--width", "85", "-o", "sheet.tif")
    assert "85 mm wide: 2 columns at scale 2, 1,024 pixels, 306 dpi" in ran.err
    with Image.open("sheet.tif") as image:
        assert image.size[0] / image.info["dpi"][0] * 25.4 == pytest.approx(85, rel=1e-4)
        shown = np.asarray(image)
    volume = make_volume("0001", "axial")
    squares = np.kron(volume[len(volume) // 2], np.ones((2, 2), np.uint8))
    tops = np.flatnonzero((shown[:, :512] == squares[0]).all(axis=1))
    assert any(np.array_equal(shown[top : top + 512, :512], squares) for top in tops)


def test_columns_that_no_slice_fills_are_not_counted(tmp_path: Path) -> None:
    assert "wide: 4 columns at scale" in str(
        draw(tmp_path / "a.png", make_volume("0001", "axial", 4), width_mm=85, columns=9)
    )


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (["--dpi", "0"], "--dpi"),
        (["--dpi", "1e9"], "--dpi"),
        (["--width", "0"], "--width"),
        (["--width", "nan"], "--width"),
        (["--width", "80", "--scale", "2"], "--width and --scale were both given"),
        (["--file-type", "jpg"], "expected png or tif"),
        (["--file-type", "png", "-o", "a.tif"], "contradict"),
    ],
)
def test_contradictory_options_are_one_message(mrnet: Mrnet, archive: Path, words: list[str], reason: str) -> None:
    ran = mrnet(*ONE, archive, *words)
    assert ran.status == 2
    assert reason in ran.err
    assert os.listdir() == []


def test_a_gif_is_not_written_as_a_tiff(mrnet: Mrnet, archive: Path) -> None:
    ran = mrnet("export-gif", "0001", "-p", "ax", "--root", archive, "-o", "x.tif")
    assert (ran.status, os.listdir()) == (2, [])
    assert "this command makes .gif files" in ran.err


def test_a_picture_that_many_programs_refuse_is_written_with_a_warning(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(still, "MAX_COMMON_PIXELS", 256 * 256 * 3)
    assert "warning: it has" in str(draw(tmp_path / "a.tif", make_volume("0001", "axial", 4), columns=4))
    assert draw(tmp_path / "b.tif", make_volume("0001", "axial", 3), columns=3) is None


def test_a_montage_that_no_program_opens_fails_before_a_voxel_is_read(mrnet: Mrnet, archive: Path) -> None:
    for plane in ("axial", "coronal", "sagittal"):
        # A sparse file: reading its voxels would take a gigabyte.
        write_sparse_volume(archive / "train" / plane / "0001.npy", 1000)
    ran = mrnet("export-montage", "0001", "--together", "--scale", "8", "--root", archive, "-o", "huge.tif")
    assert ran.status == 1
    assert "12,583 million pixels, more than programs can open" in ran.err
    assert os.listdir() == []


def test_a_contact_sheet_that_no_program_opens_fails_before_a_case_is_read(
    mrnet: Mrnet, full_archive: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ContactSheet, "image", None)
    ran = mrnet("export-contact-sheet", "-p", "ax", "--root", full_archive, "--tile", "2048", "-o", "huge.tif")
    assert ran.status == 1
    assert "more than programs can open" in ran.err
    assert os.listdir() == []
