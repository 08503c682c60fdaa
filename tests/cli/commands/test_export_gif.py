"""`mrnet export-gif`: each series becomes a GIF of its voxels; the command names what failed, and replaces only its own files."""

import json
import os
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from tests.archives import make_volume, slices_of
from tests.cli.test_console import Terminal
from tests.conftest import Mrnet, Ran
from tests.decoders import decode_grey


def rows_of(ran: Ran) -> Any:
    return json.loads(ran.out)


def test_every_series_becomes_a_gif_of_its_voxels(mrnet: Mrnet, archive: Path, tmp_path: Path) -> None:
    ran = mrnet("export-gif", "--root", archive, "--format", "json")
    assert ran.status == 0
    rows = rows_of(ran)
    assert [(row["case"], row["plane"]) for row in rows[:4]] == [
        ("0000", "axial"), ("0000", "coronal"), ("0000", "sagittal"), ("0001", "axial"),
    ]  # fmt: skip
    assert len(rows) == 15
    for row in rows:
        assert row["path"] == f"gifs/{row['case']}-{row['plane']}.gif"
        assert (row["status"], row["error"]) == ("written", None)
        assert row["slices"] == slices_of(row["case"], row["plane"])
        assert row["bytes"] == os.stat(row["path"]).st_size
    assert np.array_equal(decode_grey("gifs/1131-sagittal.gif"), make_volume("1131", "sagittal"))


def test_a_zip_gives_the_same_files_as_the_folder(mrnet: Mrnet, archive: Path, zipped: Path, tmp_path: Path) -> None:
    for root in (archive, zipped):
        assert mrnet("export-gif", "2", "--root", root, "-o", f"{root.suffix[1:]}s", "-p", "cor").status == 0
    assert np.array_equal(decode_grey("zips/0002-coronal.gif"), make_volume("0002", "coronal"))


def test_one_picture_can_be_named_as_a_file(mrnet: Mrnet, archive: Path) -> None:
    assert mrnet("export-gif", "0001", "--plane", "axial", "-o", "deep/knee.GIF", "--root", archive).status == 0
    assert np.array_equal(decode_grey("deep/knee.GIF"), make_volume("0001", "axial"))
    ran = mrnet("export-gif", "0001", "-o", "knee.gif", "--root", archive)
    assert ran.status == 2
    assert "3 pictures result" in ran.err


def test_planes_together_share_one_file(mrnet: Mrnet, archive: Path) -> None:
    ran = mrnet("export-gif", "0001", "--together", "-p", "sag,ax", "--root", archive, "--format", "json")
    (row,) = rows_of(ran)
    assert (row["plane"], row["path"]) == ("sagittal,axial", "gifs/0001-sagittal-axial.gif")
    assert decode_grey("gifs/0001-sagittal-axial.gif").shape[2] == 2 * 256 + 4


def test_a_failing_series_does_not_stop_the_others_and_is_named_at_the_end(mrnet: Mrnet, archive: Path) -> None:
    volume = archive / "train" / "axial" / "0001.npy"
    volume.write_bytes(volume.read_bytes()[:1000])
    (archive / "valid" / "axial" / "1130.npy").unlink()
    ran = mrnet("export-gif", "0000-1131", "--plane", "axial", "--root", archive, "--format", "json")
    assert ran.status == 1
    rows = {row["case"]: row for row in rows_of(ran)}
    assert [row["status"] for row in rows.values()] == ["written", "failed", "written", "failed", "written"]
    assert "cut short" in rows["0001"]["error"]
    assert rows["1130"]["bytes"] is None
    assert "Failed: gifs/0001-axial.gif: train/axial/0001.npy: " in ran.err
    assert sorted(os.listdir("gifs")) == ["0000-axial.gif", "0002-axial.gif", "1131-axial.gif"]


def test_an_existing_picture_is_kept_and_another_setting_redraws_it(mrnet: Mrnet, archive: Path) -> None:
    again = ["export-gif", "0001", "--plane", "axial", "--root", archive, "--format", "json"]
    assert rows_of(mrnet(*again))[0]["status"] == "written"
    first = os.stat("gifs/0001-axial.gif")
    (row,) = rows_of(mrnet(*again, "--jobs", "1"))
    assert (row["status"], row["bytes"], row["slices"]) == ("same", first.st_size, slices_of("0001", "axial"))
    assert os.stat("gifs/0001-axial.gif").st_mtime_ns == first.st_mtime_ns
    assert rows_of(mrnet(*again, "--fps", "5"))[0]["status"] == "written"
    np.save(archive / "train" / "axial" / "0001.npy", make_volume("0002", "axial"))
    assert rows_of(mrnet(*again, "--fps", "5"))[0]["status"] == "written"


def test_labels_matter_to_a_picture_only_if_it_shows_them(mrnet: Mrnet, archive: Path) -> None:
    plain = ["export-gif", "0001", "--plane", "axial", "--root", archive, "--format", "json"]
    noted = [*plain, "--annotate", "-o", "noted"]
    mrnet(*plain), mrnet(*noted)
    (archive / "train-acl.csv").write_text("0000,0\n0001,0\n0002,0\n")
    assert rows_of(mrnet(*plain))[0]["status"] == "same"
    assert rows_of(mrnet(*noted))[0]["status"] == "written"


@pytest.mark.parametrize("length", [0, 5000])
def test_a_picture_cut_short_is_made_again(mrnet: Mrnet, archive: Path, length: int) -> None:
    again = ["export-gif", "0001", "--plane", "axial", "--root", archive, "--format", "json"]
    mrnet(*again)
    with open("gifs/0001-axial.gif", "r+b") as file:
        file.truncate(length)
    assert rows_of(mrnet(*again))[0]["status"] == "written"


def test_a_file_that_mrnet_did_not_make_is_replaced_only_on_demand(mrnet: Mrnet, archive: Path) -> None:
    Path("gifs").mkdir()
    Image.new("L", (4, 4)).save("gifs/0001-axial.gif")
    before = Path("gifs/0001-axial.gif").read_bytes()
    again = ["export-gif", "0001", "--root", archive, "--format", "json"]
    ran = mrnet(*again)
    assert ran.status == 1
    assert [row["status"] for row in rows_of(ran)] == ["failed", "written", "written"]
    assert "--overwrite" in rows_of(ran)[0]["error"]
    assert Path("gifs/0001-axial.gif").read_bytes() == before
    assert [row["status"] for row in rows_of(mrnet(*again, "--overwrite"))] == ["written", "same", "same"]


def test_a_dry_run_reports_and_writes_nothing(mrnet: Mrnet, archive: Path) -> None:
    mrnet("export-gif", "0001", "--plane", "axial", "--root", archive)
    ran = mrnet("export-gif", "0001", "--dry-run", "--root", archive, "--format", "json")
    assert [row["status"] for row in rows_of(ran)] == ["same", "written", "written"]
    assert os.listdir("gifs") == ["0001-axial.gif"]
    assert "2 to write" in ran.err
    assert mrnet("export-gif", "0001", "--dry-run", "--root", archive).out.count("to write") == 2
    assert mrnet("export-gif", "--dry-run", "--root", archive, "-o", "elsewhere").status == 0
    assert not Path("elsewhere").exists()


def test_a_part_that_a_killed_run_left_is_cleaned_up(mrnet: Mrnet, archive: Path) -> None:
    again = ["export-gif", "0001", "--plane", "axial", "--root", archive]
    mrnet(*again)
    for words in (again, [*again, "--bounce"]):
        with open("gifs/0001-axial.gif.mrnet.part", "wb") as file:
            file.write(b"half")
        assert mrnet(*words).status == 0
        assert os.listdir("gifs") == ["0001-axial.gif"]


def test_slices_that_choose_nothing_fail_a_series_and_are_status_2_if_they_choose_nothing_anywhere(
    mrnet: Mrnet, archive: Path
) -> None:
    ran = mrnet("export-gif", "--plane", "axial", "--slices", "4:", "--root", archive, "--format", "json")
    assert ran.status == 1
    counts = [slices_of(row["case"], "axial") for row in rows_of(ran)]
    assert [row["status"] for row in rows_of(ran)] == ["written" if count > 4 else "failed" for count in counts]
    ran = mrnet("export-gif", "--slices", "90:", "--root", archive)
    assert ran.status == 2
    assert "they have 3 to 7" in ran.err
    assert len(os.listdir("gifs")) == sum(count > 4 for count in counts)


@pytest.mark.parametrize(
    "words",
    [
        ["--fps", "0"], ["--fps", "-3"], ["--fps", "nan"], ["--fps", "inf"], ["--fps", "0.001"],
        ["--loop", "-1"], ["--loop", "65536"], ["--pause", "-1"], ["--pause", "656"], ["--pause", "nan"],
        ["--window", "200", "100"], ["--window", "9", "9"], ["--window", "0", "256"], ["--window", "-1", "9"],
        ["--percentiles", "99", "1"], ["--percentiles", "0", "101"], ["--window", "nan", "9"],
        ["--window", "1", "9", "--percentiles", "1", "9"], ["--colormap", "virids"], ["--scale", "0"],
        ["--scale", "9"], ["--slices", "1:2:0"], ["--slices", "3"], ["--slices", "a:b"], ["--max-bytes", "0"],
        ["--max-bytes", "lots"], ["--background", "256"], ["--plane", "frontal"], ["--format", "xml"], ["--jobs", "0"],
        ["-o", "knee.mp4"], ["-o", "knee.png"],
    ],
)  # fmt: skip
def test_a_value_out_of_range_is_status_2_and_writes_nothing(mrnet: Mrnet, archive: Path, words: list[str]) -> None:
    ran = mrnet("export-gif", "0001", "--root", archive, *words)
    assert ran.status == 2
    assert ran.err
    assert "Traceback" not in ran.err
    assert os.listdir() == []


def test_near_misses_are_suggested(mrnet: Mrnet, archive: Path) -> None:
    assert "viridis" in mrnet("export-gif", "--colormap", "virids", "--root", archive).err


def test_the_resulting_rate_is_printed_with_a_warning_if_it_is_too_fast(mrnet: Mrnet, archive: Path) -> None:
    words = ["export-gif", "0001", "-p", "ax", "--root", archive]
    assert "30 slices per second become 33.33" in mrnet(*words, "--fps", "30").err
    assert "become" not in mrnet(*words, "--fps", "25").err
    assert "Warning" not in mrnet(*words, "--fps", "50").err
    assert "Warning: most players slow down" in mrnet(*words, "--fps", "100").err
    assert "500 slices per second become 100" in mrnet(*words, "--fps", "500").err
    assert mrnet(*words, "--fps", "80", "--quiet").err == ""


def test_nothing_is_written_inside_the_archive(mrnet: Mrnet, archive: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = sorted(archive.rglob("*"))
    for place in (archive, archive / "gifs", archive / "train" / "new", archive / "a.gif"):
        ran = mrnet("export-gif", "0001", "-p", "ax", "--root", archive, "-o", place)
        assert ran.status == 2
        assert "never changed" in ran.err
    monkeypatch.chdir(archive)
    assert mrnet("export-gif", "0001").status == 2
    assert sorted(archive.rglob("*")) == before


def test_a_folder_that_cannot_be_written_to_is_status_2(mrnet: Mrnet, archive: Path) -> None:
    Path("file").touch()
    Path("folder.gif").mkdir()
    for place in ("file", "file/below", "folder.gif"):
        ran = mrnet("export-gif", "0001", "-p", "ax", "--root", archive, "-o", place)
        assert ran.status == 2, place
    Path("gifs").mkdir()
    Path("gifs/0001-axial.gif").mkdir()
    assert mrnet("export-gif", "0001", "-p", "ax", "--root", archive).status == 2
    assert mrnet("export-gif", "0001", "--root", archive).status == 1


def test_a_case_in_both_splits_gives_two_files(mrnet: Mrnet, archive: Path) -> None:
    for plane in ("axial", "coronal", "sagittal"):
        np.save(archive / "valid" / plane / "0001.npy", make_volume("0000", plane))
    ran = mrnet("export-gif", "0001", "-p", "ax", "--root", archive, "--format", "json")
    assert [row["path"] for row in rows_of(ran)] == ["gifs/0001-axial-train.gif", "gifs/0001-axial-valid.gif"]
    assert np.array_equal(decode_grey("gifs/0001-axial-valid.gif"), make_volume("0000", "axial"))


def test_odd_volumes_are_drawn_too(mrnet: Mrnet, archive: Path) -> None:
    volume = np.random.default_rng(0).integers(0, 256, (2, 30, 50), np.uint8)
    np.save(archive / "train" / "axial" / "0001.npy", np.asfortranarray(volume))
    assert mrnet("export-gif", "0001", "-p", "ax", "--root", archive).status == 0
    assert np.array_equal(decode_grey("gifs/0001-axial.gif"), volume)


def test_malformed_label_rows_give_warnings_and_the_pictures_are_made(mrnet: Mrnet, archive: Path) -> None:
    (archive / "train-acl.csv").write_text("id,acl\n0000,0\n0001,1\n0002,0\n")
    ran = mrnet("export-gif", "0001", "-p", "ax", "--root", archive)
    assert ran.status == 1
    assert "train-acl.csv:1" in ran.err
    assert os.listdir("gifs") == ["0001-axial.gif"]


def test_a_real_scan_is_exported_exactly(mrnet: Mrnet, real_scan: Path) -> None:
    assert mrnet("export-gif", "0001", "-p", "cor", "--root", real_scan).status == 0
    with open(real_scan / "train" / "coronal" / "0001.npy", "rb") as file:
        volume = np.lib.format.read_array(file)
    assert np.array_equal(decode_grey("gifs/0001-coronal.gif"), volume)


def test_an_archive_without_cases_is_status_2(mrnet: Mrnet, tmp_path: Path) -> None:
    (tmp_path / "empty" / "train" / "axial").mkdir(parents=True)
    for command in ("export-gif", "export-montage", "export-contact-sheet"):
        ran = mrnet(command, "--root", tmp_path / "empty")
        assert ran.status == 2
        assert "so no pictures" in ran.err


def test_the_number_of_grey_levels_is_printed_per_picture_but_not_for_thousands(
    mrnet: Mrnet, archive: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mrnet.cli.commands._pictures.MAX_ROWS_SHOWN", 4)
    words = ["export-gif", "-p", "ax", "--slices", ":1", "--max-bytes", "60k", "--root", archive]
    assert mrnet(*words, "0001").err.count("grey levels fit into 60,000 bytes") == 1
    ran = mrnet(*words, "-o", "elsewhere")
    assert ran.err.count("grey levels fit") == 4
    assert "The same holds, with other numbers, for 1 more" in ran.err


@pytest.mark.parametrize(
    ("answer", "words", "written"), [("n\n", [], 0), ("", [], 0), ("y\n", [], 15), ("", ["--yes"], 15)]
)
def test_a_person_is_asked_before_gigabytes_are_written(
    archive: Path, mrnet: Mrnet, monkeypatch: pytest.MonkeyPatch, answer: str, words: list[str], written: int
) -> None:
    monkeypatch.setattr("mrnet.cli.console.MAX_UNASKED_BYTES", 1000)
    monkeypatch.setattr(sys, "stdin", Terminal(answer))
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    ran = mrnet("export-gif", "--root", archive, *words)
    assert ran.status == (0 if written else 2)
    assert ("Write 15 pictures, about " in terminal.getvalue()) is not bool(words)
    assert len(list(Path().glob("gifs/*"))) == written
    assert Path("gifs").exists() is bool(written)


@pytest.mark.parametrize("words", [["export-html"], ["extract", "-o", "small"], ["extract", "-o", "small.zip"]])
def test_if_the_answer_is_no_nothing_is_written(
    archive: Path, mrnet: Mrnet, monkeypatch: pytest.MonkeyPatch, words: list[str]
) -> None:
    monkeypatch.setattr("mrnet.cli.console.MAX_UNASKED_BYTES", 1000)
    monkeypatch.setattr(sys, "stdin", Terminal("n\n"))
    monkeypatch.setattr(sys, "stderr", Terminal())
    assert mrnet(*words, "--root", archive).status == 2
    assert os.listdir() == []
    assert mrnet(*words, "--root", archive, "--yes").status == 0


def test_without_a_terminal_no_question_is_asked(archive: Path, mrnet: Mrnet, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mrnet.cli.console.MAX_UNASKED_BYTES", 1000)
    ran = mrnet("export-gif", "--root", archive)
    assert ran.status == 0
    assert "[y/N]" not in ran.err
