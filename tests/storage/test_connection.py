"""Credentials for S3 come from the environment, or from a profile that boto3 reads; wrong settings are named."""

import sys
from pathlib import Path

import pytest

from mrnet.errors import MissingExtraError, UnreadableFileError, UsageError
from mrnet.storage import connection
from mrnet.storage.connection import Connection, _Listing, _reason, aws_credentials, suspects
from mrnet.storage.places import Url


@pytest.fixture(autouse=True)
def _no_credentials(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SKIP_SIGNATURE", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "credentials"))


def test_a_profile_gives_them(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "credentials").write_text("[knees]\naws_access_key_id = an-id\naws_secret_access_key = a-key\n")
    monkeypatch.setenv("AWS_PROFILE", "knees")
    found = aws_credentials("s3")
    assert found is not None
    assert found()["access_key_id"] == "an-id"


def test_a_profile_that_is_not_there_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_PROFILE", "knees")
    with pytest.raises(UnreadableFileError, match=r"the credentials cannot be used: .*\(knees\) could not be found"):
        aws_credentials("s3")


def test_a_profile_without_boto3_names_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "botocore.exceptions", None)
    monkeypatch.setenv("AWS_PROFILE", "knees")
    with pytest.raises(MissingExtraError, match="AWS_PROFILE is set, and boto3 reads profiles: .* install .*boto3"):
        aws_credentials("s3")


def test_without_a_profile_boto3_is_not_needed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "botocore.exceptions", None)
    assert aws_credentials("s3") is None


@pytest.mark.parametrize("name", ["AWS_ACCESS_KEY_ID", "AWS_SKIP_SIGNATURE"])
def test_the_environment_takes_precedence_over_a_profile(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setenv("AWS_PROFILE", "not-there")
    monkeypatch.setenv(name, "true")
    assert aws_credentials("s3") is None


def test_without_a_profile_and_on_other_storages_there_are_none(monkeypatch: pytest.MonkeyPatch) -> None:
    assert aws_credentials("s3") is None
    monkeypatch.setenv("AWS_PROFILE", "not-there")
    assert aws_credentials("gs") is None
    assert aws_credentials("https") is None


def test_a_system_without_certificates_is_told_to_install_them(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("SSL_CERT_FILE", "SSL_CERT_DIR"):
        monkeypatch.setenv(name, str(tmp_path / "missing"))
    address = "http://127.0.0.1:9/x.zip"
    with pytest.raises(UnreadableFileError, match="install its ca-certificates, or set SSL_CERT_FILE"):
        _ = Connection(Url(address), address).store


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Error performing GET http://host/x in 11ms - HTTP error: error following redirect", "redirects again"),
        ("hyper::Error( Parse( Version", "not one of HTTP"),
        ("Content-Range header not present in partial response", "requested part"),
        ("Content-Length Header missing from response", "requested part"),
        ("Requested 0..1, got 1..2", "requested part"),
        ('Failed to parse value for CONTENT_RANGE header: "bytes 0-0/*"', "requested part"),
    ],
)
def test_an_odd_answer_of_a_web_server_is_told_in_plain_words(text: str, words: str) -> None:
    assert words in _reason(f"Generic HTTP error: {text}")


def test_a_proxy_is_suspected_if_no_server_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(connection.RETRIES, "max_retries", 0)
    monkeypatch.setenv("http_proxy", "http://me:hunter2@127.0.0.1:9")
    address = "http://example.com/x.zip"
    with pytest.raises(UnreadableFileError, match="check the address and the network, and http_proxy$"):
        Connection(Url(address), address).size("")
    assert suspects("http") == "the network, http_proxy and the server"


def test_the_source_of_the_credentials_is_suspected_if_the_environment_has_no_key(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in connection.PROXIES:
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)
    words = "the network, where the credentials come from (a profile or the machine) and the server"
    assert suspects("s3") == words
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "a-key")
    assert suspects("s3") == "the network and the server"


@pytest.mark.parametrize(("name", "words"), [("a", "more than 10 files lie here"), ("a" * 20, "too many long names")])
def test_too_many_files_below_an_address_are_refused(monkeypatch: pytest.MonkeyPatch, name: str, words: str) -> None:
    monkeypatch.setattr(connection, "MAX_OBJECTS", 10)
    monkeypatch.setattr(connection, "MAX_LETTERS", 100)
    with pytest.raises(UsageError, match=f"s3://bucket: .*{words}"):
        _Listing(Url("s3://bucket")).add((f"{name}{number}", 1) for number in range(11))
