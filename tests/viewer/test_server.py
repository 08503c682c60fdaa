"""The server gives its own page and the archive's volumes to its own reader only."""

import http.client
import socket
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from mrnet.archive.model import Archive
from mrnet.errors import UsageError
from mrnet.memory import Memory
from mrnet.viewer.roster import Roster, blind_roster, roster_of
from mrnet.viewer.server import Handler, ViewerServer

Serve = Callable[..., ViewerServer]
load_series = Roster.load


@pytest.fixture
def server(knees: Archive, serve: Serve) -> ViewerServer:
    return serve(roster_of(knees, knees.cases))


def ask(
    server: ViewerServer, path: str, method: str = "GET", host: str | None = None
) -> tuple[int, dict[str, str], bytes]:
    connection = http.client.HTTPConnection("127.0.0.1", server.server_address[1], timeout=60)
    connection.putrequest(method, path, skip_host=True)
    if host != "":
        connection.putheader("Host", host or f"127.0.0.1:{server.server_address[1]}")
    connection.endheaders()
    answer = connection.getresponse()
    body = answer.read()
    connection.close()
    return answer.status, dict(answer.getheaders()), body


def test_the_link_leads_to_the_page_and_its_volumes(server: ViewerServer, knees: Archive) -> None:
    status, headers, body = ask(server, f"/{server.token}/")
    assert (status, headers["Content-Type"]) == (200, "text/html; charset=utf-8")
    assert b'id="mrnet-boot"' in body
    status, headers, body = ask(server, f"/{server.token}/volume/train/0001/coronal")
    volume = knees.case("0001").series("coronal").load()
    assert (status, headers["X-Shape"]) == (200, "6 256 256")
    assert np.array_equal(np.frombuffer(body, np.uint8).reshape(volume.shape), volume)


def test_volumes_that_are_being_sent_share_a_bounded_memory(
    server: ViewerServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = ["train/0000/axial", "train/0000/coronal", "train/0001/axial", "valid/1130/sagittal"]
    sizes = [server.roster.volume_bytes(name) for name in names]
    volumes = Memory(2 * max(sizes))
    seen: list[int] = []
    monkeypatch.setattr("mrnet.viewer.server.VOLUMES", volumes)

    def load(roster: Roster, name: str) -> np.ndarray:
        seen.append(volumes.taken)
        return load_series(roster, name)

    monkeypatch.setattr(Roster, "load", load)
    paths = [f"/{server.token}/volume/{name}" for name in names * 3]
    with ThreadPoolExecutor(6) as threads:
        assert {status for status, _, _ in threads.map(lambda path: ask(server, path), paths)} == {200}
    assert len(seen) == len(paths)
    assert min(sizes) <= min(seen) <= max(seen) <= 2 * max(sizes)


def test_head_gives_the_length_without_the_body(server: ViewerServer) -> None:
    status, headers, body = ask(server, f"/{server.token}/volume/train/0001/coronal", "HEAD")
    assert (status, headers["Content-Length"], body) == (200, str(6 * 256 * 256), b"")


@pytest.mark.parametrize(
    "path",
    [
        "/", "/start.js", "/volume/train/0001/coronal", "/guess/", "/guess/start.js", "//", "/%00/",
        "/{token}", "/{token}/../../etc/passwd", "/{token}/volume/../../../../etc/passwd",
        "/{token}/volume/train/0001/coronal.npy", "/{token}/volume/train/9999/coronal", "/{token}/page.html",
        "/{token}/volume/train%2F..%2F..%2Fsecret/axial", "/{token}/volume/train/0001/", "/{token}/volume/%ff%fe",
        "http://127.0.0.1/{token}/", "/{token}%C3%A9/",
    ],
)  # fmt: skip
def test_guesses_and_climbs_find_nothing(server: ViewerServer, path: str) -> None:
    status, _, body = ask(server, path.replace("{token}", server.token))
    assert status == 404
    assert len(body) < 100


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS", "PATCH", "CONNECT"])
def test_only_get_and_head_are_answered(server: ViewerServer, method: str) -> None:
    assert ask(server, f"/{server.token}/", method)[0] in {405, 501}


@pytest.mark.parametrize(
    "host", ["evil.example", "evil.example:80", "", "127.0.0.1.evil.example", "192.168.1.9", "[::2]"]
)
def test_a_name_rebound_to_this_machine_is_refused(server: ViewerServer, host: str) -> None:
    assert ask(server, f"/{server.token}/", host=host)[0] == 403


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "localhost:9999", "[::1]:8000"])
def test_every_name_of_the_loopback_address_is_its_own(server: ViewerServer, host: str) -> None:
    assert ask(server, f"/{server.token}/", host=host)[0] == 200


def test_every_answer_forbids_caching_framing_and_other_hosts(server: ViewerServer) -> None:
    for path in ("", "start.js", "viewer.css", "volume/train/0001/coronal", "nothing"):
        _, headers, _ = ask(server, f"/{server.token}/{path}")
        assert headers["Cache-Control"] == "no-store"
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Referrer-Policy"] == "no-referrer"
        policy = headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy and "frame-ancestors 'none'" in policy and "http" not in policy


def test_a_blind_server_knows_no_other_names(knees: Archive, serve: Serve) -> None:
    server = serve(blind_roster(knees, knees.cases, seed=1))
    assert ask(server, f"/{server.token}/volume/train/0000/axial")[0] == 404
    assert ask(server, f"/{server.token}/volume/R01/axial")[0] == 200


def test_a_broken_series_is_an_answer_not_a_crash(folder: Path, serve: Serve) -> None:
    (folder / "train/axial/0000.npy").write_bytes(b"no volume")
    knees = Archive.open(folder)
    server = serve(roster_of(knees, knees.cases))
    status, _, body = ask(server, f"/{server.token}/volume/train/0000/axial")
    assert status == 422
    assert body.startswith(b"train/axial/0000.npy cannot be shown: ")


@pytest.mark.slow
def test_many_quick_requests_and_closed_connections_do_no_harm(
    server: ViewerServer, capfd: pytest.CaptureFixture[str]
) -> None:
    path = f"/{server.token}/volume/train/0001/axial"

    def leave_early(_: int) -> None:
        with socket.create_connection(("127.0.0.1", server.server_address[1]), timeout=60) as connection:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
            connection.sendall(f"GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(leave_early, range(60)))
        answers = list(pool.map(lambda _: ask(server, path)[0], range(60)))
    assert answers == [200] * 60
    assert capfd.readouterr().err == ""


def test_tokens_differ_and_cannot_be_guessed(knees: Archive, serve: Serve) -> None:
    tokens = {serve(roster_of(knees, knees.cases)).token for _ in range(3)}
    assert len(tokens) == 3
    assert min(map(len, tokens)) >= 20


def test_another_address_accepts_its_own_numbers_but_no_foreign_names(knees: Archive, serve: Serve) -> None:
    server = serve(roster_of(knees, knees.cases), host="0.0.0.0")
    assert ask(server, f"/{server.token}/", host="192.168.1.9:1234")[0] == 200
    assert ask(server, f"/{server.token}/", host="evil.example")[0] == 403


def test_a_port_in_use_is_reported(knees: Archive, server: ViewerServer) -> None:
    with pytest.raises(UsageError, match="--port"):
        ViewerServer(roster_of(knees, knees.cases), {}, port=server.server_address[1])


def test_small_answers_are_sent_without_delay() -> None:
    assert Handler.disable_nagle_algorithm
