"""Addresses of remote archives; their secrets are never printed."""

import re
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import unquote, urlsplit

from mrnet.errors import UsageError
from mrnet.text import shortened, text_of

SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]+)://")
ADDRESS = r"(?<![A-Za-z0-9+.-])([A-Za-z0-9+.-]{2,}://?)"
"""The beginning of an address; one that was read as a path has lost one of its slashes."""
PORT = r"\d{1,5}(?=:?(?:[\s/?#\"'<>,;)]|$))"
WEB = {"http", "https"}
BUCKETS = {"s3", "s3a", "gs", "az", "azure", "adl", "abfs", "abfss"}
"""Schemes of object storage, which can list its files; the web cannot."""


@dataclass(frozen=True, slots=True)
class Url:
    """An address; `str` leaves out its user, password and query, which may hold secrets."""

    text: str = field(repr=False)
    """The whole address with its secrets: only for connecting."""

    @property
    def scheme(self) -> str:
        """The part before `://`, in lower case."""
        return urlsplit(self.text).scheme

    @property
    def is_zip(self) -> bool:
        """Whether its path ends in `.zip`."""
        return urlsplit(self.text).path.lower().endswith(".zip")

    @property
    def parent(self) -> str:
        """The whole address of the folder above, with its secrets."""
        parts = urlsplit(self.text)
        return parts._replace(path=parts.path.rpartition("/")[0]).geturl()

    @property
    def without_user(self) -> str:
        """The whole address without user and password."""
        parts = urlsplit(self.text)
        return parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl()

    @property
    def user(self) -> tuple[str, str] | None:
        """User and password, without percent signs; None if the address names no user. They must never be shown."""
        parts = urlsplit(self.text)
        return None if parts.username is None else (unquote(parts.username), unquote(parts.password or ""))

    @property
    def name(self) -> str:
        """The last part of its path, without percent signs."""
        return unquote(urlsplit(self.text).path.rpartition("/")[2])

    def __str__(self) -> str:
        """Return the address without user, password and query."""
        parts = urlsplit(self.text)
        # In Azure's addresses a bucket's name may come before an @; it is not a secret.
        host = parts.netloc if self.scheme in BUCKETS and ":" not in parts.netloc else parts.netloc.rpartition("@")[2]
        return parts._replace(netloc=host, query="", fragment="").geturl()


Place = Path | Url
"""The place of an archive: a path, or an address."""


def parse_place(text: str | Place) -> Place:
    """Return the place that a text names: an address if it begins like one, else a path.

    Raises:
        UsageError: an address of an unsupported kind, or neither a text nor a path.
    """
    if isinstance(text, Path | Url):
        return text
    if not isinstance(text, str):
        raise UsageError(f"{shortened(text_of(text))} is not a path or an address as text")
    found = SCHEME.match(text)
    if not found:
        return Path(text)
    url = Url(f"{found[1].lower()}{text[found.end(1) :]}")
    try:
        parts = urlsplit(url.text)
        # If a password has a /, the part before it is read as a port; it is not a number, so this raises a ValueError.
        sound = bool(parts.netloc) and parts.port != 0
    except ValueError:
        sound = False
    if not sound:
        raise UsageError(
            f"{found[0]}… is not a full address, expected one such as s3://bucket/MRNet-v1.0; in a password write / as %2F"
        )
    if url.scheme not in WEB | BUCKETS:
        raise UsageError(
            f"{found[1]}:// is an unsupported kind of address, expected s3://, gs://, az://, https:// or a path"
        )
    return url


SECRETS = [
    # User and password, even if the password has a / or a quote, which belongs there as %2F or %27.
    (rf"{ADDRESS}[^\s/@:\[]*:(?!{PORT})\S*@", r"\1"),
    # The same in a text that was shortened before its @.
    (rf"{ADDRESS}[^\s/@:\[\"']+:(?!{PORT})\S+", r"\1…"),
    # A user without a password. In Azure's addresses a bucket's name comes before an @.
    (rf"(?!(?:{'|'.join(sorted(BUCKETS))}):){ADDRESS}[^\s/@?#]+@", r"\1"),
    # The query, up to a quote or a sign that ends the address in a sentence.
    (rf"({ADDRESS}[^\s?#<>]*)[?#]\S*?(?=[\"']?[:;,.)>]*(?:\s|$))", r"\1"),
]
"""Patterns of what may be secret in an address, each with what is shown of it."""


def without_secrets(text: str) -> str:
    """Return a text with every address in it shown without user, password, query and fragment."""
    for pattern, shown in SECRETS:
        text = re.sub(pattern, shown, text)
    return text
