"""Typer's commands with plain help, and with one-line messages for usage errors."""

import os
import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any, cast

import typer
from typer.core import TyperCommand, TyperGroup

from mrnet.cli import groups
from mrnet.cli.streams import USUAL_COLUMNS, columns_of
from mrnet.errors import UsageError
from mrnet.text import did_you_mean, shortened

TyperUsageError = cast("type[Exception]", typer.BadParameter.__base__)
"""Typer's base class of usage errors; it has no public name."""
MAX_HELP_COLUMNS = 100


class Subcommand(TyperCommand):
    """One command."""

    def format_help(self, ctx: Any, formatter: Any) -> None:
        """Write the help: Typer's boxes cut names in narrow terminals, and take long to import."""
        from mrnet.cli.manual import manual_of

        formatter.write(_printed(manual_of(self, ctx, ctx.command_path)))

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Read the words of a command line.

        Raises:
            UsageError: a value that its option does not accept, or an option for one value that is given twice.
        """
        if ctx.resilient_parsing:
            return super().parse_args(ctx, args)
        given, _, order = self.make_parser(ctx).parse_args(list(args))
        for parameter, times in Counter(order).items():
            if times > 1 and not (parameter.multiple or getattr(parameter, "is_flag", False)):
                raise UsageError(f"{_longest(parameter)} is given {times} times, expected once")
            # As a path it would mean the current folder; it usually comes from a variable that is not set.
            if "-o" in parameter.opts and given[parameter.name] in ("", [""]):
                raise UsageError("-o '': expected the path of a file or folder to write")
        try:
            return super().parse_args(ctx, args)
        except typer.BadParameter as error:
            # A subclass reports a missing argument; it has no value to show.
            if type(error) is not typer.BadParameter or error.param is None or error.param.name not in given:
                raise
            raise UsageError(_wrong_value(error.param, given[error.param.name], error.message)) from None


class Group(TyperGroup):
    """All commands."""

    def format_help(self, ctx: Any, formatter: Any) -> None:
        """Write the list of commands."""
        from mrnet.cli.manual import overview_of

        formatter.write(_printed(overview_of(self, ctx, groups.EXAMPLES)))


def _printed(manual: Any) -> str:
    from mrnet.cli.manual import help_text

    bold = (sys.stdout.isatty() and sys.platform != "win32" and os.environ.get("TERM") != "dumb") or bool(
        os.environ.get("FORCE_COLOR")
    )
    columns = min(columns_of(sys.stdout) or USUAL_COLUMNS, MAX_HELP_COLUMNS)
    return help_text(manual, columns, bold=bold and not os.environ.get("NO_COLOR"))


def _longest(parameter: Any) -> str:
    return str(max(parameter.opts, key=len))


def _shown(word: str) -> str:
    """Return a word of the command line as messages show it: short, and an address in it without its secrets."""
    from mrnet.storage.places import without_secrets

    return shortened(without_secrets(word))


def _wrong_value(parameter: Any, value: Any, message: str) -> str:
    """Return what is wrong with a number, in plain words."""
    from mrnet.cli.manual import limits_of, range_in_words

    found = " ".join(map(str, value)) if isinstance(value, (tuple, list)) else str(value)
    low, high = limits_of(parameter)
    several = f"{parameter.nargs} numbers" if parameter.nargs > 1 else "a number"
    kind = "a whole number" if "integer" in message or (low, high) != (None, None) else several
    limits = range_in_words(low, high)
    return f"{_longest(parameter)} {_shown(found)!r}: expected {kind}{f', {limits}' if limits else ''}"


def message_of(error: Exception, words: Sequence[str]) -> str:
    """Return Typer's usage error as one line that says what to do.

    Args:
        error: one of Typer's usage errors.
        words: the command line.
    """
    from mrnet.cli.manual import metavar_of

    context: Any = getattr(error, "ctx", None)
    path = context.command_path if context else "mrnet"
    see = f"(see {path} --help)"
    if option := getattr(error, "option_name", None):
        return _wrong_option(_shown(str(option)), error, words, see)
    parameter = getattr(error, "param", None)
    if parameter is not None:
        return f"{metavar_of(parameter)} is missing: {(parameter.help or '').removesuffix('.')} {see}"
    if context is not None and isinstance(context.command, TyperGroup):
        word = words[0]
        near = did_you_mean(word, context.command.commands)
        return f"there is no command {_shown(word)!r} {see}{near}{_named_as_archive(word)}"
    for word in words:
        if hint := _named_as_archive(word):
            return f"{_shown(word)!r} is one word too many {see}{hint}"
    message = str(getattr(error, "message", error)).strip().removesuffix(".")
    return f"{message[:1].lower()}{message[1:]} {see}"


def _wrong_option(option: str, error: Any, words: Sequence[str], see: str) -> str:
    if not hasattr(error, "possibilities"):
        return f"{option} is given no value {see}"
    command = error.ctx.command
    if isinstance(command, TyperGroup):
        name = next((word for word in words if word in command.commands), "COMMAND")
        before = words[: words.index(name)] if name in words else words
        after = _shown(" ".join(before))
        return f"{option}: options come after the command: mrnet {name} {after}"
    known = [name for parameter in command.get_params(error.ctx) for name in parameter.opts]
    return f"{error.ctx.command_path} has no option {option} {see}{did_you_mean(option, known)}"


def _named_as_archive(word: str) -> str:
    """Return how to name a path as an archive; nothing if the word is not a path."""
    try:
        is_path = "://" in word or Path(word).exists()
    except (OSError, ValueError):
        return ""
    return f"; an archive is named with --root {_shown(word)}, after the command" if is_path else ""
