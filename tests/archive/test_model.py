"""The Python interface: cases, series, labels and the table, from a folder or a zip, and errors that name the remedy."""

import os
import pickle
from pathlib import Path

import numpy as np
import pytest

import mrnet
from mrnet import Archive, MRNetError, errors
from mrnet.errors import ArchiveNotFoundError, UnknownCaseError, UnreadableFileError, UsageError
from mrnet.writing import writing
from tests.archives import LABELS, make_volume, slices_of, write_labels


@pytest.fixture(params=["folder", "zip"])
def opened(request: pytest.FixtureRequest) -> Archive:
    place = request.getfixturevalue({"folder": "archive", "zip": "zipped"}[request.param])
    return Archive.open(str(place))


def test_an_archive_has_root_kind_and_edition(opened: Archive) -> None:
    assert opened.root == str(opened.storage.location)
    assert opened.kind == ("zip" if opened.root.endswith(".zip") else "folder")
    assert not opened.synthetic


def test_cases_come_by_id_with_their_labels(opened: Archive) -> None:
    assert [(case.id, case.split) for case in opened.cases] == [
        *((id, "train") for id in ("0000", "0001", "0002")), *((id, "valid") for id in ("1130", "1131")),
    ]  # fmt: skip
    for case in opened.cases:
        assert case.labels == {finding: answers[case.id] for finding, answers in LABELS[case.split].items()}


def test_a_case_is_found_by_id_in_any_spelling(opened: Archive) -> None:
    for id in ("0001", "1", 1, "01", "00001"):
        assert opened.case(id).id == "0001"


def test_series_are_loaded_read_only(opened: Archive) -> None:
    volume = opened.case("0001").series("coronal").load()
    assert np.array_equal(volume, make_volume("0001", "coronal"))
    assert volume.dtype == np.uint8
    with pytest.raises(ValueError, match="read-only"):
        volume[0, 0, 0] = 1


def test_the_table_holds_the_rows_of_list(opened: Archive) -> None:
    table = opened.table()
    assert list(table.columns) == ["case", "split", "abnormal", "acl", "meniscus", "axial", "coronal", "sagittal"]
    assert list(table["case"]) == ["0000", "0001", "0002", "1130", "1131"]
    assert table["acl"].sum() == 2
    assert list(table["axial"]) == [slices_of(id, "axial") for id in table["case"]]


def test_missing_labels_and_slices_are_missing_in_the_table(archive: Path) -> None:
    (archive / "train" / "axial" / "0001.npy").unlink()
    write_labels(archive, "train", "acl", {"0000": 1})
    row = Archive.open(archive).table().set_index("case").loc["0001"]
    assert row[["acl", "axial"]].isna().all()
    assert row["coronal"] == slices_of("0001", "coronal")


def test_a_table_of_no_cases_has_its_columns(tmp_path: Path) -> None:
    (tmp_path / "train" / "axial").mkdir(parents=True)
    table = Archive.open(tmp_path).table()
    assert len(table) == 0
    assert len(table.columns) == 8


def test_cases_are_known_from_a_volume_or_a_label(archive: Path) -> None:
    write_labels(archive, "valid", "acl", {"1130": 1, "1131": 0, "1249": 0})
    (archive / "train" / "axial" / "0777.npy").write_bytes(b"")
    known = Archive.open(archive)
    assert known.case("1249").labels == {"abnormal": None, "acl": 0, "meniscus": None}
    assert not known.case("1249").series("axial").exists
    assert set(known.case("0777").labels.values()) == {None}


def test_a_case_in_both_splits_is_listed_twice(archive: Path) -> None:
    (archive / "valid" / "axial" / "0001.npy").write_bytes((archive / "train" / "axial" / "0001.npy").read_bytes())
    known = Archive.open(archive)
    assert [case.split for case in known.cases if case.id == "0001"] == ["train", "valid"]
    assert known.case("0001").split == "train"
    assert known.case("0001", "valid").split == "valid"


def test_label_faults_come_by_file_and_line(archive: Path) -> None:
    (archive / "train-acl.csv").write_text("0000,1\n0000,0\nx\n")
    (archive / "train-abnormal.csv").write_text("0000,7\n")
    assert [(fault.path, fault.line) for fault in Archive.open(archive).label_faults] == [
        ("train-abnormal.csv", 1), ("train-acl.csv", 2), ("train-acl.csv", 3),
    ]  # fmt: skip


def test_label_files_can_come_from_another_folder(archive: Path, tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    write_labels(tmp_path / "other", "train", "acl", {"0000": 1})
    labels = Archive.open(archive, labels=tmp_path / "other").case("0000").labels
    assert labels == {"abnormal": None, "acl": 1, "meniscus": None}


@pytest.mark.parametrize("id", ["abc", "9", -1, "", "9" * 5000, "１"])
def test_an_unknown_case_is_a_key_error_that_names_the_nearest(archive: Path, id: str | int) -> None:
    with pytest.raises(KeyError, match=r"the nearest that exist: .*(0000|0002|1130)") as raised:
        Archive.open(archive).case(id)
    assert isinstance(raised.value, UnknownCaseError)
    assert len(str(raised.value)) < 200


def test_a_case_that_is_in_the_other_split_is_unknown_and_its_split_named(archive: Path) -> None:
    with pytest.raises(UnknownCaseError, match="case 0001 is in train, not in valid"):
        Archive.open(archive).case(1, "valid")


def test_an_id_that_is_a_float_is_unknown_because_ids_are_whole_numbers(archive: Path) -> None:
    with pytest.raises(UnknownCaseError, match="unknown case '1.0', ids are whole numbers; the nearest"):
        Archive.open(archive).case(1.0)  # type: ignore[arg-type]  # pandas makes floats of ids in a column with gaps


def test_a_path_given_to_archive_itself_leads_to_open(archive: Path) -> None:
    with pytest.raises(UsageError, match="an archive is opened by Archive.open"):
        Archive(archive)  # type: ignore[arg-type]  # a user's mistake


def test_labels_are_shown_by_name(opened: Archive) -> None:
    assert repr(opened.case("0001").labels) == "{'abnormal': 1, 'acl': 1, 'meniscus': 0}"


def test_a_case_of_an_empty_archive_is_unknown(tmp_path: Path) -> None:
    (tmp_path / "train" / "axial").mkdir(parents=True)
    with pytest.raises(UnknownCaseError, match="this archive holds no cases"):
        Archive.open(tmp_path).case(1)


def test_unknown_words_raise_our_error_and_suggest_the_nearest(archive: Path) -> None:
    case = Archive.open(archive).case("0001")
    with pytest.raises(ValueError, match="plane 'corronal' is unknown, .*did you mean coronal") as raised:
        case.series("corronal")
    assert isinstance(raised.value, UsageError)
    with pytest.raises(UsageError, match="split 'test' is unknown, expected train or valid"):
        Archive.open(archive).case("0001", "test")


def test_a_missing_series_is_an_os_error(archive: Path) -> None:
    (archive / "train" / "axial" / "0001.npy").unlink()
    with pytest.raises(OSError, match=r"train/axial/0001.npy: no such file in .*MRNet-v1.0"):
        Archive.open(archive).case("0001").series("axial").load()


@pytest.mark.parametrize("place", ["nowhere", "x" * 300, "a\0b"])
def test_no_archive_is_a_file_not_found_error(tmp_path: Path, place: str) -> None:
    with pytest.raises(FileNotFoundError, match="no such folder or zip; `mrnet demo` makes") as raised:
        Archive.open(tmp_path / place)
    assert isinstance(raised.value, ArchiveNotFoundError)


def test_a_pipe_is_no_archive(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(ArchiveNotFoundError, match="pipe: this is a pipe or a device, expected a folder or a zip"):
        Archive.open(tmp_path / "pipe")


def test_a_near_miss_of_a_place_is_suggested(archive: Path) -> None:
    with pytest.raises(ArchiveNotFoundError, match=r"did you mean MRNet-v1\.0\?"):
        Archive.open(archive.with_name("MRNet-v1.O"))


@pytest.mark.parametrize("name", ["MRNet-v1.0", "labels"])
def test_a_folder_that_cannot_be_listed_is_named(
    archive: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    listed = os.listdir

    # Tests may run as root, who can list every folder.
    def refuse(folder: Path) -> list[str]:
        if folder.name == name:
            raise PermissionError(13, "Permission denied")
        return listed(folder)

    (tmp_path / "labels").mkdir()
    monkeypatch.setattr("os.listdir", refuse)
    with pytest.raises(UnreadableFileError, match=f"{name}: this folder cannot be listed: Permission denied"):
        Archive.open(archive, labels=tmp_path / "labels")


def test_a_folder_that_vanishes_after_it_was_opened_is_no_archive_without_cases(archive: Path) -> None:
    opened = Archive.open(archive)
    archive.rename(archive.with_name("elsewhere"))
    with pytest.raises(UnreadableFileError, match=r"cannot be read: No such file or directory"):
        opened.cases  # noqa: B018 - they are listed now
    with writing(archive.with_name("list.json")) as file:
        file.write(b"[]")


def test_other_names_are_attribute_errors() -> None:
    with pytest.raises(AttributeError, match="no attribute 'Archiv'"):
        mrnet.Archiv  # noqa: B018 - on purpose


def test_every_error_is_an_mrnet_error_and_a_built_in_one_and_can_be_pickled() -> None:
    kinds = [kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, MRNetError)]
    assert errors.UsageError in kinds
    for kind in kinds:
        error = pickle.loads(pickle.dumps(kind("what is wrong")))
        assert type(error) is kind
        assert str(error) == "what is wrong"
        assert kind in (MRNetError, errors.FileError) or any(
            base.__module__ == "builtins" and base not in (Exception, BaseException, object) for base in kind.__mro__
        )


def test_an_error_of_a_file_keeps_its_path_when_pickled() -> None:
    error = pickle.loads(pickle.dumps(UnreadableFileError("is a pipe", "train/axial/0001.npy")))
    assert str(error) == "train/axial/0001.npy: is a pipe"


def test_a_folder_at_a_volumes_path_adds_no_bytes_to_the_archive(archive: Path) -> None:
    whole, volume = Archive.open(archive).size(), archive / "train" / "axial" / "0001.npy"
    bytes_of_volume = volume.stat().st_size
    volume.unlink()
    volume.mkdir()
    assert Archive.open(archive).size() == whole - bytes_of_volume
