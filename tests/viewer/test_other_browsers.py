"""The page in Firefox, driven by Marionette, Firefox's own remote protocol, and in WebKit, Safari's engine."""

import json
import os
import shutil
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mrnet.archive.model import Archive
from mrnet.viewer.roster import blind_roster, roster_of
from mrnet.viewer.server import ViewerServer
from mrnet.vocabulary import Plane
from tests.conftest import Mrnet
from tests.viewer.conftest import SLICES, Page

# Selenium's own part for WebKit calls what Selenium wants no longer called.
pytestmark = pytest.mark.filterwarnings("ignore:setting remote_server_addr:DeprecationWarning")
Serve = Callable[..., ViewerServer]
SECONDS_TO_START = 120


class Firefox:
    """The browser interface that `Page` needs, for Firefox: each message is its length, a colon and JSON."""

    def __init__(self, port: int) -> None:
        self.connection = socket.create_connection(("127.0.0.1", port), timeout=SECONDS_TO_START)
        self.file = self.connection.makefile("rb")
        self.number = 0
        self._hear()
        self.say("WebDriver:NewSession", {})

    def _hear(self) -> Any:
        length = b""
        while not length.endswith(b":"):
            byte = self.file.read(1)
            assert byte, "Firefox ended the connection"
            length += byte
        return json.loads(self.file.read(int(length[:-1])))

    def say(self, command: str, parameters: dict[str, Any]) -> Any:
        self.number += 1
        message = json.dumps([0, self.number, command, parameters]).encode()
        self.connection.sendall(b"%d:%s" % (len(message), message))
        _, _, error, result = self._hear()
        assert error is None, error
        return result.get("value") if isinstance(result, dict) else result

    def get(self, address: str) -> None:
        self.say("WebDriver:Navigate", {"url": address})

    def refresh(self) -> None:
        self.say("WebDriver:Refresh", {})

    def execute_script(self, script: str, *words: Any) -> Any:
        return self.say("WebDriver:ExecuteScript", {"script": script, "args": words})

    def execute_async_script(self, script: str, *words: Any) -> Any:
        return self.say("WebDriver:ExecuteAsyncScript", {"script": script, "args": words})

    def close(self) -> None:
        with suppress(OSError, AssertionError):
            self.say("Marionette:Quit", {"flags": ["eForceQuit"]})
        self.file.close()
        self.connection.close()


def connect(port: int, process: subprocess.Popen[bytes]) -> Firefox:
    deadline = time.monotonic() + SECONDS_TO_START
    while True:
        try:
            return Firefox(port)
        except ConnectionRefusedError:
            assert process.poll() is None and time.monotonic() < deadline, "Firefox does not start"
            time.sleep(0.2)


@contextmanager
def firefox(profile: Path) -> Iterator[Firefox]:
    program = shutil.which("firefox-esr") or shutil.which("firefox")
    if not program:
        pytest.skip("firefox is not installed")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    (profile / "user.js").write_text(f'user_pref("marionette.port", {port});\n')
    command = [program, "--headless", "--marionette", "--no-remote", "--profile", str(profile)]
    process = subprocess.Popen(
        command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env={"HOME": str(profile)}
    )
    try:
        driver = connect(port, process)
        yield driver
        driver.close()
    finally:
        process.kill()
        process.wait()


@contextmanager
def webkit(profile: Path) -> Iterator[Any]:
    """Start WebKit's small browser on a virtual screen, which it needs."""
    webdriver = pytest.importorskip("selenium.webdriver", reason="selenium is not installed")
    from selenium.common.exceptions import WebDriverException

    program, screen = shutil.which("WebKitWebDriver"), shutil.which("Xvfb")
    browsers = sorted(Path("/usr/lib").glob("*/webkit2gtk-4*/MiniBrowser"))
    if not (program and screen and browsers):
        pytest.skip("no WebKit here: webkit2gtk-driver and xvfb are needed")
    command = [screen, "-displayfd", "1", "-screen", "0", "1440x1000x24", "-nolisten", "tcp"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as display:
        try:
            assert display.stdout
            number = display.stdout.readline().strip()
            env = {**os.environ, "DISPLAY": f":{number}", "HOME": str(profile), "LIBGL_ALWAYS_SOFTWARE": "1"}
            env.pop("WAYLAND_DISPLAY", None)
            options = webdriver.WebKitGTKOptions()
            options.binary_location = str(browsers[-1])
            options.add_argument("--automation")
            service = webdriver.WebKitGTKService(program, env=env)
            try:
                driver = webdriver.WebKitGTK(options=options, service=service)
            except WebDriverException as error:
                pytest.skip(f"no WebKit here: it does not start, {error}")
            driver.set_window_size(1400, 900)
            yield driver
            driver.quit()
        finally:
            display.terminate()


@pytest.fixture(scope="module", params=[firefox, webkit], ids=lambda browser: browser.__name__)
def browser(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    with request.param(tmp_path_factory.mktemp("browser")) as driver:
        yield driver


@pytest.fixture
def page(browser: Any) -> Page:
    return Page(browser)


def press(page: Page, *keys: str) -> None:
    for key in keys:
        page.script("document.dispatchEvent(new KeyboardEvent('keydown', {key: arguments[0], bubbles: true}))", key)
    page.settle()


def test_it_draws_exactly_the_voxels_and_finds_its_way_back(page: Page, knees: Archive, serve: Serve) -> None:
    page.open(serve(roster_of(knees, knees.cases)).link)
    for plane in Plane:
        assert np.array_equal(page.pixels(plane), knees.case("0000").series(plane).load()[SLICES[plane] // 2])
    press(page, "n", "i")
    page.wait_for_case()
    page.set("[data-plane=axial] .scroll input", 1)
    page.wait("location.hash === '#case=train/0001&at=1,3,2&window=0,255&invert=1'")
    page.driver.refresh()
    page.wait_for_case()
    assert np.array_equal(page.pixels("axial"), 255 - knees.case("0001").series("axial").load()[1])


def test_it_keeps_the_answers_of_a_reading(page: Page, knees: Archive, serve: Serve) -> None:
    page.open(serve(blind_roster(knees, knees.cases, seed=1)).link)
    press(page, "y", "x", "u", "o")
    page.wait_for_case()
    page.driver.refresh()
    page.wait_for_case()
    assert page.text(".tally") == "1 complete, 2 open"


def test_it_shows_montage_grid_and_two_cases(page: Page, knees: Archive, serve: Serve) -> None:
    page.open(serve(roster_of(knees, knees.cases)).link)
    press(page, "m")
    assert page.texts("[data-plane=axial] .tiles button") == [str(slice) for slice in range(9)]
    press(page, "m", "g")
    page.wait("[...document.querySelectorAll('.grid-tile .slice')].every((text) => text.textContent === '2 of 0–4')")
    press(page, "Escape", "c")
    page.wait("document.querySelectorAll('.pane:not([hidden])[data-state=ready]').length === 2")


def test_it_opens_an_offline_file(page: Page, mrnet: Mrnet, folder: Path, knees: Archive) -> None:
    assert mrnet("export-html", "1130", "--root", folder).status == 0
    page.open(Path("pages/1130.html").absolute().as_uri())
    assert np.array_equal(page.pixels("coronal"), knees.case("1130").series("coronal").load()[3])


def test_it_fits_a_large_and_two_small_images_without_overflow(page: Page, knees: Archive, serve: Serve) -> None:
    page.open(serve(roster_of(knees, knees.cases)).link)
    assert page.script("return document.querySelector('.panes').dataset.layout") == "large"
    boxes = page.script(
        "return [...document.querySelectorAll('.view')].map((view) => view.getBoundingClientRect().toJSON())"
    )
    assert all(box["width"] > 150 and box["height"] > 150 for box in boxes)
    assert page.script("return document.scrollingElement.scrollWidth <= innerWidth")
