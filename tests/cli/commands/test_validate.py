"""`mrnet validate` as its users call it: formats, exit statuses, options."""

import json
import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from tests.archives import make_volume, zip_archive
from tests.conftest import Mrnet

NAME = "train/axial/0001.npy"
FORMATS = ["table", "json", "csv", "markdown", "junit", "github"]
STOPPED_AT_THE_THIRD_SERIES = """
import itertools, signal, sys, threading
from mrnet.cli.app import main
from mrnet.validation.examination import SeriesReader

interrupted, begun, read = threading.Event(), itertools.count(1), SeriesReader.__call__

def interrupt(*signal_and_frame):
    interrupted.set()
    signal.default_int_handler(*signal_and_frame)

def stop_at_the_third(reader, series):
    if next(begun) == 3:
        print("at the third series", flush=True)
        interrupted.wait()
    return read(reader, series)

signal.signal(signal.SIGINT, interrupt)
SeriesReader.__call__ = stop_at_the_third
sys.argv[:1] = ["mrnet", "validate"]
main()
"""


@pytest.fixture
def broken(archive: Path) -> Path:
    """An archive with one error and one warning."""
    (archive / NAME).unlink()
    (archive / "notes.txt").write_text("words")
    return archive


@pytest.mark.parametrize("form", FORMATS)
def test_exit_statuses_are_the_same_in_all_formats(mrnet: Mrnet, archive: Path, form: str) -> None:
    assert mrnet("validate", "--root", archive, "--format", form).status == 0
    (archive / NAME).unlink()
    ran = mrnet("validate", "--root", archive, "--format", form)
    assert (ran.status, ran.err) == (1, "")
    assert "missing-series" in ran.out


def test_a_warning_fails_nothing_unless_it_is_made_an_error(mrnet: Mrnet, archive: Path) -> None:
    (archive / "notes.txt").write_text("words")
    assert mrnet("validate", "--root", archive).status == 0
    assert mrnet("validate", "--root", archive, "--error", "unexpected-file").status == 1


def test_severities_may_be_chosen_with_commas_and_by_file(mrnet: Mrnet, broken: Path) -> None:
    ran = mrnet("validate", "--root", broken, "--ignore", "missing-series,unexpected-file", "--format", "json")
    assert (ran.status, json.loads(ran.out)["problems"]) == (0, [])
    Path("own.toml").write_text("[tool.mrnet.validate]\nwarn = ['missing-series']\n")
    ran = mrnet("validate", "--root", broken, "--config", "own.toml", "--format", "json")
    assert ran.status == 0
    weighed = {"rule": "missing-series", "severity": "warning", "default": "error", "by": "own.toml"}
    assert json.loads(ran.out)["weighed"] == [weighed]


@pytest.mark.parametrize(
    "words",
    [["--ignore", "nonsense"], ["--ignore", "blank-slice", "--warn", "blank-slice"], ["--read", "everything"],
     ["--against", "absent"], ["--known", "absent.json"], ["--config", "absent.toml"], ["--format", "xml"],
     ["-o", "report.pdf"], ["--against", "."]],
)  # fmt: skip
def test_usage_errors_are_exit_2_with_a_message(mrnet: Mrnet, archive: Path, words: list[str]) -> None:
    ran = mrnet("validate", "--root", archive, *words)
    assert (ran.status, ran.out) == (2, "")
    assert ran.err.startswith("mrnet: ")


def test_each_output_file_is_written_from_one_read_and_the_table_stays(mrnet: Mrnet, broken: Path) -> None:
    names = ["report.json", "report.csv", "report.md", "report.xml"]
    ran = mrnet("validate", "--root", broken, *(word for name in names for word in ("-o", name)))
    assert ran.status == 1
    assert "Not sound" in ran.out
    assert json.loads(Path("report.json").read_text(encoding="utf-8"))["counts"]["error"] == 1
    assert Path("report.csv").read_text(encoding="utf-8").startswith("rule,severity,path,line,")
    assert Path("report.md").read_text(encoding="utf-8").startswith("## Not sound")
    assert Path("report.xml").read_text(encoding="utf-8").startswith("<?xml")


def test_no_report_is_written_inside_the_archive(mrnet: Mrnet, archive: Path) -> None:
    assert mrnet("validate", "--root", archive, "-o", archive / "report.json").status == 2
    assert not (archive / "report.json").exists()


def test_known_problems_are_counted_apart_and_fail_nothing(mrnet: Mrnet, broken: Path) -> None:
    mrnet("validate", "--root", broken, "-o", "known.json")
    ran = mrnet("validate", "--root", broken, "--known", "known.json", "--format", "json", "-o", "again.json")
    data = json.loads(ran.out)
    assert (ran.status, data["sound"], data["counts"]) == (0, True, {"error": 0, "warning": 0, "known": 2})
    # Known problems stay known if the new report is the `--known` file of the next run.
    assert mrnet("validate", "--root", broken, "--known", "again.json").status == 0
    Path("again.json").write_text(Path("again.json").read_text(), encoding="utf-16")
    assert mrnet("validate", "--root", broken, "--known", "again.json").status == 0
    (broken / "valid/axial/1130.npy").unlink()
    ran = mrnet("validate", "--root", broken, "--known", "known.json", "--format", "json")
    assert (ran.status, json.loads(ran.out)["counts"]) == (1, {"error": 1, "warning": 0, "known": 2})


def test_known_problems_that_are_gone_are_named(mrnet: Mrnet, broken: Path) -> None:
    mrnet("validate", "--root", broken, "-o", "known.json")
    (broken / "notes.txt").unlink()
    ran = mrnet("validate", "--root", broken, "--known", "known.json")
    assert "Known problems that are gone: unexpected-file notes.txt." in ran.out


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"problems": 3}', '{"problems": [{"rule": "x"}]}', "[" * 100_000])
def test_a_known_file_that_is_no_report_is_exit_2(mrnet: Mrnet, archive: Path, text: str) -> None:
    Path("known.json").write_text(text)
    assert mrnet("validate", "--root", archive, "--known", "known.json").status == 2


@pytest.mark.parametrize("content", [b"", b"<html>login</html>", None], ids=["empty", "a web page", "cut short"])
@pytest.mark.parametrize("form", FORMATS)
def test_a_file_that_is_not_a_zip_is_one_problem(mrnet: Mrnet, zipped: Path, content: bytes | None, form: str) -> None:
    zipped.write_bytes(zipped.read_bytes()[:5000] if content is None else content)
    ran = mrnet("validate", "--root", zipped, "--format", form)
    assert ran.status == 1
    assert "broken-zip" in ran.out
    assert mrnet("info", "--root", zipped).status == 2
    assert mrnet("validate", "--root", zipped, "--ignore", "broken-zip").status == 2


def test_a_broken_zip_is_found_in_the_usual_place_too(mrnet: Mrnet) -> None:
    Path("MRNet-v1.0.zip").write_bytes(b"cut")
    ran = mrnet("validate", "--format", "json")
    data = json.loads(ran.out)
    assert ran.status == 1
    assert [(problem["rule"], problem["path"]) for problem in data["problems"]] == [("broken-zip", "MRNet-v1.0.zip")]


def test_a_manifest_needs_every_byte_to_be_read(mrnet: Mrnet, archive: Path) -> None:
    mrnet("manifest", "--root", archive, "-o", "sums")
    assert mrnet("validate", "--root", archive, "--against", "sums").status == 0
    assert mrnet("validate", "--root", archive, "--against", "sums", "--read", "headers").status == 2


def test_the_report_names_its_inputs(mrnet: Mrnet, archive: Path, zipped: Path) -> None:
    ran = mrnet("validate", "--root", archive, "--against", zipped, "--format", "json", "--read", "headers")
    data = json.loads(ran.out)
    assert data["root"] == str(archive)
    assert data["read"] == "headers"
    assert data["against"] == [str(zipped)]
    assert isinstance(data["seconds"], float)
    assert data["synthetic"] is False


def test_folder_and_zip_give_the_same_problems(mrnet: Mrnet, archive: Path, tmp_path: Path) -> None:
    volume = make_volume("0001", "axial", slices=5)
    volume[2] = volume[3] = 0
    np.save(archive / NAME, volume)
    (archive / "train/coronal/0002.npy").write_bytes(b"\x93NUMPY")
    (archive / "Thumbs.db").write_bytes(b"")
    (archive / "valid-acl.csv").write_text("1130,1\n1131,1\n77,0\nx\n")
    in_folder = json.loads(mrnet("validate", "--root", archive, "--format", "json").out)
    in_zip = json.loads(mrnet("validate", "--root", zip_archive(archive, tmp_path / "a.zip"), "--format", "json").out)
    assert in_folder["problems"] == in_zip["problems"]
    assert len(in_folder["problems"]) >= 7


@pytest.mark.slow
def test_the_demo_is_sound(mrnet: Mrnet) -> None:
    assert mrnet("demo", "knees.zip", "--cases", "2", "-q").status == 0
    ran = mrnet("validate", "--root", "knees.zip", "--format", "json")
    data = json.loads(ran.out)
    assert (ran.status, data["problems"], data["synthetic"]) == (0, [], True)


def test_a_real_scan_is_sound(mrnet: Mrnet, real_scan: Path) -> None:
    ran = mrnet("validate", "--root", real_scan, "--format", "json")
    assert (ran.status, json.loads(ran.out)["problems"]) == (0, [])


@pytest.mark.slow
@pytest.mark.skipif(os.name == "nt", reason="Windows sends interrupts otherwise")
def test_an_interrupt_ends_at_once_with_130_and_reports_the_progress(archive: Path) -> None:
    command = [sys.executable, "-c", STOPPED_AT_THE_THIRD_SERIES, "--root", str(archive), "--jobs", "1"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "at the third series\n"
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=60)
    assert process.returncode == 130
    assert re.match(r"Stopped after [0-2] of 15 series; 0 problems in them so far\.\n", said)
    assert said.endswith("mrnet: interrupted\n")


def test_a_file_in_the_current_folder_that_ignores_a_rule_is_named_in_every_form(mrnet: Mrnet, archive: Path) -> None:
    Path("pyproject.toml").write_text("[tool.mrnet.validate]\nignore = ['split-leakage']\n")
    words = ("validate", "-r", archive, "--read", "labels", "--warn", "missing-label", "--format")
    for format in ("table", "markdown", "github", "junit", "csv", "json"):
        ran = mrnet(*words, format)
        assert ran.status == 0
        assert "split-leakage" in ran.out
        assert "pyproject.toml" in ran.out
    assert "Sound, with 1 rule ignored." in mrnet(*words, "table").out
    assert "Changed severity: missing-label as warning (--warn)." in mrnet(*words, "table").out


def test_csv_of_a_sound_archive_is_its_header(mrnet: Mrnet, archive: Path) -> None:
    ran = mrnet("validate", "-r", archive, "--read", "labels", "--format", "csv")
    assert ran.out == "rule,severity,path,line,split,case,plane,finding,slice,message,remedy\n"


def test_known_problems_that_are_gone_are_in_json_unchanged(mrnet: Mrnet, archive: Path, tmp_path: Path) -> None:
    known = tmp_path / "known.json"
    row = (archive / "train-acl.csv").read_text()
    (archive / "train-acl.csv").write_text(row + "what\n")
    mrnet("validate", "-r", archive, "--read", "labels", "-o", known)
    (archive / "train-acl.csv").write_text(row)
    ran = mrnet("validate", "-r", archive, "--read", "labels", "--known", known, "--format", "json")
    data = json.loads(ran.out)
    assert data["known_gone"] == json.loads(known.read_text())["problems"]
    assert data["known_gone"][0]["rule"] == "malformed-row"
