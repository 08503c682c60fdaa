"""Reading blind: nothing tells the case, and no answer is lost."""

import csv
import json
from collections.abc import Callable
from pathlib import Path

from mrnet.archive.model import Archive
from mrnet.viewer.roster import blind_roster, key_table, roster_of
from mrnet.viewer.server import ViewerServer
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


def test_an_open_reading_names_ids_and_splits(page: Page, knees: Archive, serve: Serve, tmp_path: Path) -> None:
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
    found = [{name: row[name] for name in ("case", "split", "finding", "this", "other")} for row in json.loads(ran.out)]
    assert found == [{"case": "0000", "split": "train", "finding": "abnormal", "this": 1, "other": 0}]


def test_readings_of_other_cases_or_another_order_are_kept_apart(knees: Archive) -> None:
    rosters = [
        roster_of(knees, knees.cases),
        roster_of(knees, knees.cases[:2]),
        *(blind_roster(knees, knees.cases, seed) for seed in range(3)),
    ]
    assert len({roster.reading for roster in rosters}) == 5
    assert roster_of(knees, knees.cases).reading == rosters[0].reading


def test_the_seed_decides_the_order_and_the_key_tells_it(knees: Archive) -> None:
    first, again = (blind_roster(knees, knees.cases, seed=1) for _ in range(2))
    assert key_table(first) == key_table(again)
    assert any(key_table(blind_roster(knees, knees.cases, seed)) != key_table(first) for seed in range(2, 6))
    told = list(csv.DictReader(key_table(first).splitlines()))
    assert [row["reading"] for row in told] == ["R01", "R02", "R03"]
    assert sorted((row["case"], row["split"]) for row in told) == [
        ("0000", "train"), ("0001", "train"), ("1130", "valid"),
    ]  # fmt: skip


def test_a_blind_page_says_what_is_wrong_with_a_series_without_naming_its_file(
    page: Page, folder: Path, serve: Serve
) -> None:
    for file in folder.glob("*/axial/*.npy"):
        file.write_bytes(b"no volume")
    knees = Archive.open(folder)
    page.open(serve(blind_roster(knees, knees.cases, seed=1)).link)
    message = page.text("[data-plane=axial] .message")
    assert message.startswith("The axial series cannot be shown: ")
    assert ".npy cannot" not in message
