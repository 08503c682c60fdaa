"""The files below an address are listed, up to a limit."""

import pytest

from mrnet.errors import UsageError
from mrnet.storage import connection
from mrnet.storage.connection import _Listing
from mrnet.storage.places import Url


@pytest.mark.parametrize(("name", "words"), [("a", "more than 10 files lie here"), ("a" * 20, "too many long names")])
def test_too_many_files_below_an_address_are_refused(monkeypatch: pytest.MonkeyPatch, name: str, words: str) -> None:
    monkeypatch.setattr(connection, "MAX_OBJECTS", 10)
    monkeypatch.setattr(connection, "MAX_LETTERS", 100)
    with pytest.raises(UsageError, match=f"s3://bucket: .*{words}"):
        _Listing(Url("s3://bucket")).add((f"{name}{number}", 1) for number in range(11))
