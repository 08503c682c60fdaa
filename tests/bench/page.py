"""How long the viewer's page takes in Chromium: to list 1,250 cases, and to draw a slice."""

import threading
from collections.abc import Iterator
from pathlib import Path
from statistics import median
from typing import Any

from mrnet.archive.model import Archive, Case
from mrnet.viewer.roster import roster_of
from mrnet.viewer.server import ViewerServer
from tests.viewer.conftest import Page, start_browser

CASES = 1250
DRAW = """
const slider = document.querySelector('[data-plane=axial] .scroll input');
const waiting = []; window.requestAnimationFrame = (draw) => waiting.push(draw);
const start = performance.now();
for (let round = 0; round < 90; round++) {
  slider.value = round % 9; slider.dispatchEvent(new Event('input')); waiting.pop()();
}
return (performance.now() - start) / 90;
"""
"""Returns the milliseconds for one slice."""
GOALS = {"list 1,250 cases": 3000.0, "draw a slice": 1000 / 60}
"""Limits in milliseconds that a reader does not notice."""


def page_table(folder: Path, runs: int) -> Iterator[str]:
    """Yield the lines of the table: medians over this many loads of the page."""
    archive = Archive.open(folder)
    real = archive.cases[0]
    cases = [Case(real.storage, f"{number:04}", real.split, real.labels) for number in range(CASES)]
    driver = start_browser()
    try:
        with ViewerServer(roster_of(archive, cases), {}) as server:
            threading.Thread(target=server.serve_forever, daemon=True).start()
            loads = [_measure(Page(driver), server.link) for _ in range(runs)]
            server.shutdown()
    finally:
        driver.quit()
    yield "| work | milliseconds | to reach |"
    yield "| --- | ---: | ---: |"
    for (name, goal), times in zip(GOALS.items(), zip(*loads, strict=True), strict=True):
        yield f"| {name} | {median(times):.1f} | {goal:.1f} |"


def _measure(page: Any, link: str) -> tuple[float, float]:
    page.open(link)
    listed = page.script("return performance.getEntriesByType('navigation')[0].domComplete")
    return listed, page.script(DRAW)
