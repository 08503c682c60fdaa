"""Each format of a report has the required content, and no name can break it."""

import io
import json
from dataclasses import replace
from pathlib import Path

import cmarkgfm
import pytest
from lxml import etree
from rich.console import Console

from mrnet.cli.console import markdown_table
from mrnet.text import safe
from mrnet.validation.reports.github import write_github
from mrnet.validation.reports.json import report_data, report_rows
from mrnet.validation.reports.junit import write_junit
from mrnet.validation.reports.markdown import write_markdown
from mrnet.validation.reports.table import draw_report
from mrnet.validation.rules import Found, Severity
from mrnet.validation.run import Report
from tests.validation.reports.conftest import ODD_NAME

SCHEMA = etree.XMLSchema(etree.parse(str(Path(__file__).with_name("junit.xsd"))))


def drawn(report: Report) -> str:
    console = Console(file=io.StringIO(), width=80)
    for part in draw_report(report):
        console.print(part)
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def test_json_has_the_promised_keys(report: Report) -> None:
    data = json.loads(json.dumps(report_data(report)))
    assert list(data) == [
        "tool", "root", "synthetic", "read", "against", "not_compared", "checked", "seconds", "counts", "skipped",
        "ignored", "weighed", "config", "known_gone", "problems", "sound",
    ]  # fmt: skip
    assert data["tool"]["name"] == "mrnet"
    assert data["checked"] == {"cases": 1250, "series": 3750, "bytes": 7_300_000_000}
    assert data["counts"] == {"error": 30, "warning": 2, "known": 0}
    assert data["sound"] is False
    assert data["problems"][0] == {
        "rule": "malformed-row", "severity": "error", "path": "train-acl.csv", "line": 7, "split": "train",
        "case": None, "plane": None, "finding": "acl", "slice": None, "message": "bad row",
        "remedy": "In a copy of the file, write the row as four digits, a comma and 0 or 1, such as 0000,1.",
    }  # fmt: skip


def test_the_table_groups_by_rule_worst_first_and_ends_in_the_verdict(report: Report) -> None:
    text = drawn(report)
    order = ["error missing-series  28 places", "error malformed-row  1 place", "warning blank-slice  1 place"]
    assert sorted(order, key=text.index) == order
    assert "train/axial/0002.npy: no such file" in text
    assert "and 23 more" in text
    assert "train-acl.csv:7: bad row" in text
    assert "train/axial/0001.npy slice 3: blank" in text
    assert "Compared with: mrnet-v1.0." in text
    last = " ".join(text.splitlines()[-2:])
    assert "Not sound: 30 errors, 2 warnings. MRNet-v1.0: 1,250 cases, 3,750 series, 7.30 GB in 1234.6 s" in last


def test_no_name_controls_the_terminal_through_the_table(report: Report) -> None:
    text = drawn(report)
    assert "\x1b[31m" not in text
    assert "[red]<b>&" in text


def test_a_sound_archive_with_known_problems_is_reported_as_both(sound: Report) -> None:
    text = drawn(sound)
    assert "Sound: 1 known." in text
    assert "no volumes" not in text
    assert "Not asked, as they need more to be read" not in text
    assert "Compared with nothing" in text


def test_markdown_is_a_summary_with_one_row_per_rule(report: Report) -> None:
    text = write_markdown(report)
    assert text.startswith("## Not sound: 30 errors, 2 warnings.\n")
    assert "| `missing-series` | error | 28 |" in text
    assert "- and 23 more" in text
    assert "\x1b" not in text
    text.encode("utf-8")


def test_junit_is_valid_by_the_schema_and_has_one_test_case_per_rule(report: Report, sound: Report) -> None:
    for each in (report, sound):
        SCHEMA.assertValid(etree.fromstring(write_junit(each).encode("utf-8")))
    root = etree.fromstring(write_junit(report).encode("utf-8"))
    [suite] = root
    cases = {case.get("name"): case for case in suite.iter("testcase")}
    assert set(cases) == {rule.name for rule in report.rules}
    assert (
        suite.get("failures") == str(len([case for case in cases.values() if case.find("failure") is not None])) == "3"
    )
    assert cases["missing-file"].find("skipped") is not None
    assert len(cases["blank-slice"]) == 0
    failure = cases["missing-series"].find("failure")
    assert failure is not None
    assert len((failure.text or "").splitlines()) == 28 + 1
    output = suite.findtext("system-out") or ""
    assert "blank-slice: train/axial/0001.npy slice 3" in output
    assert safe(ODD_NAME) in output


def test_github_points_at_files_relative_to_the_current_folder(report: Report) -> None:
    lines = write_github(report).splitlines()
    assert "::error title=mrnet%3A malformed-row,file=MRNet-v1.0/train-acl.csv,line=7::" in "\n".join(lines)
    assert any(
        line.startswith("::error title=mrnet%3A unexpected-count::valid: 3 cases, expected 4.") for line in lines
    )


def test_github_shows_ten_of_a_kind_each_rule_first_and_counts_the_rest(report: Report) -> None:
    lines = write_github(report).splitlines()
    errors = [line for line in lines if line.startswith("::error ")]
    assert len(errors) == 10
    assert {line.split("%3A ")[1].split(",")[0].split("::")[0] for line in errors} == {
        "missing-series", "malformed-row", "unexpected-count",
    }  # fmt: skip
    assert any(line.startswith("::notice title=mrnet::20 errors more") for line in lines)


def test_github_escapes_characters_that_end_a_property_or_a_line(report: Report) -> None:
    text = write_github(report)
    [line] = [line for line in text.splitlines() if "unexpected-file" in line]
    properties, message = line.removeprefix("::warning ").split("::", maxsplit=1)
    assert "%2C%3A%25" in properties
    assert "an odd name" in message
    assert len(text.splitlines()) == 10 + 2 + 1 + 1


@pytest.mark.parametrize("kind", ["zip", "labels"])
def test_github_names_the_zip_or_the_folder_of_labels(report: Report, kind: str, tmp_path: Path) -> None:
    if kind == "zip":
        report.kind = "zip"
        expected = "file=MRNet-v1.0::train-acl.csv:7: bad row"
    else:
        report.labels = str(tmp_path / "elsewhere")
        expected = f"file={tmp_path.as_posix()}/elsewhere/train-acl.csv,line=7::bad row".replace(":", ":")
    text = write_github(report)
    assert expected.split("::")[0].split(",")[0].replace("file=", "") in text.replace("%3A", ":")
    assert ("line=7" in text) == (kind == "labels")


@pytest.fixture
def lenient(report: Report) -> Report:
    """The unsound report, with one rule ignored by a file and one with another severity from an option."""
    changed = {"split-leakage": Severity.IGNORE, "blank-slice": Severity.ERROR}
    report.rules = [replace(rule, severity=changed.get(rule.name, rule.severity)) for rule in report.rules]
    report.idle = ["split-leakage"]
    report.config = "settings.toml"
    report.chosen_by = {"split-leakage": "settings.toml", "blank-slice": "--error"}
    return report


def test_every_format_names_rules_that_were_ignored_or_changed_and_the_cause(lenient: Report) -> None:
    ignored = "Ignored, so not checked: split-leakage (settings.toml)."
    weighed = "Changed severity: blank-slice as error (--error)."
    for text in (drawn(lenient), write_github(lenient), write_junit(lenient)):
        assert ignored in text
        assert weighed in text
    for text in (drawn(lenient), write_github(lenient), write_junit(lenient), write_markdown(lenient)):
        assert "Not sound, with 1 rule ignored: 30 errors, 2 warnings." in text
    assert "split-leakage (settings.toml)" in rendered(write_markdown(lenient))
    data = report_data(lenient)
    assert (data["ignored"], data["config"]) == (["split-leakage"], "settings.toml")
    assert [(row["rule"], row["severity"], row["message"]) for row in report_rows(lenient)[:2]] == [
        ("split-leakage", "ignored", "not checked: settings.toml"),
        ("blank-slice", "weighed", "error instead of warning: --error"),
    ]


def test_json_and_junit_agree_on_what_was_not_checked(lenient: Report) -> None:
    lenient.idle.append("unexpected-id")
    root = etree.fromstring(write_junit(lenient).encode("utf-8"))
    skipped = {
        case.get("name"): case[0].get("message") for case in root.iter("testcase") if case.find("skipped") is not None
    }
    data = report_data(lenient)
    assert set(skipped) == {*data["skipped"], *data["ignored"]}
    assert data["skipped"] == ["missing-file", "unexpected-id"]
    assert skipped["split-leakage"] == "ignored: settings.toml"


def test_github_paths_begin_at_the_workspace(report: Report, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GITHUB_WORKSPACE", str(tmp_path))
    assert "file=work/MRNet-v1.0/train-acl.csv,line=7::" in write_github(report)


def rendered(markdown: str) -> str:
    """Return the text that GitHub's own renderer shows, with the tag of each element that is not plain structure."""
    html = cmarkgfm.github_flavored_markdown_to_html(markdown)
    page = etree.fromstring(f"<page>{html}</page>")
    assert {each.tag for each in page.iter()} <= {
        "page", "h1", "h2", "h3", "p", "ul", "li", "code", "table", "thead", "tbody", "tr", "th", "td",
    }  # fmt: skip
    return "".join(page.itertext())


ODD_NAMES = [
    "~~x~~", "&lt;b&gt;", "a@b.c", "<b>x</b>", "*x*", "_x_", "__x__", "`x`", "``", "a`b``c", "[x](http://y.z)", "![x](y)",
    "http://x.yz", "www.x.yz", "a|b", "a\\|b", "a\\", "|", "# x", "- x", "+ x", "1. x", "> x", "---", "[ ] x", "$x$", ":+1:",
    "&amp;", "<!-- x -->", "\\`x\\`", "a\nb", "mailto:a@b.c", "^x^", "==x==", "@user", "[^1]", "``x",
]  # fmt: skip


@pytest.mark.parametrize("name", ODD_NAMES)
def test_no_name_becomes_markup(report: Report, name: str) -> None:
    rule = next(rule for rule in report.rules if rule.name == "unexpected-file")
    problem = rule.problem(Found(f"{name}", "an odd name"))
    report.problems = [problem]
    report.root = name
    text = rendered(write_markdown(report))
    shown = safe(" ".join(name.split()))
    assert f"{shown}: an odd name" in text
    assert f"{shown}: 1,250 cases" in text


@pytest.mark.parametrize("name", ODD_NAMES)
def test_no_cell_of_a_table_becomes_markup(name: str) -> None:
    cells = rendered(markdown_table([{name: name, "n": 1}])).split("\n")
    assert [cell for cell in cells if cell] == [shown_as(name), "n", shown_as(name), "1"]


def shown_as(name: str) -> str:
    """Return a name as shown on one line."""
    return safe(" ".join(name.split()))
