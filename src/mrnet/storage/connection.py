"""The connection to object storage and the web, through obstore: each failure becomes one message without secrets."""

import os
import re
from asyncio import wrap_future
from collections.abc import Iterable
from datetime import timedelta
from functools import cached_property
from typing import TYPE_CHECKING, Any

from mrnet.errors import UnreadableFileError, UsageError
from mrnet.storage import boto
from mrnet.storage.failures import suspects, telling
from mrnet.storage.loop import begin
from mrnet.storage.places import WEB, Url
from mrnet.storage.settings import check_settings
from mrnet.storage.waiting import Heard, Server

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
ODD_KEY = re.compile(r'Path "([^"\n]{1,200})" contained')


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
        with telling():
            if scheme in WEB:
                if user := Url(self.base).user:
                    options["default_headers"] = {"Authorization": _basic(*user)}
                return HTTPStore(Url(self.base).without_user, client_options=options, retry_config=RETRIES)
            given: dict[str, Any] = {"credential_provider": aws} if (aws := boto.credentials(scheme)) else {}
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
        with telling():
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
        with telling():
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

        with telling():
            try:
                async for page in store.list(chunk_size=1000):
                    heard()
                    listing.add((each["path"], each["size"]) for each in page)
            except InvalidPathError as error:
                # obstore refuses the whole listing because of one key such as a//b, which is a valid key.
                if Url(self.base).scheme not in boto.S3:
                    raise
                odd = ODD_KEY.search(str(error))
                pages = boto.pages(self.base, odd[1] if odd else "?")
                await wrap_future(begin(lambda: listing.add_pages(pages, heard)))
        return listing.sizes


class _Listing:
    """The length of every file below an address, by its path."""

    def __init__(self, url: Url) -> None:
        self.url = url
        self.sizes: dict[str, int] = {}
        self.letters = 0

    def add(self, sizes: Iterable[tuple[str, int]]) -> None:
        """Add files; UsageError if there are too many for the memory."""
        for path, size in sizes:
            self.sizes[path] = size
            self.letters += len(path)
            if len(self.sizes) > MAX_OBJECTS or self.letters > MAX_LETTERS:
                many = f"more than {MAX_OBJECTS:,} files" if len(self.sizes) > MAX_OBJECTS else "too many long names"
                raise UsageError(f"{self.url}: {many} lie here; name the archive's folder")

    def add_pages(self, pages: Iterable[Iterable[tuple[str, int]]], heard: Heard) -> None:
        """Add the files of each page."""
        for page in pages:
            heard()
            self.add(page)


def _basic(user: str, password: str) -> str:
    from base64 import b64encode

    return f"Basic {b64encode(f'{user}:{password}'.encode()).decode()}"
