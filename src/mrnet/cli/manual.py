"""The manual of a command, built from its declaration, for `--help`, the man page and the docs."""

import inspect
import re
import textwrap
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from typer.core import TyperCommand, TyperGroup

ARGUMENTS, OPTIONS = "Arguments", "Options"
EXAMPLES = re.compile(r"\n\s*Examples?:\s*(.*)\Z", re.DOTALL)
EXAMPLE = re.compile(r"\[bold\](.*?)\[/\](?:\s+\((.*?)\))?", re.DOTALL)
MARKUP = re.compile(r"\[/?(?:bold)?\]")
MAX_NAME_COLUMNS = 24
"""Longer option names get their own line."""
MIN_COLUMNS_BESIDE = 56
"""In narrower terminals every name gets its own line."""
BOLD, PLAIN = "\x1b[1m", "\x1b[0m"


@dataclass(frozen=True)
class Entry:
    """An option, an argument or a command, with its description."""

    names: str
    about: str
    default: str = ""
    limits: str = ""

    @property
    def sentence(self) -> str:
        """The whole description on one line."""
        notes = ", ".join(filter(None, [self.limits, f"default: {self.default}" if self.default else ""]))
        return f"{self.about} ({notes})" if notes else self.about


@dataclass(frozen=True)
class Manual:
    """The manual of one command, or of all."""

    usage: str
    about: tuple[str, ...]
    """Paragraphs."""
    examples: tuple[tuple[str, str], ...]
    """Command lines, each with an optional remark."""
    groups: dict[str, list[Entry]]
    """Arguments and options, by heading."""


def manual_of(command: "TyperCommand | TyperGroup", context: Any, name: str) -> Manual:
    """Return the manual of a command.

    Args:
        command: Typer's command.
        context: Typer's context of this command.
        name: the name with which it is called, such as `mrnet info`.
    """
    text = inspect.cleandoc(command.help or "")
    found = EXAMPLES.search(text)
    about = text[: found.start()] if found else text
    groups: dict[str, list[Entry]] = {ARGUMENTS: [], OPTIONS: []}
    arguments = []
    for parameter in command.get_params(context):
        if parameter.param_type_name == "argument":
            arguments.append(_usage_of(parameter))
        if not getattr(parameter, "hidden", False):
            groups.setdefault(_heading(parameter), []).append(_entry(parameter))
    return Manual(
        usage=" ".join([name, "[OPTIONS]", *arguments]),
        about=tuple(" ".join(plain(part).split()) for part in about.split("\n\n") if part.strip()),
        examples=tuple((" ".join(line.split()), note) for line, note in EXAMPLE.findall(found[1] if found else "")),
        groups={heading: entries for heading, entries in groups.items() if entries},
    )


def plain(text: str) -> str:
    """Return a help text without its markup."""
    return MARKUP.sub("", text)


def help_text(manual: Manual, columns: int, *, bold: bool) -> str:
    """Return a manual as lines for a terminal; only a word that is too long itself exceeds the width."""
    style, end = (BOLD, PLAIN) if bold else ("", "")
    parts = ["\n".join(_wrapped(f"Usage: {manual.usage}", columns, "  "))]
    parts += ["\n".join(_wrapped(paragraph, columns)) for paragraph in manual.about]
    if manual.examples:
        # Do not wrap examples, so that they can be copied and pasted.
        width = max((len(line) for line, note in manual.examples if note), default=0)
        lines = [f"  {line:{width}}  # {note}" if note else f"  {line}" for line, note in manual.examples]
        parts.append("\n".join([f"{style}Examples:{end}", *lines]))
    names = [len(entry.names) for entries in manual.groups.values() for entry in entries]
    width = max((each for each in names if each <= MAX_NAME_COLUMNS), default=0)
    for heading, entries in manual.groups.items():
        parts.append("\n".join([f"{style}{heading}:{end}", *_entries(entries, width, columns)]))
    return "\n\n".join(parts) + "\n"


def limits_of(parameter: Any) -> tuple[float | None, float | None]:
    """Return the minimum and maximum of an option; None where there is none."""
    # Older versions of Typer keep them with the type.
    of_type = getattr(parameter, "type", None)
    low = getattr(parameter, "min", None)
    high = getattr(parameter, "max", None)
    return (low if low is not None else getattr(of_type, "min", None)), (
        high if high is not None else getattr(of_type, "max", None)
    )


def range_in_words(low: float | None, high: float | None) -> str:
    """Return limits in words; nothing if there are none."""
    if low is None and high is None:
        return ""
    if high is None:
        return f"{low} or more"
    return f"{low} to {high}" if low is not None else f"at most {high}"


def _heading(parameter: Any) -> str:
    own = ARGUMENTS if parameter.param_type_name == "argument" else OPTIONS
    return getattr(parameter, "rich_help_panel", None) or own


def _entry(parameter: Any) -> Entry:
    about = plain(parameter.help or "").strip().removesuffix(".")
    limits = "" if getattr(parameter, "is_flag", False) else range_in_words(*limits_of(parameter))
    return Entry(_names(parameter), about, _default(parameter), limits)


def _names(parameter: Any) -> str:
    if parameter.param_type_name == "argument":
        return str(metavar_of(parameter))
    names = ", ".join(sorted(parameter.opts, key=len))
    return names if parameter.is_flag else f"{names} {metavar_of(parameter)}"


def metavar_of(parameter: Any) -> str:
    """Return the metavar of an option."""
    return parameter.metavar or (parameter.name or "").upper()


def _usage_of(parameter: Any) -> str:
    several = "..." if parameter.nargs == -1 else ""
    name = metavar_of(parameter)
    return f"{name}{several}" if parameter.required else f"[{name}{several}]"


def _default(parameter: Any) -> str:
    shown = parameter.show_default
    if isinstance(shown, str):
        return shown
    default = parameter.default
    if not shown or default is None or isinstance(default, bool) or callable(default):
        return ""
    return str(default)


def _entries(entries: Iterable[Entry], width: int, columns: int) -> Iterator[str]:
    """Yield entries as lines: the description beside the names, or below them if the names are long."""
    beside = columns >= MIN_COLUMNS_BESIDE
    start = " " * (width + 4 if beside else 6)
    for entry in entries:
        lines = _wrapped(start + entry.sentence, columns, start)
        if beside and len(entry.names) <= width:
            lines[0] = f"  {entry.names:{width}}  {lines[0].lstrip()}"
            yield from lines
        else:
            yield f"  {entry.names}"
            yield from lines


def _wrapped(text: str, columns: int, indent: str = "") -> list[str]:
    return textwrap.wrap(
        text, columns, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False, drop_whitespace=True
    ) or [""]


def overview_of(group: "TyperGroup", context: Any, examples: Iterable[tuple[str, str]]) -> Manual:
    """Return the manual of all commands: one line each, by group."""
    own = manual_of(group, context, "mrnet")
    groups: dict[str, list[Entry]] = {}
    for name, command in group.commands.items():
        entry = Entry(name, (command.short_help or "").removesuffix("."))
        groups.setdefault(str(command.rich_help_panel), []).append(entry)  # type: ignore[attr-defined]  # Typer's commands have one
    return Manual(
        usage="mrnet COMMAND [OPTIONS]",
        about=(*own.about, "Every command has its own --help."),
        examples=tuple(examples),
        groups={**groups, **own.groups},
    )
