"""The Python interface: types, hashing, pickling, iteration, and writable arrays."""

import multiprocessing
import pickle
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import mrnet
from mrnet import Archive, Case, Finding, Plane, Series, Split
from mrnet.archive import labels
from tests.archives import make_volume, slices_of, write_labels

SCRIPT = Path(__file__).with_name("typed_script.py")


def test_every_public_name_exists_and_is_listed() -> None:
    for name in mrnet.__all__:
        assert getattr(mrnet, name).__name__ == name
        assert name in dir(mrnet)


@pytest.mark.slow
def test_a_typed_script_passes_pyright_and_runs(archive: Path) -> None:
    checked = [sys.executable, "-m", "pyright", "--pythonpath", sys.executable, str(SCRIPT)]
    subprocess.run(checked, check=True)
    ran = subprocess.run([sys.executable, SCRIPT, archive], capture_output=True, text=True, check=True)
    assert ran.stdout == "[('abnormal', 3), ('acl', 2), ('meniscus', 2)] True\n"


def test_an_archive_is_a_collection_of_its_cases(archive: Path) -> None:
    opened = Archive.open(archive)
    assert len(opened) == 5
    assert [case.id for case in opened] == ["0000", "0001", "0002", "1130", "1131"]
    assert all(key in opened for key in ("0001", "1", 1, np.int64(1), opened.case(1)))
    assert not any(key in opened for key in ("0003", 9, None, 1.0, "axial"))
    assert repr(opened) == f"<Archive {str(archive)!r}: classic folder>"


@pytest.mark.parametrize("place", [3, None, b"MRNet-v1.0", ["MRNet-v1.0"]])
def test_a_value_that_is_not_a_path_is_a_usage_error(place: object) -> None:
    with pytest.raises(mrnet.errors.UsageError, match="is not a path or an address as text"):
        Archive.open(place)  # type: ignore[arg-type]  # the wrong type is the test


@pytest.mark.parametrize("name", [3, None, b"axial"])
def test_a_value_that_is_no_text_is_not_a_plane(archive: Path, name: object) -> None:
    with pytest.raises(mrnet.errors.UsageError, match="unknown, expected axial or coronal or sagittal"):
        Archive.open(archive).case(1).series(name)  # type: ignore[arg-type]  # the wrong type is the test


@pytest.mark.parametrize("place", [[], "https://me:hunter2@host/labels", "nowhere"])
def test_labels_are_taken_only_from_a_folder(archive: Path, place: object) -> None:
    with pytest.raises(mrnet.MRNetError, match="is not a path|no such folder") as raised:
        Archive.open(archive, labels=place)  # type: ignore[arg-type]  # the wrong type is the test
    assert "hunter2" not in str(raised.value)


def test_a_number_of_thousands_of_digits_is_unknown_as_other_values_are(archive: Path) -> None:
    opened, number = Archive.open(archive), 10**5000
    assert number not in opened
    tries: list[Callable[[Any], object]] = [
        opened.case,
        opened.case(1).labels.__getitem__,
        opened.case(1).series,
        Archive.open,
    ]
    for attempt in (*tries, lambda split: opened.case(1, split), lambda folder: Archive.open(archive, folder)):
        with pytest.raises(mrnet.MRNetError, match="int of thousands of digits"):
            attempt(number)


def test_an_archive_without_cases_is_still_an_archive(tmp_path: Path) -> None:
    (tmp_path / "train" / "axial").mkdir(parents=True)
    opened = Archive.open(tmp_path)
    assert (len(opened), bool(opened), list(opened)) == (0, True, [])


def test_cases_and_series_have_a_readable_repr(archive: Path) -> None:
    case = Archive.open(archive).case(1)
    assert repr(case).startswith("Case(id='0001', split=<Split.TRAIN: 'train'>, labels={")
    assert "0001" in repr(case.series("axial"))
    assert "axial" in repr(case.series("axial"))


@pytest.mark.parametrize("name", ["ACL", "menicus", 3, None])
def test_a_label_of_another_name_is_a_key_error_that_names_the_labels(archive: Path, name: object) -> None:
    answers = Archive.open(archive).case(1).labels
    with pytest.raises(mrnet.errors.LabelError, match="unknown, expected abnormal or acl or meniscus") as caught:
        answers[name]  # type: ignore[index]  # the wrong type is the test
    assert isinstance(caught.value, KeyError)
    assert (answers.get("ACL"), "ACL" in answers) == (None, False)


def test_labels_are_found_by_finding_or_by_text(archive: Path) -> None:
    answers = Archive.open(archive).case(1).labels
    assert answers["acl"] == answers[Finding.ACL] == 1


@pytest.mark.parametrize("place", ["archive", "zipped"])
def test_cases_and_series_can_be_hashed_and_pickled(request: pytest.FixtureRequest, place: str) -> None:
    opened = Archive.open(request.getfixturevalue(place))
    cases: list[Case | Series] = [*opened, *(series for case in opened for series in case.all_series())]
    assert len(set(cases)) == len(cases) == 20
    assert pickle.loads(pickle.dumps(cases)) == cases
    assert dict.fromkeys(pickle.loads(pickle.dumps(cases)), 1).keys() == set(cases)


def _first_voxels(series: Series) -> bytes:
    return bytes(series.load()[0, 0])


@pytest.mark.slow
@pytest.mark.parametrize("method", sorted({"spawn", "fork"} & set(multiprocessing.get_all_start_methods())))
@pytest.mark.parametrize("place", ["archive", "zipped"])
def test_series_are_loaded_in_other_processes(request: pytest.FixtureRequest, place: str, method: str) -> None:
    series = Archive.open(request.getfixturevalue(place)).volumes
    with ProcessPoolExecutor(2, multiprocessing.get_context(method)) as pool:
        loaded = list(pool.map(_first_voxels, series))
    assert loaded == [bytes(make_volume(each.case, each.plane)[0, 0]) for each in series]


def test_a_copied_array_is_writable(archive: Path) -> None:
    series = Archive.open(archive).case(1).series("axial")
    own = series.load(copy=True)
    own[:] = 0
    assert np.array_equal(series.load(), make_volume("0001", "axial"))
    assert own.flags.c_contiguous


def test_labels_of_a_table_are_plain_integers_where_none_is_missing(archive: Path) -> None:
    table = Archive.open(archive).table()
    assert {str(table[column].dtype) for column in (*Finding, *Plane)} == {"int64"}
    write_labels(archive, "train", "acl", {"0000": 1})
    table = Archive.open(archive).table()
    assert {column: str(table[column].dtype) for column in Finding} == {
        "abnormal": "int64", "acl": "Int64", "meniscus": "int64",
    }  # fmt: skip
    assert list(table["axial"]) == [slices_of(id, "axial") for id in table["case"]]


def test_a_case_is_looked_up_without_a_search(archive: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    opened = Archive.open(archive)
    assert opened.case("1131").split is Split.VALID
    # From here on, lookups need neither files nor the list of cases.
    monkeypatch.setattr(Archive, "cases", property(_refuse))
    monkeypatch.setattr(labels, "read_labels", _refuse)
    for _ in range(3):
        assert opened.case("1131").labels["acl"] == 0


def _refuse(*_: object) -> Callable[..., object]:
    raise AssertionError("read again")
