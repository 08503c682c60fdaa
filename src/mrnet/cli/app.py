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
from typing import TYPE_CHECKING, Annotated, Any, get_args, get_type_hints

import typer

from mrnet import inputs
from mrnet.cli import commands, console, groups, streams
from mrnet.cli.options.window import join_windows
from mrnet.errors import MRNetError, UsageError
from mrnet.text import listed

if TYPE_CHECKING:
    from typer.core import TyperGroup

DONE, WRONG, COULD_NOT_RUN, INTERRUPTED = 0, 1, 2, 130
HELP = ["-h", "--help"]
HIDDEN = {"install_completion", "show_completion"}
"""Options that work and are documented, but would take a third of the list of commands."""
COMPLETION_VARIABLE = "_MRNET_COMPLETE"
"""Shells set it to ask what may follow; Click's own name for it."""
DEBUG_VARIABLE = "MRNET_DEBUG"
"""Set to anything, it lets an error of mrnet's own show its traceback."""

Version = Annotated[bool, typer.Option("--version", help="Print the version.", is_eager=True)]


def main() -> None:
    """Run the command line."""
    streams.prepare_environment()
    streams.prepare_streams()
    sys.exit(_status_of(_run_app))


def _run_app() -> int:
    try:
        words = join_windows(sys.argv[1:]) or ["--help"]
        group = _as_command(make_app(words))
        _refuse_repeated(group, words)
        group(words, prog_name="mrnet")
    except SystemExit as ended:
        # Where the reader of help has gone, Rich and Click end the program with 1.
        if isinstance(ended.__context__, BrokenPipeError):
            raise ended.__context__ from None
        return ended.code if isinstance(ended.code, int) else DONE
    return DONE


def make_app(words: Sequence[str] = ()) -> typer.Typer:
    """Return the application with every command that the folder holds, in the order of their groups.

    Args:
        words: those of the command line, if they are known: where they begin with a command, it alone is imported;
            where they ask for the list of commands, none gets its options. Both are most of the time until a start.
    """
    app = typer.Typer(
        name="mrnet",
        invoke_without_command=True,
        pretty_exceptions_enable=False,
        rich_markup_mode="rich",
        context_settings={"help_option_names": HELP},
    )
    app.callback(epilog=groups.EXAMPLES)(_about)
    found = (each.name for each in pkgutil.iter_modules(commands.__path__))
    files = {name.replace("_", "-"): name for name in found if not name.startswith("_")}
    names = [words[0]] if words and words[0] in files else list(files)
    listed = len(words) == 1 and words[0] in HELP and COMPLETION_VARIABLE not in os.environ
    modules = {name: importlib.import_module(f"mrnet.cli.commands.{files[name]}") for name in names}
    for name in sorted(names, key=lambda name: groups.GROUPS.index(modules[name].GROUP)):
        module = modules[name]
        about = inspect.cleandoc(module.run.__doc__)
        app.command(
            name, help=_spread(about), short_help=re.split("[:;.]", about, maxsplit=1)[0], rich_help_panel=module.GROUP
        )((lambda: None) if listed else _guarded(module.run))
    return app


def _spread(about: str) -> str:
    """Give each example of a command's help a line of its own."""
    about = re.sub(r"^Examples?: ", "Examples:\n$ ", about, flags=re.MULTILINE)
    return re.sub(r"\[/\],\s+\[bold\]", "[/]\n$ [bold]", about).removesuffix(".")


def _as_command(app: typer.Typer) -> "TyperGroup":
    """Return the application as it is run: with help that says of no flag that it is a `<bool>`."""
    from typer.core import TyperGroup, TyperOption
    from typer.main import get_command

    group = get_command(app)
    assert isinstance(group, TyperGroup)
    for command in (group, *group.commands.values()):
        for option in command.get_params(typer.Context(command, help_option_names=HELP)):
            if isinstance(option, TyperOption) and option.is_flag:
                option.metavar = option.metavar or ""
                option.hidden = option.hidden or option.name in HIDDEN
    return group


def _refuse_repeated(group: "TyperGroup", words: Sequence[str]) -> None:
    """Raise a UsageError for an option of one value that is given twice: the last would win in silence."""
    from typer.core import TyperOption

    command = group.commands.get(words[0])
    given = [word.partition("=")[0] if word.startswith("--") else word[:2] for word in words if word.startswith("-")]
    for option in command.params if command else ():
        single = isinstance(option, TyperOption) and not (option.multiple or option.is_flag)
        if single and sum(given.count(name) for name in option.opts) > 1:
            raise UsageError(f"{max(option.opts, key=len)} is given twice, expected once")


def _about(version: Version = False) -> None:
    """Look at MRNet-v1.0, Stanford's knee-MRI dataset: inspect, picture, count and validate. Never changes it."""
    if version:
        from mrnet import __version__

        print(f"mrnet {__version__}")
        raise typer.Exit


def _guarded(run: Callable[..., int]) -> Callable[..., None]:
    """Wrap a command: its groups of options become options of their own, its errors messages and exit statuses."""
    hints = get_type_hints(run, include_extras=True)
    groups = {name: hint for name, hint in hints.items() if isinstance(hint, type) and is_dataclass(hint)}

    @wraps(run)
    def wrapped(**values: Any) -> None:
        def act() -> int:
            inputs.begin()
            for name, group in groups.items():
                values[name] = group(**{each.name: values.pop(each.name) for each in fields(group)})
            return run(**values)

        raise typer.Exit(_status_of(act))

    parameters = list(_parameters(run, hints))
    wrapped.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]  # functions have one at run time
    wrapped.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters}
    return wrapped


def _parameters(run: Callable[..., int], hints: dict[str, Any]) -> Iterator[inspect.Parameter]:
    for name, parameter in inspect.signature(run).parameters.items():
        if is_dataclass(hints[name]):
            group_hints = get_type_hints(hints[name], include_extras=True)
            formats = getattr(hints[name], "formats", None)
            for each in fields(hints[name]):
                hint = group_hints[each.name]
                yield _option(each.name, _with_formats(hint, formats) if formats else hint, each.default)
        else:
            yield _option(name, hints[name], parameter.default)


def _with_formats(hint: Any, formats: console.Formats) -> Any:
    """Return an option's declaration whose help names the formats and suffixes of its command."""
    kind, option = get_args(hint)
    option = copy(option)
    option.help = option.help.format(formats=listed(formats.names), suffixes=listed(formats.suffixes))
    return Annotated[kind, option]


def _option(name: str, hint: Any, default: Any) -> inspect.Parameter:
    default = inspect.Parameter.empty if default is MISSING else default
    return inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, annotation=hint, default=default)


def _status_of(action: Callable[[], int]) -> int:
    try:
        status = action()
        sys.stdout.flush()
    except MRNetError as error:
        console.say(f"mrnet: {error}")
        return COULD_NOT_RUN
    except BrokenPipeError:
        console.abandon_output()
        return DONE
    except KeyboardInterrupt:
        console.say("mrnet: interrupted")
        return INTERRUPTED
    except Exception as error:
        console.abandon_output()
        if os.environ.get(DEBUG_VARIABLE):
            raise
        console.say(f"mrnet: {_explained(error)}")
        return COULD_NOT_RUN
    return status


def _is_anywhere() -> bool:
    try:
        return bool(os.getcwd())  # noqa: PTH109 - Path.cwd() is the same
    except FileNotFoundError:
        return False


def _explained(error: Exception) -> str:
    if isinstance(error, FileNotFoundError) and not _is_anywhere():
        return "the working folder is not there any more; change to one that is"
    if isinstance(error, OSError) and error.filename is None:
        # Of files, mrnet's own errors speak.
        return f"standard output cannot be written: {error.strerror}"
    return (
        f"a mistake in mrnet itself, {type(error).__name__}: {error}; please report it, with what {DEBUG_VARIABLE}=1 "
        "makes it print"
    )
