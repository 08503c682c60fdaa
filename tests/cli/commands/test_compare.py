"""`mrnet compare` as users, scripts and jobs run it."""

import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.archives import zip_archive
from tests.conftest import Mrnet

HEADER = "case,abnormal,acl,meniscus"
READER = f"{HEADER}\n0000,1,0,1\n0001,1,1,0\n0002,0,0,0\n1130,1,1,1\n1131,0,0,0\n"


@pytest.fixture
def reader(tmp_path: Path) -> Callable[..., Path]:
    def write(text: str = READER, name: str = "reader.csv") -> Path:
        file = tmp_path / name
        file.write_text(text)
        return file

    return write


@pytest.fixture
def flipped(archive: Path, tmp_path: Path) -> Path:
    """The archive's label files with one label flipped: case 0001 without its ACL tear."""
    folder = tmp_path / "labels"
    folder.mkdir()
    for file in archive.glob("*.csv"):
        shutil.copy(file, folder)
    (folder / "train-acl.csv").write_text("0000,0\n0001,0\n0002,0\n")
    return folder


def test_the_differing_label_is_a_row_and_status_1(mrnet: Mrnet, archive: Path, flipped: Path) -> None:
    ran = mrnet("compare", flipped, "--root", archive, "--format", "json")
    assert ran.status == 1
    data = json.loads(ran.out)
    assert data["differences"] == [{"case": "0001", "split": "train", "finding": "acl", "this": 1, "other": 0}]
    assert data["selection"] is None
    assert mrnet("compare", flipped, "--root", archive, "--format", "csv").out == (
        "case,split,finding,this,other\n0001,train,acl,1,0\n"
    )


def test_the_figures_of_agreement_are_in_every_form(mrnet: Mrnet, archive: Path, flipped: Path) -> None:
    words = ("compare", flipped, "--root", archive, "--format")
    acl = json.loads(mrnet(*words, "json").out)["findings"]["acl"]
    counts = {"compared": 5, "both": 1, "this_only": 1, "other_only": 0, "neither": 3}
    assert {name: acl[name] for name in counts} == counts
    assert (acl["agreement"], acl["sensitivity"], acl["specificity"]) == (0.8, 0.5, 1.0)
    assert acl["kappa"] == pytest.approx(0.545, abs=0.001)
    table = mrnet(*words, "table").out
    # A path is never wrapped, so that it can be copied.
    assert max(len(line) for line in table.splitlines() if archive.name not in line and flipped.name not in line) <= 80
    for text in (table, mrnet(*words, "markdown").out, mrnet(*words, "csv").err):
        rows = {line.strip("| ").split("  ")[0].split(" | ")[0].split(",")[0]: line for line in text.splitlines()}
        assert "0.55 (-0.16–1.00)" in rows["kappa"]
        assert "0.50 (0.09–0.91)" in rows["sensitivity"]
        assert "1.00 (0.44–1.00)" in rows["specificity"]
        assert re.findall("[0-9]+", rows["only THIS positive"]) == ["0", "1", "0"]


def test_sources_that_agree_are_status_0(mrnet: Mrnet, archive: Path, reader: Callable[..., Path]) -> None:
    words = ("compare", reader(), "--root", archive, "--format")
    for format, expected in {
        "table": "\nNo label differs.\n", "json": '"differences": []\n}\n', "markdown": "### Differences\n\nNone.\n",
        "csv": "case,split,finding,this,other\n",
    }.items():  # fmt: skip
        ran = mrnet(*words, format)
        assert ran.status == 0
        assert ran.out.endswith(expected)


def test_a_zip_and_a_folder_are_archives(mrnet: Mrnet, archive: Path, tmp_path: Path) -> None:
    zipped = zip_archive(archive, tmp_path / "other.zip")
    assert mrnet("compare", zipped, "--root", archive).status == 0
    assert mrnet("compare", archive, "--root", zipped).status == 0


def test_labels_from_a_checkout_are_this_side(mrnet: Mrnet, archive: Path, flipped: Path) -> None:
    ran = mrnet("compare", archive, "--root", archive, "--labels", flipped, "--format", "json")
    rows = json.loads(ran.out)["differences"]
    assert rows == [{"case": "0001", "split": "train", "finding": "acl", "this": 0, "other": 1}]


def test_a_readers_notes_are_carried_along(mrnet: Mrnet, archive: Path, reader: Callable[..., Path]) -> None:
    file = reader(f"{HEADER},note,unsure\n0001,1,0,0,looks whole,1\n")
    ran = mrnet("compare", file, "--root", archive, "--format", "json")
    assert json.loads(ran.out)["differences"] == [
        {
            "case": "0001",
            "split": "train",
            "finding": "acl",
            "this": 1,
            "other": 0,
            "note": "looks whole",
            "unsure": "1",
        }
    ]
    assert "looks whole" in mrnet("compare", file, "--root", archive).out


def test_cases_and_labels_of_one_side_only_are_reported_and_not_counted(
    mrnet: Mrnet, archive: Path, reader: Callable[..., Path]
) -> None:
    ran = mrnet("compare", reader(f"{HEADER}\n0000,1,,1\n4711,1,1,1\n"), "--root", archive)
    assert ran.status == 0
    assert "acl: 1 label that only this archive has, not compared" in ran.err
    assert "4 cases that only this archive has, not compared: 0001, 0002, 1130, 1131" in ran.err
    assert "1 case that only OTHER has, not compared: 4711" in ran.err


def test_a_malformed_row_is_a_warning_with_its_line_and_status_1(
    mrnet: Mrnet, archive: Path, reader: Callable[..., Path]
) -> None:
    file = reader(READER.replace("0002,0,0,0", "0002,0,maybe,0"))
    ran = mrnet("compare", file, "--root", archive)
    assert ran.status == 1
    assert f"Warning: {file}:4: acl is 'maybe', expected 0, 1 or nothing" in ran.err


def test_malformed_rows_of_the_other_archive_are_reported_with_their_line(
    mrnet: Mrnet, archive: Path, flipped: Path
) -> None:
    (flipped / "train-acl.csv").write_text("id,label\n0000,0\n0001,1\n0002,0\n")
    ran = mrnet("compare", flipped, "--root", archive)
    assert ran.status == 1
    assert f"Warning: {flipped}: train-acl.csv:1: 'id,label' is a header row" in ran.err


def test_a_zip_under_another_name_is_an_archive(mrnet: Mrnet, archive: Path, tmp_path: Path) -> None:
    download = zip_archive(archive, tmp_path / "download")
    assert mrnet("compare", download, "--root", archive).status == 0
    with download.open("r+b") as file:
        file.truncate(1000)
    ran = mrnet("compare", download, "--root", archive)
    assert ran.status == 2
    assert "a zip cut short at 1,000 bytes" in ran.err


def test_a_key_undoes_a_blind_reading(mrnet: Mrnet, archive: Path, reader: Callable[..., Path]) -> None:
    key = reader("reading,case,split\nR01,1130,valid\nR02,0001,train\n", "key.csv")
    blind = reader(f"{HEADER}\nR01,1,1,1\nR02,1,0,0\n")
    ran = mrnet("compare", blind, "--root", archive, "--key", key, "--format", "json")
    assert [row["case"] for row in json.loads(ran.out)["differences"]] == ["0001"]


def test_only_the_chosen_cases_are_compared(mrnet: Mrnet, archive: Path, flipped: Path) -> None:
    assert mrnet("compare", flipped, "0000", "1130", "--root", archive).status == 0
    assert mrnet("compare", flipped, "--split", "train", "--root", archive).status == 1


def test_sources_that_cannot_be_compared_are_status_2(
    mrnet: Mrnet, archive: Path, reader: Callable[..., Path], tmp_path: Path
) -> None:
    for words, reason in [
        ((reader("0000,1\n", "label.csv"),), "expected a header row"),
        ((reader(f"{HEADER}\n4711,1,1,1\n"),), "nothing to compare"),
        ((tmp_path / "none.csv",), "no such archive, folder of label files or CSV"),
        ((archive, "--key", reader("reading,case,split\n", "key.csv")), "--key gives the cases of the blind names"),
    ]:
        ran = mrnet("compare", *words, "--root", archive)
        assert (ran.status, ran.out) == (2, "")
        assert reason in ran.err


def test_a_label_that_an_archive_or_a_folder_lost_is_a_difference(mrnet: Mrnet, archive: Path, flipped: Path) -> None:
    (flipped / "train-acl.csv").write_text("0000,0\n0001,1\n")
    (flipped / "valid-acl.csv").unlink()
    ran = mrnet("compare", flipped, "--root", archive, "--format", "csv")
    assert (ran.status, ran.out.splitlines()[1:]) == (
        1,
        ["0002,train,acl,0,", "1130,valid,acl,1,", "1131,valid,acl,0,"],
    )
    back = mrnet("compare", archive, "--root", flipped, "--format", "csv")
    assert (back.status, back.out.splitlines()[1]) == (1, "0002,train,acl,,0")


def test_nothing_compared_is_status_2(mrnet: Mrnet, archive: Path, reader: Callable[..., Path], tmp_path: Path) -> None:
    (tmp_path / "none" / "train" / "axial").mkdir(parents=True)
    for other in (reader(f"{HEADER}\n"), reader("case,acl\n0001,\n", "empty.csv"), tmp_path / "none"):
        ran = mrnet("compare", other, "--root", archive)
        assert (ran.status, ran.out) == (2, "")
        assert "nothing to compare" in ran.err


def test_two_sources_are_compared_without_the_archive(mrnet: Mrnet, reader: Callable[..., Path]) -> None:
    first = reader("case,acl\n0001.npy,1.0\n0002,0\n0003,1\n", "first.csv")
    second = reader("case,split,acl\n1,train,0\n2,train,0\n3,train,1\n", "second.csv")
    ran = mrnet("compare", first, second, "--format", "json")
    data = json.loads(ran.out)
    assert (ran.status, data["this"], data["other"]) == (1, str(first), str(second))
    assert data["differences"] == [{"case": "0001", "split": None, "finding": "acl", "this": 1, "other": 0}]
    assert data["findings"]["acl"]["sensitivity"] == 0.5
    assert mrnet("compare", first, second, "--split", "train").status == 2


def test_the_legend_of_the_curves_is_below_the_axes_because_a_poor_model_s_curve_goes_through_every_corner(
    mrnet: Mrnet, archive: Path, reader: Callable[..., Path], tmp_path: Path
) -> None:
    model = reader(f"{HEADER}\n1130,.1,.2,.1\n0001,.2,.7,.6\n0002,.8,.6,.9\n1131,.9,.8,.4\n", "poor.csv")
    plot = tmp_path / "roc.svg"
    assert mrnet("compare", model, "--root", archive, "--split", "valid,train", "--plot", plot).status == 0
    drawn = plot.read_text()

    def down(text: str) -> float:
        found = re.search(rf'(?:translate\(\S+ |y=")([0-9.]+)[^>]*>{text}', drawn)
        assert found
        return float(found[1])

    assert all(down(finding) > down("1 − specificity") for finding in ("abnormal", "ACL tear", "meniscal tear"))


def test_two_blind_readers_and_a_model_go_from_their_files_to_kappa_and_curves(
    mrnet: Mrnet, archive: Path, reader: Callable[..., Path], tmp_path: Path
) -> None:
    key = reader("reading,case,split\nR01,1130,valid\nR02,0001,train\nR03,0002,train\nR04,1131,valid\n", "key.csv")
    columns = f"{HEADER},acl_confidence"
    one = reader(f"{columns}\nR01,1,1,1,90\nR02,1,1,0,70\nR03,0,0,0,10\nR04,0,0,0,20\n", "one.csv")
    two = reader(f"{columns}\nR01,1,1,1,80\nR02,1,0,0,40\nR03,0,0,0,30\nR04,0,0,1,0\n", "two.csv")
    model = reader(f"{HEADER}\n1130,.9,.8,.9\n0001,.8,.3,.4\n0002,.2,.4,.1\n1131,.1,.2,.6\n", "model.csv")
    ran = mrnet("compare", one, two, "--key", key, "--format", "json")
    assert json.loads(ran.out)["findings"]["acl"]["kappa"] == 0.5
    ran = mrnet("compare", one, model, "--key", key, "--format", "json")
    assert json.loads(ran.out)["findings"]["acl"]["auc"] == 0.75
    plot = tmp_path / "roc.svg"
    ran = mrnet("compare", one, "--key", key, "--root", archive, "--format", "json", "--plot", plot)
    assert json.loads(ran.out)["findings"]["acl"]["auc"] == 1.0
    assert "ACL tear (2 of 4 positive)" in plot.read_text()
    ran = mrnet("compare", model, "--root", archive, "--split", "valid", "--split", "train", "--format", "json")
    data = json.loads(ran.out)
    assert (ran.status, data["differences"]) == (0, [])
    assert [data["findings"][finding]["auc"] for finding in ("abnormal", "acl", "meniscus")] == [1.0, 0.75, 1.0]
    assert data["mean_auc"] == pytest.approx(2.75 / 3)
    assert "treated as scores" in ran.err


def test_scores_are_counted_as_scores_and_not_as_labels(
    mrnet: Mrnet, archive: Path, reader: Callable[..., Path]
) -> None:
    scores = reader("case,abnormal,acl\n0000,1,.5\n0001,1,.9\n0002,,.1\n")
    for form in ("table", "markdown"):
        lines = mrnet("compare", scores, "--root", archive, "--format", form).out.splitlines()
        rows = {cells[0]: cells[1:] for cells in (re.split(r" {2,}| \| ", line.strip("| ")) for line in lines) if cells}
        assert rows["cases compared"] == ["2", "–", "0"]
        assert rows["cases with a score"] == ["–", "3", "–"]
        assert rows["of these positive in THIS"][1] == "1"


@pytest.mark.parametrize(
    ("rows", "reason"),
    [
        ("0000,.2\n0002,.3\n", "acl: all cases with a score are negative in THIS, so there is no AUC"),
        ("0001,.3\n", "acl: all cases with a score are positive in THIS, so there is no AUC"),
        ("0000,.5\n0001,.5\n", "acl: every score is the same, so its AUC has no meaning"),
        ("0000,.5\n0001,nan\n0002,.1\n", "acl is 'nan', expected a score from 0 to 1 or from 0 to 100, or nothing"),
        ("0000,.5\n0001,150\n0002,.1\n", "acl is '150', expected a score from 0 to 1 or from 0 to 100, or nothing"),
    ],
)
def test_an_area_that_is_unknown_or_means_nothing_has_its_reason(
    mrnet: Mrnet, archive: Path, reader: Callable[..., Path], rows: str, reason: str
) -> None:
    assert reason in mrnet("compare", reader(f"case,acl\n{rows}"), "--root", archive).err


def test_a_table_of_other_cases_is_one_message(mrnet: Mrnet, archive: Path, reader: Callable[..., Path]) -> None:
    for rows, reason in (("A-1,1\nA-2,0\nA-3,0\n", "the case is 'A-1'"), ("5001,1\n5002,0\n", "2 cases such as 5001")):
        ran = mrnet("compare", reader(f"case,acl\n{rows}"), "--root", archive)
        assert (ran.status, ran.out, ran.err.count("\n")) == (2, "", 1)
        assert reason in ran.err


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (["labels.csv", "--plot", "roc.pdf"], "OTHER has no scores"),
        (["labels.csv", "--plot", "roc.gif"], "the suffix '.gif' is unknown"),
        (["scores.csv", "labels.csv"], "holds scores, which cannot be the reference"),
        (["labels.csv", "scores.csv", "0001"], "two sources are compared in all their cases"),
    ],
)
def test_usage_errors_are_status_2(
    mrnet: Mrnet, archive: Path, reader: Callable[..., Path], words: list[str], reason: str
) -> None:
    Path("labels.csv").write_text(READER)
    Path("scores.csv").write_text("case,acl\n0000,.5\n")
    ran = mrnet("compare", *words, "--root", archive)
    assert (ran.status, ran.out) == (2, "")
    assert reason in ran.err
