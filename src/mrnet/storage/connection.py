"""The way to object storage and the web, through obstore: every failure becomes one message, without secrets."""

import os
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from functools import cached_property
from typing import TYPE_CHECKING, Any

from mrnet.errors import MissingExtraError, UnreadableFileError, UsageError
from mrnet.storage.places import WEB, Url, without_secrets

if TYPE_CHECKING:
    from obstore.store import ClientConfig, ObjectStore, RetryConfig

TIMEOUTS: "ClientConfig" = {"connect_timeout": "10s", "read_timeout": "30s", "timeout": "5m"}
"""To connect, between two pieces of an answer, and for a whole answer."""
RETRIES: "RetryConfig" = {"max_retries": 6, "retry_timeout": timedelta(minutes=1)}
"""Six pauses, from a tenth of a second on, each twice as long as the one before: as much as a busy server needs."""
MAX_OBJECTS = 2_000_000
"""Six times the files of a hundred thousand cases: who names a whole data lake is told so."""

NO_RANGES = "the server does not send parts of files (range requests), which is needed here; download it instead"
NO_CREDENTIALS = (
    "no credentials were found in the environment or a profile; for data that is public set AWS_SKIP_SIGNATURE=true"
)
REASONS = [
    (r"NotSupported|[Rr]ange request not supported|non-partial", NO_RANGES),
    (r"169\.254\.169\.254|metadata\.google", NO_CREDENTIALS),
    (r"status code: (\d{3} [A-Za-z ]+).*?<Message>([^<]{1,200})</Message>", "the server answers {0} ({1})"),
    (r"status code: (\d{3} [A-Za-z ]+)", "the server answers {0}"),
    (r"TimedOut|kind: Timeout", "the server did not answer in time"),
    (r"kind: Connect|error sending request", "the server cannot be reached; look at the address and the network"),
    (r"request or response body error|end of file before|IncompleteBody", "the server broke off in the middle"),
]
"""What obstore's texts mean: it has one class of error for most failures, and shows addresses with their secrets."""


class Connection:
    """What lies below an address; it is connected to anew in each process."""

    def __init__(self, url: Url, base: str) -> None:
        self.url = url
        self.base = base

    def __reduce__(self) -> tuple[object, ...]:
        """Go to another process without credentials: it finds its own."""
        return Connection, (self.url, self.base)

    @cached_property
    def store(self) -> "ObjectStore":
        """The connection itself; its calls release the interpreter's lock, and may be made from many threads."""
        try:
            from obstore.store import HTTPStore, from_url
        except ImportError:
            from mrnet.installation import missing_extra

            raise missing_extra(f"{self.url}: this", "remote") from None
        scheme = Url(self.base).scheme
        # Where an address says https, nothing leads away from it; a store's own address says for itself what it is.
        options: ClientConfig = {**TIMEOUTS, "allow_http": scheme != "https"}
        with _telling():
            if scheme in WEB:
                return HTTPStore(self.base, client_options=options, retry_config=RETRIES)
            given: dict[str, Any] = {"credential_provider": aws} if (aws := aws_credentials(scheme)) else {}
            return from_url(self.base, client_options=options, retry_config=RETRIES, **given)

    def read(self, path: str, offset: int, length: int) -> bytes:
        """Return a part of a file that lies within it and is not empty; UnreadableFileError where that fails."""
        store = self.store
        with _telling():
            return bytes(store.get_range(path, start=offset, length=length))

    def size(self, path: str) -> int:
        """Return a file's length, from the answer to a request for its first byte: a signed address may allow no other."""
        store = self.store
        with _telling():
            return store.get(path, options={"range": (0, 1)}).meta["size"]

    def sizes(self) -> dict[str, int]:
        """Return the length of every file, by its path."""
        found: dict[str, int] = {}
        store = self.store
        with _telling():
            for page in store.list(chunk_size=1000):
                found |= {each["path"]: each["size"] for each in page}
                if len(found) > MAX_OBJECTS:
                    raise UsageError(f"{self.url}: more than {MAX_OBJECTS:,} files lie here; name the archive's folder")
        return found


@contextmanager
def _telling() -> Iterator[None]:
    """Turn what obstore raises into an UnreadableFileError; its own text and traceback may hold secrets."""
    from obstore.exceptions import BaseError, PermissionDeniedError, UnauthenticatedError

    try:
        yield
        return
    except FileNotFoundError:
        reason = "the server has no such file (404 Not Found)"
    except (PermissionDeniedError, UnauthenticatedError) as error:
        reason = f"{_reason(str(error))}; look at the credentials, and what they allow"
    except (BaseError, ValueError) as error:
        reason = _reason(str(error))
    raise UnreadableFileError(reason)


def _reason(text: str) -> str:
    for pattern, words in REASONS:
        if found := re.search(pattern, text, re.DOTALL):
            return words.format(*(group.strip() for group in found.groups()))
    return without_secrets(text.partition("\n")[0])


def aws_credentials(scheme: str) -> "Callable[[], Any] | None":
    """Return what finds S3's credentials in a profile; None where obstore finds them in the environment itself.

    Raises:
        MissingExtraError: a profile is named, and boto3, which reads profiles, is not installed.
        UnreadableFileError: the profile cannot be used.
    """
    if scheme not in {"s3", "s3a"} or any(os.environ.get(name) for name in ("AWS_ACCESS_KEY_ID", "AWS_SKIP_SIGNATURE")):
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
