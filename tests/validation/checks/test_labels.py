"""Each test breaks one label file in a sound archive, and sees just that problem, in the folder and in the zip."""

import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from mrnet.archive.model import Archive
from mrnet.validation.catalogue import all_rules
from mrnet.validation.reports.summary import last_lines
from mrnet.validation.rules import Read
from mrnet.validation.run import Report, examine
from tests.archives import make_volume, write_labels
from tests.validation.checks.conftest import places

Examined = Callable[..., Report]
NAME = "train-acl.csv"
SOUND = "0000,0\n0001,1\n0002,0\n"


def lines(report: Report) -> list[tuple[str, str | None, int | None]]:
    assert {problem.path for problem in report.problems} <= {NAME}
    return [(problem.rule, problem.case, problem.line) for problem in report.problems]


@pytest.mark.parametrize(
    "text",
    [SOUND.replace("\n", "\r\n"), "\ufeff" + SOUND, SOUND.rstrip("\n"), "0002,0\n0000,0\n0001,1\n"],
    ids=["CRLF", "byte-order mark", "no final newline", "another order"],
)
def test_harmless_ways_to_write_labels_are_accepted(archive: Path, examined: Examined, text: str) -> None:
    (archive / NAME).write_bytes(text.encode())
    assert examined(archive).problems == []


@pytest.mark.parametrize("content", [None, b"", b"\xef\xbb\xbf"], ids=["absent", "empty", "a byte-order mark only"])
def test_a_label_file_that_is_absent_or_empty_is_missing_labels(
    archive: Path, examined: Examined, content: bytes | None
) -> None:
    (archive / NAME).unlink()
    if content is not None:
        (archive / NAME).write_bytes(content)
    [problem] = examined(archive).problems
    assert (problem.rule, problem.path, problem.split, problem.finding) == ("missing-labels", NAME, "train", "acl")


@pytest.mark.parametrize(
    ("row", "case"),
    [("0001,2", "0001"), ("0001,", "0001"), ("0001", "0001"), ("0001;1", "0001"), ("0001, 1", "0001"),
     ('"0001",1', "0001"), ("0001,1,0", "0001"), ("1.0,1", "0001"), ("0001,yes", "0001"), (" 0001,1", "0001")],
)  # fmt: skip
def test_a_row_that_cannot_be_used_is_named_by_line_and_is_not_a_missing_label_too(
    archive: Path, examined: Examined, row: str, case: str
) -> None:
    (archive / NAME).write_text(f"0000,0\n{row}\n0002,0\n")
    assert lines(examined(archive)) == [("malformed-row", case, 2)]


@pytest.mark.parametrize("row", ["", "id,label", "case,acl", "😀,1", "-3,1", "[red]x[/],0"])
def test_a_row_without_an_id_is_malformed(archive: Path, examined: Examined, row: str) -> None:
    (archive / NAME).write_text(f"{row}\n{SOUND}", encoding="utf-8")
    assert lines(examined(archive)) == [("malformed-row", None, 1)]


def test_a_header_row_is_reported_as_one(archive: Path, examined: Examined) -> None:
    (archive / NAME).write_text(f"case,acl\n{SOUND}")
    [problem] = examined(archive).problems
    assert "header row" in problem.message


@pytest.mark.parametrize(
    ("content", "line"),
    [(SOUND.encode("utf-16"), 1), (bytes(range(256)) * 8, 1), (b"a\nb\n\0", 3), (b"x" * (1 << 20), 1),
     (b"0" * (1 << 21), 1), (b"\n" * 30_000, 1)],
    ids=["UTF-16", "binary", "zero bytes later", "an endless line", "too many bytes", "too many lines"],
)  # fmt: skip
def test_a_file_without_any_labels_is_one_problem(archive: Path, examined: Examined, content: bytes, line: int) -> None:
    (archive / NAME).write_bytes(content)
    assert lines(examined(archive)) == [("malformed-row", None, line)]


def test_an_undecodable_row_is_malformed(archive: Path, examined: Examined) -> None:
    (archive / NAME).write_bytes(b"\xff\xfe,1\n" + SOUND.encode())
    assert lines(examined(archive)) == [("malformed-row", None, 1)]


def test_an_unpadded_id_is_a_warning_and_counts_as_padded(archive: Path, examined: Examined) -> None:
    (archive / NAME).write_text("0,0\n0001,1\n00002,0\n")
    report = examined(archive)
    assert lines(report) == [("unpadded-id", "0000", 1), ("unpadded-id", "0002", 3)]
    assert report.sound


def test_an_id_of_five_digits_is_told_how_long_ids_are(archive: Path, examined: Examined) -> None:
    (archive / NAME).write_text(f"{SOUND}10000,1\n")
    messages = {problem.rule: problem.message for problem in examined(archive).problems}
    assert messages["unpadded-id"] == "the id is written '10000', expected 4 digits"


@pytest.mark.parametrize("answer", [0, 1])
def test_a_repeated_id_is_reported_at_the_later_row(archive: Path, examined: Examined, answer: int) -> None:
    (archive / NAME).write_text(f"{SOUND}0001,{answer}\n")
    [problem] = examined(archive).problems
    assert (problem.rule, problem.case, problem.line) == ("repeated-label", "0001", 4)
    assert "line 2" in problem.message


def test_an_id_that_is_written_in_two_ways_occurs_twice(archive: Path, examined: Examined) -> None:
    with open(archive / "train-acl.csv", "a") as file:
        file.write("1,1\n")
    found = [(problem.rule, problem.line) for problem in examined(archive).problems]
    assert found == [("repeated-label", 4), ("unpadded-id", 4)]


def test_a_case_that_a_label_file_lacks_is_a_missing_label(archive: Path, examined: Examined) -> None:
    (archive / NAME).write_text("0000,0\n0002,0\n")
    assert lines(examined(archive)) == [("missing-label", "0001", None)]


def test_a_row_of_a_case_without_volumes_is_named_once_per_row(archive: Path, examined: Examined) -> None:
    (archive / NAME).write_text(f"{SOUND}0077,0\n")
    assert lines(examined(archive)) == [("label-without-case", "0077", 4)]


def test_a_case_with_one_volume_only_is_a_case(archive: Path, examined: Examined) -> None:
    np.save(archive / "train/axial/0077.npy", make_volume("0077", "axial"))
    for finding in ("abnormal", "acl", "meniscus"):
        with (archive / f"train-{finding}.csv").open("a") as file:
            file.write("0077,1\n")
    assert places(examined(archive)) == [
        ("missing-series", "train/coronal/0077.npy"), ("missing-series", "train/sagittal/0077.npy"),
    ]  # fmt: skip


@pytest.mark.parametrize("finding", ["acl", "meniscus"])
def test_a_tear_in_a_normal_knee_is_a_contradiction(archive: Path, examined: Examined, finding: str) -> None:
    write_labels(archive, "train", finding, {"0000": 0, "0001": 0, "0002": 1})
    [problem] = examined(archive).problems
    assert (problem.rule, problem.path, problem.case, problem.finding, problem.line) == (
        "label-contradiction", f"train-{finding}.csv", "0002", finding, 3,
    )  # fmt: skip


def test_a_tear_without_a_label_for_abnormal_is_no_contradiction(archive: Path, examined: Examined) -> None:
    write_labels(archive, "train", "abnormal", {"0000": 1, "0002": 0})
    write_labels(archive, "train", "acl", {"0000": 0, "0001": 1, "0002": 0})
    assert places(examined(archive)) == [("missing-label", "train-abnormal.csv")]


def test_labels_from_another_folder_are_checked(archive: Path, examined: Examined, tmp_path: Path) -> None:
    relabelled = tmp_path / "relabelled"
    relabelled.mkdir()
    for file in archive.glob("*.csv"):
        file.rename(relabelled / file.name)
    (relabelled / NAME).write_text("0000,0\n0001,1\n")
    (relabelled / "notes.txt").write_text("no file of the archive")
    assert lines(examined(archive, labels=relabelled)) == [("missing-label", "0002", None)]


def test_in_label_files_alone_the_cases_are_those_of_the_other_files_of_the_split(tmp_path: Path) -> None:
    for split, answers in (("train", {"0000": 1, "0001": 0}), ("valid", {"1130": 0})):
        for finding in ("abnormal", "acl", "meniscus"):
            write_labels(tmp_path, split, finding, answers)
    write_labels(tmp_path, "train", "acl", {"0000": 1})
    report = examine(Archive.open(tmp_path), all_rules(), Read.LABELS)
    assert lines(report) == [("missing-label", "0001", None)]


PROMOTED = ["_0000,_{}", '"_0000","_{}"', '"_0000",_{}', "_0,_{}"]


@pytest.mark.parametrize("first", PROMOTED)
@pytest.mark.parametrize("quoted", [False, True])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_a_first_row_that_became_column_names_is_a_label_and_a_warning(
    archive: Path, examined: Examined, first: str, quoted: bool, end: str
) -> None:
    rows = [row.split(",") for row in SOUND.split()]
    others = [f'"{case}","{label}"' if quoted else f"{case},{label}" for case, label in rows[1:]]
    (archive / NAME).write_text(end.join([first.format(rows[0][1]), *others, ""]), newline="")
    report = examined(archive)
    unpadded = [("unpadded-id", "0000", 1)] if first.startswith("_0,") else []
    assert lines(report) == [("promoted-row", "0000", 1), *unpadded]
    assert report.sound
    assert "delete" not in report.problems[0].remedy.lower()


def test_the_remedy_for_a_promoted_row_writes_a_new_file_with_the_row(archive: Path, examined: Examined) -> None:
    (archive / NAME).write_text('"_0000","_0"\n' + "".join(f'"{row[:4]}","{row[5:]}"\n' for row in SOUND.split()[1:]))
    before = (archive / NAME).read_bytes()
    command = examined(archive).problems[0].remedy.split("`")[1]
    assert "> labels.csv" in command
    subprocess.run(command, shell=True, cwd=archive, check=True)
    assert (archive / "labels.csv").read_text() == SOUND
    assert (archive / NAME).read_bytes() == before


def test_ids_without_their_zeros_after_a_promoted_row_are_read(archive: Path, examined: Examined) -> None:
    rows = [row.split(",") for row in SOUND.split()]
    (archive / NAME).write_text(
        f"_0000,_{rows[0][1]}\n" + "".join(f"{int(case)},{label}\n" for case, label in rows[1:])
    )
    assert {rule for rule, *_ in lines(examined(archive))} == {"promoted-row", "unpadded-id"}


def test_a_promoted_row_without_a_label_is_malformed(archive: Path, examined: Examined) -> None:
    (archive / NAME).write_text("_0000,_2\n" + SOUND.partition("\n")[2])
    assert lines(examined(archive)) == [("malformed-row", "0000", 1)]


def test_a_promoted_id_that_occurs_again_is_a_repeated_label(archive: Path, examined: Examined) -> None:
    (archive / NAME).write_text(f"_0000,_1\n{SOUND}")
    assert lines(examined(archive)) == [("promoted-row", "0000", 1), ("repeated-label", "0000", 2)]


def test_a_row_that_an_export_lost_is_a_missing_label(archive: Path, examined: Examined) -> None:
    (archive / NAME).write_text(SOUND.partition("\n")[2])
    assert lines(examined(archive)) == [("missing-label", "0000", None)]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 7910\n", "a pointer of Git LFS"),
        ("<!DOCTYPE html>\n<html><head><title>Sign in</title></head></html>\n", "a web page"),
        ("file_name,md5_hash\naxial/0000.npy,1B2M2Y8AsgTpgAmY7PhCfg==\n", "another table"),
        ("case,abnormal,acl,meniscus\n0000,1,0,0\n0001,1,1,0\n", "another table"),
    ],
)
def test_a_file_without_labels_is_one_problem_that_identifies_it(
    archive: Path, examined: Examined, text: str, words: str
) -> None:
    (archive / NAME).write_text(text)
    [problem] = examined(archive).problems
    assert (problem.rule, problem.path, problem.line) == ("malformed-row", NAME, 1)
    assert words in problem.message
    assert "delete" not in f"{problem.message} {problem.remedy}".lower()


def test_full_label_files_beside_a_part_of_the_cases_are_one_problem_per_split(
    archive: Path, examined: Examined
) -> None:
    for finding in ("abnormal", "acl", "meniscus"):
        with (archive / f"train-{finding}.csv").open("a") as file:
            file.writelines(f"{case:04d},1\n" for case in range(100, 130))
    [problem] = examined(archive).problems
    assert (problem.rule, problem.split, problem.case) == ("label-without-case", "train", None)
    assert problem.message == "30 labelled cases of train have no volume (0100 to 0129), 3 have"
    assert "--ignore label-without-case" in problem.remedy


def test_a_partial_copy_is_summarised_with_the_options_that_accept_it(archive: Path, examined: Examined) -> None:
    shutil.rmtree(archive / "valid" / "axial")
    shutil.rmtree(archive / "train" / "axial")
    (archive / NAME).write_text(f"{SOUND}0077,0\n")
    (archive / "valid-acl.csv").unlink()
    assert (
        "A part of the data set: volumes of 5 of 6 cases (coronal, sagittal). If this is intended: "
        "--ignore missing-plane --ignore missing-labels --ignore label-without-case."
    ) in last_lines(examined(archive))


def test_no_remedy_of_any_rule_deletes_or_overwrites() -> None:
    for rule in all_rules():
        assert not re.search(r"delete|remove|overwrite|rm |> \"?{path}", rule.remedy, re.IGNORECASE), rule.name
