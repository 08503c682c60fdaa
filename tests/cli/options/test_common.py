"""The choice of archive and cases: named or found, never guessed between two, never all cases by mistake."""

from pathlib import Path

import pytest

from mrnet.cli.options.common import chosen_planes, chosen_words
from mrnet.errors import UsageError
from mrnet.vocabulary import Plane, Split
from tests.archives import write_archive, write_labels, zip_archive
from tests.conftest import Mrnet


@pytest.fixture
def here() -> Path:
    """The folder that each test starts in."""
    return Path.cwd()


@pytest.mark.parametrize(
    "place", ["MRNet-v1.0", "MRNet-demo", "MRNet-v1.0/MRNet-v1.0", "MRNet-v1.0/a/b", "MRNet-demo/MRNet-v1.0"]
)
def test_an_archive_in_a_usual_place_is_found_and_named(here: Path, mrnet: Mrnet, place: str) -> None:
    write_archive(here / place)
    ran = mrnet("list", "--format", "ids")
    assert (ran.status, ran.out) == (0, "0000\n0001\n0002\n1130\n1131\n")
    assert ran.err == f"Archive: {place.split('/')[0]} (name another with --root)\n"


def test_the_current_folder_is_found(here: Path, mrnet: Mrnet) -> None:
    write_archive(here / ".")
    assert mrnet("list").err == "Archive: . (name another with --root)\n"


def test_the_current_folder_counts_only_if_it_is_an_archive_itself(here: Path, mrnet: Mrnet) -> None:
    write_archive(here / "download" / "MRNet-v1.0")
    assert mrnet("list").status == 2
    assert mrnet("list", "--root", ".").status == 0
    assert mrnet("list", "--root", "download").status == 0


@pytest.mark.parametrize("top", ["", "MRNet-v1.0/", "a/b/"])
def test_a_zip_in_its_usual_place_is_found(here: Path, archive: Path, mrnet: Mrnet, top: str) -> None:
    zip_archive(archive, here / "MRNet-v1.0.zip", top=top)
    ran = mrnet("list")
    assert (ran.status, ran.err) == (0, "Archive: MRNet-v1.0.zip (name another with --root)\n")


def test_the_first_of_the_usual_places_that_is_an_archive_is_taken(here: Path, archive: Path, mrnet: Mrnet) -> None:
    write_archive(here / "MRNet-demo")
    (here / "MRNet-v1.0").mkdir()
    (here / "MRNet-v1.0.zip").mkdir()
    assert "MRNet-demo" in mrnet("list").err
    zip_archive(archive, here / "MRNet-v1.0.zip" / "inner.zip")
    write_archive(here / "MRNet-v1.0")
    assert "Archive: MRNet-v1.0 " in mrnet("list").err


def test_two_archives_at_one_depth_are_both_named(here: Path, mrnet: Mrnet) -> None:
    for name in ("first", "second"):
        write_archive(here / "MRNet-v1.0" / name)
    ran = mrnet("list")
    assert ran.status == 2
    assert "first" in ran.err and "second" in ran.err and "--root" in ran.err


def test_a_broken_zip_in_a_usual_place_is_not_skipped(here: Path, mrnet: Mrnet) -> None:
    write_archive(here / "MRNet-demo")
    (here / "MRNet-v1.0.zip").write_bytes(b"half a download")
    ran = mrnet("list")
    assert ran.status == 2
    assert "MRNet-v1.0.zip: no zip directory that fits" in ran.err


def test_a_demo_is_not_found_if_ci_is_set(here: Path, mrnet: Mrnet, monkeypatch: pytest.MonkeyPatch) -> None:
    write_archive(here / "MRNet-demo")
    monkeypatch.setenv("CI", "true")
    ran = mrnet("list")
    assert ran.status == 2
    assert "MRNet-demo is not used, because CI is set" in ran.err
    assert mrnet("list", "--root", "MRNet-demo").status == 0


def test_no_archive_lists_the_places_and_how_to_get_one(mrnet: Mrnet) -> None:
    ran = mrnet("info")
    assert (ran.status, ran.out) == (2, "")
    for word in ("current folder", "MRNet-v1.0", "MRNet-v1.0.zip", "MRNet-demo", "--root", "MRNET_ROOT", "mrnet demo"):
        assert word in ran.err


@pytest.mark.parametrize(
    ("names", "sentence"),
    [
        (["MRNet.zip"], "here is MRNet.zip; to use it: --root MRNet.zip"),
        (["MRNet-v1", "mrnet.tar.gz"], "here is MRNet-v1 and mrnet.tar.gz; to use it: --root MRNet-v1"),
        (["MRNet-v1.0.zip.crdownload"], "here is MRNet-v1.0.zip.crdownload, a download that has not ended: let it end"),
    ],
)
def test_a_likely_archive_is_suggested(here: Path, mrnet: Mrnet, names: list[str], sentence: str) -> None:
    for name in names:
        (here / name).touch()
    ran = mrnet("info")
    assert (ran.status, ran.out) == (2, "")
    assert f"; {sentence}; " in ran.err


def test_the_variable_names_an_archive_and_the_option_goes_first(
    archive: Path, here: Path, mrnet: Mrnet, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MRNET_ROOT", str(archive))
    ran = mrnet("list")
    assert (ran.status, ran.err) == (0, "")
    assert mrnet("list", "--root", here).status == 2


@pytest.mark.parametrize("words", [["--root", ""], ["--labels", ""], []])
def test_an_empty_place_is_bad_usage(
    archive: Path, mrnet: Mrnet, monkeypatch: pytest.MonkeyPatch, words: list[str]
) -> None:
    write_archive(Path("MRNet-v1.0"))
    if not words:
        monkeypatch.setenv("MRNET_ROOT", "")
    ran = mrnet("list", *words)
    assert ran.status == 2
    assert f"{words[0] if words else 'MRNET_ROOT'} is empty" in ran.err


@pytest.mark.parametrize("root", ["nowhere", "file.txt", "folder", "x" * 300, "file.txt/below"])
def test_a_root_that_is_no_archive_is_named(here: Path, mrnet: Mrnet, root: str) -> None:
    (here / "file.txt").write_text("no zip")
    (here / "folder").mkdir()
    ran = mrnet("list", "--root", root)
    assert (ran.status, ran.out) == (2, "")
    assert ran.err.startswith(f"mrnet: {root}: ")
    assert ran.err.count("\n") == 1


@pytest.mark.parametrize("command", ["validate", "manifest"])
def test_commands_without_cases_take_the_archive_as_an_argument(here: Path, mrnet: Mrnet, command: str) -> None:
    write_archive(here / "s")
    assert mrnet(command, "s").status == 0
    twice = mrnet(command, "s", "--root", "s")
    assert (twice.status, twice.out) == (2, "")
    assert "named twice" in twice.err


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["info", "s"], "an archive is named with --root s"),
        (["stats", "s"], "an archive is named with --root s"),
        (["show", "s"], "an archive is named with --root s"),
        (["rules", "acl", "s"], "an archive is named with --root s, after the command"),
        (["s"], "an archive is named with --root s, after the command"),
        (["--root", "s", "info"], "options come after the command: mrnet info --root s"),
        (["-r", "s", "info", "0001"], "options come after the command: mrnet info -r s"),
    ],
)
def test_an_archive_named_in_the_wrong_place_gets_a_hint(
    here: Path, mrnet: Mrnet, words: list[str], message: str
) -> None:
    write_archive(here / "s")
    ran = mrnet(*words)
    assert (ran.status, ran.out) == (2, "")
    assert message in ran.err
    assert ran.err.count("\n") == 1


def test_quiet_hides_the_message_on_the_archive_found(here: Path, mrnet: Mrnet) -> None:
    write_archive(here / "MRNet-v1.0")
    assert mrnet("list", "--quiet").err == ""


def test_labels_come_from_another_folder(archive: Path, here: Path, mrnet: Mrnet) -> None:
    (here / "other").mkdir()
    write_labels(here / "other", "train", "acl", {"0000": 1})
    ran = mrnet("list", "0000", "--root", archive, "--labels", "other", "--format", "csv")
    assert ran.out.splitlines()[1].startswith("0000,train,,1,,")
    assert ran.status == 0


def test_a_folder_of_labels_without_labels_gives_a_warning(archive: Path, here: Path, mrnet: Mrnet) -> None:
    (here / "empty").mkdir()
    ran = mrnet("list", "--root", archive, "--labels", "empty")
    assert (ran.status, ran.err) == (0, "Warning: empty holds no label file, such as train-abnormal.csv\n")
    assert mrnet("list", "--root", archive, "--labels", "none").status == 2


def test_each_option_narrows_what_the_others_left(archive: Path, mrnet: Mrnet) -> None:
    def ids(*words: object) -> list[str]:
        ran = mrnet("list", "--root", archive, "--format", "ids", *words)
        assert ran.status == 0, ran.err
        return ran.out.split()

    assert ids("--split", "valid") == ["1130", "1131"]
    assert ids("1-1130", "--split", "train") == ["0001", "0002"]
    assert ids("--where", "acl") == ["0001", "1130"]
    assert ids("1130", "0001", "--where", "acl", "--split", "train,valid") == ["1130", "0001"]
    assert len(ids("--sample", "2")) == 2
    assert ids("--sample", "2", "--seed", "5") == ids("--sample", "2", "--seed", "5")
    assert ids("--where", "acl", "--sample", "9") == ["0001", "1130"]


@pytest.mark.parametrize(
    "words",
    [["5-9"], ["@empty.txt"], ["0001", "--split", "valid"], ["--where", "0"], ["--where", "null", "--sample", "3"]],
)
def test_a_selection_of_nothing_never_becomes_every_case(
    archive: Path, here: Path, mrnet: Mrnet, words: list[str]
) -> None:
    (here / "empty.txt").touch()
    for command in ("list", "info"):
        ran = mrnet(command, *words, "--root", archive)
        assert (ran.status, ran.out) == (2, "")
        assert "no case of" in ran.err


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--split", "test"], "--split 'test' is unknown, expected train or valid"),
        (["--split", "vaild"], "did you mean valid?"),
        (["9999"], "unknown case '9999'; the nearest that exist: 0002, 1130, 1131"),
        (["--sample", "0"], "--sample"),
        (["--where", "acll"], "did you mean acl?"),
        (["--format", "xml"], "--format 'xml' is unknown here"),
        (["-o", "out.xml"], "the suffix decides the format"),
    ],
)
def test_wrong_words_are_bad_usage_and_near_misses_are_suggested(
    archive: Path, mrnet: Mrnet, words: list[str], message: str
) -> None:
    ran = mrnet("list", "--root", archive, *words)
    assert (ran.status, ran.out) == (2, "")
    assert message in ran.err


def test_labels_that_cannot_be_used_are_named_and_make_the_status_1(archive: Path, mrnet: Mrnet) -> None:
    (archive / "train-acl.csv").write_text("id,acl\n0000,1\n0001,x\n")
    for command in (["list"], ["info"], ["info", "0000"], ["info", "1130"]):
        ran = mrnet(*command, "--root", archive, "--format", "json")
        assert ran.status == 1
        assert "Warning: train-acl.csv:1: 'id,acl' is a header row" in ran.err
        assert "Warning: train-acl.csv:3: the row is '0001,x'" in ran.err
    assert mrnet("list", "0001", "--root", archive, "--format", "csv").out.splitlines()[1].split(",")[3] == ""


def test_warnings_beyond_ten_are_counted(archive: Path, mrnet: Mrnet) -> None:
    (archive / "train-acl.csv").write_text("x,x\n" * 25)
    ran = mrnet("list", "--root", archive)
    assert ran.err.count("Warning: train-acl.csv:") == 10
    assert "15 more label rows cannot be used" in ran.err


def test_nothing_is_written_inside_the_archive(archive: Path, here: Path, mrnet: Mrnet) -> None:
    for target in (archive / "list.json", archive / "train" / "list.json"):
        ran = mrnet("list", "--root", archive, "-o", target)
        assert ran.status == 2
        assert "inside the archive" in ran.err
    assert not list(archive.rglob("*.json"))


def test_files_are_written_beside_the_output_each_in_its_form(archive: Path, here: Path, mrnet: Mrnet) -> None:
    ran = mrnet("list", "--root", archive, "-f", "ids", "-o", "a.json", "-o", "new/b.csv")
    assert ran.out.startswith("0000\n")
    assert (here / "a.json").read_text().startswith("[")
    assert (here / "new" / "b.csv").read_text().startswith("case,split")


def test_planes_are_named_in_full_or_short_once_each() -> None:
    assert chosen_planes(None) == list(Plane)
    assert chosen_planes(["sag,axial", "sagittal"]) == [Plane.SAGITTAL, Plane.AXIAL]
    assert chosen_planes(["ax", "cor"]) == [Plane.AXIAL, Plane.CORONAL]
    for wrong in ("", "axial,", "Axial", "coronal axial"):
        with pytest.raises(UsageError, match="--plane"):
            chosen_planes([wrong])


def test_without_the_option_all_words_are_chosen_and_spaces_are_ignored() -> None:
    assert chosen_words(Split, None, "--split") == list(Split)
    assert chosen_words(Split, ["valid , train"], "--split") == [Split.VALID, Split.TRAIN]
