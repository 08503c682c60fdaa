"""Each command's JSON is valid by its schema in docs/reference/, for sound, broken and odd archives."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema
import numpy as np
import pytest

from mrnet.demo.faults import IN_EXPECTATIONS, IN_FOLDER, IN_MANIFEST, IN_ZIP, beside, plant, plant_in_zip
from tests import reference
from tests.archives import make_volume, write_form, write_labels
from tests.conftest import Mrnet

Change = Callable[[Path], object]
SCHEMAS = {path.name.removesuffix(".schema.json"): json.loads(path.read_text()) for path in reference.SCHEMAS.iterdir()}
COMMANDS = {
    "info": ["info"],
    "info-cases": ["info", "--split", "train,valid"],
    "info-intensity": ["info", "--intensity"],
    "list": ["list"],
    "stats": ["stats"],
    "validate": ["validate"],
}
"""Commands that read any archive and write nothing, by the schema of their JSON."""
WRITING_COMMANDS = {
    "export-gif": ["export-gif", "--plane", "axial"],
    "export-montage": ["export-montage", "--plane", "axial"],
    "export-contact-sheet": ["export-contact-sheet", "--plane", "axial"],
    "export-html": ["export-html"],
    "extract": ["extract", "-o", "copy"],
    "compare": ["compare", "reader.csv"],
}
SCHEMA_OF = {command: "pictures" for command in WRITING_COMMANDS if WRITING_COMMANDS[command][-1] == "axial"}
"""The schema of a command that has another name."""


def no_labels(root: Path) -> None:
    for file in root.glob("*.csv"):
        file.unlink()


def no_volumes(root: Path) -> None:
    for split in ("train", "valid"):
        shutil.rmtree(root / split)


def one_split(root: Path) -> None:
    shutil.rmtree(root / "valid")
    for file in root.glob("valid-*.csv"):
        file.unlink()


def one_plane(root: Path) -> None:
    for split in ("train", "valid"):
        shutil.rmtree(root / split / "axial")
        shutil.rmtree(root / split / "sagittal")


def volumes_of_other_kinds(root: Path) -> None:
    axial = root / "train" / "axial"
    np.save(axial / "0000.npy", make_volume("0000", "axial").astype(np.float32))
    np.save(axial / "0001.npy", np.zeros((64, 64), np.uint8))
    (axial / "0002.npy").write_bytes(b"")
    (root / "train" / "coronal" / "0002.npy").write_text("<html>Not found</html>")


def nothing_but_dark(root: Path) -> None:
    np.save(root / "train" / "axial" / "0000.npy", np.zeros((3, 256, 256), np.uint8))


def labels_of_no_use(root: Path) -> None:
    write_labels(root, "train", "acl", {"0000": 7, "77": 1, "9": 0})
    (root / "valid-acl.csv").write_bytes(b"\xff\xfe\x00\n,,,\nyes,no\n")


def an_id_in_both_splits(root: Path) -> None:
    shutil.copy(root / "train" / "axial" / "0000.npy", root / "valid" / "axial" / "0000.npy")


ODD: list[Change] = [
    no_labels,
    no_volumes,
    one_split,
    one_plane,
    volumes_of_other_kinds,
    nothing_but_dark,
    labels_of_no_use,
    an_id_in_both_splits,
]


def check(text: str, name: str) -> Any:
    """Return the JSON that a command printed, after validating it by its schema."""
    printed = json.loads(text)
    jsonschema.Draft202012Validator(SCHEMAS[name]).validate(printed)
    return printed


def test_schemas_are_valid_and_describe_every_key() -> None:
    for schema in SCHEMAS.values():
        jsonschema.Draft202012Validator.check_schema(schema)
        for key, said in reference.keys_of(schema, schema):
            assert said.get("description") or key.endswith(">"), f"{schema['title']}: {key} has no description"


def test_every_object_in_a_schema_refuses_other_keys() -> None:
    def objects(part: object) -> Any:
        if isinstance(part, dict):
            if part.get("type") == "object":
                yield part
            for each in part.values():
                yield from objects(each)
        elif isinstance(part, list):
            for each in part:
                yield from objects(each)

    for schema in SCHEMAS.values():
        for each in objects(schema):
            named = "propertyNames" in each or schema is SCHEMAS["compare"]
            assert each["additionalProperties"] is False or named
            assert (
                set(each.get("required", ())) <= {"abnormal", "acl", "meniscus", *each.get("properties", ())} or named
            )


@pytest.mark.parametrize("name", COMMANDS)
@pytest.mark.parametrize("kind", ["folder", "zip"])
def test_a_sound_archive(archive: Path, zipped: Path, mrnet: Mrnet, name: str, kind: str) -> None:
    ran = mrnet(*COMMANDS[name], "--root", archive if kind == "folder" else zipped, "--format", "json")
    assert ran.status == 0
    check(ran.out, name)


@pytest.mark.parametrize("name", COMMANDS)
@pytest.mark.parametrize("form", ["val", "redivis a", "redivis b", "redivis c"])
def test_an_archive_of_another_form(archive: Path, tmp_path: Path, mrnet: Mrnet, name: str, form: str) -> None:
    ran = mrnet(*COMMANDS[name], "--root", write_form(archive, tmp_path / "form", form), "--format", "json")
    assert ran.status == 0
    check(ran.out, name)


@pytest.mark.parametrize("name", COMMANDS)
@pytest.mark.parametrize("change", ODD, ids=lambda change: change.__name__)
def test_an_odd_archive(archive: Path, mrnet: Mrnet, name: str, change: Change) -> None:
    change(archive)
    ran = mrnet(*COMMANDS[name], "--root", archive, "--format", "json")
    assert ran.status in (0, 1)
    check(ran.out, name)


@pytest.mark.parametrize("rule", [*IN_FOLDER, *IN_ZIP, *IN_MANIFEST, *IN_EXPECTATIONS])
def test_a_problem_of_each_rule(archive: Path, zipped: Path, mrnet: Mrnet, rule: str) -> None:
    root, against = archive, list(beside(archive, [rule]).items())
    if rule in IN_ZIP:
        plant_in_zip([rule], zipped)
        root = zipped
    plant([rule], archive)
    for file, write in against:
        file.write_text(write([rule], archive))
    sources = [f"--against={file}" for file, _ in against]
    report = check(mrnet("validate", "--root", root, *sources, "--format", "json").out, "validate")
    assert {problem["rule"] for problem in report["problems"]} == {rule}


def test_a_report_with_known_problems_and_less_read(archive: Path, mrnet: Mrnet) -> None:
    plant(["blank-slice", "missing-label"], archive)
    (archive / "notes.txt").touch()
    mrnet("validate", "--root", archive, "-o", "known.json")
    (archive / "notes.txt").unlink()
    for words in (["--known", "known.json"], ["--read", "labels", "--ignore", "missing-label"]):
        report = check(mrnet("validate", "--root", archive, *words, "--format", "json").out, "validate")
        assert report["known_gone"] or report["ignored"]


def test_versions(mrnet: Mrnet) -> None:
    check(mrnet("--version", "--format", "json").out, "version")


def test_rules(mrnet: Mrnet) -> None:
    rules = check(mrnet("rules", "--format", "json").out, "rules")
    for rule in rules:
        check(mrnet("rules", rule["rule"], "--format", "json").out, "rule")


@pytest.mark.parametrize("against", ["record.json", "mrnet-v1.0"])
def test_figures_against_a_record(archive: Path, mrnet: Mrnet, against: str) -> None:
    mrnet("stats", "--root", archive, "-o", "record.json")
    write_labels(archive, "train", "acl", {"0000": 1, "0001": 0})
    no_volumes(archive)
    ran = mrnet("stats", "--root", archive, "--against", against, "--format", "json")
    assert ran.status == 1
    assert check(ran.out, "stats-against")["differences"]


def test_a_comparison_with_an_archive_and_with_a_readers_table(archive: Path, zipped: Path, mrnet: Mrnet) -> None:
    Path("reader.csv").write_text("case,abnormal,acl,meniscus,reader\n0000,0,,1,Ann\n0001,1,1,0,Ann\n1130,1,0,1,Bob\n")
    write_labels(archive, "train", "acl", {"0000": 1, "0001": 0})
    for other in (zipped, "reader.csv"):
        check(mrnet("compare", other, "--root", archive, "--format", "json").out, "compare")


@pytest.mark.parametrize("command", WRITING_COMMANDS)
@pytest.mark.parametrize("change", [None, *ODD], ids=lambda change: change.__name__ if change else "sound")
def test_files_and_comparisons_of_an_odd_archive(
    archive: Path, mrnet: Mrnet, command: str, change: Change | None
) -> None:
    Path("reader.csv").write_text("case,abnormal,acl,meniscus,reader\n0000,0,,1,Ann\n0001,1,1,0,Ann\n1130,1,0,1,Bob\n")
    if change:
        change(archive)
    ran = mrnet(*WRITING_COMMANDS[command], "--root", archive, "--format", "json")
    if ran.status == 2:
        assert ran.err.splitlines()[-1].startswith("mrnet: ")
        assert not ran.out
    else:
        check(ran.out, SCHEMA_OF.get(command, command))


def test_a_member_of_a_zip_that_cannot_be_extracted(zipped: Path, mrnet: Mrnet) -> None:
    plant_in_zip(["corrupt-member"], zipped)
    ran = mrnet("extract", "--root", zipped, "-o", "copy", "--format", "json")
    assert ran.status == 1
    assert [row["status"] for row in check(ran.out, "extract")].count("failed") == 1


def test_every_command_with_json_is_tested_here() -> None:
    with_json = {
        name
        for name, command in reference.group().commands.items()
        if any("json" in str(option.help) for option in command.params if option.name == "format")
    }
    assert with_json == {*(words[0] for words in COMMANDS.values()), *WRITING_COMMANDS, "rules"}


def test_extracted_files_that_are_new_there_already_and_failed(mrnet: Mrnet, archive: Path) -> None:
    for words in (["0000-0001"], ["0001"], ["0000-0002", "--plane", "axial", "--dry-run"]):
        check(mrnet("extract", *words, "--root", archive, "-o", "copy", "--format", "json").out, "extract")


def test_a_comparison_with_scores_and_of_two_readers(archive: Path, mrnet: Mrnet) -> None:
    Path("scores.csv").write_text("case,abnormal,acl\n0000,0.9,0.2\n0001,0.8,0.7\n0002,0.1,0.4\n1131,,0.3\n")
    Path("reader.csv").write_text("case,acl\n0000,1\n0001,1\n0002,0\n")
    scored = check(mrnet("compare", "scores.csv", "--root", archive, "--format", "json").out, "compare")
    assert scored["findings"]["abnormal"]["auc"] == 1
    check(mrnet("compare", "reader.csv", "scores.csv", "--format", "json").out, "compare")


@pytest.mark.parametrize(
    "words",
    [["--split", "valid"], ["0000-0001", "--where", "acl"], ["--sample", "2", "--where", "1", "--where", "acl"]],
)
def test_figures_of_chosen_cases(archive: Path, mrnet: Mrnet, words: list[str]) -> None:
    figures = check(mrnet("stats", *words, "--root", archive, "--format", "json").out, "stats")
    assert figures["selection"]


@pytest.mark.parametrize("command", ["export-gif", "export-montage", "export-contact-sheet"])
@pytest.mark.parametrize("words", [[], ["--dry-run"], ["--together"]])
def test_pictures_that_are_new_there_already_and_failed(
    archive: Path, mrnet: Mrnet, command: str, words: list[str]
) -> None:
    if words == ["--together"] and command == "export-contact-sheet":
        words = ["--plane", "axial"]
    volumes_of_other_kinds(archive)
    for _ in range(2):
        rows = check(mrnet(command, "0000-0002", "--root", archive, *words, "--format", "json").out, "pictures")
        assert rows


@pytest.mark.parametrize("words", [[], ["--together"], ["--blind"]])
def test_pages(archive: Path, mrnet: Mrnet, words: list[str]) -> None:
    (archive / "train" / "axial" / "0001.npy").unlink()
    ran = mrnet("export-html", "0000-0001", "--root", archive, *words, "--format", "json")
    assert check(ran.out, "export-html")
