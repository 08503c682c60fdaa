"""The options and the project's file on rules are read strictly."""

from pathlib import Path

import pytest

from mrnet.errors import UsageError
from mrnet.validation.catalogue import all_rules
from mrnet.validation.rules import Severity
from mrnet.validation.severities import choose, choose_in_file, weighed

RULES = all_rules()


def severity_of(name: str, *chosen: dict[str, Severity]) -> Severity:
    return next(rule.severity for rule in weighed(RULES, *chosen) if rule.name == name)


def test_by_default_each_rule_has_its_own_severity() -> None:
    assert severity_of("blank-slice") is Severity.WARNING
    assert severity_of("missing-file") is Severity.ERROR


def test_the_command_line_takes_precedence_over_the_file(tmp_path: Path) -> None:
    file = tmp_path / "settings.toml"
    file.write_text('[tool.mrnet.validate]\nerror = ["blank-slice", "unpadded-id"]\nignore = ["missing-file"]\n')
    chosen = choose_in_file(file, RULES), choose({"warn": ["blank-slice"]}, RULES, "--")
    assert severity_of("blank-slice", *chosen) is Severity.WARNING
    assert severity_of("unpadded-id", *chosen) is Severity.ERROR
    assert severity_of("missing-file", *chosen) is Severity.IGNORE


def test_the_project_file_in_the_current_folder_is_read() -> None:
    assert choose_in_file(None, RULES) == {}
    Path("pyproject.toml").write_text("[project]\nname = 'x'\n")
    assert choose_in_file(None, RULES) == {}
    Path("pyproject.toml").write_text("[tool.mrnet.validate]\nwarn = ['missing-file']\n")
    assert choose_in_file(None, RULES) == {"missing-file": Severity.WARNING}


def test_one_rule_twice_in_one_list_is_fine() -> None:
    assert choose({"warn": ["missing-file", "missing-file"]}, RULES, "--") == {"missing-file": Severity.WARNING}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[tool.mrnet.validate]\nignore = ['blank-slic']", "did you mean blank-slice"),
        ("[tool.mrnet.validate]\nignored = []", "unknown key 'tool.mrnet.validate.ignored'"),
        ("[tool.mrnet.valdate]\nignore = []", "unknown key 'tool.mrnet.valdate'"),
        ("[tool.mrnet.validate]\nignore = 'blank-slice'", "expected a list"),
        ("[tool.mrnet.validate]\nignore = [1]", "expected a list"),
        ("[tool.mrnet]\nvalidate = 3", "expected a table"),
        ("[tool.mrnet.validate]\nignore = ['blank-slice']\nerror = ['blank-slice']", "two severities"),
        ("not toml", "not a TOML file"),
        ("[project]\nname = 'x'", "no table"),
    ],
)
def test_faulty_settings_are_a_usage_error_that_names_the_file(tmp_path: Path, text: str, words: str) -> None:
    file = tmp_path / "settings.toml"
    file.write_text(text)
    with pytest.raises(UsageError, match="settings") as error:
        choose_in_file(file, RULES)
    assert words in str(error.value)


def test_a_missing_file_is_a_usage_error(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot be read"):
        choose_in_file(tmp_path / "absent.toml", RULES)
