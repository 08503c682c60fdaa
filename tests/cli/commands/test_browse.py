"""`mrnet browse` prints a link, warns where others can reach it, and gives each reading its own port."""

import http.client
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from mrnet.archive.model import Archive
from mrnet.viewer.roster import blind_roster, roster_of
from tests.conftest import Mrnet


@pytest.fixture
def browsing(archive: Path) -> Iterator[Callable[..., subprocess.Popen[str]]]:
    started: list[subprocess.Popen[str]] = []

    def browse(*words: str) -> subprocess.Popen[str]:
        command = [sys.executable, "-m", "mrnet", "browse", "--root", str(archive), "--no-open", *words]
        started.append(subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True))
        return started[-1]

    yield browse
    for process in started:
        process.kill()
        process.communicate()


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGINT to send to one process")
def test_the_command_prints_its_link_and_ends_with_ctrl_c(browsing: Callable[..., subprocess.Popen[str]]) -> None:
    process = browsing("1130", "--at", "1,,2", "--window", "20", "180", "--window", "cor", "0", "99", "--invert")
    assert process.stdout
    link = process.stdout.readline().strip()
    host, _, rest = link.removeprefix("http://").partition("/")
    connection = http.client.HTTPConnection(host, timeout=60)
    connection.request("GET", f"/{rest}")
    body = connection.getresponse().read().decode()
    connection.close()
    assert (
        '"start": {"case": "valid/1130", "at": [1, null, 2], "window": [20, 180, 0, 99, 20, 180], "invert": true}'
        in body
    )
    process.send_signal(signal.SIGINT)
    assert process.wait(60) == 130


def test_serving_other_machines_warns_and_gives_a_link_that_they_can_open(
    browsing: Callable[..., subprocess.Popen[str]],
) -> None:
    process = browsing("--host", "0.0.0.0")
    assert process.stderr and process.stdout
    assert process.stderr.readline().startswith("Warning: serving on 0.0.0.0")
    host = urlsplit(process.stdout.readline().strip()).hostname
    assert host and ip_address(host) != ip_address("0.0.0.0")


@pytest.mark.slow
def test_a_blind_reading_has_its_own_port_and_reports_if_it_is_taken(
    browsing: Callable[..., subprocess.Popen[str]], archive: Path
) -> None:
    first = browsing("--blind")
    assert first.stdout
    link = urlsplit(first.stdout.readline().strip())
    knees = Archive.open(archive)
    assert link.port == blind_roster(knees, knees.cases, seed=0).port
    second = browsing("--blind")
    _, said = second.communicate(timeout=60)
    assert second.returncode == 2
    assert f"port {link.port} is taken, and the browser keeps the answers of this reading" in said


@pytest.mark.slow
def test_a_reading_that_is_not_blind_uses_another_port_if_its_own_is_taken(
    browsing: Callable[..., subprocess.Popen[str]], archive: Path
) -> None:
    links = []
    for _ in range(2):
        process = browsing()
        assert process.stdout
        links.append(urlsplit(process.stdout.readline().strip()))
    knees = Archive.open(archive)
    assert links[0].port == roster_of(knees, knees.cases).port != links[1].port


def test_an_impossible_address_to_serve_on_is_a_usage_error(mrnet: Mrnet, archive: Path) -> None:
    assert mrnet("browse", "--root", archive, "--no-open", "--host", "no.such.host.invalid").status == 2
    assert mrnet("browse", "--root", archive, "--no-open", "--host", "").status == 2
    assert mrnet("browse", "--root", archive, "--no-open", "--at", "first").status == 2
    assert mrnet("browse", "--root", archive, "--no-open", "--window", "0.5", "9").status == 2
