"""Each planted fault breaks its own rule and no other."""

import json
import zipfile
from pathlib import Path

import pytest

from mrnet.archive.model import Archive
from mrnet.demo.faults import (
    IN_EXPECTATIONS,
    IN_FOLDER,
    IN_MANIFEST,
    IN_ZIP,
    beside,
    check_plan,
    plant,
    plant_in_zip,
)
from mrnet.errors import MRNetError, UsageError
from mrnet.validation.catalogue import all_rules
from mrnet.validation.run import examine
from mrnet.validation.sources import open_source
from tests.archives import zip_archive
from tests.conftest import Mrnet


def test_every_rule_can_be_planted() -> None:
    assert {*IN_FOLDER, *IN_ZIP, *IN_MANIFEST, *IN_EXPECTATIONS} == {rule.name for rule in all_rules()}


@pytest.mark.parametrize("rule", IN_FOLDER)
@pytest.mark.parametrize("kind", ["folder", "zip"])
def test_a_fault_in_a_folder_breaks_just_its_rule(archive: Path, tmp_path: Path, rule: str, kind: str) -> None:
    plant([rule], archive)
    place = archive if kind == "folder" else zip_archive(archive, tmp_path / "broken.zip", method=zipfile.ZIP_STORED)
    assert {problem.rule for problem in examine(Archive.open(place), all_rules()).problems} == {rule}


@pytest.mark.parametrize("rule", ["corrupt-member", "unsafe-member"])
def test_a_fault_in_a_zip_breaks_just_its_rule(zipped: Path, rule: str) -> None:
    plant_in_zip([rule], zipped)
    assert {problem.rule for problem in examine(Archive.open(zipped), all_rules()).problems} == {rule}


def test_a_broken_zip_cannot_be_opened(zipped: Path) -> None:
    plant_in_zip(["broken-zip"], zipped)
    with pytest.raises(MRNetError):
        Archive.open(zipped)


@pytest.mark.parametrize("rule", [*IN_MANIFEST, *IN_EXPECTATIONS])
def test_a_fault_in_a_file_for_against_breaks_just_its_rule(archive: Path, rule: str) -> None:
    [(file, write)] = beside(archive, [rule]).items()
    file.write_text(write([rule], archive))
    report = examine(Archive.open(archive), all_rules(), sources=[open_source(str(file))])
    assert {problem.rule for problem in report.problems} == {rule}


@pytest.mark.parametrize(
    ("rules", "words"),
    [
        (["blank-slices"], "did you mean blank-slice"),
        (["corrupt-member"], "a name that ends in .zip"),
        (["missing-split", "missing-labels"], "would hide missing-labels"),
        (sorted(IN_FOLDER.keys() - {"missing-split", "case-in-two-splits"}), "--cases"),
    ],
)
def test_faults_that_cannot_be_planted_are_reported(rules: list[str], words: str) -> None:
    with pytest.raises(UsageError, match="--plant") as error:
        check_plan(rules, 12, zipped=False)
    assert words in str(error.value)


@pytest.mark.slow
def test_the_demo_plants_several_rules_at_once_and_names_the_command_that_shows_them(mrnet: Mrnet) -> None:
    rules = ["split-leakage", "missing-label", "unsafe-member", "unlisted-file"]
    ran = mrnet("demo", "broken.zip", "--cases", "6", "--plant", ",".join(rules))
    assert ran.status == 0
    assert "mrnet validate --root broken.zip --against broken.zip.sha256" in ran.err
    ran = mrnet("validate", "-r", "broken.zip", "--against", "broken.zip.sha256", "-f", "json")
    assert ran.status == 1
    assert {problem["rule"] for problem in json.loads(ran.out)["problems"]} == set(rules)
    assert sorted(file.name for file in Path().iterdir()) == ["broken.zip", "broken.zip.sha256"]
    assert mrnet("demo", "knees", "--plant", "nonsense").status == 2
    assert not Path("knees").exists()
