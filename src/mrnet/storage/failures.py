"""What fails between here and a server: each of obstore's errors in words that help, without secrets."""

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager

from mrnet.errors import UnreadableFileError
from mrnet.storage.places import WEB, without_secrets
from mrnet.storage.waiting import SILENT

NO_RANGES = "the server does not send parts of files (range requests), which is needed here; download the file instead"
NO_CREDENTIALS = (
    "no credentials were found in the environment or a profile; for public data set AWS_SKIP_SIGNATURE=true"
)
PROXIES = {"HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"}
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


@contextmanager
def telling() -> Iterator[None]:
    """Turn obstore's errors into an UnreadableFileError; their own text and traceback may contain secrets."""
    from obstore.exceptions import BaseError

    try:
        yield
        return
    except FileNotFoundError:
        reason = "the server has no such file (404 Not Found)"
    except (BaseError, ValueError) as error:
        reason = reason_in(str(error))
        if "cannot be reached" in reason:
            reason += "".join(f", and {name}" for name in proxies())
        if REFUSED.search(reason):
            reason += "; check the credentials and their permissions"
    except BaseException as error:
        # A panic in obstore's Rust code, which is a BaseException, not an Exception.
        if type(error).__name__ not in {"PanicException", "RustPanic"}:
            raise
        reason = f"obstore gave up ({reason_in(str(error))}); check the address and the settings in the environment"
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


def reason_in(text: str) -> str:
    """Return what one of obstore's texts means; its first line, without secrets, if that is not known."""
    for pattern, words in REASONS:
        if found := re.search(pattern, text, re.DOTALL):
            return words.format(*(group.strip() for group in found.groups()))
    return without_secrets(text.partition("\n")[0])
