"""The page, driven in a real browser as a reader would."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from mrnet.archive.model import Archive
from mrnet.viewer.roster import Roster, blind_roster, roster_of
from mrnet.viewer.server import ViewerServer
from mrnet.vocabulary import Plane
from tests.conftest import Mrnet
from tests.viewer.conftest import PHONE, SLICES, Page, wait_for_file

Serve = Callable[..., ViewerServer]
UP, DOWN, LEFT, RIGHT, END, HOME, ENTER, ESCAPE = (
    "\ue013", "\ue015", "\ue012", "\ue014", "\ue010", "\ue011", "\ue007", "\ue00c",
)  # fmt: skip


def voxels(knees: Archive, case: str, plane: str, slice: int) -> np.ndarray:
    return np.asarray(knees.case(case).series(plane).load()[slice])


def windowed(image: np.ndarray, low: int, high: int) -> np.ndarray:
    return np.floor(255 * np.clip((image.astype(float) - low) / (high - low), 0, 1) + 0.5).astype(np.uint8)


def wheel(page: Page, plane: str, *deltas: int, **options: object) -> None:
    page.script(
        "const [selector, deltas, options] = arguments;"
        "for (const deltaY of deltas) document.querySelector(selector).dispatchEvent("
        " new WheelEvent('wheel', {deltaY, bubbles: true, cancelable: true, ...options}))",
        f"[data-plane={plane}] .view",
        deltas,
        options,
    )
    page.settle()


@pytest.mark.parametrize("plane", Plane)
def test_each_plane_opens_in_the_middle_under_its_own_title_with_exactly_its_voxels(
    opened: Page, knees: Archive, plane: Plane
) -> None:
    middle = SLICES[plane] // 2
    assert opened.text(f"[data-plane={plane}] h3") == plane.capitalize()
    assert opened.caption(plane) == f"slice {middle} of 0–{SLICES[plane] - 1}"
    assert np.array_equal(opened.pixels(plane), voxels(knees, "0000", plane, middle))
    assert opened.complaints() == []


def test_wheel_keys_and_slider_scroll_to_exactly_the_slice_that_the_caption_names(opened: Page, knees: Archive) -> None:
    wheel(opened, "axial", 100, 100)
    assert opened.caption("axial") == "slice 6 of 0–8"
    wheel(opened, "axial", *[-10] * 6)
    assert opened.caption("axial") == "slice 4 of 0–8"
    opened.view("axial").click()
    opened.press(DOWN, DOWN, UP, RIGHT, LEFT)
    assert opened.caption("axial") == "slice 5 of 0–8"
    opened.press(END)
    assert np.array_equal(opened.pixels("axial"), voxels(knees, "0000", "axial", 8))
    opened.press(DOWN)
    assert opened.caption("axial") == "slice 8 of 0–8"
    opened.set("[data-plane=axial] .scroll input", 2)
    assert np.array_equal(opened.pixels("axial"), voxels(knees, "0000", "axial", 2))
    assert opened.caption("coronal") == "slice 3 of 0–5"


def test_dragging_scrolls_and_a_right_drag_sets_the_window(opened: Page) -> None:
    from selenium.webdriver import ActionChains
    from selenium.webdriver.common.actions.mouse_button import MouseButton

    view = opened.view("sagittal")
    ActionChains(opened.driver).click_and_hold(view).move_by_offset(30, 0).move_by_offset(30, 0).release().perform()
    opened.settle()
    assert opened.caption("sagittal") == "slice 4 of 0–4"
    actions = ActionChains(opened.driver).move_to_element(view)
    actions.w3c_actions.pointer_action.pointer_down(button=MouseButton.RIGHT)
    actions.w3c_actions.pointer_action.move_to(view, -60, 0)
    actions.w3c_actions.pointer_action.pointer_up(button=MouseButton.RIGHT)
    actions.perform()
    opened.settle()
    assert levels_of(opened, "sagittal") == "grey 30–225"


def test_a_window_maps_every_grey_level_the_same_way_in_all_planes(opened: Page, knees: Archive) -> None:
    opened.set("[aria-label='Window low']", 20)
    opened.set("[aria-label='Window high']", 180)
    for plane in Plane:
        wanted = windowed(voxels(knees, "0000", plane, SLICES[plane] // 2), 20, 180)
        assert np.array_equal(opened.pixels(plane), wanted)
    opened.set("[aria-label='Grey levels']", "full")
    assert np.array_equal(opened.pixels("axial"), voxels(knees, "0000", "axial", 4))


def levels_of(page: Page, plane: str) -> str:
    return page.text(f"[data-plane={plane}] .shown-levels")


def series_levels(knees: Archive, case: str, plane: str) -> str:
    low, high = np.percentile(knees.case(case).series(plane).load(), [1, 99], method="inverted_cdf")
    return f"grey {low}–{high}"


def test_the_preset_of_a_series_is_computed_for_each_plane_and_again_for_each_case(
    page: Page, folder: Path, serve: Serve
) -> None:
    knees = Archive.open(folder)
    np.save(folder / "train/axial/0001.npy", knees.case("0001").series("axial").load() // 2)
    page.open(serve(roster_of(knees, knees.cases)).link)
    page.set("[aria-label='Grey levels']", "series")
    assert [levels_of(page, plane) for plane in Plane] == [series_levels(knees, "0000", plane) for plane in Plane]
    page.press("n")
    page.wait_for_case()
    assert [levels_of(page, plane) for plane in Plane] == [series_levels(knees, "0001", plane) for plane in Plane]
    assert series_levels(knees, "0000", "axial") != series_levels(knees, "0001", "axial")


def test_unlinked_planes_have_their_own_grey_levels(opened: Page, knees: Archive) -> None:
    opened.click("Change grey levels of all planes together")
    opened.view("coronal").click()
    opened.set("[aria-label='Window high']", 100)
    assert [levels_of(opened, plane) for plane in Plane] == ["grey 0–255", "grey 0–100", "grey 0–255"]
    assert np.array_equal(opened.pixels("coronal"), windowed(voxels(knees, "0000", "coronal", 3), 0, 100))
    opened.wait("location.hash.endsWith('&window=0,255,0,100,0,255')")
    opened.driver.refresh()
    opened.wait_for_case()
    assert [levels_of(opened, plane) for plane in Plane] == ["grey 0–255", "grey 0–100", "grey 0–255"]


def test_inverting_exchanges_black_and_white_in_the_image_and_the_link(opened: Page, knees: Archive) -> None:
    opened.press("i")
    assert np.array_equal(opened.pixels("axial"), 255 - voxels(knees, "0000", "axial", 4))
    assert levels_of(opened, "axial") == "grey 0–255, inverted"
    opened.wait("location.hash.endsWith('&invert=1')")


def right_drag(page: Page, plane: str, *steps: tuple[int, int]) -> None:
    from selenium.webdriver import ActionChains
    from selenium.webdriver.common.actions.mouse_button import MouseButton

    actions = ActionChains(page.driver, duration=0).move_to_element(page.view(plane))
    pointer = actions.w3c_actions.pointer_action
    pointer.pointer_down(button=MouseButton.RIGHT)
    for x, y in steps:
        pointer.move_by(x, y)
    pointer.pointer_up(button=MouseButton.RIGHT)
    actions.perform()
    page.settle()


def test_small_moves_of_a_window_drag_add_up_and_there_and_back_returns(opened: Page) -> None:
    opened.set("[aria-label='Window low']", 40)
    opened.set("[aria-label='Window high']", 140)
    right_drag(opened, "sagittal", *[(1, 0)] * 20)
    assert levels_of(opened, "sagittal") == "grey 30–150"
    right_drag(opened, "sagittal", *[(0, -1)] * 20)
    assert levels_of(opened, "sagittal") == "grey 20–140"
    right_drag(opened, "sagittal", *[(3, 5)] * 9, *[(-3, -5)] * 9)
    assert levels_of(opened, "sagittal") == "grey 20–140"


def test_a_window_cannot_be_turned_inside_out(opened: Page) -> None:
    opened.set("[aria-label='Window high']", 60)
    opened.set("[aria-label='Window low']", 200)
    assert opened.text(".levels") == "200–201"


def test_the_next_case_opens_at_the_same_relative_slice_and_a_seen_case_where_it_was_left(
    opened: Page, knees: Archive
) -> None:
    wheel(opened, "axial", 100)
    opened.press("n")
    opened.wait_for_case()
    assert opened.text("h2") == "0001train"
    assert opened.caption("axial") == "slice 5 of 0–8"
    assert np.array_equal(opened.pixels("axial"), voxels(knees, "0001", "axial", 5))
    wheel(opened, "axial", 100)
    opened.press("n", "n", "n")
    opened.wait_for_case()
    assert opened.text("h2") == "1130valid"
    assert opened.caption("axial") == "slice 6 of 0–8"
    opened.press("p", "p")
    opened.wait_for_case()
    assert opened.text("h2") == "0000train"
    assert opened.caption("axial") == "slice 5 of 0–8"


def test_racing_through_cases_ends_with_the_last_one_shown(opened: Page, knees: Archive) -> None:
    opened.press("n", "p", "n", "p", "n", "n")
    opened.wait_for_case()
    assert opened.text("h2") == "1130valid"
    assert np.array_equal(opened.pixels("coronal"), voxels(knees, "1130", "coronal", 3))


def test_the_list_is_searched_filtered_and_walked_by_keyboard(opened: Page) -> None:
    opened.set("[type=search]", "00")
    assert opened.shown_cases() == ["0000", "0001"]
    assert opened.text(".count") == "2 of 3 cases"
    opened.set("[type=search]", "")
    opened.set("[aria-label='Filter by split']", "valid")
    assert opened.shown_cases() == ["1130"]
    opened.set("[aria-label='Filter by split']", "")
    opened.set("[aria-label='Filter by meniscal tear']", "null")
    assert opened.shown_cases() == ["1130"]
    opened.set("[aria-label='Filter by meniscal tear']", "")
    opened.set("[aria-label='Filter by abnormal']", "1")
    assert opened.shown_cases() == ["0000", "1130"]
    opened.element("[role=listbox]").send_keys(DOWN)
    opened.wait_for_case()
    assert opened.text("h2") == "1130valid"
    assert opened.text("[aria-selected=true] b") == "1130"


def test_labels_are_shown_and_can_be_hidden_so_that_no_filter_reveals_them(opened: Page) -> None:
    assert opened.texts(".labels dt") == ["abnormal", "ACL tear", "meniscal tear"]
    assert opened.texts(".labels dd") == ["yes", "no", "yes"]
    opened.set("[aria-label='Filter by abnormal']", "1")
    opened.press("h")
    assert opened.shown_cases() == ["0000", "0001", "1130"]
    assert not opened.element(".labels").is_displayed()
    assert not opened.element(".marks").is_displayed()
    assert not opened.element("[aria-label='Filter by ACL tear']").is_enabled()
    opened.press("n")
    opened.wait_for_case()
    assert not opened.element(".labels").is_displayed()
    opened.press("h")
    assert opened.element(".labels").is_displayed()


def test_a_click_shows_the_voxel_and_the_keyboard_moves_from_it(opened: Page, knees: Archive) -> None:
    from selenium.webdriver import ActionChains

    view = opened.view("coronal")
    ActionChains(opened.driver).move_to_element_with_offset(view, 10, 20).click().perform()
    opened.settle()
    readout = opened.text("[data-plane=coronal] .readout").split()
    row, column = int(readout[6].rstrip(",")), int(readout[8])
    image = voxels(knees, "0000", "coronal", 3)
    assert readout[:5] == ["grey", str(image[row, column]), "at", "slice", "3,"]
    opened.press(ENTER, DOWN, RIGHT)
    moved = f"grey {image[row + 1, column + 1]} at slice 3, row {row + 1}, column {column + 1}"
    assert opened.text("[data-plane=coronal] .readout") == moved
    opened.press(ESCAPE, DOWN)
    assert opened.caption("coronal") == "slice 4 of 0–5"


def test_playing_goes_round_and_pauses(opened: Page) -> None:
    opened.set("[aria-label='Slices per second']", 30)
    opened.click("Play sagittal")
    opened.wait("document.querySelector('[data-plane=sagittal] .caption').textContent === 'slice 0 of 0–4'")
    opened.click("Pause sagittal")
    before = opened.caption("sagittal")
    opened.driver.execute_async_script("setTimeout(arguments[0], 120)")
    assert opened.caption("sagittal") == before


def test_one_pane_is_maximised_and_zoomed_and_reset(opened: Page) -> None:
    opened.press("2")
    assert opened.script("return document.querySelector('.lead').dataset.plane") == "coronal"
    opened.press("2")
    assert [opened.view(plane).is_displayed() for plane in Plane] == [False, True, False]
    fitted = opened.script("return document.querySelector('[data-plane=coronal] canvas.image').style.transform")
    opened.press("+", "+")
    zoomed = opened.script("return document.querySelector('[data-plane=coronal] canvas.image').style.transform")
    before, after = (float(transform.split("scale(")[1][:-1]) for transform in (fitted, zoomed))
    assert after == pytest.approx(1.25**2 * before, rel=1e-4)
    opened.press("r")
    reset = opened.script("return document.querySelector('[data-plane=coronal] canvas.image').style.transform")
    assert reset == fitted
    opened.press(ESCAPE)
    assert all(opened.view(plane).is_displayed() for plane in Plane)


def test_the_montage_holds_every_slice_exactly_and_leads_to_one(opened: Page, knees: Archive) -> None:
    opened.press("m")
    assert opened.texts("[data-plane=axial] .tiles button") == [str(slice) for slice in range(9)]
    across, flat = opened.script(
        "const canvas = document.querySelector('[data-plane=axial] .montage canvas');"
        "const {data} = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);"
        "return [canvas.width, Array.from(data).filter((_, at) => at % 4 === 0)]"
    )
    sheet = np.array(flat, np.uint8).reshape(-1, across)
    for slice in range(9):
        top, left = divmod(slice, across // 256)
        tile = sheet[top * 256 : (top + 1) * 256, left * 256 : (left + 1) * 256]
        assert np.array_equal(tile, voxels(knees, "0000", "axial", slice))
    opened.click("axial slice 7")
    assert opened.caption("axial") == "slice 7 of 0–8"
    assert np.array_equal(opened.pixels("axial"), voxels(knees, "0000", "axial", 7))


def test_the_address_returns_to_the_same_case_slices_and_window(opened: Page, knees: Archive) -> None:
    opened.press("n")
    opened.wait_for_case()
    opened.set("[data-plane=axial] .scroll input", 1)
    opened.set("[aria-label='Window high']", 99)
    opened.wait("location.hash === '#case=train/0001&at=1,3,2&window=0,99'")
    opened.driver.refresh()
    opened.wait_for_case()
    assert opened.text("h2") == "0001train"
    assert [opened.caption(plane) for plane in Plane] == ["slice 1 of 0–8", "slice 3 of 0–5", "slice 2 of 0–4"]
    assert np.array_equal(opened.pixels("axial"), windowed(voxels(knees, "0001", "axial", 1), 0, 99))
    opened.script("location.hash = '#case=1130&at=99,x,0&window=9,3'")
    opened.wait("document.querySelector('h2').textContent === '1130valid'")
    opened.wait_for_case()
    assert [opened.caption(plane) for plane in Plane] == ["slice 8 of 0–8", "slice 3 of 0–5", "slice 0 of 0–4"]
    assert opened.text(".levels") == "0–99"


def test_the_command_returns_to_the_same_place_on_another_machine(opened: Page) -> None:
    opened.script("navigator.clipboard.writeText = async (text) => { window.copied = text }")
    opened.set("[data-plane=axial] .scroll input", 1)
    opened.click("Copy as command")
    assert opened.script("return copied") == "mrnet browse 0000 --at 1,3,2"
    opened.set("[aria-label='Window low']", 20)
    opened.click("Copy as command")
    assert opened.script("return copied") == "mrnet browse 0000 --at 1,3,2 --window 20 255"
    opened.click("Copy link")
    assert opened.script("return copied").endswith("/#case=train/0000&at=1,3,2&window=20,255")


def test_the_view_is_saved_as_a_png_of_whole_voxels(opened: Page, knees: Archive, tmp_path: Path) -> None:
    opened.press("1", "1")
    opened.click("Smooth")
    opened.click("Save PNG")
    with Image.open(wait_for_file(tmp_path / "downloads" / "0000-axial.png")) as picture:
        saved = np.asarray(picture.convert("L"))
    scale = saved.shape[1] // 256
    caption = saved.shape[0] - 256 * scale
    assert 0 < caption < 60
    assert np.array_equal(saved[caption::scale, ::scale], voxels(knees, "0000", "axial", 4))


def test_a_saved_picture_contains_the_command_that_returns_to_it(opened: Page, mrnet: Mrnet, tmp_path: Path) -> None:
    opened.set("[aria-label='Window low']", 20)
    opened.press("m")
    opened.click("Save PNG")
    ran = mrnet("recipe", wait_for_file(tmp_path / "downloads" / "0000.png"))
    assert ran.out == "mrnet browse 0000 --at 4,3,2 --window 20 255\n"


def test_a_missing_or_broken_series_shows_its_fault_and_leaves_the_others(
    page: Page, folder: Path, serve: Serve
) -> None:
    (folder / "train/axial/0000.npy").unlink()
    (folder / "train/coronal/0000.npy").write_bytes(b"not a volume")
    knees = Archive.open(folder)
    page.open(serve(roster_of(knees, knees.cases)).link)
    assert page.text("[data-plane=axial] .message") == "This case has no axial series."
    assert page.text("[data-plane=coronal] .message").startswith("train/coronal/0000.npy cannot be shown: ")
    assert np.array_equal(page.pixels("sagittal"), voxels(knees, "0000", "sagittal", 2))
    page.press("m", "m", "r", "+", "n")
    page.wait_for_case()
    assert np.array_equal(page.pixels("axial"), voxels(knees, "0001", "axial", 4))


def test_a_copy_of_one_plane_is_shown_in_this_plane_and_asks_for_no_other(
    page: Page, folder: Path, serve: Serve
) -> None:
    for plane in ("coronal", "sagittal"):
        for file in folder.glob(f"*/{plane}/*.npy"):
            file.unlink()
    knees = Archive.open(folder)
    page.open(serve(roster_of(knees, knees.cases)).link)
    shown = "return [...document.querySelectorAll('.pane:not([hidden])')].map((pane) => pane.dataset.plane)"
    assert page.script(shown) == ["axial"]
    assert np.array_equal(page.pixels("axial"), voxels(knees, "0000", "axial", 4))
    assert page.text("[data-plane=sagittal] .message") == "There is no sagittal series here."
    assert page.script("return document.querySelector('[data-plane=sagittal] .again button').hidden")
    page.press("n")
    page.wait_for_case()
    assert page.complaints() == []


def test_a_series_that_failed_can_be_tried_again(page: Page, knees: Archive, serve: Serve) -> None:
    server = serve(roster_of(knees, knees.cases))
    page.open(server.link)
    page.wait("performance.getEntriesByType('resource').filter((each) => each.name.includes('/0001/')).length === 3")
    series_by_name = dict(server.roster.series_by_name)
    server.roster.series_by_name.clear()
    page.press("n", "n")
    page.wait_for_case()
    assert page.text("[data-plane=axial] .message") == "Not found."
    server.roster.series_by_name.update(series_by_name)
    page.element("[data-plane=axial] .again button").click()
    page.wait_for_case()
    assert np.array_equal(page.pixels("axial"), voxels(knees, "1130", "axial", 4))
    assert page.text("[data-plane=coronal] .message") == "Not found."


def test_names_and_labels_that_look_like_markup_show_as_text(page: Page, knees: Archive, serve: Serve) -> None:
    evil = "<img src=x onerror=alert(1)></script>"

    class Evil(Roster):
        def index(self) -> dict[str, Any]:
            case = {"key": "train/0000", "case": evil, "split": "train", "labels": {evil: evil}}
            return {**super().index(), "archive": evil, "cases": [case]}

    page.open(serve(Evil(evil, True, False, roster_of(knees, knees.cases).shown, "")).link)
    assert page.text("h2") == f"{evil}train"
    assert page.text(".top .state") == "synthetic"
    assert page.texts(".labels dt") == [evil]
    assert page.script("return document.querySelectorAll('img').length") == 0
    assert np.array_equal(page.pixels("axial"), voxels(knees, "0000", "axial", 4))
    assert page.complaints() == []


def test_all_1250_cases_of_an_archive_are_listed(page: Page, knees: Archive, serve: Serve) -> None:
    from mrnet.archive.model import Case

    real = knees.cases[0]
    cases = [real] + [Case(real.storage, f"{number:04}", real.split, real.labels) for number in range(1, 1250)]
    page.open(serve(roster_of(knees, cases)).link)
    assert page.text(".count") == "1,250 cases"
    assert len(page.shown_cases()) == 1250
    page.element("[role=listbox]").send_keys(END)
    page.wait_for_case()
    assert page.text("h2") == "1249train"
    bottom = "document.querySelector('[aria-selected=true]').getBoundingClientRect().bottom"
    assert page.script(f"return {bottom} <= document.querySelector('.cases').getBoundingClientRect().bottom")


def test_nothing_overflows_at_phone_width(page: Page, knees: Archive, serve: Serve) -> None:
    page.size(*PHONE, mobile=True)
    page.open(serve(roster_of(knees, knees.cases)).link)
    assert page.script("return innerWidth") == PHONE[0]
    page.click("Case list")
    page.click("Tools")
    assert page.script("return [innerWidth, document.getElementById('mrnet').scrollWidth]") == [PHONE[0], PHONE[0]]


def touch(page: Page, kind: str, *points: tuple[float, float]) -> None:
    fingers = [{"x": x, "y": y, "id": finger} for finger, (x, y) in enumerate(points)]
    page.driver.execute_cdp_cmd("Input.dispatchTouchEvent", {"type": kind, "touchPoints": fingers})


def test_fingers_scroll_and_zoom(page: Page, knees: Archive, serve: Serve) -> None:
    page.size(*PHONE, mobile=True)
    page.driver.execute_cdp_cmd("Emulation.setTouchEmulationEnabled", {"enabled": True, "maxTouchPoints": 2})
    try:
        page.open(serve(roster_of(knees, knees.cases)).link)
        page.click("Axial")
        frame = page.script(
            "return document.querySelector('[data-plane=axial] .view').getBoundingClientRect().toJSON()"
        )
        x, y = frame["left"] + 100, frame["top"] + 100
        touch(page, "touchStart", (x, y))
        for step in range(1, 7):
            touch(page, "touchMove", (x + 10 * step, y))
        touch(page, "touchEnd")
        page.settle()
        assert page.caption("axial") == "slice 6 of 0–8"
        touch(page, "touchStart", (x, y), (x + 60, y))
        for step in range(1, 7):
            touch(page, "touchMove", (x - 5 * step, y), (x + 60 + 5 * step, y))
        touch(page, "touchEnd")
        page.settle()
        transform = page.script("return document.querySelector('[data-plane=axial] canvas.image').style.transform")
        assert float(transform.split("scale(")[1][:-1]) == pytest.approx(2 * PHONE[0] / 256, rel=0.1)
        assert page.caption("axial") == "slice 6 of 0–8"
    finally:
        page.driver.execute_cdp_cmd("Emulation.setTouchEmulationEnabled", {"enabled": False})


def test_the_wheel_zooms_with_ctrl_and_a_shifted_drag_pans(opened: Page) -> None:
    from selenium.webdriver import ActionChains

    where = "return document.querySelector('[data-plane=axial] canvas.image').style.transform"
    wheel(opened, "axial", -400, ctrlKey=True)
    assert opened.caption("axial") == "slice 4 of 0–8"
    zoomed = opened.script(where)
    shift = "\ue008"
    view = opened.view("axial")
    ActionChains(opened.driver).key_down(shift).click_and_hold(view).move_by_offset(-40, 0).release().key_up(
        shift
    ).perform()
    opened.settle()
    assert opened.caption("axial") == "slice 4 of 0–8"
    assert opened.script(where) != zoomed


def test_light_and_dark_follow_the_system_until_the_reader_chooses(opened: Page) -> None:
    ground = "return getComputedStyle(document.getElementById('mrnet')).backgroundColor"
    light = opened.script(ground)
    opened.media(prefers_color_scheme="dark")
    dark = opened.script(ground)
    assert light != dark
    opened.press("t")
    assert opened.script(ground) == light
    opened.driver.refresh()
    opened.wait_for_case()
    assert opened.script(ground) == light


def test_single_letter_keys_can_be_switched_off_and_never_act_while_typing(opened: Page) -> None:
    opened.element("[type=search]").send_keys("n")
    assert opened.text("h2") == "0000train"
    opened.set("[type=search]", "")
    opened.script("document.activeElement.blur()")
    opened.press("?")
    opened.element(".help input").click()
    opened.click("Close")
    opened.press("n")
    assert opened.text("h2") == "0000train"


def test_the_script_can_be_pasted_into_a_page() -> None:
    from mrnet.viewer.page import joined_script, modules, part

    script = joined_script()
    assert "</script" not in script
    assert "import " not in re.sub("//.*|/[*].*?[*]/", "", script, flags=re.DOTALL)
    assert all(part(name).splitlines()[0] in script for name in modules())
    assert "</style" not in part("viewer.css")


def test_no_two_modules_use_one_name_in_the_scope_that_they_share() -> None:
    from mrnet.viewer.page import modules, part

    declared = re.compile(r"^(?:export )?(?:async )?(?:const|let|class|function)\s+(\w+)", re.MULTILINE)
    names = [name for module in modules() for name in declared.findall(part(module))]
    assert len(names) > 100
    assert len(names) == len(set(names))


def test_every_module_of_the_page_is_joined_and_served() -> None:
    from mrnet.viewer import page
    from mrnet.viewer.page import modules

    folder = Path(page.__file__).parent / "page"
    assert sorted(modules()) == sorted(file.name for file in folder.glob("*.js"))


def covered(page: Page) -> float:
    """Return the share of the window that the square images cover."""
    return float(
        page.script(
            "return [...document.querySelectorAll('.pane:not([hidden]) canvas.image')]"
            " .map((image) => [image.getBoundingClientRect(), image.parentElement])"
            " .map(([box, view]) => Math.min(box.width, view.clientWidth) * Math.min(box.height, view.clientHeight))"
            " .reduce((sum, area) => sum + area, 0) / (innerWidth * innerHeight)"
        )
    )


def test_images_get_the_screen(page: Page, knees: Archive, serve: Serve) -> None:
    page.size(1440, 900)
    page.open(serve(roster_of(knees, knees.cases)).link)
    assert page.element("nav").is_displayed()
    assert covered(page) >= 0.7
    page.click("Case list")
    page.click("Three equal (l)")
    # Three squares side by side cover 480 * 480 * 3 of 1440 * 900 at most.
    assert covered(page) >= 0.99 * 480 * 480 * 3 / (1440 * 900)
    page.press("z")
    views = page.script(
        "return [...document.querySelectorAll('.view')].reduce((sum, view) =>"
        " sum + view.clientWidth * view.clientHeight, 0) / (innerWidth * innerHeight)"
    )
    assert min(covered(page), views) >= 0.85


@pytest.mark.parametrize(("size", "least"), [((1024, 768), 0.8), ((844, 390), 0.7), ((1920, 1080), 0.68)])
def test_the_layout_with_the_largest_images_is_used(
    page: Page, knees: Archive, serve: Serve, size: tuple[int, int], least: float
) -> None:
    page.size(*size)
    page.open(serve(roster_of(knees, knees.cases)).link)
    assert covered(page) >= least


def test_layout_zoom_and_relative_slice_stay_from_case_to_case(opened: Page) -> None:
    transform = "return document.querySelector('[data-plane=coronal] canvas.image').style.transform"
    opened.press("l")
    opened.view("coronal").click()
    opened.press("+", "+", END, "n")
    opened.wait_for_case()
    zoomed = opened.script(transform)
    assert opened.caption("coronal") == "slice 5 of 0–5"
    assert opened.script("return document.querySelector('.panes').dataset.layout") == "three"
    opened.press("n")
    opened.wait_for_case()
    assert opened.script(transform) == zoomed
    opened.driver.refresh()
    opened.wait_for_case()
    assert opened.script("return document.querySelector('.panes').dataset.layout") == "three"


def test_a_link_to_a_missing_case_shows_a_message(page: Page, knees: Archive, serve: Serve) -> None:
    page.open(serve(roster_of(knees, knees.cases)).link + "#case=9999&at=1,1,1&window=0,255")
    expected = "Case 9999 is not among the cases of this page. This is case 0000."
    assert page.text(".status") == expected
    assert page.element(".status").is_displayed()


def test_caps_lock_does_not_disable_the_keys(opened: Page) -> None:
    opened.press("N")
    opened.wait_for_case()
    assert opened.text("h2") == "0001train"


def test_enter_in_the_montage_goes_to_the_slice_and_reads_no_hidden_voxel(opened: Page) -> None:
    opened.view("axial").click()
    opened.press("m", ENTER)
    assert opened.text("[data-plane=axial] .readout") == ""
    assert opened.element("[data-plane=axial] canvas.image").is_displayed()


def test_a_notch_of_any_wheel_is_one_slice(opened: Page) -> None:
    pixels, lines, pages = range(3)
    notches = [(33, pixels), (49, pixels), (120, pixels), (1, lines), (3, lines), (1, pages)]
    for delta, unit in notches:
        wheel(opened, "axial", delta, deltaMode=unit)
        assert opened.caption("axial") == "slice 5 of 0–8", (delta, unit)
        wheel(opened, "axial", -delta, deltaMode=unit)


def test_two_cases_scroll_together_by_their_share_of_the_stack(page: Page, folder: Path, serve: Serve) -> None:
    knees = Archive.open(folder)
    np.save(folder / "train/sagittal/0001.npy", np.repeat(knees.case("0001").series("sagittal").load(), 3, axis=0))
    page.open(serve(roster_of(knees, knees.cases)).link)
    page.press("c")
    page.wait("document.querySelectorAll('.pane:not([hidden])[data-state=ready]').length === 2")
    shown = "[...document.querySelectorAll('.pane:not([hidden])')]"
    assert page.script(f"return {shown}.map((pane) => pane.querySelector('.whose b').textContent)") == ["0001", "0000"]
    captions = f"{shown}.map((pane) => pane.querySelector('.caption').textContent).join()"
    page.view("sagittal").click()
    page.press(END)
    page.wait(f"{captions} === 'slice 14 of 0–14,slice 4 of 0–4'")
    page.script("document.querySelector('.pinned .view').focus()")
    page.press(HOME)
    page.wait(f"{captions} === 'slice 0 of 0–14,slice 0 of 0–4'")
    page.press(ESCAPE)
    assert page.script(f"return {shown}.length") == 3


def test_the_grid_shows_one_plane_of_the_listed_cases_and_leads_to_one(opened: Page, knees: Archive) -> None:
    opened.set("[aria-label='Filter by abnormal']", "1")
    opened.press("g")
    ready = "[...document.querySelectorAll('.grid-tile .slice')].map((text) => text.textContent).join()"
    opened.wait(f"{ready} === '2 of 0–4,2 of 0–4'")
    assert opened.texts(".grid-tile b") == ["0000", "1130"]
    opened.script(
        "document.querySelectorAll('.grid-tile')[1].dispatchEvent(new WheelEvent('wheel', {deltaY: 100, cancelable: true}))"
    )
    opened.wait(f"{ready} === '2 of 0–4,3 of 0–4'")
    opened.set("[aria-label='Filter by abnormal']", "")
    opened.wait("document.querySelectorAll('.grid-tile').length === 3")
    opened.set("[aria-label='Plane of the grid']", "coronal")
    opened.wait(f"{ready} === '3 of 0–5,3 of 0–5,3 of 0–5'")
    flat = opened.script(
        "const canvas = document.querySelectorAll('.grid-tile canvas')[2];"
        "return Array.from(canvas.getContext('2d').getImageData(0, 0, 256, 256).data).filter((_, at) => at % 4 === 0)"
    )
    assert np.array_equal(np.array(flat, np.uint8).reshape(256, 256), voxels(knees, "1130", "coronal", 3))
    opened.element(".grid-tile:nth-child(3)").click()
    opened.wait_for_case()
    assert opened.text("h2") == "1130valid"
    assert not opened.element(".grid").is_displayed()


def test_the_grid_keeps_only_visible_tiles(page: Page, knees: Archive, serve: Serve) -> None:
    from mrnet.archive.model import Case

    real = knees.cases[0]
    cases = [real] + [Case(real.storage, f"{number:04}", real.split, real.labels) for number in range(1, 1250)]
    page.open(serve(roster_of(knees, cases)).link)
    page.press("g")
    assert page.script("return document.querySelectorAll('.grid-tile').length") == 1250
    page.wait("document.querySelector('.grid-tile canvas').width === 256")
    page.script("document.querySelector('.grid-tiles').scrollTop = 1e6")
    page.wait("document.querySelector('.grid-tile canvas').width === 0")


def test_the_selection_is_visible_in_forced_colours(opened: Page) -> None:
    opened.media(forced_colors="active", prefers_color_scheme="dark")
    colour = "return getComputedStyle(document.querySelector(arguments[0])).backgroundColor"
    chosen = opened.script(colour, ".top [aria-pressed=true]")
    assert chosen != opened.script(colour, ".top [aria-pressed=false]")
    assert (
        chosen == opened.script(colour, "[aria-selected=true]") == opened.script(colour, ".segmented :checked + span")
    )


def test_printing_gives_the_whole_pictures_and_nothing_else(opened: Page, knees: Archive) -> None:
    opened.script("dispatchEvent(new Event('beforeprint'))")
    opened.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "print"})
    try:
        assert not opened.element(".desk").is_displayed()
        box = opened.script("return document.querySelector('.printed canvas').getBoundingClientRect().toJSON()")
        assert box["left"] >= 0 and box["right"] <= opened.script("return innerWidth")
    finally:
        opened.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": ""})


def test_help_opens_at_its_beginning_and_lists_what_is_not_shown(page: Page, knees: Archive, serve: Serve) -> None:
    page.size(*PHONE, mobile=True)
    page.open(serve(roster_of(knees, knees.cases)).link)
    page.click("Help")
    assert page.script("return document.querySelector('.help').scrollTop") == 0
    assert "no rulers, no orientation letters" in page.text(".help")


def test_on_a_phone_one_plane_fills_the_width_and_the_answers_can_be_reached(
    page: Page, knees: Archive, serve: Serve
) -> None:
    page.size(*PHONE, mobile=True)
    page.open(serve(blind_roster(knees, knees.cases, seed=1)).link)
    page.click("Coronal")
    assert [page.view(plane).is_displayed() for plane in Plane] == [False, True, False]
    box = page.script(
        "return document.querySelector('[data-plane=coronal] canvas.image').getBoundingClientRect().toJSON()"
    )
    assert box["width"] == pytest.approx(PHONE[0], abs=1)
    form = page.script("return document.querySelector('[data-finding=meniscus]').getBoundingClientRect().toJSON()")
    assert form["bottom"] <= PHONE[1]
    assert page.script("return document.scrollingElement.scrollHeight") <= PHONE[1]
