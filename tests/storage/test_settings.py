"""Settings that would be read without end, or that no service can mean, are named before a connection uses them."""

import os
from pathlib import Path

import pytest

from mrnet.errors import UsageError
from mrnet.storage import settings
from mrnet.storage.settings import check_settings

CERTIFICATES = "/etc/ssl/certs"


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")
@pytest.mark.parametrize(
    ("name", "scheme"),
    [
        ("SSL_CERT_FILE", "https"),
        ("SSL_CERT_FILE", "s3"),
        ("AWS_CA_BUNDLE", "s3"),
        ("AWS_SHARED_CREDENTIALS_FILE", "s3"),
        ("AWS_WEB_IDENTITY_TOKEN_FILE", "s3a"),
        ("GOOGLE_APPLICATION_CREDENTIALS", "gs"),
        ("GOOGLE_SERVICE_ACCOUNT", "gs"),
        ("AZURE_FEDERATED_TOKEN_FILE", "az"),
    ],
)
def test_a_pipe_is_not_awaited(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, name: str, scheme: str) -> None:
    os.mkfifo(tmp_path / "pipe")
    monkeypatch.setenv(name, str(tmp_path / "pipe"))
    with pytest.raises(UsageError, match=f"environment variable {name}: .*pipe: this is not a plain file"):
        check_settings(scheme)


@pytest.mark.skipif(not os.path.exists("/proc/kmsg"), reason="Linux")
@pytest.mark.parametrize(
    ("name", "path"), [("SSL_CERT_FILE", "/proc/kmsg"), ("SSL_CERT_FILE", "/dev/zero"), ("SSL_CERT_DIR", "/proc"),
                       ("SSL_CERT_DIR", "/sys"), ("SSL_CERT_DIR", f"{CERTIFICATES}:/proc")]
)  # fmt: skip
def test_a_file_of_the_system_that_never_ends_is_not_read(
    monkeypatch: pytest.MonkeyPatch, name: str, path: str
) -> None:
    monkeypatch.setenv(name, path)
    with pytest.raises(UsageError, match=f"environment variable {name}: /"):
        check_settings("https")


@pytest.mark.parametrize("name", ["SSL_CERT_FILE", "GOOGLE_APPLICATION_CREDENTIALS"])
def test_a_folder_in_place_of_a_file_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, name: str) -> None:
    monkeypatch.setenv(name, str(tmp_path))
    with pytest.raises(UsageError, match=f"environment variable {name}: {tmp_path}: this is not a plain file"):
        check_settings("gs")


def test_a_folder_with_a_link_to_such_a_file_is_not_read(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    if not os.path.exists("/proc/kmsg"):
        pytest.skip("Linux")
    (tmp_path / "aabbccdd.0").symlink_to("/proc/kmsg")
    monkeypatch.setenv("SSL_CERT_DIR", str(tmp_path))
    with pytest.raises(UsageError, match=r"aabbccdd\.0: this is not a plain file"):
        check_settings("https")


@pytest.mark.parametrize("limit", ["MAX_FOLDER_FILES", "MAX_FOLDER_BYTES"])
def test_a_folder_with_too_much_in_it_is_not_read(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, limit: str) -> None:
    monkeypatch.setattr(settings, limit, 3)
    for name in ("a.pem", "b.pem", "c.pem", "d.pem"):
        (tmp_path / name).write_bytes(b"x")
    monkeypatch.setenv("SSL_CERT_DIR", str(tmp_path))
    with pytest.raises(UsageError, match="holds too much for a folder of certificates"):
        check_settings("https")


def test_a_file_too_large_for_certificates_is_not_read(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    with open(tmp_path / "film", "wb") as file:
        file.truncate(settings.MAX_FILE_BYTES + 1)
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "film"))
    with pytest.raises(UsageError, match="SSL_CERT_FILE: .*film: this has 10.0 MB, too much for certificates"):
        check_settings("https")


def test_usual_settings_are_accepted(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    if os.path.isdir(CERTIFICATES):
        monkeypatch.setenv("SSL_CERT_DIR", CERTIFICATES)
    key = tmp_path / "Schlüssel von mir.json"
    key.write_text("{}")
    monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", str(key))
    monkeypatch.setenv("AWS_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "missing"))
    for scheme in ("https", "s3", "gs", "az"):
        check_settings(scheme)
