"""Gathers the commands by listing their folder; the one place where errors become messages and exit statuses."""

import importlib
import inspect
import os
import pkgutil
import sys
from collections.abc import Callable, Iterator
from dataclasses import MISSING, fields, is_dataclass
from functools import wraps
from typing import Annotated, Any, get_type_hints

import typer

from mrnet import commands, console
from mrnet.errors import MRNetError

DONE, WRONG, COULD_NOT_RUN, INTERRUPTED = 0, 1, 2, 130
DEBUG_VARIABLE = "MRNET_DEBUG"
"""Set to anything, it lets an error of mrnet's own show its traceback."""

Version = Annotated[bool, typer.Option("--version", help="Print the version.", is_eager=True)]


def main() -> None:
    """Run the command line."""
    console.prepare_streams()
    sys.exit(_status_of(_run_app))


def _run_app() -> int:
    try:
        make_app()(sys.argv[1:] or ["--help"], prog_name="mrnet")
    except SystemExit as ended:
        # Where the reader of help has gone, Rich and Click end the program with 1.
        if isinstance(ended.__context__, BrokenPipeError):
            raise ended.__context__ from None
        return ended.code if isinstance(ended.code, int) else DONE
    return DONE


def make_app() -> typer.Typer:
    """Return the application with every command that the folder holds, in the order of their groups."""
    app = typer.Typer(
        name="mrnet",
        invoke_without_command=True,
        pretty_exceptions_enable=False,
        rich_markup_mode="rich",
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    app.callback(epilog=commands.EXAMPLES)(_about)
    modules = [
        importlib.import_module(f"mrnet.commands.{each.name}") for each in pkgutil.iter_modules(commands.__path__)
    ]
    for module in sorted(modules, key=lambda module: commands.GROUPS.index(module.GROUP)):
        name = module.__name__.rpartition(".")[2].replace("_", "-")
        app.command(name, rich_help_panel=module.GROUP)(_guarded(module.run))
    return app


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
        for name, group in groups.items():
            values[name] = group(**{field: values.pop(field) for field in get_type_hints(group)})
        raise typer.Exit(_status_of(lambda: run(**values)))

    parameters = list(_parameters(run, hints))
    wrapped.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]  # functions have one at run time
    wrapped.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters}
    return wrapped


def _parameters(run: Callable[..., int], hints: dict[str, Any]) -> Iterator[inspect.Parameter]:
    for name, parameter in inspect.signature(run).parameters.items():
        if is_dataclass(hints[name]):
            group_hints = get_type_hints(hints[name], include_extras=True)
            for each in fields(hints[name]):
                yield _option(each.name, group_hints[each.name], each.default)
        else:
            yield _option(name, hints[name], parameter.default)


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


def _explained(error: Exception) -> str:
    if isinstance(error, OSError) and error.filename is None:
        # Of files, mrnet's own errors speak.
        return f"standard output cannot be written: {error.strerror}"
    return (
        f"a mistake in mrnet itself, {type(error).__name__}: {error}; please report it, with what {DEBUG_VARIABLE}=1 "
        "makes it print"
    )
