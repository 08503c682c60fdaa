"""No text that is shown has the secrets of an address in it."""

import pytest

from mrnet.errors import UsageError
from mrnet.storage.places import parse_place, without_secrets


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("https:/host/x?sig=1: bad", "https:/host/x: bad"),
        ("'https://host/x?sig=it's'; next", "'https://host/x'; next"),
        ("s3://key:a/b@bucket/x", "s3://bucket/x"),
        ('--root="https://me:it\'s@host/x"', '--root="https://host/x"'),
        ("HTTPS://token@host/x", "HTTPS://host/x"),
        ("https://me:12345@host", "https://host"),
        ("https://me:cut sho...", "https://… sho..."),
        ("https://host: cannot be reached", "https://host: cannot be reached"),
        ("https://host:9000/a@b", "https://host:9000/a@b"),
        ("https://[::1]:80/x", "https://[::1]:80/x"),
        ("tcp://127.0.0.1:8786, or another", "tcp://127.0.0.1:8786, or another"),
        ("tcp://127.0.0.1:8786: it was lost", "tcp://127.0.0.1:8786: it was lost"),
        ("https://me:123:456@host/x", "https://host/x"),
        ("abfss://container@account/x", "abfss://container@account/x"),
        ("see https://host/a. Is it there?", "see https://host/a. Is it there?"),
    ],
)
def test_an_address_in_a_text_is_shown_without_its_secrets(text: str, shown: str) -> None:
    assert without_secrets(text) == shown


def test_a_password_with_a_slash_is_refused_and_not_shown() -> None:
    with pytest.raises(UsageError, match="write / as %2F") as raised:
        parse_place("https://me:hunter/2@host/x.zip")
    assert "hunter" not in str(raised.value)
