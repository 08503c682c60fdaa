"""Credentials for S3 come from the environment, or from a profile that boto3 reads."""

import sys
from pathlib import Path

import pytest

from mrnet.errors import MissingExtraError, UnreadableFileError
from mrnet.storage import boto


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
    found = boto.credentials("s3")
    assert found is not None
    assert found()["access_key_id"] == "an-id"


def test_a_profile_that_is_not_there_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_PROFILE", "knees")
    with pytest.raises(UnreadableFileError, match=r"the credentials cannot be used: .*\(knees\) could not be found"):
        boto.credentials("s3")


def test_a_profile_without_boto3_names_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "botocore.exceptions", None)
    monkeypatch.setenv("AWS_PROFILE", "knees")
    with pytest.raises(MissingExtraError, match="AWS_PROFILE is set, and boto3 reads profiles: .* install .*boto3"):
        boto.credentials("s3")


def test_without_a_profile_boto3_is_not_needed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "botocore.exceptions", None)
    assert boto.credentials("s3") is None


@pytest.mark.parametrize("name", ["AWS_ACCESS_KEY_ID", "AWS_SKIP_SIGNATURE"])
def test_the_environment_takes_precedence_over_a_profile(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setenv("AWS_PROFILE", "not-there")
    monkeypatch.setenv(name, "true")
    assert boto.credentials("s3") is None


def test_without_a_profile_and_on_other_storages_there_are_none(monkeypatch: pytest.MonkeyPatch) -> None:
    assert boto.credentials("s3") is None
    monkeypatch.setenv("AWS_PROFILE", "not-there")
    assert boto.credentials("gs") is None
    assert boto.credentials("https") is None
