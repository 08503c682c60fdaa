"""The one place where errors become messages and statuses, tried with real processes, pipes and signals."""

import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from mrnet import __main__, __version__
from mrnet.cli import app as cli
from mrnet.cli import commands
from tests.conftest import Mrnet

MRNET = [sys.executable, "-m", "mrnet"]
COMMANDS = [command.name for command in cli.make_app().registered_commands if command.name]


def run(*words: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run([*MRNET, *map(str, words)], capture_output=True, text=True, encoding="utf-8", check=False)


def test_every_file_in_the_folder_is_a_command_in_a_known_group() -> None:
    files = {path.stem for path in Path(commands.__file__).parent.glob("[!_]*.py")}
    assert files == {name.replace("-", "_") for name in COMMANDS}
    assert {"info", "list", "demo"} <= files


@pytest.mark.parametrize("words", [[], ["--help"], ["-h"]])
def test_help_names_every_command_and_ends_with_0(mrnet: Mrnet, words: list[str]) -> None:
    ran = mrnet(*words)
    assert (ran.status, ran.err) == (0, "")
    for name in COMMANDS:
        assert re.search(rf"^│ {name} +[A-Z].*[A-Za-z] +│$", ran.out, re.MULTILINE), name
    assert ran.out.count("\n│") == len(COMMANDS) + 2  # each in one line, and two options
    assert max(map(len, ran.out.splitlines())) <= 80


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help_with_an_example_in_80_columns(mrnet: Mrnet, command: str) -> None:
    ran = mrnet(command, "--help")
    assert (ran.status, ran.err) == (0, "")
    assert f"Usage: mrnet {command}" in ran.out
    assert f"\n $ mrnet {command}" in ran.out
    assert "<bool>" not in ran.out
    assert ran.out == mrnet(command, "-h").out
    assert max(map(len, ran.out.splitlines())) <= 80


@pytest.mark.parametrize(
    ("command", "words"),
    [
        ("list", "table, json, csv, markdown or ids"),
        ("validate", "table, json, csv, markdown, junit or github"),
        ("validate", ".json, .csv, .md, .txt or .xml"),
        ("export-gif", "table, json, csv or markdown"),
        ("validate", "[tool.mrnet.validate]"),
    ],
)
def test_help_names_the_formats_and_suffixes_of_the_command(mrnet: Mrnet, command: str, words: str) -> None:
    assert words in " ".join(mrnet(command, "--help").out.replace("│", " ").split())


def test_version_is_printed(mrnet: Mrnet) -> None:
    assert mrnet("--version").out == f"mrnet {__version__}\n"


@pytest.mark.parametrize(
    ("words", "suggestion"),
    [
        (["inof"], "info"),
        (["info", "--were", "acl"], "--where"),
        (["lits"], "list"),
        (["demo", "--seeed", "1"], "--seed"),
    ],
)
def test_unknown_words_are_bad_usage_with_a_suggestion(mrnet: Mrnet, words: list[str], suggestion: str) -> None:
    ran = mrnet(*words)
    assert (ran.status, ran.out) == (2, "")
    assert suggestion in ran.err
    assert "Traceback" not in ran.err


@pytest.mark.parametrize("words", [["--", "list"], ["--version", "list"], ["--help", "list"]])
def test_options_before_a_command_hide_no_command(archive: Path, mrnet: Mrnet, words: list[str]) -> None:
    ran = mrnet(*words, "--root", archive)
    assert ran.status == 0
    assert {"--": "5 cases", "--version": __version__, "--help": "demo"}[words[0]] in ran.out


@pytest.mark.slow
@pytest.mark.parametrize(("typed", "completion"), [("mrnet inf", "info"), ("mrnet info --wh", "--where")])
def test_shells_can_complete_commands_and_options(typed: str, completion: str) -> None:
    asked = {"_MRNET_COMPLETE": "complete_bash", "COMP_WORDS": typed, "COMP_CWORD": str(typed.count(" "))}
    program = "from mrnet.cli.app import main; main()"
    ran = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False, env=os.environ | asked
    )
    assert ran.stdout.split() == [completion]


def test_bad_values_of_options_are_bad_usage(mrnet: Mrnet) -> None:
    for words in (["list", "--jobs"], ["demo", "--cases", "many"], ["demo", "--seed", "-1"], ["info", "--jobs", "0"]):
        assert mrnet(*words).status == 2


def test_a_mistake_of_our_own_is_one_line_that_asks_for_a_report(
    archive: Path, mrnet: Mrnet, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mrnet.archive.model.Archive.open", lambda *_: 1 // 0)
    ran = mrnet("list", "--root", archive)
    assert ran.status == 2
    assert ran.err.startswith("mrnet: a mistake in mrnet itself, ZeroDivisionError")
    assert ran.err.count("\n") == 1
    monkeypatch.setenv("MRNET_DEBUG", "1")
    monkeypatch.setattr(sys, "argv", ["mrnet", "list", "--root", str(archive)])
    with pytest.raises(ZeroDivisionError):
        cli.main()


def test_an_interruption_is_130(archive: Path, mrnet: Mrnet, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("mrnet.archive.model.Archive.open", interrupt)
    ran = mrnet("list", "--root", archive)
    assert (ran.status, ran.err) == (130, "mrnet: interrupted\n")


@pytest.mark.skipif(os.name == "nt", reason="POSIX signals")
def test_a_real_interruption_is_130_without_a_traceback(archive: Path, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "ids")
    command = [*MRNET, "info", f"@{tmp_path / 'ids'}", "--root", str(archive)]
    # Opening a pipe waits until the program reads its ids from it: it is at work then, and waits for them.
    with (
        subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as running,
        open(tmp_path / "ids", "w"),
    ):
        running.send_signal(signal.SIGINT)
        _, said = running.communicate(timeout=60)
    assert (running.returncode, said) == (130, "mrnet: interrupted\n")


@pytest.mark.slow
@pytest.mark.parametrize(
    "words", [["list", "-f", "json"], ["list"], ["list", "-f", "ids"], ["--help"], ["list", "--help"]]
)
def test_a_reader_that_closes_the_pipe_ends_the_program_silently_with_0(archive: Path, words: list[str]) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    environment = os.environ | {"MRNET_ROOT": str(archive)}
    with subprocess.Popen([*MRNET, *words], stdout=writing, stderr=subprocess.PIPE, text=True, env=environment) as ran:
        os.close(writing)
        _, said = ran.communicate(timeout=60)
    assert (ran.returncode, said) == (0, "")


@pytest.mark.slow
@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no full disk to offer")
@pytest.mark.parametrize("words", [["list"], ["--help"]])
def test_a_full_disk_behind_standard_output_is_one_message(archive: Path, words: list[str]) -> None:
    environment = os.environ | {"MRNET_ROOT": str(archive)}
    with open("/dev/full", "w") as full:
        ran = subprocess.run(
            [*MRNET, *words], stdout=full, stderr=subprocess.PIPE, text=True, check=False, env=environment
        )
    assert (ran.returncode, ran.stderr) == (2, "mrnet: standard output cannot be written: No space left on device\n")


@pytest.mark.slow
@pytest.mark.skipif(os.name == "nt", reason="needs a POSIX shell")
@pytest.mark.parametrize(
    ("redirection", "words", "status"), [(">&-", "list", 0), ("2>&-", "info 9999", 2), ("<&-", "info -", 2)]
)
def test_closed_streams_are_no_mistake(archive: Path, redirection: str, words: str, status: int) -> None:
    command = f'"{sys.executable}" -m mrnet {words} --root "{archive}" {redirection}'
    ran = subprocess.run(command, shell=True, capture_output=True, text=True, check=False)
    assert ran.returncode == status
    assert ran.stdout == ""
    assert "mistake" not in ran.stderr


@pytest.mark.slow
def test_pipes_get_utf8_and_lf_in_the_locale_c(archive: Path) -> None:
    words = ["info", "0001", "--root", str(archive)]
    environment = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0", "PYTHONIOENCODING": "latin-1"}
    ran = subprocess.run([*MRNET, *words], capture_output=True, check=True, env=os.environ | environment)
    assert "256 × 256".encode() in ran.stdout
    assert b"\r" not in ran.stdout


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere names of files are always text")
def test_a_root_whose_name_is_no_utf8_is_printed_readably(archive: Path) -> None:
    odd = Path(os.fsdecode(os.fsencode(archive.parent) + b"/\xff\x1b[31m"))
    archive.rename(odd)
    ran = run("info", "--root", odd)
    assert ran.returncode == 0
    assert "\\udcff\\x1b[31m" in ran.stdout.replace("\n", "")
    assert '\\udcff\\u001b[31m"' in run("info", "--root", odd, "--format", "json").stdout


def test_the_module_is_the_command() -> None:
    assert run("--version").stdout.startswith("mrnet ")


@pytest.mark.slow
def test_nothing_heavy_is_imported_for_help_or_a_case(archive: Path) -> None:
    heavy = {"numpy", "pandas", "matplotlib", "PIL", "imageio"}
    for words in (["--help"], ["info", "0001", "--root", str(archive)]):
        code = f"import sys; sys.argv = ['mrnet', *{words!r}]\nfrom mrnet.cli.app import main\ntry: main()\nexcept SystemExit: pass\n"
        ran = subprocess.run(
            [sys.executable, "-c", f"{code}print(sorted(sys.modules), file=sys.stderr)"],
            capture_output=True, text=True, check=True,
        )  # fmt: skip
        assert not {name for name in heavy if f"'{name}'" in ran.stderr}


def test_importing_the_package_does_nothing() -> None:
    code = "import sys; before = set(sys.modules); import mrnet; print(sorted(set(sys.modules) - before))"
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "mrnet." not in ran.stdout
    assert "numpy" not in ran.stdout


def test_a_working_folder_that_is_gone_is_told(archive: Path, tmp_path: Path) -> None:
    (tmp_path / "gone").mkdir()
    ran = subprocess.run(
        f"cd '{tmp_path}/gone' && rmdir '{tmp_path}/gone' && '{sys.executable}' -m mrnet list --root ../MRNet-v1.0",
        shell=True, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert ran.returncode == 2
    assert ran.stderr.startswith("mrnet: the working folder is not there any more")


def test_an_interruption_while_it_is_still_loaded_is_130(monkeypatch: pytest.MonkeyPatch) -> None:
    import mrnet.cli

    class Interrupting:
        def find_spec(self, name: str, *_: object) -> None:
            if name == "mrnet.cli.app":
                raise KeyboardInterrupt

    monkeypatch.delattr(mrnet.cli, "app")
    monkeypatch.delitem(sys.modules, "mrnet.cli.app")
    monkeypatch.setattr(sys, "meta_path", [Interrupting(), *sys.meta_path])
    with pytest.raises(SystemExit) as ended:
        __main__.main()
    assert ended.value.code == 130


@pytest.mark.parametrize(
    "words",
    [("list", "--seed", "1", "--seed=2"), ("info", "-r", "a", "--root", "b"), ("export-gif", "-o", "a", "-ob")],
)
def test_an_option_of_one_value_is_not_given_twice(mrnet: Mrnet, archive: Path, words: tuple[str, ...]) -> None:
    ran = mrnet(*words)
    assert (ran.status, ran.out) == (2, "")
    assert ran.err.endswith("is given twice, expected once\n")


def test_conditions_are_all_required_and_lists_add_up(mrnet: Mrnet, archive: Path) -> None:
    words = ("list", "-r", archive, "--format", "ids", "--where", "acl", "--where")
    assert mrnet(*words, "id < 1").status == 2
    assert mrnet(*words, "axial > 3").out == "0001\n"
    assert mrnet(*words, "id < 1000", "--split", "train", "--split", "valid").out == "0001\n"
