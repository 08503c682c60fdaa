"""The page with odd series, with a slow server or none, with a long volume, on paper, in full screen and by touch."""

import base64
import re
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from mrnet.archive.model import Archive
from mrnet.viewer.roster import Roster, roster_of
from mrnet.viewer.server import ViewerServer
from mrnet.vocabulary import Plane
from tests.archives import make_volume
from tests.viewer.conftest import PHONE, Page, wait_for_file

Serve = Callable[..., ViewerServer]
A4 = (718, 1047)
"""CSS pixels inside the margins of a page."""


def test_series_of_other_sizes_are_shown_whole_and_voxel_by_voxel(page: Page, folder: Path, serve: Serve) -> None:
    whole = make_volume("0000", "axial", 4)
    np.save(folder / "train/axial/0000.npy", np.pad(whole, ((0, 0), (0, 44), (0, 0)))[:, :300])
    np.save(folder / "train/coronal/0000.npy", whole[:, :100, :200])
    knees = Archive.open(folder)
    page.open(serve(roster_of(knees, knees.cases)).link)
    for plane, slice in ((Plane.AXIAL, 2), (Plane.CORONAL, 2), (Plane.SAGITTAL, 2)):
        image = np.asarray(knees.case("0000").series(plane).load()[slice])
        assert np.array_equal(page.pixels(plane), image)
        fits = page.script(
            "const view = document.querySelector(arguments[0]); const [box, image] = [view, view.querySelector('.image')]"
            " .map((each) => each.getBoundingClientRect());"
            "return image.width <= box.width + 1 && image.height <= box.height + 1 && image.width / image.height",
            f"[data-plane={plane}] .view",
        )
        assert fits == pytest.approx(image.shape[1] / image.shape[0], rel=0.01)
    page.press("m")
    assert page.texts("[data-plane=coronal] .tiles button") == ["0", "1", "2", "3"]


def test_a_volume_of_300_slices_is_scrolled_and_shown_at_once(page: Page, folder: Path, serve: Serve) -> None:
    np.save(folder / "train/sagittal/0000.npy", make_volume("0000", "sagittal", 300))
    knees = Archive.open(folder)
    page.open(serve(roster_of(knees, knees.cases)).link)
    assert page.caption("sagittal") == "slice 150 of 0–299"
    page.view("sagittal").click()
    page.press("\ue010")
    assert page.caption("sagittal") == "slice 299 of 0–299"
    assert np.array_equal(page.pixels("sagittal"), knees.case("0000").series("sagittal").load()[299])
    page.press("m")
    assert len(page.texts("[data-plane=sagittal] .tiles button")) == 300
    page.click("sagittal slice 123")
    assert page.caption("sagittal") == "slice 123 of 0–299"


def test_a_slow_series_holds_up_nothing_else(page: Page, knees: Archive, serve: Serve) -> None:
    arrived = threading.Event()

    class Slow(Roster):
        def load(self, volume: str) -> np.ndarray:
            if volume == "train/0000/axial":
                arrived.wait(60)
            return super().load(volume)

    plain = roster_of(knees, knees.cases)
    link = serve(Slow(plain.archive, plain.synthetic, plain.blind, plain.shown, plain.reading)).link
    try:
        page.driver.get(link)
        page.wait("document.querySelectorAll('.pane[data-state=ready]').length === 2")
        assert page.text("[data-plane=axial] .message") == "loading…"
        page.set("[data-plane=coronal] .scroll input", 5)
        assert np.array_equal(page.pixels("coronal"), knees.case("0000").series("coronal").load()[5])
        page.press("n")
        page.wait_for_case()
        assert page.text("h2") == "0001train"
    finally:
        arrived.set()
    page.press("p")
    page.wait_for_case()
    assert np.array_equal(page.pixels("axial"), knees.case("0000").series("axial").load()[4])


def test_a_silent_server_is_named_after_its_time(page: Page, knees: Archive, serve: Serve) -> None:
    ended = threading.Event()

    class Silent(Roster):
        def load(self, volume: str) -> np.ndarray:
            ended.wait(60)
            return super().load(volume)

    plain = roster_of(knees, knees.cases)
    link = serve(Silent(plain.archive, plain.synthetic, plain.blind, plain.shown, plain.reading)).link
    # The page waits for two minutes; here for two thousandths of that.
    shorter = "const wait = AbortSignal.timeout; AbortSignal.timeout = (time) => wait.call(AbortSignal, time / 500);"
    script = page.driver.execute_cdp_cmd("Page.addScriptToEvaluateOnNewDocument", {"source": shorter})
    try:
        page.driver.get(link)
        page.wait(
            "[...document.querySelectorAll('.pane .message')].every((text) => text.textContent.includes('does not answer'))"
        )
    finally:
        ended.set()
        page.driver.execute_cdp_cmd("Page.removeScriptToEvaluateOnNewDocument", script)


def test_a_server_that_dies_is_named_in_each_pane_which_can_try_again(page: Page, folder: Path) -> None:
    command = [sys.executable, "-m", "mrnet", "browse", "--root", str(folder), "--no-open", "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as program:
        assert program.stdout
        page.open(program.stdout.readline().strip())
        page.wait(
            "performance.getEntriesByType('resource').filter((each) => each.name.includes('/0001/')).length === 3"
        )
        program.kill()
    page.press("n", "n")
    page.wait_for_case()
    gone = "The program that serves this page does not answer: is `mrnet browse` still running?"
    assert page.texts(".pane .message") == [gone] * 3
    page.element("[data-plane=axial] .again button").click()
    page.wait_for_case()
    assert page.text("[data-plane=axial] .message") == gone
    page.press("p", "p")
    page.wait_for_case()
    assert page.texts(".pane .message") == [""] * 3


def printed(page: Page, *, landscape: bool = False) -> bytes:
    sheet = {"paperWidth": 8.27, "paperHeight": 11.69, "landscape": landscape}
    return base64.b64decode(page.driver.execute_cdp_cmd("Page.printToPDF", sheet)["data"])


def test_what_is_printed_is_what_is_shown_whole_on_one_page(opened: Page) -> None:
    for keys in ("", "m", "m"):
        opened.press(*keys)
        for landscape in (False, True):
            sheet = printed(opened, landscape=landscape)
            assert len(re.findall(rb"/Type\s*/Page\b", sheet)) == 1
            assert re.search(rb"/Subtype\s*/Image", sheet)
    opened.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "print"})
    try:
        for width, height in (A4, A4[::-1]):
            opened.size(width, height)
            opened.script("dispatchEvent(new Event('beforeprint'))")
            box, natural = opened.script(
                "const canvas = document.querySelector('.printed canvas');"
                "return [canvas.getBoundingClientRect().toJSON(), canvas.width / canvas.height]"
            )
            assert min(box["left"], box["top"]) >= 0
            assert (box["right"], box["bottom"]) <= (width, height)
            assert box["width"] == pytest.approx(width, abs=1)
            assert natural > 1
    finally:
        opened.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": ""})


def test_the_open_grid_is_what_is_printed(opened: Page, knees: Archive) -> None:
    opened.press("g")
    opened.wait("[...document.querySelectorAll('.grid-tile .slice')].every((text) => text.textContent)")
    opened.script("dispatchEvent(new Event('beforeprint'))")
    pixels = opened.script(
        "const sheet = document.querySelector('.printed canvas');"
        "const shown = sheet.getContext('2d').getImageData(0, 30, 256, 256).data;"
        "return Array.from(shown).filter((_, at) => at % 4 === 0)"
    )
    assert np.array_equal(np.array(pixels, np.uint8).reshape(256, 256), knees.case("0000").series("sagittal").load()[2])
    assert opened.script("return document.querySelector('.printed canvas').width") == 2 * (256 + 8)
    sheet = printed(opened)
    assert len(re.findall(rb"/Type\s*/Page\b", sheet)) == 1


def test_full_screen_fills_the_screen_and_returns(opened: Page) -> None:
    opened.press("f")
    opened.wait("document.fullscreenElement?.id === 'mrnet'")
    opened.press("n")
    opened.wait_for_case()
    opened.press("?")
    assert opened.element(".help").is_displayed()
    opened.click("Close")
    opened.press("f")
    opened.wait("!document.fullscreenElement")


def test_where_there_is_no_full_screen_the_page_says_so(opened: Page) -> None:
    opened.script("document.getElementById('mrnet').requestFullscreen = undefined")
    opened.press("f")
    assert opened.text(".status") == "This browser allows no full screen here."
    assert opened.complaints() == []


def swipe(page: Page, plane: str, x: int, y: int) -> None:
    """Move a finger over an image, in small steps."""
    box = page.script("return document.querySelector(arguments[0]).getBoundingClientRect().toJSON()", f"[data-plane={plane}] .view")  # fmt: skip
    left, top = box["left"] + box["width"] / 2, box["top"] + box["height"] / 2
    finger = {"type": "touchStart", "touchPoints": [{"x": left, "y": top}]}
    page.driver.execute_cdp_cmd("Input.dispatchTouchEvent", finger)
    for step in range(1, 11):
        point = {"x": left + x * step / 10, "y": top + y * step / 10}
        page.driver.execute_cdp_cmd("Input.dispatchTouchEvent", {"type": "touchMove", "touchPoints": [point]})
    page.driver.execute_cdp_cmd("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    page.settle()


def test_a_finger_does_what_drag_says_and_never_moves_the_page(page: Page, knees: Archive, serve: Serve) -> None:
    page.size(*PHONE, mobile=True)
    page.driver.execute_cdp_cmd("Emulation.setTouchEmulationEnabled", {"enabled": True, "maxTouchPoints": 2})
    levels = "[data-plane=axial] .shown-levels"
    transform = "return document.querySelector('[data-plane=axial] canvas.image').style.transform"
    try:
        page.open(serve(roster_of(knees, knees.cases)).link)
        page.click("Axial")
        swipe(page, "axial", 0, 60)
        assert page.caption("axial") == "slice 6 of 0–8"
        assert page.text(levels) == "grey 0–255"
        page.click("Tools")
        page.script("document.querySelector('.segmented [value=window]').click()")
        swipe(page, "axial", -100, 0)
        assert (page.caption("axial"), page.text(levels)) == ("slice 6 of 0–8", "grey 50–205")
        page.script("document.querySelector('.segmented [value=pan]').click()")
        page.click("Zoom in")
        before = page.script(transform)
        swipe(page, "axial", 40, 60)
        assert page.script(transform) != before
        assert (page.caption("axial"), page.text(levels)) == ("slice 6 of 0–8", "grey 50–205")
        assert page.script("return [scrollX, scrollY, document.getElementById('mrnet').scrollTop]") == [0, 0, 0]
        page.script("document.querySelector('[aria-label=Help]').click()")
        assert page.script("return document.querySelector('.help').scrollTop") == 0
        assert page.script("return document.querySelector('.help').scrollHeight > innerHeight")
    finally:
        page.driver.execute_cdp_cmd("Emulation.setTouchEmulationEnabled", {"enabled": False})


def test_on_a_phone_on_its_side_the_answers_are_beside_the_images(page: Page, knees: Archive, serve: Serve) -> None:
    page.size(844, 390, mobile=True)
    page.open(serve(roster_of(knees, knees.cases)).link)
    page.script("document.querySelector('.reading').open = true")
    page.settle()
    boxes = [
        page.script("return document.querySelector(arguments[0]).getBoundingClientRect().toJSON()", selector)
        for selector in (".stage", ".reading")
    ]
    assert boxes[0]["right"] <= boxes[1]["left"] + 1
    assert boxes[0]["height"] > 300
    assert page.script("return [innerWidth, document.scrollingElement.scrollHeight]") == [844, 390]


def test_a_picture_of_the_grid_is_refused_in_words(opened: Page, tmp_path: Path) -> None:
    opened.press("g")
    opened.click("Save PNG")
    assert opened.text(".status") == "Close the grid first: a picture is of one case."
    opened.press("\ue00c")
    opened.click("Save PNG")
    assert wait_for_file(tmp_path / "downloads" / "0000.png").stat().st_size > 0
