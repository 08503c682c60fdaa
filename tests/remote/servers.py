"""Servers on the loopback address for tests of remote archives: S3 (moto), the web (nginx), and one with faults."""

import logging
import os
import shutil
import socket
import ssl
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

BUCKET = "mrnet"
NGINX_CONF = """
{user} daemon off; pid {work}/pid; error_log {work}/error.log; worker_processes 1;
events {{ worker_connections 256; }}
http {{
  access_log off; default_type application/octet-stream;
  client_body_temp_path {work}/a; proxy_temp_path {work}/b; fastcgi_temp_path {work}/c; uwsgi_temp_path {work}/d;
  scgi_temp_path {work}/e;
  server {{
    listen 127.0.0.1:{port};
    location / {{ root {root}; }}
    location /whole/ {{ alias {root}/; max_ranges 0; }}
    location /slow/ {{ alias {root}/; limit_rate 200k; }}
    location /forbidden/ {{ return 403; }}
    location /closed/ {{ return 444; }}
  }}
}}
"""


class S3Server:
    """Puts files into a bucket of a server that speaks S3."""

    def __init__(self, address: str) -> None:
        import boto3

        self.environment = {
            "AWS_ENDPOINT_URL": address,
            "AWS_ACCESS_KEY_ID": "an-id",
            "AWS_SECRET_ACCESS_KEY": "a-very-secret-key",
            "AWS_REGION": "us-east-1",
        }
        self.client = boto3.client(
            "s3",
            endpoint_url=address,
            region_name="us-east-1",
            aws_access_key_id="an-id",
            aws_secret_access_key="a-very-secret-key",
        )
        self.client.create_bucket(Bucket=BUCKET)

    def put(self, key: str, data: bytes) -> None:
        """Store a file that everyone may read."""
        self.client.put_object(Bucket=BUCKET, Key=key, Body=data, ACL="public-read")

    def put_folder(self, folder: Path, key: str) -> None:
        """Store every file of a folder below a key."""
        for path in folder.rglob("*"):
            if path.is_file():
                self.put(f"{key}/{path.relative_to(folder).as_posix()}", path.read_bytes())


@contextmanager
def s3_server() -> Iterator[S3Server]:
    """Run an S3 server with an empty bucket, in this process."""
    from moto import backends
    from moto.server import ThreadedMotoServer

    # moto lists its folder for every request, which is 40 % of the request's time.
    names = list(backends.list_of_moto_modules())
    backends.list_of_moto_modules = lambda: iter(names)
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    try:
        yield S3Server(f"http://{host}:{port}")
    finally:
        server.stop()


@contextmanager
def nginx_server(root: Path, work: Path) -> Iterator[str]:
    """Serve a folder by nginx; yields the address. `/whole/` ignores ranges, `/slow/` sends 200 kB per second."""
    program = shutil.which("nginx") or "/usr/sbin/nginx"
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    conf = work / "nginx.conf"
    # If root starts nginx it reads as `nobody`, who cannot open the folders of the tests.
    user = "user root;" if os.geteuid() == 0 else ""
    conf.write_text(NGINX_CONF.format(work=work, port=port, root=root, user=user))
    server = subprocess.Popen([program, "-e", f"{work}/start.log", "-p", str(work), "-c", str(conf)])
    try:
        wait_for(port)
        yield f"http://127.0.0.1:{port}"
    finally:
        server.terminate()
        server.wait(10)


def wait_for(port: int) -> None:
    """Wait until something listens on a port of this machine."""
    deadline = time.monotonic() + 10
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.02)
        else:
            return


class FaultyServer(ThreadingHTTPServer):
    """Serves one file with ranges, and the faults that its path names: /cut/, /500/, /500-once/ (for each part), /cut-later/, /stalled/, /endless404/…

    A server that fails `-from` a request on stays so.
    """

    daemon_threads = True

    def __init__(self, data: bytes) -> None:
        super().__init__(("127.0.0.1", 0), FaultyHandler)
        self.data = data
        self.fails_at: int | None = None
        """The offset at which faults with a name in `-later` occur, or for `-from` how many requests are answered before."""
        self.answers_with: bytes | None = None
        """What it sends in place of the requested part."""
        self.requests: list[str] = []
        self.paths: list[str] = []
        self.authorizations: list[str | None] = []
        self.ends_seen: set[int] = set()
        self.sent = 0
        self.at_once = self.most_at_once = 0
        self.lock = threading.Lock()

    def handle_error(self, *_: object) -> None:
        """Ignore clients that close the connection."""

    @property
    def address(self) -> str:
        """The address, without a path."""
        return f"http://127.0.0.1:{self.server_port}"


class FaultyHandler(BaseHTTPRequestHandler):
    """Answers one request; see `FaultyServer`."""

    protocol_version = "HTTP/1.1"
    server: FaultyServer

    def log_message(self, *_: object) -> None:
        """Print nothing."""

    def do_GET(self) -> None:
        """Answer, or fail in the way that the first folder of the path selects."""
        fault, _, when = self.path.split("/")[1].partition("-")
        with self.server.lock:
            self.server.requests.append(self.headers["Range"] or "")
            self.server.paths.append(self.path)
            self.server.authorizations.append(self.headers["Authorization"])
            # A client requests the rest from where the answer was cut: such a request has the same end as the first one.
            number = len(self.server.requests)
            again = self._range()[1] in self.server.ends_seen
            self.server.ends_seen.add(self._range()[1])
            self.server.at_once += 1
            self.server.most_at_once = max(self.server.most_at_once, self.server.at_once)
        try:
            fails_at = self.server.fails_at
            faulty = {
                "": True,
                "once": not again,
                "later": self._range()[0] == fails_at,
                "from": number > (fails_at or 0),
            }[when]
            self._answer(fault if faulty else "ok")
        finally:
            with self.server.lock:
                self.server.at_once -= 1

    def _range(self) -> tuple[int, int]:
        start, _, end = (self.headers["Range"] or "bytes=0-").removeprefix("bytes=").partition("-")
        return int(start), min(int(end) + 1 if end else len(self.server.data), len(self.server.data))

    def _answer(self, fault: str) -> None:
        if fault.isdigit():
            self._send(int(fault), b"")
        elif fault.startswith("endless"):
            self._send_without_end(int(fault.removeprefix("endless")))
        elif fault == "whole":
            self._send(200, self.server.data)
        else:
            time.sleep({"stalled": 1, "delayed": 0.05, "mute": 20}.get(fault, 0))
            if not self.server.data:
                return self._send(416, b"")
            start, end = self._range()
            body = self.server.data[start:end] if self.server.answers_with is None else self.server.answers_with
            self._send(206, body, len(body) // 2 if fault in {"cut", "unfinished"} else len(body), fault)
        return None

    def _send_without_end(self, code: int) -> None:
        self.send_response(code)
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        while True:
            self.wfile.write(b"10000\r\n" + bytes(1 << 16) + b"\r\n")

    def _send(self, code: int, body: bytes, sent: int | None = None, fault: str = "") -> None:
        start, end = self._range()
        self.send_response(code)
        self.send_header("Content-Length", str(len(body)))
        if code == 206:
            self.send_header("Content-Range", f"bytes {start}-{end - 1}/{len(self.server.data)}")
            self.send_header("ETag", '"the same throughout"')
        self.end_headers()
        pieces = [bytes([byte]) for byte in body] if fault == "dripping" else [body[:sent]]
        for piece in pieces:
            self.wfile.write(piece)
            self.server.sent += len(piece)
            time.sleep({"dripping": 0.05, "unfinished": 20}.get(fault, 0))
        if sent is not None and sent < len(body):
            self.connection.shutdown(socket.SHUT_RDWR)
            self.close_connection = True


@contextmanager
def faulty_server(data: bytes, certificate: tuple[Path, Path] | None = None) -> Iterator[FaultyServer]:
    """Run a `FaultyServer` for a file; with a certificate and its key, by TLS."""
    server = FaultyServer(data)
    if certificate is not None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*certificate)
        server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
