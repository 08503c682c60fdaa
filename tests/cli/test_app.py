"""The one place where errors become messages and statuses, tried with real processes, pipes and signals."""

import json
import os
import re
import shlex
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import typer
from typer.core import TyperGroup
from typer.main import get_command

from mrnet import __version__, parallel
from mrnet.cli import app as cli
from mrnet.cli import commands
from mrnet.cli.manual import manual_of
from mrnet.errors import UsageError
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
        assert re.search(rf"^  {name} +[A-Z].*[A-Za-z0-9]$", ran.out, re.MULTILINE), name
    assert max(map(len, ran.out.splitlines())) <= 80
    assert "--install-completion" in ran.out


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help_with_an_example_in_80_columns(mrnet: Mrnet, command: str) -> None:
    ran = mrnet(command, "--help")
    assert (ran.status, ran.err) == (0, "")
    assert f"Usage: mrnet {command}" in ran.out
    assert f"\n  mrnet {command}" in ran.out
    assert not re.search(r"<(bool|list|str|int|path)|\[/|\[bold", ran.out)
    assert ran.out == mrnet(command, "-h").out
    assert max(map(len, ran.out.splitlines())) <= 80


@pytest.mark.parametrize("columns", [20, 40, 80])
def test_help_keeps_every_name_in_narrow_terminals(mrnet: Mrnet, monkeypatch: pytest.MonkeyPatch, columns: int) -> None:
    wide = mrnet("export-gif", "--help").out
    monkeypatch.setenv("COLUMNS", str(columns))
    narrow = mrnet("export-gif", "--help").out
    assert set(re.findall(r"--[a-z-]+", wide)) == set(re.findall(r"--[a-z-]+", narrow))
    assert " ".join(wide.split()).replace(" ", "") == " ".join(narrow.split()).replace(" ", "")
    prose = [line for line in narrow.splitlines() if not line.startswith("  mrnet")]
    assert max(map(len, prose)) <= columns or max(len(word) for line in prose for word in line.split()) > columns - 6


def examples() -> list[str]:
    """Return the command lines that the commands' help shows."""
    group = get_command(cli.make_app())
    assert isinstance(group, TyperGroup)
    manuals = [manual_of(command, typer.Context(command), name) for name, command in group.commands.items()]  # type: ignore[arg-type]  # all are Typer's
    return [line for manual in manuals for line, _ in manual.examples]


@pytest.mark.slow
def test_examples_can_be_pasted() -> None:
    for line in examples():
        for part in line.split(" | "):
            words = shlex.split(part)
            assert words[0] == "mrnet"
            assert words[1] in COMMANDS or words[1].startswith("--")
            # This checks only that Typer accepts each one; the commands' own tests run them.
            assert parsed(words[1:]) == 0, part


def parsed(words: list[str]) -> int:
    """Return the result of a command line whose command does nothing."""
    group = get_command(cli.make_app())
    command = group.commands[words[0]]  # type: ignore[attr-defined]  # it is a group
    command.callback = lambda **_: 0
    return int(command.main(words[1:], prog_name=f"mrnet {words[0]}", standalone_mode=False) or 0)


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
    assert words in " ".join(mrnet(command, "--help").out.split())


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
    assert ran.err.startswith("mrnet: ")
    assert f"did you mean {suggestion}?" in ran.err
    assert ran.err.count("\n") == 1


@pytest.mark.parametrize("words", [["--", "list"], ["--version", "list"], ["--help", "list"]])
def test_options_before_a_command_hide_no_command(archive: Path, mrnet: Mrnet, words: list[str]) -> None:
    ran = mrnet(*words, "--root", archive)
    assert ran.status == 0
    assert {"--": "5 cases", "--version": __version__, "--help": "demo"}[words[0]] in ran.out


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["info", "--jobs", "x"], "--jobs 'x': expected a whole number, 1 or more"),
        (["info", "--jobs", "0"], "--jobs '0': expected a whole number, 1 or more"),
        (["info", "--jobs", "1.5"], "--jobs '1.5': expected a whole number, 1 or more"),
        (["info", "--jobs", "9" * 5000], "--jobs '9999999999999999999999999999999999999...': expected a whole number"),
        (["export-gif", "--scale", "9"], "--scale '9': expected a whole number, 1 to 8"),
        (["export-gif", "--percentiles", "a", "b"], "--percentiles 'a b': expected 2 numbers"),
        (["export-gif", "--fps", "fast"], "--fps 'fast': expected a number"),
        (["info", "--jobs"], "--jobs is given no value"),
        (["show"], "CASE is missing"),
        (["export-gif", "-o", "a", "-o", "b"], "--output is given 2 times, expected once"),
        (["list", "-r", "a", "--root", "b"], "--root is given 2 times, expected once"),
        (["--format", "json", "info"], "--format before the command"),
        (["--version", "--format", "xml"], "--format 'xml' is unknown here, expected one of table, json"),
    ],
)
def test_usage_errors_are_one_line(mrnet: Mrnet, words: list[str], message: str) -> None:
    ran = mrnet(*words)
    assert (ran.status, ran.out) == (2, "")
    assert ran.err.startswith(f"mrnet: {message}")
    assert ran.err.count("\n") == 1


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["validate", "--scheduler", "["], "--scheduler '[': expected an address"),
        (["export-gif", "--slices", "9" * 5000 + ":"], "--slices '9999999999999999999999999999999999999...:'"),
        (
            ["export-contact-sheet", "-p", "ax", "--slice", "9" * 4000],
            "--slice 9999999999999999999999999999999999999...",
        ),
        (["list", "--root", " s3://bucket:x/ "], "s3://… is not a full address"),
    ],
)
def test_absurd_numbers_and_addresses_are_one_short_line(
    archive: Path, mrnet: Mrnet, monkeypatch: pytest.MonkeyPatch, words: list[str], message: str
) -> None:
    monkeypatch.setenv("MRNET_ROOT", str(archive))
    ran = mrnet(*words)
    assert ran.status in {1, 2}
    assert message in ran.err
    assert "mistake" not in ran.err
    assert max(map(len, ran.err.splitlines())) < 400


def test_flags_may_be_repeated_and_values_may_look_like_options(archive: Path, mrnet: Mrnet) -> None:
    assert mrnet("list", "-q", "-q", "--root", archive).status == 0
    assert (
        mrnet("export-gif", "0001", "-p", "ax", "-p", "sag", "--slices", "::-1", "-r", archive, "--dry-run").status == 0
    )


def test_versions_of_all_parts_are_printed_for_a_bug_report(mrnet: Mrnet) -> None:
    versions = json.loads(mrnet("--version", "--format", "json").out)
    assert versions["mrnet"] == __version__
    assert {"python", "implementation", "platform", "packages", "extras"} < versions.keys()
    assert {"numpy", "pandas", "pillow", "rich", "typer"} <= versions["packages"].keys()
    assert {"obstore"} <= versions["extras"]["remote"].keys()
    assert "dev" not in versions["extras"]


def test_bad_values_of_options_are_bad_usage(mrnet: Mrnet) -> None:
    for words in (["list", "--jobs"], ["demo", "--cases", "many"], ["demo", "--seed", "-1"], ["info", "--jobs", "0"]):
        assert mrnet(*words).status == 2


def test_a_path_that_cannot_be_read_is_left_to_the_command(mrnet: Mrnet, monkeypatch: pytest.MonkeyPatch) -> None:
    Path("locked").mkdir()
    # Tests may run as root, who can read every folder.
    monkeypatch.setattr(os, "access", lambda *_, **__: False)
    ran = mrnet("demo", "locked")
    assert (ran.status, ran.err) == (2, "mrnet: locked: already exists and is not replaced; name another folder\n")


def test_a_bug_in_mrnet_is_one_line_that_asks_for_a_report(
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


@pytest.mark.parametrize(
    ("error", "message"),
    [
        (
            ImportError("A page.\n\nOriginal error was: libx.so: failed to map segment from shared object"),
            "no more memory",
        ),
        (ImportError("A page.\n\nNo module named 'x'"), "a package cannot be imported: No module named 'x'; install"),
        (DeprecationWarning("use another name"), "use another name; unset PYTHONWARNINGS"),
    ],
)
def test_a_library_that_cannot_be_loaded_is_one_line(
    archive: Path, mrnet: Mrnet, monkeypatch: pytest.MonkeyPatch, error: Exception, message: str
) -> None:
    def fail(*_: object) -> None:
        raise error

    monkeypatch.setattr("mrnet.archive.model.Archive.open", fail)
    ran = mrnet("list", "--root", archive)
    assert (ran.status, ran.err.count("\n")) == (2, 1)
    assert message in ran.err


def test_an_interruption_is_130(archive: Path, mrnet: Mrnet, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("mrnet.archive.model.Archive.open", interrupt)
    ran = mrnet("list", "--root", archive)
    assert (ran.status, ran.err) == (130, "mrnet: interrupted\n")


@pytest.mark.parametrize("error", [RuntimeError("Error calling __set_name__"), UsageError("no such case")])
def test_an_error_that_follows_a_signal_is_an_interruption(
    archive: Path, mrnet: Mrnet, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    def interrupt(*_: object) -> None:
        parallel.stopping.set()
        raise error

    monkeypatch.setattr(parallel, "stopping", parallel.Flag())
    monkeypatch.setattr("mrnet.cli.app.stopping", parallel.stopping)
    monkeypatch.setattr("mrnet.archive.model.Archive.open", interrupt)
    ran = mrnet("list", "--root", archive)
    assert (ran.status, ran.err) == (130, "mrnet: interrupted\n")


@pytest.mark.skipif(os.name == "nt", reason="POSIX signals")
def test_a_real_interruption_is_130_without_a_traceback(archive: Path, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "ids")
    command = [*MRNET, "info", f"@{tmp_path / 'ids'}", "--root", str(archive)]
    # Opening the pipe waits until the program opens it to read ids. So the program is running now, and waits for them.
    with (
        subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as running,
        open(tmp_path / "ids", "w"),
    ):
        running.send_signal(signal.SIGINT)
        _, said = running.communicate(timeout=60)
    assert (running.returncode, said) == (130, "mrnet: interrupted\n")


LATE_SIGNALS = """
import atexit, os, signal, sys

class Late:
    def __del__(self, kill=os.kill, pid=os.getpid(), number=int(sys.argv[1])):
        kill(pid, number)

late = Late()
if sys.argv[2] == "at exit":
    atexit.register(late.__del__)
else:
    sys.late = late  # deleted when the interpreter no longer runs handlers of signals
sys.argv = ["mrnet", "rules", "-o", "rules.csv"]
from mrnet.__main__ import main
main()
"""


@pytest.mark.skipif(os.name == "nt", reason="POSIX signals")
@pytest.mark.parametrize("moment", ["at exit", "at the very end"])
@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM", "SIGHUP"])
def test_a_signal_that_comes_while_the_interpreter_ends_leaves_the_status(name: str, moment: str) -> None:
    number = str(int(getattr(signal, name)))
    ran = subprocess.run(
        [sys.executable, "-c", LATE_SIGNALS, number, moment], capture_output=True, text=True, check=False,
        preexec_fn=lambda: signal.signal(int(number), signal.SIG_DFL),
    )  # fmt: skip
    assert (ran.returncode, ran.stderr) == (0, "")


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
def test_closed_streams_are_no_error(archive: Path, redirection: str, words: str, status: int) -> None:
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
def test_a_root_whose_name_is_not_utf8_is_printed_readably(archive: Path) -> None:
    odd = Path(os.fsdecode(os.fsencode(archive.parent) + b"/\xff\x1b[31m"))
    archive.rename(odd)
    ran = run("info", "--root", odd)
    assert ran.returncode == 0
    assert "\\udcff\\x1b[31m" in ran.stdout.replace("\n", "")
    assert '\\udcff\\u001b[31m"' in run("info", "--root", odd, "--format", "json").stdout


@pytest.mark.slow
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


@pytest.mark.slow
def test_a_missing_working_folder_is_reported(archive: Path, tmp_path: Path) -> None:
    (tmp_path / "gone").mkdir()
    ran = subprocess.run(
        f"cd '{tmp_path}/gone' && rmdir '{tmp_path}/gone' && '{sys.executable}' -m mrnet list --root ../MRNet-v1.0",
        shell=True, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert ran.returncode == 2
    assert ran.stderr.startswith("mrnet: the working folder is not there any more")


def test_an_interruption_during_loading_is_130() -> None:
    code = """
import sys

class Interrupting:
    def find_spec(self, name, *_):
        if name == "mrnet.cli.app":
            raise KeyboardInterrupt

sys.meta_path.insert(0, Interrupting())
from mrnet.__main__ import main
main()
"""
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (ran.returncode, ran.stdout, ran.stderr) == (130, "", "")


@pytest.mark.slow
@pytest.mark.skipif(os.name == "nt", reason="there are no forks on Windows")
def test_an_interruption_during_a_fork_is_130_without_a_traceback() -> None:
    code = """
import os, signal, sys

os.register_at_fork(before=lambda: signal.raise_signal(signal.SIGINT))
from mrnet.__main__ import main
sys.argv = ["mrnet", "demo", "out", "--cases", "4", "--jobs", "2"]
main()
"""
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (ran.returncode, ran.stdout, ran.stderr) == (130, "", "mrnet: interrupted\n")
    assert list(Path().iterdir()) == []


@pytest.mark.parametrize(
    "words",
    [("list", "--seed", "1", "--seed=2"), ("info", "-r", "a", "--root", "b"), ("export-gif", "-o", "a", "-ob")],
)
def test_an_option_of_one_value_is_not_given_twice(mrnet: Mrnet, archive: Path, words: tuple[str, ...]) -> None:
    ran = mrnet(*words)
    assert (ran.status, ran.out) == (2, "")
    assert ran.err.endswith("is given 2 times, expected once\n")


@pytest.mark.parametrize(
    "words", ["list", "manifest", "export-gif", "export-html", "export-contact-sheet", "extract", "stats"]
)
def test_an_empty_output_is_not_the_current_folder(mrnet: Mrnet, archive: Path, words: str) -> None:
    ran = mrnet(words, "--root", archive, "-o", "")
    assert (ran.status, ran.out, ran.err) == (2, "", "mrnet: -o '': expected the path of a file or folder to write\n")
    assert list(Path().iterdir()) == []


def test_repeated_conditions_must_all_be_true_and_repeated_lists_add_up(mrnet: Mrnet, archive: Path) -> None:
    words = ("list", "-r", archive, "--format", "ids", "--where", "acl", "--where")
    assert mrnet(*words, "id < 1").status == 2
    assert mrnet(*words, "axial > 3").out == "0001\n"
    assert mrnet(*words, "id < 1000", "--split", "train", "--split", "valid").out == "0001\n"


@pytest.mark.parametrize(
    "words",
    [
        ["list", "--sample", "https://me:hunter2@host/x"],
        ["list", "--split", "https://me:hunter2@host/x"],
        ["list", "https://me:hunter2@host/x?key=hunter2"],
        ["list", "--where", "https://me:hunter2@host/x"],
        ["export-gif", "--window", "https://me:hunter2@host", "3"],
        ["validate", "--scheduler", "tcp://me:hunter2@127.0.0.1:9"],
        ["validate", "a", "https://me:hunter2@host/x.zip"],
        ["recipe", "https://me:hunter2@[host/x"],
        ["recipe", "https://me:hunter2@host/x"],
        ["recipe", "https://host/x.png?key=hunter2"],
        ["validate", "--known", "https://host/x.json?key=hunter2"],
        ["validate", "--config", "https://host/x.toml?key=hunter2"],
        ["stats", "--plot", "https://host/x.png?key=hunter2"],
        ["list", "-o", "https://host/x.json?key=hunter2"],
        ["export-gif", "-o", "https://host/x?key=hunter2"],
        ["list", "--root", "https://me:a/hunter2@host/x.zip"],
        ["list", "--root", "s3://key:a/hunter2@bucket/x"],
        ["list", "https://me:it'shunter2@host/x"],
        ["list", "--split", f"https://me:hunter2{200 * 'x'}@host/x"],
    ],
)
def test_an_address_in_the_wrong_place_is_shown_without_its_secrets(
    archive: Path, mrnet: Mrnet, monkeypatch: pytest.MonkeyPatch, words: list[str]
) -> None:
    monkeypatch.setenv("MRNET_ROOT", str(archive))
    ran = mrnet(*words)
    assert ran.status == 2
    assert ran.err.count("\n") == 1
    assert "hunter2" not in ran.out + ran.err
