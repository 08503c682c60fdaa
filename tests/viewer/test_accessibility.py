"""axe-core, the accessibility checker, finds no fault in any view of the page."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from mrnet.archive.model import Archive
from mrnet.viewer.roster import blind_roster, roster_of
from mrnet.viewer.server import ViewerServer
from tests.viewer.conftest import PHONE, Page

Serve = Callable[..., ViewerServer]


@pytest.fixture(scope="session")
def axe(node_modules: Path) -> str:
    """The checker's script."""
    return (node_modules / "axe-core" / "axe.min.js").read_text(encoding="utf-8")


def violations(page: Page, **options: Any) -> list[Any]:
    found = page.driver.execute_async_script("axe.run(arguments[0]).then(arguments[1])", options)
    return [
        (each["id"], each["impact"], [node["html"][:120] for node in each["nodes"]]) for each in found["violations"]
    ]


SCHEMES = {
    "light": {"prefers_color_scheme": "light", "forced_colors": "none"},
    "dark": {"prefers_color_scheme": "dark", "forced_colors": "none"},
    "forced": {"prefers_color_scheme": "dark", "forced_colors": "active"},
}


@pytest.mark.parametrize(
    "look", ["desktop", "phone", "blind", "montage", "help", "failed", "maximised", "grid", "compare", "tools"]
)
def test_axe_finds_no_fault_in_any_colours(page: Page, axe: str, folder: Path, serve: Serve, look: str) -> None:
    if look == "phone":
        page.size(*PHONE, mobile=True)
    if look == "failed":
        (folder / "train/axial/0000.npy").unlink()
        (folder / "valid/axial/1130.npy").unlink()
    knees = Archive.open(folder)
    roster = blind_roster(knees, knees.cases, 0) if look == "blind" else roster_of(knees, knees.cases)
    page.open(serve(roster).link)
    if look == "phone":
        page.click("Case list")
        page.click("Tools")
    else:
        page.press(*{"montage": "m", "help": "?", "maximised": "3", "grid": "g", "compare": "c"}.get(look, ""))
    if look == "tools":
        page.click("Tools")
    if look != "help":
        page.script("document.querySelector('.reading').open = true")
    page.script(axe)
    found = {"all": violations(page)}
    for scheme, media in SCHEMES.items():
        page.media(**media)
        page.settle()
        found[scheme] = violations(page, runOnly=["color-contrast"])
    page.media(**SCHEMES["light"])
    assert found == {scheme: [] for scheme in ("all", *SCHEMES)}


def test_in_forced_colours_what_is_chosen_shows_by_the_system_s_highlight_and_images_stay_on_black(
    page: Page, knees: Archive, serve: Serve
) -> None:
    page.open(serve(roster_of(knees, knees.cases)).link)
    page.media(**SCHEMES["forced"])
    ground = "return getComputedStyle(document.querySelector(arguments[0])).backgroundColor"
    highlight = page.script(
        "const probe = document.createElement('i'); probe.style.cssText = 'forced-color-adjust: none; background: Highlight';"
        "document.body.append(probe); const colour = getComputedStyle(probe).backgroundColor; probe.remove(); return colour"
    )
    chosen = ["[aria-label='Three equal (l)']", ".segmented :checked + span", "[role=option][aria-selected=true]"]
    page.click("Three equal (l)")
    assert [page.script(ground, selector) for selector in chosen] == [highlight] * 3
    assert page.script(ground, "[data-plane=axial] .view") == "rgb(0, 0, 0)"
    page.media(**SCHEMES["light"])
