"""The notebook's widget: its Python half in a real kernel, its page half in a real browser."""

import queue
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mrnet.archive.model import Archive
from mrnet.vocabulary import Plane
from tests.viewer.conftest import Page

anywidget = pytest.importorskip("anywidget", reason="the extra `notebook` is not installed")

# Jupyter's own libraries give warnings that do not concern mrnet.
pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::ResourceWarning")]


@pytest.fixture
def viewer(knees: Archive) -> Any:
    from mrnet.viewer import KneeViewer

    return KneeViewer(knees)


def test_traits_start_in_the_middle_of_the_first_case_and_again_with_each(viewer: Any) -> None:
    assert (viewer.case, viewer.window) == ("0000", (0, 255))
    assert viewer.slices == {"axial": 4, "coronal": 3, "sagittal": 2}
    viewer.slices = {"axial": 8}
    assert viewer.slices == {"axial": 8, "coronal": 3, "sagittal": 2}
    viewer.case = "1130"
    assert viewer.slices == {"axial": 4, "coronal": 3, "sagittal": 2}


def test_the_pages_state_is_taken_over_unchanged(viewer: Any) -> None:
    viewer.set_state({"case": "0001", "slices": {"axial": 1, "coronal": 2, "sagittal": 0}, "window": [5, 9]})
    assert (viewer.case, viewer.window) == ("0001", (5, 9))
    assert viewer.slices == {"axial": 1, "coronal": 2, "sagittal": 0}


@pytest.mark.parametrize(
    ("trait", "value"),
    [
        ("case", "9999"), ("case", "<b>"), ("slices", {"axial": 9}), ("slices", {"oblique": 0}),
        ("slices", {"axial": -1}), ("slices", {"axial": "1"}), ("window", (9, 3)), ("window", (0, 256)),
        ("window", (0, 9, 1)), ("window", (0, 1.5)), ("window", (0, 255, 9, 3, 0, 255)),
    ],
)  # fmt: skip
def test_missing_slices_and_cases_are_usage_errors(viewer: Any, trait: str, value: Any) -> None:
    import traitlets

    before = getattr(viewer, trait)
    with pytest.raises(traitlets.TraitError):
        setattr(viewer, trait, value)
    assert getattr(viewer, trait) == before


def test_whole_numbers_of_numpy_become_pythons_own(viewer: Any) -> None:
    viewer.slices = {"axial": np.int64(3)}
    viewer.window = (np.uint8(20), np.int32(180))
    assert (viewer.slices["axial"], viewer.window) == (3, (20, 180))
    assert {type(number) for number in (viewer.slices["axial"], *viewer.window)} == {int}


def test_each_plane_may_have_its_own_grey_levels(viewer: Any) -> None:
    viewer.window = (0, 255, 20, 180, 0, 255)
    assert viewer.window == (0, 255, 20, 180, 0, 255)


def test_ids_are_read_as_in_the_command_line_with_the_split_if_needed(folder: Path) -> None:
    from mrnet.viewer import KneeViewer

    for plane in Plane:
        (folder / "valid" / plane / "0000.npy").write_bytes((folder / "train" / plane / "0001.npy").read_bytes())
    viewer = KneeViewer(folder)
    viewer.case = "1"
    assert viewer.case == "0001"
    viewer.case = "valid/0000"
    assert viewer.case == "valid/0000"


def test_a_saved_notebook_holds_no_voxels(viewer: Any) -> None:
    state = {name: value for name, value in viewer.get_state().items() if name not in ("_esm", "_css")}
    assert len(str(state)) < 5000


def test_without_the_extra_the_message_names_what_to_install() -> None:
    code = (
        "import sys; sys.modules['anywidget'] = None\n"
        "from mrnet.errors import MissingExtraError\n"
        "try:\n    from mrnet.viewer import KneeViewer\n"
        "except MissingExtraError as error:\n    print(error)"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "KneeViewer needs an optional part of mrnet: " in ran.stdout
    assert "anywidget" in ran.stdout


class Kernel:
    """A running kernel, and this test as its notebook."""

    def __init__(self, client: Any) -> None:
        self.client = client

    def run(self, code: str) -> str:
        """Run code and return what it printed."""
        printed: list[str] = []

        def hook(message: dict[str, Any]) -> None:
            self.seen.append(message)
            if message["msg_type"] == "stream":
                printed.append(message["content"]["text"])

        self.seen: list[dict[str, Any]] = []
        reply = self.client.execute_interactive(code, output_hook=hook, timeout=60)
        assert reply["content"]["status"] == "ok", reply["content"]
        return "".join(printed)

    def tell(self, comm: str, data: dict[str, Any]) -> None:
        message = self.client.session.msg("comm_msg", {"comm_id": comm, "data": data})
        self.client.shell_channel.send(message)

    def hear(self) -> dict[str, Any]:
        """Return the next message that the widget sends by itself."""
        while True:
            try:
                message = self.client.get_iopub_msg(timeout=30)
            except queue.Empty:
                pytest.fail("the widget did not answer")
            if message["msg_type"] == "comm_msg" and message["content"]["data"].get("method") == "custom":
                return dict(message)


@pytest.fixture
def kernel(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Kernel]:
    manager = pytest.importorskip("jupyter_client.manager", reason="jupyter_client is not installed")
    pytest.importorskip("ipykernel", reason="ipykernel is not installed")
    for kind in ("CONFIG", "DATA", "RUNTIME"):
        monkeypatch.setenv(f"JUPYTER_{kind}_DIR", str(tmp_path / kind.lower()))
    running, client = manager.start_new_kernel()
    yield Kernel(client)
    client.stop_channels()
    running.shutdown_kernel(now=True)


def test_a_real_kernel_answers_the_page_and_shares_case_and_slices(
    kernel: Kernel, folder: Path, knees: Archive
) -> None:
    kernel.run(f"from mrnet.viewer import KneeViewer\nviewer = KneeViewer({str(folder)!r})\nviewer")
    opened = [message for message in kernel.seen if message["msg_type"] == "comm_open"]
    (comm,) = (message["content"]["comm_id"] for message in opened if "_esm" in message["content"]["data"]["state"])
    kernel.tell(comm, {"method": "custom", "content": {"id": "a", "ask": "index"}})
    index = kernel.hear()["content"]["data"]["content"]
    assert (index["id"], len(index["index"]["cases"])) == ("a", 3)
    question = {"id": "b", "ask": "volume", "key": "valid/1130", "plane": "coronal"}
    kernel.tell(comm, {"method": "custom", "content": question})
    answer = kernel.hear()
    assert answer["content"]["data"]["content"] == {"id": "b", "shape": "6 256 256"}
    assert bytes(answer["buffers"][0]) == knees.case("1130").series("coronal").load().tobytes()
    kernel.tell(comm, {"method": "custom", "content": {**question, "key": "../valid/1130"}})
    assert "error" in kernel.hear()["content"]["data"]["content"]
    state = {"case": "1130", "slices": {"axial": 0, "coronal": 1, "sagittal": 2}, "window": [20, 180]}
    kernel.tell(comm, {"method": "update", "state": state, "buffer_paths": []})
    printed = kernel.run("print(viewer.case, list(viewer.slices.values()), viewer.window)")
    assert printed == "1130 [0, 1, 2] (20, 180)\n"


FAKE_MODEL = """
const [script, index, voxels, done] = arguments;
const heard = window.heard = {};
const traits = {case: "0001", slices: {axial: 1, coronal: 0, sagittal: 2}, window: [0, 255]};
const tell = (event, ...what) => (heard[event] ?? []).forEach((listener) => listener(...what));
window.model = {
  saved: 0,
  get: (name) => traits[name],
  set(changes) { for (const [name, value] of Object.entries(changes)) {
    const same = JSON.stringify(traits[name]) === JSON.stringify(value);
    traits[name] = value;
    if (!same) tell(`change:${name}`);
  } },
  save_changes() { this.saved += 1; },
  on: (event, listener) => (heard[event] ??= []).push(listener),
  off: (event, listener) => { heard[event] = heard[event].filter((each) => each !== listener); },
  isGone: false,
  send({id, ask, plane}) {
    if (this.isGone) throw new Error("Cannot send");
    if (ask === "index") setTimeout(() => tell("msg:custom", {id, index}, []));
    else setTimeout(() => tell("msg:custom", {id, shape: "4 8 8"}, [new DataView(new Uint8Array(voxels[plane]).buffer)]));
  },
};
document.body.innerHTML = "<div id=cell></div>";
window.show = async (el) => {
  const address = URL.createObjectURL(new Blob([script], {type: "text/javascript"}));
  const {default: widget} = await import(address);
  return widget.render({model, el});
};
show(document.getElementById("cell"))
  .then((clean) => { window.clean = clean; done(null); }, (fault) => done(String(fault)));
"""


@pytest.fixture
def cell(page: Page, viewer: Any) -> Page:
    """The page half in a notebook's cell, over a fake model."""
    voxels = {plane.value: [0] * (4 * 8 * 8) for plane in Plane}
    page.driver.get("about:blank")
    assert page.driver.execute_async_script(FAKE_MODEL, viewer._esm, viewer._roster.index(), voxels) is None
    page.wait_for_case()
    return page


def test_two_viewers_in_one_notebook_share_neither_ids_nor_choices(cell: Page) -> None:
    cell.driver.execute_async_script(
        "const [done] = arguments; const second = document.createElement('div'); document.body.append(second);"
        "show(second).then(done)"
    )
    ids = cell.script("return [...document.querySelectorAll('[id]')].map((element) => element.id)")
    assert len(ids) == len(set(ids)) > 6
    cell.script("document.querySelectorAll('[value=pan]').forEach((choice) => choice.click())")
    assert (
        cell.script("return [...document.querySelectorAll('[value=pan]')].map((choice) => choice.checked)")
        == [True] * 2
    )


def test_keys_and_menu_of_the_notebook_do_not_act_in_the_viewer(cell: Page) -> None:
    cell.script(
        "window.menus = 0; document.addEventListener('contextmenu', () => { menus += 1; });"
        "document.querySelector('.view').dispatchEvent(new MouseEvent('contextmenu', {bubbles: true, cancelable: true}))"
    )
    assert cell.script("return menus") == 0
    # JupyterLab looks for the attribute on the focused element first, and only there for shortcuts of any element.
    for part in (".notebook h2", ".view", "[type=search]"):
        cell.script("document.activeElement.blur()")
        if part == "[type=search]":
            cell.click("Case list")
        cell.element(part).click()
        assert cell.script("return document.activeElement.hasAttribute('data-lm-suppress-shortcuts')"), part


def test_the_viewer_follows_the_notebooks_light_and_dark(cell: Page) -> None:
    for is_light, theme in (("false", "dark"), ("true", "light")):
        cell.script("document.body.dataset.jpThemeLight = arguments[0]", is_light)
        cell.wait(f"document.querySelector('.notebook').dataset.theme === '{theme}'")


def test_a_restarted_kernel_is_reported_with_a_remedy(cell: Page) -> None:
    cell.script("model.isGone = true")
    cell.press("n")
    cell.click("Next case (n)")
    cell.wait_for_case()
    expected = "The notebook’s kernel does not know this viewer any more: run its cell again."
    assert cell.text("[data-plane=axial] .message") == expected
    assert cell.driver.execute_async_script("show(document.createElement('div')).then(() => arguments[0]('shown'))")


def test_a_closed_viewer_has_no_listeners(cell: Page) -> None:
    cell.script("clean()")
    assert cell.script("return Object.values(heard).map((listeners) => listeners.length)") == [0] * 4


def test_the_page_half_draws_the_voxels_and_follows_the_traits_both_ways(page: Page, viewer: Any) -> None:
    random = np.random.default_rng(0)
    volumes = {plane.value: random.integers(0, 256, (4, 8, 8), dtype=np.uint8) for plane in Plane}
    page.driver.get("about:blank")
    voxels = {plane: volume.ravel().tolist() for plane, volume in volumes.items()}
    fault = page.driver.execute_async_script(FAKE_MODEL, viewer._esm, viewer._roster.index(), voxels)
    assert fault is None
    page.wait_for_case()
    assert page.text("h2") == "0001train"
    for plane, slice in zip(Plane, (1, 0, 2), strict=True):
        assert np.array_equal(page.pixels(plane), volumes[plane][slice])
    page.script("model.set({slices: {axial: 3, coronal: 1, sagittal: 0}, window: [0, 255]})")
    page.settle()
    assert np.array_equal(page.pixels("axial"), volumes["axial"][3])
    page.set("[data-plane=coronal] .scroll input", 3)
    page.wait("model.get('slices').coronal === 3")
    page.script("model.set({case: '1130'})")
    page.wait_for_case()
    assert page.text("h2") == "1130valid"
    page.click("Previous case (p)")
    page.wait("model.get('case') === '0001'")
    assert page.script("return model.get('slices')") == {"axial": 3, "coronal": 3, "sagittal": 0}
    page.driver.execute_async_script("setTimeout(arguments[0], 500)")
    before = page.script("return model.saved")
    page.driver.execute_async_script("setTimeout(arguments[0], 500)")
    assert page.script("return model.saved") == before
    page.script("clean()")
    assert page.script("return document.querySelectorAll('canvas').length") == 0
