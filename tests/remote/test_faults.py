"""A fault of a server is one clear message without secrets, and the right exit status."""

import io
import json
import multiprocessing
import os
import shutil
import signal
import subprocess
import sys
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest

from mrnet import Archive
from mrnet.archive.model import Case
from mrnet.storage import connection
from mrnet.storage.places import Url, without_secrets
from tests.archives import zip_archive
from tests.conftest import Mrnet
from tests.remote.servers import FaultyServer, S3Server, faulty_server

pytestmark = pytest.mark.usefixtures("impatient")
NOBODY = "http://127.0.0.1:9"
"""A port at which nothing listens."""
SECRETS = ("hunter2", "a-very-secret-key", "c2lnbmF0dXJl")


def one_message(err: str) -> str:
    lines = [line for line in err.splitlines() if line]
    assert len(lines) == 1, err
    assert not any(secret in err for secret in SECRETS)
    assert "Traceback" not in err
    return lines[0]


def address_of(place: str, fault: str, server: str, environment: pytest.MonkeyPatch) -> str:
    """Return the address of a server's archive on the web or in a bucket, where this fault occurs."""
    if place == "web":
        return f"{server}/{fault}/MRNet-v1.0.zip"
    environment.setenv("AWS_ENDPOINT_URL", f"{server}/{fault}")
    environment.setenv("AWS_REGION", "us-east-1")
    environment.setenv("AWS_ACCESS_KEY_ID", "an-id")
    environment.setenv("AWS_SECRET_ACCESS_KEY", "a-very-secret-key")
    return "s3://mrnet/MRNet-v1.0.zip" if place == "zip in a bucket" else "s3://mrnet/MRNet-v1.0"


@pytest.mark.parametrize("place", ["web", "zip in a bucket", "folder in a bucket"])
@pytest.mark.parametrize(
    ("fault", "message"),
    [
        ("403", "the server answers 403 Forbidden; check the credentials"),
        ("401", "the server answers 401 Unauthorized; check the credentials"),
        ("404", "the server has no such "),
        ("500", "the server answers 500 Internal Server Error"),
        ("cut", "the server ended the connection in the middle of its answer"),
        ("stalled", "the server did not answer in time"),
        ("whole", "the server does not "),
        ("refused", "the server cannot be reached"),
    ],
)
def test_fault_when_opening_is_one_message_and_exit_2(
    faulty: FaultyServer, mrnet: Mrnet, monkeypatch: pytest.MonkeyPatch, place: str, fault: str, message: str
) -> None:
    if fault == "stalled":
        monkeypatch.setitem(connection.TIMEOUTS, "read_timeout", "100ms")
    address = address_of(place, fault, NOBODY if fault == "refused" else faulty.address, monkeypatch)
    signed = f"{address.replace('//', '//me:hunter2@')}?X-Amz-Signature=c2lnbmF0dXJl" if place == "web" else address
    ran = mrnet("list", "--root", signed)
    assert ran.status == 2
    assert one_message(ran.err).startswith(f"mrnet: {address}: {message}")


@pytest.fixture(scope="module")
def scheduler() -> Iterator[str]:
    """A Dask cluster whose workers are threads of this process, so that they try again as seldom as the tests do."""
    distributed = pytest.importorskip("distributed", reason="no dask here: pip install '.[dask]'")
    with distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, processes=False, protocol="tcp://", host="127.0.0.1", dashboard_address=":0"
    ) as cluster:
        yield cluster.scheduler_address


@pytest.mark.parametrize("by", ["threads", "Dask"])
@pytest.mark.parametrize("place", ["web", "zip in a bucket"])
@pytest.mark.parametrize(
    ("fault", "message"),
    [
        ("403", "the server answers 403 Forbidden"),
        ("404", "the server has no such file"),
        ("500", "the server answers 500"),
        pytest.param("stalled", "the server did not answer in time", marks=pytest.mark.slow),
        ("whole", "the server does not send parts of files"),
    ],
)
def test_a_fault_in_one_series_is_reported_there_and_exit_1(
    faulty: FaultyServer, mrnet: Mrnet, scheduler: str, monkeypatch: pytest.MonkeyPatch,
    place: str, by: str, fault: str, message: str,
) -> None:  # fmt: skip
    with zipfile.ZipFile(io.BytesIO(faulty.data)) as opened:
        faulty.fails_at = opened.getinfo("MRNet-v1.0/train/axial/0000.npy").header_offset
    root = address_of(place, f"{fault}-later", faulty.address, monkeypatch)
    ran = mrnet("validate", "--root", root, "--format", "json", *(["--scheduler", scheduler] if by == "Dask" else []))
    problem, *others = json.loads(ran.out)["problems"]
    assert (ran.status, problem["rule"], problem["path"]) == (1, "unreadable-file", "train/axial/0000.npy")
    assert message in problem["message"]
    assert not others


@pytest.mark.parametrize("by", ["threads", "Dask"])
def test_a_truncated_object_is_the_same_problem_as_a_truncated_file(
    s3: S3Server, mrnet: Mrnet, scheduler: str, archive: Path, by: str
) -> None:
    series = archive / "train" / "axial" / "0000.npy"
    series.write_bytes(series.read_bytes()[:-100])
    s3.put_folder(archive, "truncated")
    Path("cut.zip").write_bytes(zip_archive(archive, Path("whole.zip")).read_bytes()[:-100])
    s3.put("cut.zip", Path("cut.zip").read_bytes())
    work = ["--scheduler", scheduler] if by == "Dask" else []
    for root, local in (("s3://mrnet/truncated", archive), ("s3://mrnet/cut.zip", "cut.zip")):
        far, here = (mrnet("validate", "-r", each, "-f", "csv", *work) for each in (root, local))
        assert far.status == here.status == 1
        assert far.out == here.out.replace(f",{local},", f",{root},")
        assert len(far.out.splitlines()) == 2


@pytest.mark.parametrize("by", ["threads", "Dask"])
@pytest.mark.parametrize("name", ["odd name", "odd+name", "odd%2Bname", "odd%20name", "ödd&name"])
def test_a_key_with_signs_that_addresses_give_a_meaning_is_read(
    s3: S3Server, mrnet: Mrnet, scheduler: str, archive: Path, name: str, by: str
) -> None:
    s3.put_folder(archive, f"{name}/MRNet-v1.0")
    work = ["--scheduler", scheduler] if by == "Dask" else []
    ran = mrnet("validate", "--root", f"s3://mrnet/{quote(name)}/MRNet-v1.0", *work)
    assert (ran.status, ran.err) == (0, "")


@pytest.mark.parametrize("by", ["threads", "Dask"])
@pytest.mark.parametrize("place", ["web", "zip in a bucket"])
@pytest.mark.parametrize("fault", ["500-once", "cut-once"])
def test_a_server_that_recovers_causes_no_error(
    faulty: FaultyServer, mrnet: Mrnet, scheduler: str, monkeypatch: pytest.MonkeyPatch, archive: Path,
    place: str, by: str, fault: str,
) -> None:  # fmt: skip
    words = [
        "info",
        "--split=valid",
        "--intensity",
        "--format=csv",
        *(["--scheduler", scheduler] if by == "Dask" else []),
    ]
    ran = mrnet(*words, "-r", address_of(place, fault, faulty.address, monkeypatch))
    assert (ran.status, ran.err) == (0, "")
    assert ran.out == mrnet("info", "--split=valid", "--intensity", "--format=csv", "-r", archive).out


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("forbidden/MRNet-v1.0.zip", "the server answers 403 Forbidden"),
        ("nothing.zip", "the server has no such file (404 Not Found)"),
        ("whole/MRNet-v1.0.zip", "the server does not send parts of files (range requests)"),
        ("closed/MRNet-v1.0.zip", "the server cannot be reached"),
    ],
)
def test_faults_of_a_real_web_server(nginx: str, mrnet: Mrnet, path: str, message: str) -> None:
    ran = mrnet("list", "--root", f"{nginx}/{path}")
    assert ran.status == 2
    assert message in one_message(ran.err)


def test_slow_server_is_waited_for_while_it_sends(nginx: str, mrnet: Mrnet, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(connection.TIMEOUTS, "read_timeout", "500ms")
    ran = mrnet("list", "--root", f"{nginx}/slow/MRNet-v1.0.zip")
    assert (ran.status, ran.err) == (0, "")


@pytest.mark.parametrize(
    ("root", "message"),
    [
        ("http://127.0.0.1:9/MRNet-v1.0.zip", "the server cannot be reached"),
        ("https://nowhere.invalid/MRNet-v1.0.zip", "the server cannot be reached"),
        ("s3://no-such-bucket/MRNet-v1.0", "the server answers 404 Not Found (The specified bucket does not exist)"),
        ("s3://no-such-bucket/MRNet-v1.0.zip", "the server has no such file (404 Not Found)"),
        ("s3://mrnet/none.zip", "the server has no such file (404 Not Found)"),
        ("az://container/MRNet-v1.0", "Account must be specified"),
    ],
)
def test_wrong_address_is_one_message(s3: S3Server, mrnet: Mrnet, root: str, message: str) -> None:
    ran = mrnet("list", "--root", root)
    assert ran.status == 2
    assert message in one_message(ran.err)


def test_bucket_without_credentials_is_one_message(
    s3: S3Server, mrnet: Mrnet, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.setenv("AWS_PROFILE", "knees")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "none"))
    assert "The config profile (knees) could not be found" in one_message(
        mrnet("list", "--root", "s3://mrnet/data").err
    )


def test_credentials_of_a_profile_are_used(
    s3: S3Server, mrnet: Mrnet, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    credentials = tmp_path / "credentials"
    credentials.write_text("[knees]\naws_access_key_id = an-id\naws_secret_access_key = a-very-secret-key\n")
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    monkeypatch.setenv("AWS_PROFILE", "knees")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(credentials))
    assert mrnet("list", "--root", "s3://mrnet/data").status == 0


def test_public_bucket_needs_no_credentials(s3: S3Server, mrnet: Mrnet, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    monkeypatch.setenv("AWS_SKIP_SIGNATURE", "true")
    assert mrnet("list", "--root", "s3://mrnet/data").status == 0


def test_an_empty_zip_on_a_server_is_reported_like_a_local_one(mrnet: Mrnet, nginx: str, tmp_path: Path) -> None:
    (tmp_path / "empty.zip").touch()
    for root in (f"{nginx}/empty.zip", tmp_path / "empty.zip"):
        assert "this is an empty file" in mrnet("info", "--root", root).err
        assert mrnet("validate", "--root", root).status == 1


def test_web_page_under_a_zips_name_is_no_zip(mrnet: Mrnet, faulty: FaultyServer) -> None:
    faulty.data = b"<html>Please log in</html>"
    ran = mrnet("list", "--root", f"{faulty.address}/ok/MRNet-v1.0.zip")
    assert ran.status == 2
    assert "this is a web page" in one_message(ran.err)


def test_secrets_of_an_address_are_shown_nowhere(
    faulty: FaultyServer, mrnet: Mrnet, tmp_path: Path, archive: Path
) -> None:
    address = f"{faulty.address}/ok/MRNet-v1.0.zip"
    secret = f"{address.replace('//', '//me:hunter2@')}?X-Amz-Signature=c2lnbmF0dXJl"
    for command in ("info", "stats", "validate"):
        ran = mrnet(command, "--root", secret, "--format", "json")
        assert f'"{address}"' in ran.out
        assert not any(word in ran.out + ran.err for word in SECRETS)
    mrnet("export-montage", "0001", "-p", "axial", "--root", secret, "-o", tmp_path / "one.png")
    assert not any(word.encode() in (tmp_path / "one.png").read_bytes() for word in SECRETS)
    assert not any(word in mrnet("recipe", tmp_path / "one.png").out for word in SECRETS)


def test_address_as_text_has_no_user_and_no_query() -> None:
    assert str(Url("https://me:hunter2@host:8/a.zip?sig=1#x")) == "https://host:8/a.zip"
    assert str(Url("abfss://container@account.dfs.core.windows.net/a")) == (
        "abfss://container@account.dfs.core.windows.net/a"
    )
    assert "hunter2" not in repr(Url("https://me:hunter2@host/a.zip"))
    assert without_secrets("--root=https://me:hunter2@host/a.zip?sig=1 ok") == "--root=https://host/a.zip ok"


@pytest.mark.parametrize(
    ("name", "value", "reason"),
    [
        ("AWS_ENDPOINT_URL", "minio:9000", "expected an address that begins with http"),
        ("AWS_ENDPOINT_URL", "http://", "not a full address"),
        ("AWS_SECRET_ACCESS_KEY", "a-very-secret-key\n", "a line break"),
        ("AWS_ACCESS_KEY_ID", "an-id\n", "a line break"),
        ("AWS_SESSION_TOKEN", "schlüssel", "another character that no key has"),
        ("AWS_REGION", "us east", "expected a region"),
    ],
)
def test_an_impossible_setting_is_named_but_its_value_is_not_shown(
    s3: S3Server, mrnet: Mrnet, monkeypatch: pytest.MonkeyPatch, name: str, value: str, reason: str
) -> None:
    monkeypatch.setenv(name, value)
    ran = mrnet("info", "--root", "s3://mrnet/data")
    assert ran.status == 2
    assert ran.err.startswith(f"mrnet: s3://mrnet/data: environment variable {name}: ") or name in ran.err
    assert reason in ran.err
    assert ran.err.count("\n") == 1
    assert "secret" not in ran.err


def test_credentials_in_an_address_are_sent_and_never_shown(faulty: FaultyServer, mrnet: Mrnet) -> None:
    address = faulty.address.replace("//", "//me:p%40ss@")
    assert mrnet("info", "--root", f"{address}/ok/MRNet-v1.0.zip").status == 0
    assert set(faulty.authorizations) == {"Basic bWU6cEBzcw=="}
    ran = mrnet("info", "--root", f"{address}/500/MRNet-v1.0.zip")
    assert ran.status == 2
    assert "p%40ss" not in ran.err
    assert "p@ss" not in ran.err


def test_percent_signs_of_an_address_are_sent_as_they_are_given(faulty: FaultyServer, mrnet: Mrnet) -> None:
    mrnet("info", "--root", f"{faulty.address}/ok/MRNet%2Bv1.0%20.zip?signature=a%2Bb")
    assert set(faulty.paths) == {"/ok/MRNet%2Bv1.0%20.zip?signature=a%2Bb"}


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system does not fork")
def test_an_archive_that_was_opened_before_a_fork_is_read_after_it(nginx: str) -> None:
    opened = Archive.open(f"{nginx}/MRNet-v1.0.zip")
    expected = [opened.cases[0].series("axial").load().tobytes()]
    # A file in the current folder that is named like one of Python's modules is not imported.
    Path("pickle.py").write_text("raise SystemExit\n")
    with multiprocessing.get_context("fork").Pool(1) as pool:
        assert pool.map_async(_voxels, [opened.cases[0]]).get(timeout=60) == expected


def _voxels(case: Case) -> bytes:
    return case.series("axial").load().tobytes()


@pytest.mark.slow
def test_an_untrusted_certificate_is_named(mrnet: Mrnet, tmp_path: Path) -> None:
    if not shutil.which("openssl"):
        pytest.skip("openssl is not installed")
    made = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=localhost", "-days", "1"]
    subprocess.run([*made, "-keyout", "key.pem", "-out", "cert.pem"], check=True, capture_output=True)
    with faulty_server(b"", certificate=(Path("cert.pem"), Path("key.pem"))) as server:
        ran = mrnet("info", "--root", f"https://localhost:{server.server_port}/ok/x.zip")
    assert ran.status == 2
    assert "certificate is not trusted" in ran.err


@pytest.mark.parametrize("words", [["compare"], ["validate", "--against"]])
def test_a_source_for_against_may_be_remote(archive: Path, nginx: str, mrnet: Mrnet, words: list[str]) -> None:
    ran = mrnet(*words, f"{nginx}/MRNet-v1.0.zip", "--root", archive)
    assert (ran.status, ran.err.count("Traceback")) == (0, 0)


def test_an_empty_zip_is_the_same_here_and_on_a_server(mrnet: Mrnet) -> None:
    Path("empty.zip").touch()
    with faulty_server(b"") as server:
        far = mrnet("validate", "--root", f"{server.address}/ok/empty.zip")
    here = mrnet("validate", "--root", "empty.zip")
    assert far.status == here.status == 1


def test_ctrl_c_works_while_a_server_does_not_answer(faulty: FaultyServer) -> None:
    command = [sys.executable, "-m", "mrnet", "info", "--root", f"{faulty.address}/mute/MRNet-v1.0.zip"]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as running:
        while not faulty.requests:
            time.sleep(0.02)
        running.send_signal(signal.SIGINT)
        _, said = running.communicate(timeout=10)
    assert (running.returncode, said) == (130, "mrnet: interrupted\n")


def test_a_key_of_a_file_and_of_a_folder_is_one_problem(s3: S3Server, mrnet: Mrnet, archive: Path) -> None:
    s3.put_folder(archive, "both/MRNet-v1.0")
    s3.put("both/MRNet-v1.0/train/coronal/0000.npy/x", b"what a careless upload leaves")
    ran = mrnet("validate", "--root", "s3://mrnet/both", "-f", "json")
    problems = json.loads(ran.out)["problems"]
    assert {problem["path"].removesuffix("/x") for problem in problems} == {"train/coronal/0000.npy"}
    assert len(problems) == 1


def test_a_key_with_an_empty_part_is_an_unexpected_file(s3: S3Server, mrnet: Mrnet, archive: Path) -> None:
    s3.put_folder(archive, "odd/MRNet-v1.0")
    s3.put("odd/MRNet-v1.0/train//0000.npy", b"what a careless upload leaves")
    ran = mrnet("validate", "--root", "s3://mrnet/odd", "-f", "json")
    assert [problem["rule"] for problem in json.loads(ran.out)["problems"]] == ["unexpected-file"]
    assert ran.status == 0
