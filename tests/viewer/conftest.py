"""A small archive, a viewer over it, and a browser to look at it with."""

import hashlib
import json
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mrnet.archive.model import Archive
from mrnet.viewer.roster import Roster, roster_of
from mrnet.viewer.server import ViewerServer
from mrnet.vocabulary import Plane, Split
from tests.archives import write_archive

CASES: dict[str, list[str]] = {Split.TRAIN: ["0000", "0001"], Split.VALID: ["1130"]}
LABELS: dict[str, dict[str, dict[str, int]]] = {
    Split.TRAIN: {
        "abnormal": {"0000": 1, "0001": 0},
        "acl": {"0000": 0, "0001": 0},
        "meniscus": {"0000": 1, "0001": 0},
    },
    Split.VALID: {"abnormal": {"1130": 1}, "acl": {"1130": 1}, "meniscus": {}},
}
SLICES = {Plane.AXIAL: 9, Plane.CORONAL: 6, Plane.SAGITTAL: 5}
"""The planes have different slice counts, so that mixing them up is noticed."""
DESKTOP, PHONE = (1280, 900), (390, 844)
MAX_SECONDS = 120
"""How long a sign is waited for: a machine that is busy with other work may take twenty times as long."""


@pytest.fixture(scope="session")
def node_modules(request: pytest.FixtureRequest) -> Path:
    """The JavaScript tools that package-lock.json pins, installed once and kept in pytest's cache."""
    here = Path(__file__).parent
    if (here / "node_modules" / ".package-lock.json").exists():
        return here / "node_modules"
    npm = shutil.which("npm")
    if not npm:
        pytest.skip("npm is not installed, which fetches the JavaScript tools")
    assert request.config.cache
    digest = hashlib.sha256((here / "package-lock.json").read_bytes()).hexdigest()[:12]
    kept = Path(request.config.cache.mkdir("node")) / digest
    with one_process_at_a_time(kept.with_suffix(".lock")):
        if not kept.exists():
            # In the cache too, because a folder cannot be renamed onto another file system.
            with tempfile.TemporaryDirectory(dir=kept.parent) as folder:
                fetch_node_modules(npm, here, Path(folder)).rename(kept)
    return kept / "node_modules"


@contextmanager
def one_process_at_a_time(lock: Path) -> Iterator[None]:
    """Let the other test processes wait while this one runs the block, where the system has locks for files."""
    with open(lock, "w") as file:
        if sys.platform != "win32":
            import fcntl

            fcntl.flock(file, fcntl.LOCK_EX)
        yield


def fetch_node_modules(npm: str, here: Path, folder: Path) -> Path:
    """Install the JavaScript tools into a new folder of this one, or skip the test."""
    fresh = folder / "node"
    fresh.mkdir()
    for name in ("package.json", "package-lock.json"):
        shutil.copy(here / name, fresh)
    command = [npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
    ran = subprocess.run(command, cwd=fresh, capture_output=True, text=True, timeout=300, check=False)
    if ran.returncode:
        pytest.skip(f"npm could not fetch the JavaScript tools: {ran.stderr.strip()[:300]}")
    return fresh


@pytest.fixture(scope="session")
def node_tool(node_modules: Path) -> Callable[[str], list[str]]:
    """Give a function that returns how a JavaScript tool is run."""
    node = shutil.which("node")
    if not node:
        pytest.skip("node is not installed, which runs the JavaScript tools")
    return lambda name: [node, str((node_modules / ".bin" / name).resolve())]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The folder of an archive of three cases; one label is missing."""
    return write_archive(tmp_path / "MRNet-v1.0", CASES, LABELS, lambda _, plane: SLICES[Plane(plane)])


@pytest.fixture
def knees(folder: Path) -> Archive:
    """The archive of three cases."""
    return Archive.open(folder)


@pytest.fixture
def serve() -> Iterator[Callable[..., ViewerServer]]:
    """Give a function that serves a roster until the test ends."""
    with ExitStack() as stack:

        def start(roster: Roster, view: dict[str, Any] | None = None, **options: Any) -> ViewerServer:
            server = stack.enter_context(ViewerServer(roster, view or {}, **options))
            thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
            thread.start()
            stack.callback(thread.join)
            stack.callback(server.shutdown)
            return server

        yield start


class Page:
    """The viewer's page in a browser, with methods for what a reader does."""

    def __init__(self, driver: Any) -> None:
        self.driver = driver
        self.script = driver.execute_script

    def size(self, width: int, height: int, *, mobile: bool = False) -> None:
        metrics = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": mobile}
        self.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)

    def media(self, **features: str) -> None:
        named = [{"name": name.replace("_", "-"), "value": value} for name, value in features.items()]
        self.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": named})

    def open(self, link: str) -> None:
        if self.script("return document.URL").partition("#")[0] == link.partition("#")[0]:
            # Otherwise the browser would only go to another part of the same page.
            self.driver.get("about:blank")
        self.driver.get(link)
        self.wait_for_case()

    def wait(self, condition: str) -> None:
        """Wait until an expression in the page is true."""
        deadline = time.monotonic() + MAX_SECONDS
        while not self.script(f"return Boolean({condition})"):
            assert time.monotonic() < deadline, f"still not: {condition}"
            time.sleep(0.01)

    def wait_for_case(self) -> None:
        self.wait("document.querySelectorAll('.pane:is([data-state=ready], [data-state=failed])').length === 3")
        self.settle()

    def settle(self) -> None:
        """Wait for two frames: a request in the first is drawn in the second."""
        self.driver.execute_async_script("requestAnimationFrame(() => requestAnimationFrame(arguments[0]))")

    def pixels(self, plane: str) -> Any:
        """Return the plane's canvas, after checking that it is grey and opaque."""
        data = self.script(
            "const canvas = document.querySelector(`[data-plane=${arguments[0]}] canvas.image`);"
            "const {data} = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);"
            "return [canvas.height, canvas.width, Array.from(data)]",
            plane,
        )
        height, width, flat = data
        image = np.array(flat, np.uint8).reshape(height, width, 4)
        assert (image[..., 3] == 255).all()
        assert (image[..., :3] == image[..., :1]).all()
        return image[..., 0]

    def text(self, selector: str) -> str:
        return str(self.script("return document.querySelector(arguments[0]).textContent", selector))

    def texts(self, selector: str) -> list[str]:
        return list(
            self.script("return [...document.querySelectorAll(arguments[0])].map((e) => e.textContent)", selector)
        )

    def caption(self, plane: str) -> str:
        return self.text(f"[data-plane={plane}] .caption")

    def element(self, selector: str) -> Any:
        return self.driver.find_element("css selector", selector)

    def view(self, plane: str) -> Any:
        return self.element(f"[data-plane={plane}] .view")

    def click(self, text: str) -> None:
        """Press the button of this text or label; where a dialog is open, there is nothing else to press."""
        self.script(
            "[...(document.querySelector('dialog[open]') ?? document).querySelectorAll('button')].find((button) =>"
            " [button.textContent, button.getAttribute('aria-label')].includes(arguments[0])).click()",
            text,
        )
        self.settle()

    def press(self, *keys: str) -> None:
        from selenium.webdriver import ActionChains

        ActionChains(self.driver).send_keys(*keys).perform()
        self.settle()

    def set(self, selector: str, value: str | int) -> None:
        """Set a slider, a choice or a text field as a user would."""
        self.script(
            "const field = document.querySelector(arguments[0]); field.value = arguments[1];"
            "for (const kind of ['input', 'change']) field.dispatchEvent(new Event(kind, {bubbles: true}))",
            selector,
            str(value),
        )
        self.settle()

    def shown_cases(self) -> list[str]:
        return self.texts("[role=option]:not([hidden]) b")

    def complaints(self) -> list[str]:
        """Return the browser's console messages since the last call."""
        return [entry["message"] for entry in self.driver.get_log("browser")]


def start_browser(*, watched: bool = False) -> Any:
    """Start Chromium without a window; a test is skipped where it is not installed.

    Args:
        watched: log the requests, which makes each page slower.
    """
    webdriver = pytest.importorskip("selenium.webdriver", reason="selenium is not installed")
    browser, chromedriver = shutil.which("chromium"), shutil.which("chromedriver")
    if not browser or not chromedriver:
        pytest.skip("chromium and its chromedriver are not installed")
    options = webdriver.ChromeOptions()
    options.binary_location = browser
    for argument in ("--headless", "--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu"):
        options.add_argument(argument)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"} | ({"performance": "ALL"} if watched else {}))
    driver = webdriver.Chrome(options=options, service=webdriver.ChromeService(chromedriver))
    driver.set_script_timeout(MAX_SECONDS)
    return driver


@pytest.fixture(scope="session")
def driver() -> Iterator[Any]:
    driver = start_browser()
    yield driver
    driver.quit()


@pytest.fixture
def page(driver: Any, tmp_path: Path) -> Page:
    """Give a page; downloads go to `tmp_path / "downloads"`."""
    return prepared_page(driver, tmp_path / "downloads")


@pytest.fixture
def watched_page(tmp_path: Path) -> Iterator[Page]:
    """Give a page in a browser of its own that logs all requests, for `requests_of`."""
    driver = start_browser(watched=True)
    yield prepared_page(driver, tmp_path / "downloads")
    driver.quit()


def prepared_page(driver: Any, downloads: Path) -> Page:
    """Return a page of a desktop's size; messages of earlier pages are dropped."""
    page = Page(driver)
    page.size(*DESKTOP)
    page.media(prefers_color_scheme="light")
    driver.execute_cdp_cmd("Browser.setDownloadBehavior", {"behavior": "allow", "downloadPath": str(downloads)})
    page.complaints()
    return page


@pytest.fixture
def opened(page: Page, knees: Archive, serve: Callable[..., ViewerServer]) -> Page:
    """The page over the small archive, its first case open."""
    page.open(serve(roster_of(knees, knees.cases)).link)
    return page


def requests_of(page: Page) -> list[str]:
    """Return the addresses that a watched page's browser requested since the last call."""
    messages = [json.loads(entry["message"])["message"] for entry in page.driver.get_log("performance")]
    sent = [message for message in messages if message["method"] == "Network.requestWillBeSent"]
    return [message["params"]["request"]["url"] for message in sent]


def wait_for_file(file: Path) -> Path:
    deadline = time.monotonic() + MAX_SECONDS
    while not file.exists():
        assert time.monotonic() < deadline, f"not downloaded: {file}, but {list(file.parent.glob('*'))}"
        time.sleep(0.02)
    return file
