"""Gathers the commands by listing their folder; the one place where errors become messages and exit statuses."""

import importlib
import inspect
import os
import pkgutil
import re
import sys
from collections.abc import Callable, Iterator, Sequence
from copy import copy
from dataclasses import MISSING, fields, is_dataclass
from functools import wraps
from pathlib import Path
from typing import Annotated, Any, get_args, get_type_hints

import typer
from typer.main import get_command

from mrnet import inputs
from mrnet.cli import commands, console, groups, memory, streams, usage
from mrnet.cli.signals import INTERRUPTED
from mrnet.errors import MRNetError, UsageError
from mrnet.parallel import stopping
from mrnet.text import listed, without_long_numbers
from mrnet.writing import refuse_address

DONE, COULD_NOT_RUN = 0, 2
HELP = ["-h", "--help"]
COMPLETION_VARIABLE = "_MRNET_COMPLETE"
"""A shell sets this variable to ask for completions; the name is Click's."""
WRONG_COMPLETION = f"{COMPLETION_VARIABLE} is set, so a shell asks for completions, but its question cannot be read; unset this variable"
LOW_LIMITS = "can't start new thread|failed to map segment|[Cc]annot allocate memory"
DEBUG_VARIABLE = "MRNET_DEBUG"
"""If it is set, a bug in mrnet shows its traceback."""

Version = Annotated[
    bool,
    typer.Option("--version", help="Print the version; with --format json also those of all parts.", is_eager=True),
]
VersionFormat = Annotated[
    str | None, typer.Option("--format", metavar="FORMAT", help="Format of --version: table or json.")
]


def main() -> None:
    """Run the command line."""
    streams.prepare_environment()
    streams.prepare_streams()
    memory.refuse_numpy_if_memory_is_short()
    sys.exit(_status_of(_run_app))


def _run_app() -> int:
    words = sys.argv[1:] or _words_to_complete() or ["--help"]
    if "--window" in words:
        from mrnet.cli.options.window import join_windows

        words = join_windows(words)
    try:
        ended = get_command(make_app(words)).main(words, prog_name="mrnet", standalone_mode=False)
    except usage.TyperUsageError as error:
        raise UsageError(usage.message_of(error, words)) from None
    except SystemExit as error:
        # Typer ends the program with 1 if the reader of the help has closed the pipe.
        if isinstance(error.__context__, BrokenPipeError):
            raise error.__context__ from None
        if error.code and COMPLETION_VARIABLE in os.environ:
            raise UsageError(WRONG_COMPLETION) from None
        return error.code if isinstance(error.code, int) else DONE
    except (KeyError, ValueError) as error:
        if COMPLETION_VARIABLE in os.environ and not isinstance(error, MRNetError):
            raise UsageError(WRONG_COMPLETION) from error
        raise
    return ended if isinstance(ended, int) else DONE


def _words_to_complete() -> list[str]:
    """Return the words of the command line that a shell wants completed, so that only its command is imported."""
    typed = os.environ.get("COMP_WORDS") or os.environ.get("_TYPER_COMPLETE_ARGS") or ""
    return typed.split()[1:] if COMPLETION_VARIABLE in os.environ else []


def make_app(words: Sequence[str] = ()) -> typer.Typer:
    """Return the application with every command that the folder holds, in the order of their groups.

    Args:
        words: the command line, if it is known. Only the command at its beginning is imported. For the list of
            commands, no command gets its options. Imports and options take most of the start-up time.
    """
    app = typer.Typer(
        name="mrnet",
        cls=usage.Group,
        invoke_without_command=True,
        pretty_exceptions_enable=False,
        rich_markup_mode=None,
        context_settings={"help_option_names": HELP},
    )
    app.callback()(_about)
    found = (each.name for each in pkgutil.iter_modules(commands.__path__))
    files = {name.replace("_", "-"): name for name in found if not name.startswith("_")}
    names = [words[0]] if words and words[0] in files else list(files)
    is_overview = len(words) == 1 and words[0] in HELP and COMPLETION_VARIABLE not in os.environ
    modules = {name: importlib.import_module(f"mrnet.cli.commands.{files[name]}") for name in names}
    for name in sorted(names, key=lambda name: groups.GROUPS.index(modules[name].GROUP)):
        module = modules[name]
        # Under -OO Python drops docstrings.
        about = inspect.cleandoc(module.run.__doc__ or "")
        app.command(
            name, cls=usage.Subcommand, help=about, short_help=re.split("[:;.]", about, maxsplit=1)[0],
            rich_help_panel=module.GROUP,
        )((lambda: None) if is_overview else _guarded(module.run))  # fmt: skip
    return app


def _about(version: Version = False, format: VersionFormat = None) -> None:
    """Look at MRNet-v1.0, Stanford's knee-MRI dataset: inspect, picture, count and validate. Never changes it."""
    if version:
        from mrnet.cli.versions import tell_versions

        tell_versions(format or console.TABLE)
        raise typer.Exit
    if format is not None:
        raise UsageError(f"--format before the command: options come after it, as in `mrnet info --format {format}`")


def _guarded(run: Callable[..., int]) -> Callable[..., None]:
    """Wrap a command: each group of options becomes single options; errors become messages and exit statuses."""
    hints = get_type_hints(run, include_extras=True)
    option_groups = {name: hint for name, hint in hints.items() if isinstance(hint, type) and is_dataclass(hint)}

    @wraps(run)
    def wrapped(**values: Any) -> None:
        def act() -> int:
            inputs.begin()
            _refuse_addresses(values)
            for name, group in option_groups.items():
                values[name] = group(**{each.name: values.pop(each.name) for each in fields(group)})
            return run(**values)

        raise typer.Exit(_status_of(act))

    parameters = list(_parameters(run, hints))
    wrapped.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]  # functions have one at run time
    wrapped.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters}
    return wrapped


def _refuse_addresses(values: dict[str, Any]) -> None:
    """Raise a UsageError if an option for a path of this machine is an address: messages with it would show its secrets."""
    for value in values.values():
        for path in value if isinstance(value, list) else [value]:
            if isinstance(path, Path):
                refuse_address(path)


def _parameters(run: Callable[..., int], hints: dict[str, Any]) -> Iterator[inspect.Parameter]:
    for name, parameter in inspect.signature(run).parameters.items():
        if is_dataclass(hints[name]):
            group_hints = get_type_hints(hints[name], include_extras=True)
            formats = getattr(hints[name], "formats", None)
            for each in fields(hints[name]):
                yield _option(each.name, _declared(group_hints[each.name], formats), each.default)
        else:
            yield _option(name, _declared(hints[name]), parameter.default)


def _declared(hint: Any, formats: console.Formats | None = None) -> Any:
    """Return an option's declaration with its command's formats and suffixes, and its completer for shells."""
    kind, option = get_args(hint)
    option = copy(option)
    # Typer refuses a path that cannot be read, also one to write to; the commands themselves say what is wrong with a path.
    option.readable = False
    if formats:
        option.help = option.help.format(formats=listed(formats.names), suffixes=listed(formats.suffixes))
    if COMPLETION_VARIABLE in os.environ:
        from mrnet.cli.completion import completer_of

        option.autocompletion = completer_of(option.metavar or "", formats.names if formats else ())
    return Annotated[kind, option]


def _option(name: str, hint: Any, default: Any) -> inspect.Parameter:
    default = inspect.Parameter.empty if default is MISSING else default
    return inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, annotation=hint, default=default)


def _status_of(action: Callable[[], int]) -> int:
    try:
        status = action()
        sys.stdout.flush()
    except BrokenPipeError:
        console.abandon_output()
        return DONE
    except KeyboardInterrupt:
        console.say("mrnet: interrupted")
        return INTERRUPTED
    except Exception as error:
        if stopping.is_set():
            # Errors that follow a signal are its effects: in a class statement Python turns it into a RuntimeError.
            console.say("mrnet: interrupted")
            return INTERRUPTED
        if isinstance(error, MRNetError):
            console.say(f"mrnet: {without_long_numbers(str(error))}")
            return COULD_NOT_RUN
        console.abandon_output()
        if os.environ.get(DEBUG_VARIABLE):
            raise
        console.say(f"mrnet: {_explained(error)}")
        return COULD_NOT_RUN
    return status


def _last_line(error: Exception) -> str:
    # numpy writes a page, whose last line is the reason.
    return (str(error).strip().splitlines() or [type(error).__name__])[-1]


def _is_anywhere() -> bool:
    try:
        return bool(os.getcwd())  # noqa: PTH109 - Path.cwd() is the same
    except OSError:
        return False


def _explained(error: Exception) -> str:
    if isinstance(error, OSError) and not _is_anywhere():
        return "the working folder is not there any more, or its disk or server is not; change to another folder"
    if isinstance(error, OSError):
        # Errors about files that mrnet reads and writes are MRNetErrors, so this one is about standard output.
        return f"{error.filename or 'standard output cannot be written'}: {error.strerror or error}"
    if isinstance(error, MemoryError) or re.search(LOW_LIMITS, str(error)):
        return "the system gives this process no more memory or threads; raise its limits, or use --jobs 1"
    if isinstance(error, Warning):
        return f"{type(error).__name__} in a package, which PYTHONWARNINGS makes an error: {_last_line(error)}; unset PYTHONWARNINGS"
    if isinstance(error, ImportError):
        return f"{error.name or 'a package'} cannot be imported: {_last_line(error)}; install mrnet again"
    return (
        f"a mistake in mrnet itself, {type(error).__name__}: {error}; please report it, with the traceback "
        f"that {DEBUG_VARIABLE}=1 prints"
    )
