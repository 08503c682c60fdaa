"""The local server of the viewer's page: it serves its own page and the archive's volumes, nothing else.

The standard library's server is enough: about thirty lines, no dependency, and threads for one reader.
"""

import errno
import hmac
import ipaddress
import secrets
import socket
import sys
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import unquote

from mrnet.errors import FileError, ServerLostError, UsageError
from mrnet.memory import VOLUMES
from mrnet.viewer.page import SERVED_POLICY, STYLE_SHEET, modules, part, served_page
from mrnet.viewer.roster import Roster

LOOPBACK = "127.0.0.1"
WILDCARDS = {"0.0.0.0", "::"}  # noqa: S104 - recognised, not bound to
"""Addresses that mean "listen on all addresses of this machine"; a browser cannot open them."""
HEADERS = {
    "Content-Security-Policy": SERVED_POLICY,
    "Cache-Control": "no-store",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}
HTML, SCRIPT, STYLE, PLAIN = (f"text/{kind}; charset=utf-8" for kind in ("html", "javascript", "css", "plain"))


class PortError(UsageError):
    """The port is taken."""


class ViewerServer(ThreadingHTTPServer):
    """Serves one roster at a link that cannot be guessed."""

    daemon_threads = True
    # On Windows, and where Linux shares ports, a second server would get a part of the first one's requests.
    allow_reuse_address = sys.platform != "win32"
    allow_reuse_port = False

    def __init__(self, roster: Roster, start: dict[str, Any], host: str = LOOPBACK, port: int = 0) -> None:
        self.address_family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self.roster = roster
        self.host = host
        self.token = secrets.token_urlsafe(16)
        self.pages = {
            "": (HTML, served_page(roster, start).encode()),
            STYLE_SHEET: (STYLE, part(STYLE_SHEET).encode()),
            **{name: (SCRIPT, part(name).encode()) for name in modules()},
        }
        if not host:
            raise UsageError("--host is empty; expected an address of this machine, such as 127.0.0.1")
        try:
            super().__init__((host, port), Handler)
        except (OSError, OverflowError) as error:
            reason = getattr(error, "strerror", None) or error
            kind = PortError if getattr(error, "errno", None) == errno.EADDRINUSE else UsageError
            raise kind(f"cannot serve on {host} port {port}: {reason}; choose another --port or --host") from error

    @property
    def link(self) -> str:
        """The address of the page with its token; if other machines are served, an address that they can open."""
        host = _outward_address(self.host) if self.host in WILDCARDS else self.host
        return f"http://{f'[{host}]' if ':' in host else host}:{self.server_address[1]}/{self.token}/"

    def knows_host(self, header: str) -> bool:
        """Return whether a Host header names this server. This stops DNS rebinding: an attacker's page has another name."""
        name = header.rsplit(":", 1)[0] if header.rpartition(":")[2].isdigit() else header
        name = name.strip("[]").lower()
        if name in {"localhost", self.host.lower(), socket.gethostname().lower()}:
            return True
        try:
            address = ipaddress.ip_address(name)
        except ValueError:
            return False
        return address.is_loopback or not is_loopback(self.host)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Ignore a browser that closes the connection during an answer: it does so whenever a reader scrolls on."""
        if not isinstance(sys.exc_info()[1], ConnectionError | TimeoutError):
            super().handle_error(request, client_address)


def _outward_address(wildcard: str) -> str:
    """Return the address at which other machines reach this one; no packet is sent to find it."""
    family, outside = (socket.AF_INET6, "2001:db8::1") if ":" in wildcard else (socket.AF_INET, "192.0.2.1")
    with socket.socket(family, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect((outside, 9))
        except OSError:
            return "::1" if ":" in wildcard else LOOPBACK
        return str(probe.getsockname()[0])


def is_loopback(host: str) -> bool:
    """Return whether an address can be reached only from this machine."""
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


class Handler(BaseHTTPRequestHandler):
    """Answers GET and HEAD. Requests are looked up in tables; no path is ever built from a request."""

    server: ViewerServer
    protocol_version = "HTTP/1.1"
    server_version = "mrnet"
    sys_version = ""
    timeout = 60
    # Nagle's algorithm would delay the end of a small answer by 40 ms.
    disable_nagle_algorithm = True

    def do_GET(self) -> None:
        """Answer with headers and body; HEAD gets the headers only."""
        if not self.server.knows_host(self.headers.get("Host", "")):
            return self._send(HTTPStatus.FORBIDDEN, PLAIN, b"This server answers to its own address only.")
        token, slash, path = self.path.partition("?")[0].removeprefix("/").partition("/")
        if not slash or not hmac.compare_digest(token.encode(), self.server.token.encode()):
            return self._send(HTTPStatus.NOT_FOUND, PLAIN, b"Not found: use the link that mrnet browse printed.")
        if path in self.server.pages:
            return self._send(HTTPStatus.OK, *self.server.pages[path])
        return self._send_series(unquote(path.removeprefix("volume/")))

    do_HEAD = do_GET  # noqa: N815 - http.server looks for this name

    def _send_series(self, name: str) -> None:
        roster = self.server.roster
        if name not in roster.series_by_name:
            return self._send(HTTPStatus.NOT_FOUND, PLAIN, b"Not found.")
        with VOLUMES.taking(roster.volume_bytes(name)):
            try:
                voxels = roster.load(name)
            except (FileError, ServerLostError) as error:
                text = str(error).encode("utf-8", "backslashreplace")
                return self._send(HTTPStatus.UNPROCESSABLE_ENTITY, PLAIN, text)
            shape = " ".join(map(str, voxels.shape))
            return self._send(HTTPStatus.OK, "application/octet-stream", voxels.data.cast("B"), {"X-Shape": shape})

    def _send(
        self, status: HTTPStatus, kind: str, body: bytes | memoryview, headers: dict[str, str] | None = None
    ) -> None:
        self.send_response(status)
        for name, value in {"Content-Type": kind, "Content-Length": str(len(body)), **(headers or {})}.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command == "GET":
            self.wfile.write(body)

    def end_headers(self) -> None:
        """Add the headers of every answer, including refusals."""
        for name, value in HEADERS.items():
            self.send_header(name, value)
        super().end_headers()

    def log_message(self, *_: object) -> None:
        """Print nothing per request."""
