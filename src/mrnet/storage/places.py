"""Addresses of remote archives; their secrets are never printed."""

import re
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import unquote, urlsplit

from mrnet.errors import UsageError
from mrnet.text import shortened

SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]+)://")
ADDRESS = r"[A-Za-z][A-Za-z0-9+.-]+://[^\s\"'<>]+"
USER = r"(?<=[A-Za-z0-9]:/)[^\s\"'<>/@]+:[^\s\"'<>/@]*@"
"""User and password in an address that was read as a path, which has lost one of its `/`."""
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
        raise UsageError(f"{shortened(repr(text))} names no place, expected a path or an address as text")
    found = SCHEME.match(text)
    if not found:
        return Path(text)
    url = Url(f"{found[1].lower()}{text[found.end(1) :]}")
    try:
        sound = bool(urlsplit(url.text).netloc)
    except ValueError:
        sound = False
    if not sound:
        raise UsageError(f"{found[0]}… is not a full address, expected one such as s3://bucket/MRNet-v1.0")
    if url.scheme not in WEB | BUCKETS:
        raise UsageError(
            f"{found[1]}:// is an unsupported kind of address, expected s3://, gs://, az://, https:// or a path"
        )
    return url


def without_secrets(text: str) -> str:
    """Return a text with every address in it shown without secrets, as `Url` shows it."""
    return re.sub(USER, "", re.sub(ADDRESS, _as_shown, text))


def _as_shown(found: re.Match[str]) -> str:
    try:
        return str(Url(found[0]))
    except ValueError:
        # The address cannot be divided into its parts, so the secrets in it cannot be found.
        return f"{found[0].partition('://')[0]}://…"
