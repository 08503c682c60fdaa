"""Archives are read in place: in buckets as single files, in buckets and on the web as zips."""

import pickle
import sys
from pathlib import Path

import pytest

from mrnet import Archive
from mrnet.archive.model import Series
from mrnet.errors import AmbiguousArchiveError, ArchiveNotFoundError, MissingExtraError, UsageError
from mrnet.storage.remote import READERS
from tests.conftest import Mrnet
from tests.remote.servers import FaultyServer, S3Server


def volumes(archive: Archive) -> list[bytes]:
    return [series.load().tobytes() for case in archive.cases for series in case.all_series()]


@pytest.fixture
def expected(archive: Path) -> list[bytes]:
    return volumes(Archive.open(archive))


@pytest.mark.parametrize("root", ["s3://mrnet/data/MRNet-v1.0", "s3://mrnet/data", "s3://mrnet/MRNet-v1.0.zip"])
def test_archive_in_a_bucket_holds_what_the_folder_holds(s3: S3Server, root: str, expected: list[bytes]) -> None:
    archive = Archive.open(root)
    assert volumes(archive) == expected
    assert archive.root == root
    assert archive.label_faults == []


def test_zip_on_the_web_holds_what_the_folder_holds(nginx: str, expected: list[bytes]) -> None:
    archive = Archive.open(f"{nginx}/MRNet-v1.0.zip")
    assert volumes(archive) == expected
    assert archive.kind == "zip"


def test_a_pickled_archive_reads_in_another_process(
    s3: S3Server, nginx: str, archive: Path, zipped: Path, expected: list[bytes]
) -> None:
    for root in (str(archive), str(zipped), "s3://mrnet/data", "s3://mrnet/MRNet-v1.0.zip", f"{nginx}/MRNet-v1.0.zip"):
        sent = pickle.dumps(Archive.open(root))
        assert b"secret" not in sent
        assert len(sent) < 2000
        assert volumes(pickle.loads(sent)) == expected


def test_an_archive_that_comes_back_from_another_process_is_the_same_object(archive: Path) -> None:
    series = Archive.open(archive).case("0001").series("axial")
    again: Series = pickle.loads(pickle.dumps(series))
    assert again.storage is series.storage


def test_empty_files_that_stand_for_folders_are_no_files(s3: S3Server, mrnet: Mrnet) -> None:
    for key in ("marked/", "marked/train/", "marked/train/axial/"):
        s3.put(key, b"")
    s3.put("marked/train/axial/0001.npy", b"")
    s3.put("marked/notes (1).txt", b"")
    archive = Archive.open("s3://mrnet/marked")
    assert list(archive.storage.entries) == ["notes (1).txt", "train/axial/0001.npy"]
    assert [case.id for case in archive.cases] == ["0001"]
    ran = mrnet("info", "0001", "--root", "s3://mrnet/marked", "--format", "csv")
    assert ran.status == 1
    assert "train/axial/0001.npy: the file is empty" in ran.out


def test_two_archives_at_one_depth_are_left_to_the_user(s3: S3Server) -> None:
    for name in ("one", "other"):
        s3.put(f"two/{name}/train-acl.csv", b"0000,0\n")
    with pytest.raises(AmbiguousArchiveError, match="s3://mrnet/two: two .* lie in it, one and other"):
        Archive.open("s3://mrnet/two")


def test_no_archive_below_an_address_is_reported(s3: S3Server) -> None:
    with pytest.raises(ArchiveNotFoundError, match="s3://mrnet/nothing: no MRNet archive in it"):
        Archive.open("s3://mrnet/nothing")


@pytest.mark.parametrize(
    "command", [("list",), ("info", "--where", "axial > 0"), ("stats",), ("validate", "--read=headers")]
)
def test_many_headers_are_requested_at_once_but_not_too_many(
    faulty: FaultyServer, mrnet: Mrnet, command: tuple[str, ...]
) -> None:
    ran = mrnet(*command, "--root", f"{faulty.address}/delayed/MRNet-v1.0.zip")
    assert ran.status == 0, ran.err
    assert 4 <= faulty.most_at_once <= READERS


def test_a_header_takes_one_request_and_few_bytes(faulty: FaultyServer, mrnet: Mrnet) -> None:
    archive = Archive.open(f"{faulty.address}/ok/MRNet-v1.0.zip")
    assert archive.cases
    before, sent = len(faulty.requests), faulty.sent
    archive.case("0001").series("axial").header()
    assert len(faulty.requests) == before + 1
    assert faulty.sent - sent <= 8192


def test_a_folder_on_the_web_is_refused_because_the_web_cannot_list_files(nginx: str, mrnet: Mrnet) -> None:
    ran = mrnet("list", "--root", f"{nginx}/MRNet-v1.0/")
    assert ran.status == 2
    assert "the web cannot list the files of a folder; name a .zip there" in ran.err


@pytest.mark.parametrize("root", ["ftp://host/x.zip", "s3://", "https://[half/x.zip", "S4://bucket/x"])
def test_an_impossible_address_is_a_usage_error(root: str) -> None:
    with pytest.raises(UsageError, match="expected"):
        Archive.open(root)


def test_without_the_extra_the_message_names_it(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("obstore", "obstore.store", "obstore.exceptions"):
        monkeypatch.setitem(sys.modules, name, None)
    for root in ("s3://mrnet/data", "s3://mrnet/data.zip", "https://localhost/data.zip"):
        with pytest.raises(MissingExtraError, match="needs an optional part of mrnet: .* install .*obstore"):
            Archive.open(root)
