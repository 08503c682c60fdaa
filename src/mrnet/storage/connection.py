"""The connection to object storage and the web, through obstore: each failure becomes one message without secrets."""

import os
import re
from asyncio import wrap_future
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from functools import cached_property
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

from mrnet.errors import MissingExtraError, UnreadableFileError, UsageError
from mrnet.storage.loop import begin
from mrnet.storage.places import WEB, Url, without_secrets
from mrnet.storage.settings import check_settings
from mrnet.storage.waiting import SILENT, Heard, Server

if TYPE_CHECKING:
    from obstore.store import ClientConfig, ObjectStore, RetryConfig

    from mrnet.storage.helper import Helper

_process: int | None = None
"""The process that runs obstore's threads; they do not survive a fork."""

TIMEOUTS: "ClientConfig" = {"connect_timeout": "5s", "read_timeout": "7s", "timeout": "24h"}
"""Timeouts: to connect, between two pieces of an answer, and for a whole answer, which may be long over a slow line."""
RETRIES: "RetryConfig" = {
    "max_retries": 6,
    "retry_timeout": timedelta(minutes=1),
    "backoff": {"max_backoff": timedelta(seconds=4)},
}
"""Six retries, with pauses that grow from 0.1 s. `waiting.SECONDS_OF_SILENCE` ends those that bring nothing."""
MIN_PIECE_BYTES = 1 << 14
"""A server that sends less than this in the time for one piece is too slow to be useful, and counts as silent."""
MAX_OBJECTS = 500_000
"""The files of more than a hundred thousand cases. An address with more is probably a whole data lake."""
MAX_LETTERS = 64 << 20
"""For the paths of all objects together: more than twice what MAX_OBJECTS volumes need."""

NO_RANGES = "the server does not send parts of files (range requests), which is needed here; download the file instead"
NO_CREDENTIALS = (
    "no credentials were found in the environment or a profile; for public data set AWS_SKIP_SIGNATURE=true"
)
S3 = {"s3", "s3a"}
PROXIES = {"HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"}
ODD_KEY = re.compile(r'Path "([^"\n]{1,200})" contained')
REASONS = [
    (
        r"No CA certificates",
        "no certificates were found on this system; install its ca-certificates, or set SSL_CERT_FILE to a file of them",
    ),
    (
        r"(invalid peer certificate: \w+|[Cc]ertificate[^\n]{1,80})",
        "its certificate is not trusted ({0}); for your own certificate authority set SSL_CERT_FILE to its certificate",
    ),
    (
        r"redirect without LOCATION",
        "the server redirects to no address; check the address, and for S3 the region (AWS_REGION)",
    ),
    (r"following redirect", "the server redirects again and again, or to no address; name the last address"),
    (
        r"Content-Length Header missing|CONTENT_RANGE|Content-Range|Requested \d+\.\.\d+, got",
        "the server's answer does not say that it is the requested part of the file; download the file instead",
    ),
    (r"NotSupported|[Rr]ange request not supported|non-partial", NO_RANGES),
    (r"169\.254\.169\.254|metadata\.google", NO_CREDENTIALS),
    (r"status code: (\d{3} [A-Za-z ]+).*?<Message>([^<]{1,200})</Message>", "the server answers {0} ({1})"),
    (r"status code: 404", "the server has no such bucket or folder (404 Not Found)"),
    (r"status code: (\d{3} [A-Za-z ]+)", "the server answers {0}"),
    (r"invalid list response", "the server does not list files as this kind of storage does; check the endpoint"),
    (r"TimedOut|kind: Timeout", SILENT),
    (r"Parse\(", "the server's answer is not one of HTTP; check the address and its port"),
    (r"kind: Connect|error sending request", "the server cannot be reached; check the address and the network"),
    (
        r"request or response body error|end of file before|IncompleteBody",
        "the server ended the connection in the middle of its answer",
    ),
]
"""Messages for obstore's texts: it has one class for most errors, and its texts contain addresses with secrets."""
REFUSED = re.compile("answers 40[13]")


class Connection:
    """The files below an address; each process makes its own connection."""

    def __init__(self, url: Url, base: str) -> None:
        self.url = url
        self.base = base

    def __reduce__(self) -> tuple[object, ...]:
        """Pickle the connection without credentials; another process finds its own."""
        return Connection, (self.url, self.base)

    @cached_property
    def store(self) -> "ObjectStore":
        """The connection itself. Its calls release the interpreter's lock, and are safe from many threads."""
        try:
            from obstore.store import HTTPStore, from_url
        except ImportError:
            from mrnet.installation import missing_extra

            raise missing_extra(f"{self.url}: this", "remote") from None
        global _process  # noqa: PLW0603 - obstore's threads belong to the whole process
        check_settings(self.url.scheme)
        _process = _process or os.getpid()
        scheme = Url(self.base).scheme
        # An https address never falls back to http. For a store's own endpoint, its address decides.
        options: ClientConfig = {**TIMEOUTS, "allow_http": scheme != "https"}
        with _telling():
            if scheme in WEB:
                if user := Url(self.base).user:
                    options["default_headers"] = {"Authorization": _basic(*user)}
                return HTTPStore(Url(self.base).without_user, client_options=options, retry_config=RETRIES)
            given: dict[str, Any] = {"credential_provider": aws} if (aws := aws_credentials(scheme)) else {}
            return from_url(self.base, client_options=options, retry_config=RETRIES, **given)

    def read(self, path: str, offset: int, length: int) -> bytes:
        """Return a part of a file, which is not empty and inside the file; for the errors see `Server.ask`."""
        return bytes(self._ask("_read", path, offset, length))

    def size(self, path: str) -> int:
        """Return a file's length; for the errors see `Server.ask`."""
        return int(self._ask("_size", path))

    def sizes(self) -> dict[str, int]:
        """Return the length of every file, by its path; for the errors see `Server.ask`."""
        sizes: dict[str, int] = self._ask("_sizes")
        return sizes

    def _ask(self, what: str, *arguments: object) -> Any:
        """Ask the server in this process, or after a fork, which ends obstore's threads, in a new process."""
        if _process in (None, os.getpid()):
            return self.answer(what, *arguments)
        if os.getpid() not in self._helpers:
            from mrnet.storage.helper import Helper

            self._helpers[os.getpid()] = Helper(self)
        return self._helpers[os.getpid()].ask(what, *arguments)

    def answer(self, what: str, *arguments: object) -> Any:
        """Ask the server in this process; for the errors see `Server.ask`."""
        return self._server.ask(lambda heard: getattr(self, what)(heard, *arguments))

    @cached_property
    def _server(self) -> Server:
        return Server(str(self.url), suspects(self.url.scheme))

    @cached_property
    def _helpers(self) -> "dict[int, Helper]":
        return {}

    async def _store(self) -> "ObjectStore":
        if "store" in self.__dict__:
            return self.store
        # In a thread, because a profile may name a program that gives the credentials, and that may never end.
        return await wrap_future(begin(lambda: self.store))

    async def _read(self, heard: Heard, path: str, offset: int, length: int) -> bytes:
        store = await self._store()
        pieces, missing = [], length
        with _telling():
            found = await store.get_async(path, options={"range": (offset, offset + length)})
            async for piece in found.stream(min_chunk_size=MIN_PIECE_BYTES):
                heard()
                pieces.append(piece)
                missing -= len(piece)
                if missing < 0:
                    break
        if missing:
            raise UnreadableFileError(
                f"the server sent {'more' if missing < 0 else 'less'} than the requested part; the file changed meanwhile, or "
                "a proxy changes answers: download the file instead"
            )
        return b"".join(pieces)

    async def _size(self, heard: Heard, path: str) -> int:  # noqa: ARG002 - its answer is one piece
        """Return a file's length from a GET of its first byte, because a signed address may allow no other request."""
        store = await self._store()
        with _telling():
            try:
                return (await store.get_async(path, options={"range": (0, 1)})).meta["size"]
            except Exception as error:
                # An empty file has no first byte.
                if re.search("InvalidRange|Range Not Satisfiable", str(error), re.IGNORECASE):
                    return 0
                # nginx answers this request with 200 and an empty body.
                if "Range request not supported" in str(error) and await self._says_empty(path):
                    return 0
                raise

    async def _says_empty(self, path: str) -> bool:
        try:
            return bool((await (await self._store()).head_async(path))["size"] == 0)
        except Exception:  # noqa: BLE001 - the first error is the one to report
            return False

    async def _sizes(self, heard: Heard) -> dict[str, int]:
        listing = _Listing(self.url)
        store = await self._store()
        from obstore.exceptions import InvalidPathError

        with _telling():
            try:
                async for page in store.list(chunk_size=1000):
                    heard()
                    listing.add((each["path"], each["size"]) for each in page)
            except InvalidPathError as error:
                # obstore refuses the whole listing because of one key such as a//b, which is a valid key.
                if Url(self.base).scheme not in S3:
                    raise
                odd = ODD_KEY.search(str(error))
                await wrap_future(begin(lambda: listing.add(self._sizes_by_boto3(heard, odd[1] if odd else "?"))))
        return listing.sizes

    def _sizes_by_boto3(self, heard: Heard, odd: str) -> Iterator[tuple[str, int]]:
        try:
            import boto3
            from botocore import UNSIGNED
            from botocore.config import Config
        except ImportError:
            raise UnreadableFileError(
                f"a key here has an empty part ({odd}), which only boto3 can list: pip install boto3, or rename the key"
            ) from None
        from botocore.exceptions import BotoCoreError, ClientError

        parts = urlsplit(self.base)
        prefix = f"{unquote(parts.path).strip('/')}/".removeprefix("/")
        config = Config(
            signature_version=UNSIGNED if os.environ.get("AWS_SKIP_SIGNATURE") else None,
            connect_timeout=5,
            read_timeout=7,
        )
        try:
            client = boto3.client("s3", endpoint_url=os.environ.get("AWS_ENDPOINT_URL") or None, config=config)
            for page in client.get_paginator("list_objects_v2").paginate(Bucket=parts.netloc, Prefix=prefix):
                heard()
                yield from ((each["Key"].removeprefix(prefix), each["Size"]) for each in page.get("Contents", ()))
        except (BotoCoreError, ClientError) as error:
            raise UnreadableFileError(without_secrets(str(error))) from None


class _Listing:
    """The length of every file below an address, by its path."""

    def __init__(self, url: Url) -> None:
        self.url = url
        self.sizes: dict[str, int] = {}
        self.letters = 0

    def add(self, sizes: Iterable[tuple[str, int]]) -> None:
        """Add files; raise a UsageError if there are too many for the memory."""
        for path, size in sizes:
            self.sizes[path] = size
            self.letters += len(path)
            if len(self.sizes) > MAX_OBJECTS or self.letters > MAX_LETTERS:
                many = f"more than {MAX_OBJECTS:,} files" if len(self.sizes) > MAX_OBJECTS else "too many long names"
                raise UsageError(f"{self.url}: {many} lie here; name the archive's folder")


@contextmanager
def _telling() -> Iterator[None]:
    """Turn obstore's errors into an UnreadableFileError; their own text and traceback may contain secrets."""
    from obstore.exceptions import BaseError

    try:
        yield
        return
    except FileNotFoundError:
        reason = "the server has no such file (404 Not Found)"
    except (BaseError, ValueError) as error:
        reason = _reason(str(error))
        if "cannot be reached" in reason:
            reason += "".join(f", and {name}" for name in proxies())
        if REFUSED.search(reason):
            reason += "; check the credentials and their permissions"
    except BaseException as error:
        # A panic in obstore's Rust code, which is a BaseException, not an Exception.
        if type(error).__name__ not in {"PanicException", "RustPanic"}:
            raise
        reason = f"obstore gave up ({_reason(str(error))}); check the address and the settings in the environment"
    raise UnreadableFileError(reason)


def proxies() -> list[str]:
    """Return the names of the environment variables that name a proxy."""
    return [name for name in sorted(os.environ) if name.upper() in PROXIES and os.environ[name]]


def suspects(scheme: str) -> str:
    """Return in words what can be at fault if nothing answers."""
    keyless = scheme not in WEB and not any(
        name.endswith(("KEY", "SKIP_SIGNATURE")) for name in os.environ if os.environ[name]
    )
    source = ["where the credentials come from (a profile or the machine)"] if keyless else []
    return ", ".join(["the network", *proxies(), *source]) + " and the server"


def _basic(user: str, password: str) -> str:
    from base64 import b64encode

    return f"Basic {b64encode(f'{user}:{password}'.encode()).decode()}"


def _reason(text: str) -> str:
    for pattern, words in REASONS:
        if found := re.search(pattern, text, re.DOTALL):
            return words.format(*(group.strip() for group in found.groups()))
    return without_secrets(text.partition("\n")[0])


def aws_credentials(scheme: str) -> "Callable[[], Any] | None":
    """Return a provider of S3 credentials from a profile; None if obstore finds them in the environment itself.

    Raises:
        MissingExtraError: a profile is named, and boto3, which reads profiles, is not installed.
        UnreadableFileError: the profile cannot be used.
    """
    if scheme not in S3 or any(os.environ.get(name) for name in ("AWS_ACCESS_KEY_ID", "AWS_SKIP_SIGNATURE")):
        return None
    try:
        from botocore.exceptions import BotoCoreError
        from obstore.auth.boto3 import Boto3CredentialProvider
    except ImportError:
        if os.environ.get("AWS_PROFILE"):
            from mrnet.installation import command_to_add

            raise MissingExtraError(
                f"AWS_PROFILE is set, and boto3 reads profiles: {command_to_add(['boto3'])}"
            ) from None
        return None
    try:
        return Boto3CredentialProvider()
    except BotoCoreError as error:
        raise UnreadableFileError(f"the credentials cannot be used: {error}") from None
    except ValueError:
        return None
