"""`mrnet export-contact-sheet`: one slice of each chosen case, with its id and findings below."""

import json
import os
from pathlib import Path

import numpy as np
import pytest

from mrnet.archive.model import Archive
from mrnet.pictures.plan import findings_in_words
from tests.archives import make_volume, slices_of
from tests.conftest import Mrnet
from tests.decoders import decode_png

CASES = ["0000", "0001", "0002", "1130", "1131"]


def places_of(sheet: np.ndarray, image: np.ndarray) -> list[tuple[int, int]]:
    """Return the position of an image on a sheet, found by its first row."""
    rows, columns = image.shape
    return [
        (top, left)
        for top in range(sheet.shape[0] - rows + 1)
        for left in range(0, sheet.shape[1] - columns + 1, 258)
        if np.array_equal(sheet[top, left : left + columns], image[0])
        and np.array_equal(sheet[top : top + rows, left : left + columns], image)
    ]


def test_it_shows_the_middle_slice_of_every_case_in_order(mrnet: Mrnet, archive: Path) -> None:
    ran = mrnet("export-contact-sheet", "--plane", "coronal", "--root", archive, "--columns", "3", "--format", "json")
    assert ran.status == 0
    (row,) = json.loads(ran.out)
    assert (row["case"], row["plane"], row["path"]) == (None, "coronal", "contact-sheet-coronal.png")
    assert (row["slices"], row["status"], row["error"]) == (5, "written", None)
    assert row["bytes"] == os.stat(row["path"]).st_size
    sheet = decode_png("contact-sheet-coronal.png")
    places = [places_of(sheet, make_volume(case, "coronal")[slices_of(case, "coronal") // 2]) for case in CASES]
    assert all(len(found) == 1 for found in places)
    assert [left for ((_, left),) in places] == [0, 258, 516, 0, 258]
    tops = [top for ((top, _),) in places]
    assert tops[0] == tops[1] == tops[2] < tops[3] == tops[4]


@pytest.mark.parametrize("tile", [32, 64, 100])
def test_captions_are_shortened_and_tiles_spaced_out_before_one_is_cut_off(
    mrnet: Mrnet, archive: Path, tile: int
) -> None:
    words = ["export-contact-sheet", "-p", "ax", "--columns", "5", "--gutter", "0", "--tile", tile, "--root", archive]
    assert mrnet(*words, "-o", "a.png").status == 0
    sheet = decode_png("a.png")
    assert sheet.shape[1] % 5 == 0
    below = sheet[-30:].reshape(30, 5, -1)
    # If a text is cut off, there is ink in the last columns of its area.
    assert below.any()
    assert not below[:, :, -3:].any()


def test_a_missing_label_is_not_shown_as_negative(archive: Path) -> None:
    (archive / "train-acl.csv").unlink()
    (archive / "valid-abnormal.csv").write_text("1130,1\n")
    for finding in ("acl", "meniscus"):
        (archive / f"valid-{finding}.csv").write_text("1130,0\n")
    shown = [findings_in_words(case) for case in Archive.open(archive).cases]
    assert shown == ["abnormal, ACL tear?, meniscal tear", "abnormal, ACL tear?", "ACL tear?", "abnormal", "no labels"]


def test_a_slice_can_be_chosen_also_from_the_end(mrnet: Mrnet, archive: Path) -> None:
    for number in (1, -1):
        ran = mrnet("export-contact-sheet", "0001", "-p", "ax", "--slice", number, "-o", "a.png", "--root", archive)
        assert ran.status == 0
        assert len(places_of(decode_png("a.png"), make_volume("0001", "axial")[number])) == 1


def test_cases_without_the_slice_are_named_and_the_others_drawn(mrnet: Mrnet, archive: Path) -> None:
    ran = mrnet("export-contact-sheet", "-p", "ax", "--slice", "3", "--root", archive, "--format", "json")
    short = [case for case in CASES if slices_of(case, "axial") <= 3]
    assert ran.status == 1
    (row,) = json.loads(ran.out)
    assert (row["slices"], row["status"]) == (len(CASES) - len(short), "written")
    assert f"{len(short)} of 5 cases have no image: {short[0]}: it has no slice 3" in row["error"]
    ran = mrnet("export-contact-sheet", "-p", "ax", "--slice", "30", "--root", archive)
    assert ran.status == 2


def test_an_unreadable_series_leaves_its_tile_empty(mrnet: Mrnet, archive: Path) -> None:
    (archive / "train" / "axial" / "0001.npy").unlink()
    ran = mrnet("export-contact-sheet", "0000-1131", "-p", "ax", "--root", archive)
    assert ran.status == 1
    assert "0001: train/axial/0001.npy" in ran.err
    assert places_of(
        decode_png("contact-sheet-axial.png"), make_volume("0002", "axial")[slices_of("0002", "axial") // 2]
    )


def test_a_sheet_of_nothing_fails(mrnet: Mrnet, archive: Path) -> None:
    for case in CASES[:3]:
        (archive / "train" / "axial" / f"{case}.npy").write_bytes(b"")
    ran = mrnet("export-contact-sheet", "--split", "train", "-p", "ax", "--root", archive, "--format", "json")
    assert ran.status == 1
    assert json.loads(ran.out)[0]["status"] == "failed"
    assert os.listdir() == []


def test_an_unchanged_sheet_is_kept_and_another_label_redraws_it(mrnet: Mrnet, archive: Path) -> None:
    words = ["export-contact-sheet", "-p", "ax", "--root", archive, "--format", "json"]
    assert json.loads(mrnet(*words).out)[0]["status"] == "written"
    assert json.loads(mrnet(*words).out)[0]["status"] == "same"
    assert json.loads(mrnet(*words, "--tile", "64").out)[0]["status"] == "written"
    (archive / "train-acl.csv").write_text("0000,1\n0001,0\n0002,0\n")
    assert json.loads(mrnet(*words, "--tile", "64", "--dry-run").out)[0]["status"] == "written"


def test_a_seeded_sample_chooses_the_same_cases_each_time(mrnet: Mrnet, archive: Path) -> None:
    words = ["export-contact-sheet", "-p", "ax", "--sample", "3", "--seed", "4", "--root", archive, "--format", "json"]
    assert [json.loads(mrnet(*words).out)[0]["status"] for _ in range(2)] == ["written", "same"]


def test_several_planes_give_a_sheet_each_but_not_in_one_file(mrnet: Mrnet, archive: Path) -> None:
    assert mrnet("export-contact-sheet", "--root", archive, "-o", "sheets").status == 0
    assert sorted(os.listdir("sheets")) == [f"contact-sheet-{plane}.png" for plane in ("axial", "coronal", "sagittal")]
    ran = mrnet("export-contact-sheet", "--root", archive, "-o", "a.png")
    assert ran.status == 2
    assert "3 sheets result" in ran.err


def test_a_window_for_one_plane_holds_on_its_sheet_only(mrnet: Mrnet, archive: Path) -> None:
    for plane in ("axial", "coronal"):
        words = ["export-contact-sheet", "-p", plane, "--root", archive]
        mrnet(*words, "-o", "plain.png")
        mrnet(*words, "--window", "axial", "20", "60", "-o", "window.png")
        changed = not np.array_equal(decode_png("plain.png"), decode_png("window.png"))
        assert changed == (plane == "axial")


def test_odd_volumes_fit_their_tiles(mrnet: Mrnet, archive: Path) -> None:
    np.save(archive / "train" / "axial" / "0001.npy", np.full((2, 30, 60), 200, np.uint8))
    assert mrnet("export-contact-sheet", "0001", "-p", "ax", "--tile", "128", "--root", archive).status == 0
    sheet = decode_png("contact-sheet-axial.png")
    assert (sheet == 200).sum() >= 128 * 64


def test_a_foreign_file_at_its_path_is_kept(mrnet: Mrnet, archive: Path) -> None:
    with open("contact-sheet-axial.png", "w") as file:
        file.write("mine")
    assert mrnet("export-contact-sheet", "-p", "ax", "--root", archive).status == 1
    assert mrnet("export-contact-sheet", "-p", "ax", "--root", archive, "--overwrite").status == 0


@pytest.mark.parametrize(
    "words",
    [["--tile", "31"], ["--columns", "0"], ["--slice", "x"], ["-o", "a.gif"], ["--width", "80", "--tile", "64"]],
)
def test_a_value_out_of_range_is_status_2(mrnet: Mrnet, archive: Path, words: list[str]) -> None:
    assert mrnet("export-contact-sheet", "-p", "ax", "--root", archive, *words).status == 2
    assert os.listdir() == []


def test_it_is_never_written_inside_the_archive(mrnet: Mrnet, archive: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(archive)
    assert mrnet("export-contact-sheet", "-p", "ax").status == 2
    assert not (archive / "contact-sheet-axial.png").exists()
