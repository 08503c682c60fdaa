"""What fails between here and a server is told in words that help."""

from pathlib import Path

import pytest

from mrnet.errors import UnreadableFileError
from mrnet.storage import connection
from mrnet.storage.connection import Connection
from mrnet.storage.failures import PROXIES, reason_in, suspects, telling
from mrnet.storage.places import Url


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
    assert words in reason_in(f"Generic HTTP error: {text}")


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
    for name in (*PROXIES, *map(str.lower, PROXIES), "AWS_SECRET_ACCESS_KEY", "AWS_SKIP_SIGNATURE"):
        monkeypatch.delenv(name, raising=False)
    words = "the network, where the credentials come from (a profile or the machine) and the server"
    assert suspects("s3") == words
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "a-key")
    assert suspects("s3") == "the network and the server"


def test_a_system_without_certificates_is_told_to_install_them(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("SSL_CERT_FILE", "SSL_CERT_DIR"):
        monkeypatch.setenv(name, str(tmp_path / "missing"))
    address = "http://127.0.0.1:9/x.zip"
    with pytest.raises(UnreadableFileError, match="install its ca-certificates, or set SSL_CERT_FILE"):
        _ = Connection(Url(address), address).store


def test_a_panic_is_one_message() -> None:
    panic = type("PanicException", (BaseException,), {})
    with pytest.raises(UnreadableFileError, match="obstore gave up"), telling():
        raise panic("called `Result::unwrap()`")
