"""Blind reading: nothing reveals the case, and no answer is lost."""

import csv
import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from mrnet.archive.model import Archive
from mrnet.viewer.roster import blind_roster, key_table, roster_of
from mrnet.viewer.server import ViewerServer
from tests.archives import write_archive
from tests.conftest import Mrnet
from tests.viewer.conftest import Page, wait_for_file

Serve = Callable[..., ViewerServer]


def answer(page: Page, finding: str, given: str) -> None:
    page.script(
        "document.querySelector(`.reading [data-finding=${arguments[0]}] [value='${arguments[1]}']`).click()",
        finding,
        given,
    )


def rows(file: Path) -> list[dict[str, str]]:
    return list(csv.DictReader(wait_for_file(file).read_text().splitlines(keepends=True)))


def test_a_blind_page_shows_neither_ids_nor_splits_nor_labels(page: Page, knees: Archive, serve: Serve) -> None:
    page.open(serve(blind_roster(knees, knees.cases, seed=1)).link)
    assert page.shown_cases() == ["R01", "R02", "R03"]
    assert page.text("h2") == "R01"
    source = page.script("return document.documentElement.outerHTML + location.href")
    for secret in ("0000", "0001", "1130", "train", "valid"):
        assert secret not in source
    assert not page.texts(".labels div")
    assert "Copy as command" not in page.texts("button")
    assert page.element(".reading form").is_displayed()


def test_answers_and_notes_outlive_a_reload_and_are_saved_as_a_table(
    page: Page, knees: Archive, serve: Serve, tmp_path: Path
) -> None:
    roster = blind_roster(knees, knees.cases, seed=1)
    page.open(serve(roster).link)
    answer(page, "abnormal", "yes")
    answer(page, "acl", "unsure")
    answer(page, "meniscus", "no")
    page.set(".reading textarea", 'thick, "bright"\nband')
    page.press("n")
    page.wait_for_case()
    answer(page, "acl", "unsure")
    answer(page, "acl", "")
    page.driver.refresh()
    page.wait_for_case()
    assert page.text(".tally") == "1 complete, 2 open"
    page.press("p")
    page.wait_for_case()
    assert page.script("return document.querySelector('[data-finding=acl] [value=unsure]').checked")
    assert page.script("return document.querySelector('.reading textarea').value") == 'thick, "bright"\nband'
    page.click("Save reading.csv")
    saved = rows(tmp_path / "downloads" / "reading.csv")
    assert list(saved[0])[:4] == ["case", "abnormal", "acl", "meniscus"]
    given = {name: cell for name, cell in saved[0].items() if cell}
    expected = {"case": "R01", "abnormal": "1", "meniscus": "0", "acl_unsure": "1", "note": 'thick, "bright"\nband'}
    assert (len(saved), given) == (1, {**expected, "reading": roster.reading})


def test_forget_all_deletes_every_answer_and_note_once_it_is_confirmed(
    page: Page, knees: Archive, serve: Serve
) -> None:
    page.open(serve(blind_roster(knees, knees.cases, seed=1)).link)
    answer(page, "abnormal", "yes")
    page.set(".reading textarea", "thick band")
    page.press("n")
    page.wait_for_case()
    answer(page, "acl", "unsure")
    for confirmed, tally in (("false", "2 partial, 1 open"), ("true", "3 open")):
        page.script(f"window.confirm = () => {confirmed}")
        page.click("Forget all")
        assert page.text(".tally").endswith(tally)
        page.driver.refresh()
        page.wait_for_case()
        assert page.text(".tally").endswith(tally)
    page.press("p")
    page.wait_for_case()
    assert page.script("return document.querySelector('.reading textarea').value") == ""
    assert not page.script("return document.querySelector('[data-finding=abnormal] [value=yes]').checked")


def test_a_reading_that_is_not_blind_names_ids_and_splits(
    page: Page, knees: Archive, serve: Serve, tmp_path: Path
) -> None:
    roster = roster_of(knees, knees.cases)
    page.open(serve(roster).link)
    page.element(".reading summary").click()
    answer(page, "acl", "no")
    page.click("Save reading.csv")
    (saved,) = rows(tmp_path / "downloads" / "reading.csv")
    given = {name: cell for name, cell in saved.items() if cell}
    assert given == {"case": "0000", "acl": "0", "split": "train", "reading": roster.reading}


def test_compare_reads_what_a_blind_page_saves(
    page: Page, knees: Archive, folder: Path, serve: Serve, tmp_path: Path, mrnet: Mrnet
) -> None:
    roster = blind_roster(knees, knees.cases, seed=1)
    page.open(serve(roster).link)
    for each in roster.shown:
        page.wait(f"document.querySelector('h2').textContent === '{each.name}'")
        truth = each.case.labels["abnormal"]
        answer(page, "abnormal", "no" if truth and each.case.id == "0000" else "yes" if truth else "no")
        answer(page, "acl", "unsure")
        page.press("n")
    page.click("Save reading.csv")
    reading = wait_for_file(tmp_path / "downloads" / "reading.csv")
    Path("key.csv").write_text(key_table(roster))
    ran = mrnet("compare", reading, "--key", "key.csv", "--root", folder, "--format", "json")
    assert ran.status == 1, ran.err
    rows = json.loads(ran.out)["differences"]
    found = [{name: row[name] for name in ("case", "split", "finding", "this", "other")} for row in rows]
    assert found == [{"case": "0000", "split": "train", "finding": "abnormal", "this": 1, "other": 0}]


def test_readings_of_other_cases_or_another_order_are_kept_apart(knees: Archive) -> None:
    rosters = [
        roster_of(knees, knees.cases),
        roster_of(knees, knees.cases[:2]),
        *(blind_roster(knees, knees.cases, seed) for seed in range(3)),
    ]
    assert len({roster.reading for roster in rosters}) == 5
    assert roster_of(knees, knees.cases).reading == rosters[0].reading


def test_the_seed_decides_the_order_and_the_key_gives_it(knees: Archive) -> None:
    first, again = (blind_roster(knees, knees.cases, seed=1) for _ in range(2))
    assert key_table(first) == key_table(again)
    assert any(key_table(blind_roster(knees, knees.cases, seed)) != key_table(first) for seed in range(2, 6))
    rows = list(csv.DictReader(key_table(first).splitlines()))
    assert [row["reading"] for row in rows] == ["R01", "R02", "R03"]
    assert sorted((row["case"], row["split"]) for row in rows) == [
        ("0000", "train"), ("0001", "train"), ("1130", "valid"),
    ]  # fmt: skip


def test_a_blind_page_reports_a_faulty_series_without_naming_its_file(page: Page, folder: Path, serve: Serve) -> None:
    for file in folder.glob("*/axial/*.npy"):
        file.write_bytes(b"no volume")
    knees = Archive.open(folder)
    page.open(serve(blind_roster(knees, knees.cases, seed=1)).link)
    message = page.text("[data-plane=axial] .message")
    assert message.startswith("The axial series cannot be shown: ")
    assert ".npy cannot" not in message


def given(page: Page, finding: str) -> str:
    field = "document.querySelector(`.reading [data-finding=${arguments[0]}] :checked`).value"
    return str(page.script(f"return {field}", finding))


def test_two_tabs_of_one_reading_share_answers_at_once(page: Page, knees: Archive, serve: Serve) -> None:
    link = serve(blind_roster(knees, knees.cases, seed=1)).link
    page.open(link)
    first = page.driver.current_window_handle
    page.driver.switch_to.new_window("tab")
    try:
        page.open(link)
        answer(page, "acl", "yes")
        page.driver.switch_to.window(first)
        page.wait("document.querySelector('.reading [data-finding=acl] [value=yes]').checked")
        answer(page, "meniscus", "no")
        page.driver.switch_to.window(page.driver.window_handles[-1])
        page.wait("document.querySelector('.reading [data-finding=meniscus] [value=no]').checked")
        assert given(page, "acl") == "yes"
        page.driver.refresh()
        page.wait_for_case()
        assert (given(page, "acl"), given(page, "meniscus")) == ("yes", "no")
    finally:
        page.driver.switch_to.window(page.driver.window_handles[-1])
        page.driver.close()
        page.driver.switch_to.window(first)


def test_keys_answer_the_marked_finding_and_o_opens_the_next_unanswered_case(
    page: Page, knees: Archive, serve: Serve
) -> None:
    page.open(serve(blind_roster(knees, knees.cases, seed=1)).link)
    page.press("y", "x", "u")
    assert [given(page, finding) for finding in ("abnormal", "acl", "meniscus")] == ["yes", "no", "unsure"]
    assert page.text(".tally") == "1 complete, 2 open"
    page.press("b", "y")
    assert given(page, "acl") == "yes"
    page.press("o")
    page.wait_for_case()
    assert page.text("h2") == "R02"
    page.press("y", "o")
    page.wait_for_case()
    assert page.text("h2") == "R03"
    page.press("o")
    page.wait_for_case()
    assert page.text("h2") == "R02"
    assert page.texts("[role=option] .read") == ["read", "part", ""]


def test_confidence_and_key_slice_are_kept_and_lead_back(
    page: Page, knees: Archive, serve: Serve, tmp_path: Path
) -> None:
    page.open(serve(blind_roster(knees, knees.cases, seed=1)).link)
    answer(page, "acl", "yes")
    page.set("[data-finding=acl] .confidence", 80)
    page.set("[data-plane=coronal] .scroll input", 1)
    page.view("coronal").click()
    page.element("[data-finding=acl] .key-slice").click()
    page.set("[data-plane=coronal] .scroll input", 5)
    page.element("[data-finding=acl] .key-slice").click()
    assert page.caption("coronal") == "slice 1 of 0–5"
    page.click("Save reading.csv")
    (saved,) = rows(tmp_path / "downloads" / "reading.csv")
    assert (saved["acl"], saved["acl_confidence"], saved["acl_slice"]) == ("1", "80", "coronal 1")


def load(page: Page, file: Path) -> None:
    page.element(".reading input[type=file]").send_keys(str(file))
    page.settle()


def test_a_saved_reading_is_loaded_back_in_another_browser(
    page: Page, knees: Archive, serve: Serve, tmp_path: Path
) -> None:
    roster = blind_roster(knees, knees.cases, seed=1)
    page.open(serve(roster).link)
    page.press("y", "x", "u")
    page.set(".reading textarea", "a note")
    page.click("Save reading.csv")
    file = wait_for_file(tmp_path / "downloads" / "reading.csv")
    page.script("localStorage.clear()")
    page.open(serve(roster).link)
    assert page.text(".tally") == "0 complete, 3 open"
    answer(page, "acl", "yes")
    page.script("window.confirm = (text) => { window.asked = text; return false; }")
    load(page, file)
    page.wait("document.querySelector('.tally').textContent === '1 complete, 2 open'")
    assert page.script("return asked").startswith("Answers in the file that differ from those here: 1.")
    assert (given(page, "abnormal"), given(page, "acl")) == ("yes", "yes")
    page.script("window.confirm = () => true")
    load(page, file)
    page.wait("document.querySelector('.reading [data-finding=acl] [value=no]').checked")
    assert page.script("return document.querySelector('.reading textarea').value") == "a note"


def test_a_reading_of_other_cases_or_another_order_is_refused(
    page: Page, knees: Archive, serve: Serve, tmp_path: Path
) -> None:
    page.open(serve(blind_roster(knees, knees.cases, seed=1)).link)
    other = tmp_path / "other.csv"
    for text, said in (
        ("case,abnormal,acl,meniscus,reading\nR01,1,1,1,another\n", "belongs to another reading"),
        ("case,abnormal,acl,meniscus\n0001,1,1,1\n", "none of its cases is here"),
        ("a,b\n1,2\n", "no column “case”"),
        ('case,acl\nR01,"1', "is not CSV"),
    ):
        other.write_text(text)
        load(page, other)
        page.wait(f"document.querySelector('.status').textContent.includes({json.dumps(said)})")
    assert page.text(".tally") == "0 complete, 3 open"


FORBIDDEN = "Object.defineProperty(window, 'localStorage', {get() { throw new DOMException('no', 'SecurityError'); }})"
FULL = "Storage.prototype.setItem = () => { throw new DOMException('full', 'QuotaExceededError'); }"


@pytest.mark.parametrize("trouble", [FORBIDDEN, FULL], ids=["forbidden", "full"])
def test_a_page_without_storage_warns_at_once_and_asks_before_it_is_left(
    page: Page, knees: Archive, serve: Serve, trouble: str
) -> None:
    cut = page.driver.execute_cdp_cmd("Page.addScriptToEvaluateOnNewDocument", {"source": trouble})
    try:
        page.open(serve(blind_roster(knees, knees.cases, seed=1)).link)
        assert "keeps nothing" in page.text(".trouble")
        assert page.element(".status").is_displayed()
        page.press("y")
        leaving = "const event = new Event('beforeunload', {cancelable: true}); dispatchEvent(event); return event.defaultPrevented"
        assert page.script(leaving)
        page.click("Copy as text")
        table = page.script("return document.querySelector('dialog[open] textarea').value")
        assert table.splitlines()[1].startswith("R01,1,")
        page.click("Close")
        page.click("Save reading.csv")
        assert not page.script(leaving)
    finally:
        page.driver.execute_cdp_cmd("Page.removeScriptToEvaluateOnNewDocument", cut)


def test_with_stored_answers_leaving_the_page_asks_nothing(page: Page, knees: Archive, serve: Serve) -> None:
    page.open(serve(blind_roster(knees, knees.cases, seed=1)).link)
    page.press("y")
    assert not page.script(
        "const event = new Event('beforeunload', {cancelable: true}); dispatchEvent(event); return event.defaultPrevented"
    )


def test_a_sandboxed_frame_keeps_answers_until_it_is_closed_and_shows_the_table_to_copy(
    page: Page, folder: Path, mrnet: Mrnet
) -> None:
    assert mrnet("export-html", "--blind", "--together", "-o", "reading.html", "--root", folder).status == 0
    Path("frame.html").write_text("<iframe sandbox='allow-scripts' src='reading.html' width=1200 height=800></iframe>")
    page.driver.get(Path("frame.html").absolute().as_uri())
    page.driver.switch_to.frame(0)
    try:
        page.wait_for_case()
        assert "keeps nothing" in page.text(".trouble")
        page.press("y")
        answer(page, "acl", "yes")
        page.click("Save reading.csv")
        assert "R01," in page.script("return document.querySelector('dialog[open] textarea').value")
    finally:
        page.driver.switch_to.default_content()


def test_the_title_of_a_blind_page_does_not_name_the_archive(page: Page, knees: Archive, serve: Serve) -> None:
    page.open(serve(blind_roster(knees, knees.cases, seed=1)).link)
    assert page.driver.title == "Knee MRI · Blind reading"
    assert page.text(".archive") == "Blind reading"


TWELVE = [f"{number:04}" for number in range(12)]


def table(page: Page) -> dict[str, dict[str, str]]:
    """Return the reading as the page shows it to be copied: the filled cells of each case."""
    page.click("Copy as text")
    text = page.script("return document.querySelector('dialog[open] textarea').value")
    page.click("Close")
    lines = csv.DictReader(text.splitlines(keepends=True))
    return {line["case"]: {name: cell for name, cell in line.items() if cell} for line in lines}


class Reader:
    """Answers case after case, and remembers what was answered."""

    def __init__(self, page: Page, reading: str) -> None:
        self.page, self.reading = page, reading
        self.answered: dict[str, dict[str, str]] = {}

    def read(self) -> None:
        """Answer the next open case, each in another way."""
        self.page.press("o")
        self.page.wait_for_case()
        name, number = self.page.text("h2"), len(self.answered)
        for finding, key in zip(("abnormal", "acl", "meniscus"), "yxu", strict=True):
            self.page.press(key)
            self.page.set(f"[data-finding={finding}] .confidence", number)
        self.page.set(".reading textarea", f"note, {number}")
        self.page.press("k")
        confidences = {f"{finding}_confidence": str(number) for finding in ("abnormal", "acl", "meniscus")}
        given = {"abnormal": "1", "acl": "0", "meniscus_unsure": "1", "meniscus_slice": "sagittal 2"}
        noted = {"note": f"note, {number}", "reading": self.reading}
        self.answered[name] = {"case": name, **given, **confidences, **noted}

    def check(self) -> None:
        assert table(self.page) == self.answered


@contextmanager
def browsing(folder: Path, seed: int, *more: str) -> Iterator[str]:
    """Run `mrnet browse --blind`, and give its link."""
    command = [
        sys.executable,
        "-m",
        "mrnet",
        "browse",
        "--blind",
        "--seed",
        str(seed),
        "--no-open",
        "--root",
        str(folder),
    ]
    command += more
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as program:
        assert program.stdout
        try:
            yield program.stdout.readline().strip()
        finally:
            program.kill()


def test_a_reading_of_twelve_cases_interrupted_in_every_way_loses_no_answer(page: Page, tmp_path: Path) -> None:
    folder = write_archive(tmp_path / "twelve", {"train": TWELVE}, {"train": {}}, lambda *_: 5)
    knees = Archive.open(folder)
    # The page opens at R01, from where the next open case is R02: R01 comes last.
    reader = Reader(page, blind_roster(knees, knees.cases, seed=1).reading)
    downloads = tmp_path / "downloads"
    with browsing(folder, seed=1) as link:
        read_with_a_reload_and_a_second_tab(reader, link)
    with browsing(folder, seed=1) as link:  # The program was ended and starts again, at the same address.
        read_where_the_storage_is_full(reader, link, downloads)
        read_while_another_tab_empties_the_storage(reader, link)
    with browsing(folder, seed=2) as link:  # Another reading of the same archive.
        page.open(link)
        assert page.text(".tally") == "0 complete, 12 open"
        page.press("x")
    with browsing(folder, seed=1) as link:
        page.open(link)
        reader.check()
        read_with_closed_tabs(reader, link)
        while len(reader.answered) < len(TWELVE):
            reader.read()
        page.click("Save reading.csv")
        assert page.text(".tally") == "12 complete, 0 open"
        filled = [{name: cell for name, cell in row.items() if cell} for row in rows(downloads / "reading.csv")]
        assert {row["case"]: row for row in filled} == reader.answered


def read_with_a_reload_and_a_second_tab(reader: Reader, link: str) -> None:
    page = reader.page
    page.open(link)
    reader.read()
    page.driver.refresh()
    page.wait_for_case()
    reader.check()
    first = page.driver.current_window_handle
    page.driver.switch_to.new_window("tab")
    page.open(link)
    reader.read()
    page.driver.close()
    page.driver.switch_to.window(first)
    page.wait("document.querySelector('.tally').textContent.startsWith('2 complete')")
    reader.read()
    reader.check()


def read_where_the_storage_is_full(reader: Reader, link: str, downloads: Path) -> None:
    page = reader.page
    page.open(link)
    reader.check()
    page.script("window.setItem = Storage.prototype.setItem;" + FULL)
    reader.read()
    assert page.element(".trouble").is_displayed()
    page.script("Storage.prototype.setItem = window.setItem")
    reader.read()
    assert not page.element(".trouble").is_displayed()
    page.driver.refresh()
    page.wait_for_case()
    reader.check()
    page.script(FULL)
    reader.read()
    page.click("Save reading.csv")
    saved = wait_for_file(downloads / "reading.csv")
    page.open(link)
    assert page.text(".tally") == "5 complete, 7 open"
    load(page, saved)
    page.wait("document.querySelector('.tally').textContent.startsWith('6 complete')")
    reader.check()
    saved.unlink()


def read_while_another_tab_empties_the_storage(reader: Reader, link: str) -> None:
    page = reader.page
    first = page.driver.current_window_handle
    page.driver.switch_to.new_window("tab")
    page.open(link)
    reader.read()
    page.driver.switch_to.window(first)
    page.wait("document.querySelector('.tally').textContent.startsWith('7 complete')")
    page.driver.switch_to.window(page.driver.window_handles[-1])
    page.script("localStorage.clear()")
    page.driver.close()
    page.driver.switch_to.window(first)
    page.wait("Object.keys(localStorage).filter((name) => name.endsWith('/note')).length === 7")
    page.driver.refresh()
    page.wait_for_case()
    reader.check()


def read_with_closed_tabs(reader: Reader, link: str) -> None:
    page = reader.page
    first = page.driver.current_window_handle
    page.driver.get("about:blank")
    for _ in range(2):
        page.driver.switch_to.new_window("tab")
        page.open(link)
        reader.read()
        page.driver.close()
        page.driver.switch_to.window(first)
    page.open(link)
    reader.check()


def test_a_confidence_out_of_range_is_not_taken_in_part(page: Page, knees: Archive, serve: Serve) -> None:
    page.open(serve(blind_roster(knees, knees.cases, seed=1)).link)
    page.element("[data-finding=acl] .confidence").send_keys("120")
    page.settle()
    assert page.script("return document.querySelector('[data-finding=acl] .confidence').value") == ""
    assert "0 to 100" in page.text(".status")
    page.element("[data-finding=acl] .confidence").send_keys("100")
    page.settle()
    assert table(page)["R01"]["acl_confidence"] == "100"


def read_all(page: Page, link: str, answers: dict[str, str], table: Path) -> None:
    """Read as another person: answer `y` or `x` to the three findings of each case, and save the table."""
    page.open(link)
    page.script("localStorage.clear()")
    page.open(link)
    for _ in answers:
        page.press("o")
        page.wait_for_case()
        for key in answers[page.text("h2")]:
            page.press(key)
    page.click("Save reading.csv")
    wait_for_file(table.parent / "downloads" / "reading.csv").rename(table)


def test_a_study_of_two_readers_and_a_model_goes_from_the_page_to_kappa_and_auc_with_five_commands(
    page: Page, mrnet: Mrnet, tmp_path: Path
) -> None:
    ids = TWELVE[:6]
    truth = {case: "yxx" if number % 2 else "yyx" for number, case in enumerate(ids)}
    labels = {
        finding: {case: int(truth[case][place] == "y") for case in ids}
        for place, finding in enumerate(("abnormal", "acl", "meniscus"))
    }
    folder = write_archive(tmp_path / "knees", {"train": ids}, {"train": labels}, lambda *_: 3)
    with browsing(folder, 1, "--key", str(tmp_path / "key.csv")) as link:
        case_of = {row["reading"]: row["case"] for row in rows(tmp_path / "key.csv")}
        right = {name: truth[case] for name, case in case_of.items()}
        read_all(page, link, right, tmp_path / "anna.csv")
        read_all(page, link, right | {"R01": "yyy", "R02": "yyy"}, tmp_path / "ben.csv")
    scores = "".join(f"{case},0.9,{0.2 + 0.6 * labels['acl'][case]},0.1\n" for case in ids)
    (tmp_path / "model.csv").write_text(f"case,abnormal,acl,meniscus\n{scores}")

    anna = mrnet("compare", tmp_path / "anna.csv", "--key", tmp_path / "key.csv", "--root", folder, "-f", "json")
    assert (anna.status, json.loads(anna.out)["findings"]["acl"]["kappa"]) == (0, 1)
    ben = mrnet("compare", tmp_path / "ben.csv", "--key", tmp_path / "key.csv", "--root", folder, "-f", "json")
    assert (ben.status, json.loads(ben.out)["findings"]["meniscus"]["specificity"]) == (1, pytest.approx(4 / 6))
    both = mrnet("compare", tmp_path / "anna.csv", tmp_path / "ben.csv", "--key", tmp_path / "key.csv", "-f", "json")
    assert {row["finding"] for row in json.loads(both.out)["differences"]} >= {"meniscus"}
    model = mrnet("compare", tmp_path / "model.csv", "--root", folder, "--plot", tmp_path / "roc.pdf", "-f", "json")
    assert json.loads(model.out)["findings"]["acl"]["auc"] == 1
    assert (tmp_path / "roc.pdf").read_bytes().startswith(b"%PDF")
