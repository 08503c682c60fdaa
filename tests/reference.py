"""Generates parts of docs/reference/ from the code and the schemas: options, JSON keys, the Python interface, rules."""

import ast
import inspect
import json
import re
import textwrap
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import mrnet
from mrnet import errors
from mrnet.archive.model import Case, Series
from mrnet.cli.manual import Entry, Manual, manual_of
from mrnet.validation.catalogue import all_rules
from mrnet.validation.reports.rules import rules_page

PROJECT = Path(__file__).parents[1]
REFERENCE = PROJECT / "docs" / "reference"
COMMANDS = REFERENCE / "commands"
SCHEMAS = REFERENCE / "schemas"
COMMAND_INDEX = REFERENCE / "commands.md"
MAN_PAGE = REFERENCE / "mrnet.1"
PYTHON = REFERENCE / "python.md"
RULES = REFERENCE / "rules.md"
PART = re.compile(r"(<!-- make docs: (\w+) (\S+) -->\n).*?(<!-- end -->)", re.DOTALL)
"""The generated parts of pages, between these two comments."""
ENTRY = re.compile(r" {4}(\w+)((?: \([^)]*\))?): (.*)")
"""A parameter or an error in a docstring of Google's form."""


def fill(page: Path, text: str) -> str:
    """Return the text of a page with its generated parts up to date."""
    filled = PART.sub(lambda part: f"{part[1]}\n{WRITERS[part[2]](part[3])}\n{part[4]}", text)
    return filled.replace("](schemas/", "](../schemas/") if page.parent == COMMANDS else filled


def schemas_on(page: str) -> list[str]:
    """Return the names of the schemas whose keys a page lists."""
    return [name for _, kind, name, _ in PART.findall(page) if kind == "keys"]


def command_names() -> list[str]:
    """Return the names of all commands, in the order in which `mrnet --help` lists them."""
    return list(group().commands)


def command_index() -> str:
    """Return the page that lists the commands."""
    commands = group().commands
    parts = ["# Commands\n\nWritten by `make docs` from the commands' own help. Each page has the behaviour that scripts may rely on,\n"
             "the keys of its JSON, and every option.\n"]  # fmt: skip
    for panel in dict.fromkeys(str(command.rich_help_panel) for command in commands.values()):
        parts.append(f"\n## {panel}\n\n")
        parts += [
            f"- [`mrnet {name}`](commands/{name}.md): {command.short_help}\n"
            for name, command in commands.items()
            if command.rich_help_panel == panel
        ]
    return "".join(parts)


def new_page(command: str) -> str:
    """Return the page of a new command, without the part on what scripts may rely on, which a person writes."""
    parts = "\n\n".join(f"<!-- make docs: {kind} {command} -->\n<!-- end -->" for kind in ("help", "options"))
    return f"# mrnet {command}\n\n{parts}\n"


@cache
def group() -> Any:
    """Return Typer's commands."""
    from typer.main import get_command

    from mrnet.cli.app import make_app

    return get_command(make_app())


def context(command: Any) -> Any:
    """Return Typer's context of a command."""
    import typer

    return typer.Context(command, help_option_names=["-h", "--help"])


def manual(name: str) -> Manual:
    """Return the manual of a command."""
    command = group().commands[name]
    return manual_of(command, context(command), f"mrnet {name}")


def _help(name: str) -> str:
    """Return a command's help: its usage, what it does, its examples."""
    about = "\n\n".join(map(_written, manual(name).about))
    examples = "\n".join(line for line, _ in manual(name).examples)
    return f"{about}\n\n```text\n{manual(name).usage}\n```\n\n```sh\n{examples}\n```\n"


def _options(name: str) -> str:
    """Return the options of a command as tables, one for each group that its help shows."""
    groups = manual(name).groups.items()
    return "\n".join(
        f"### {heading}\n\n{_table([_option_row(entry) for entry in entries])}" for heading, entries in groups
    )


def _option_row(entry: Entry) -> dict[str, str]:
    about = _written(entry.about) + (f" ({entry.limits})" if entry.limits else "")
    return {"option": f"`{entry.names}`", "what it does": about, "default": _written(entry.default)}


def _written(text: str) -> str:
    """Return text for people as Markdown; `<case>` is not read as a tag, and a cell stays one cell."""
    return text.replace("<", "\\<").replace("|", "\\|").replace("_", "\\_")


def _table(rows: list[dict[str, str]]) -> str:
    lines = [list(rows[0]), ["---"] * len(rows[0]), *(list(row.values()) for row in rows)]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def _keys(name: str) -> str:
    """Return the keys of a command's JSON as a table."""
    schema = json.loads((SCHEMAS / f"{name}.schema.json").read_text(encoding="utf-8"))
    rows = [
        {"key": f"`{key}`", "type": _type(each, schema), "meaning": each.get("description", "")}
        for key, each in keys_of(schema, schema)
    ]
    form = "an array" if schema["type"] == "array" else "one object"
    return f"`{schema['title']}` gives {form}. {schema['description']} [Schema](schemas/{name}.schema.json)\n\n{_table(rows)}"


def keys_of(part: dict[str, Any], schema: dict[str, Any], above: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield each key that a part of a schema allows, as a path with dots and brackets, with its description."""
    part = _resolved(part, schema)
    inner = part.get("items")
    if isinstance(inner, dict) and part.get("type") == "array":
        yield from keys_of(inner, schema, f"{above}[]" if above else "")
    seen = set()
    for choice in part.get("oneOf", ()):
        for key, each in keys_of(choice, schema, above):
            if key not in seen:
                seen.add(key)
                yield key, each
    for key, each in _properties(part, schema):
        path = f"{above}.{key}" if above else key
        yield path, each
        yield from keys_of(each, schema, path)


def _properties(part: dict[str, Any], schema: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for key, each in part.get("properties", {}).items():
        yield key, _resolved(each, schema)
    others = part.get("additionalProperties")
    if isinstance(others, dict):
        named = part.get("propertyNames", {}).get("$ref", "column").rpartition("/")[2]
        yield f"<{named}>", _resolved(others, schema)


def _resolved(part: dict[str, Any], schema: dict[str, Any]) -> dict[str, Any]:
    if "$ref" not in part:
        return part
    return {**schema["$defs"][part["$ref"].rpartition("/")[2]], **{key: part[key] for key in part if key != "$ref"}}


def _type(part: dict[str, Any], schema: dict[str, Any]) -> str:
    if "enum" in part:
        return " ".join("null" if each is None else f"`{each}`" for each in part["enum"])
    if "const" in part:
        return f"`{part['const']}`"
    if "oneOf" in part:
        return " or ".join(dict.fromkeys(_type(_resolved(each, schema), schema) for each in part["oneOf"]))
    kinds = part.get("type", "any")
    kinds = [kinds] if isinstance(kinds, str) else kinds
    if kinds == ["array"] and isinstance(part.get("items"), dict):
        return f"array of {_type(_resolved(part['items'], schema), schema)}"
    return " or ".join(kinds)


WRITERS: dict[str, Callable[[str], str]] = {"help": _help, "options": _options, "keys": _keys}


def python_page() -> str:
    """Return the page of the Python interface, from the docstrings of what `mrnet` exports."""
    parts = [f"# Python\n\nWritten by `make docs` from the docstrings.\n\n{_docstring(mrnet)}\n"]
    exported = [getattr(mrnet, name) for name in mrnet.__all__]
    classes = dict.fromkeys([*(each for each in exported if inspect.isclass(each)), Case, Series])
    parts += [_class_section(each) for each in classes if not issubclass(each, mrnet.MRNetError)]
    raised = [each for each in vars(errors).values() if inspect.isclass(each) and issubclass(each, mrnet.MRNetError)]
    rows = [
        {"error": f"`{each.__name__}`", "is also": _also(each), "raised where": _docstring(each).partition("\n")[0]}
        for each in raised
    ]
    parts.append(f"## Errors\n\nAll of them are in `mrnet.errors`.\n\n{_table(rows)}")
    return "\n".join(parts)


def _also(error: type) -> str:
    kinds = [
        each
        for each in error.__mro__[1:]
        if each.__module__ == "builtins" and each not in {Exception, BaseException, object}
    ]
    return f"`{kinds[0].__name__}`" if kinds else ""


def _class_section(each: type) -> str:
    lines = [f"## {each.__name__}\n", f"{_docstring(each)}\n"]
    notes = _attribute_notes(each)
    for name in dict.fromkeys([*notes, *vars(each)]):
        member = inspect.getattr_static(each, name, None)
        if name.startswith("_") or notes.get(name) == "":
            continue
        if name in notes:
            lines.append(f"**`{name}`** {notes[name]}\n")
        elif doc := _docstring(member):
            lines.append(f"**`{name}{_signature(member)}`** {doc}\n")
    return "\n".join(lines)


def _attribute_notes(each: type) -> dict[str, str]:
    """Return the docstrings of a class's fields: the string below each, or nothing for a field that users do not need."""
    (body,) = ast.parse(textwrap.dedent(inspect.getsource(each))).body
    assert isinstance(body, ast.ClassDef)
    notes = {}
    for field, below in zip(body.body, [*body.body[1:], None], strict=True):
        match field, below:
            case ast.AnnAssign(target=ast.Name(id=name)), ast.Expr(value=ast.Constant(value=str(text))):
                notes[name] = _markdown(text)
            case ast.AnnAssign(target=ast.Name(id=name)), _:
                notes[name] = ""
            case _:
                pass
    return notes


def _signature(member: object) -> str:
    function = getattr(member, "__func__", member)
    if not inspect.isfunction(function):
        return ""
    signature = inspect.signature(function)
    parameters = [each for each in signature.parameters.values() if each.name not in {"self", "cls"}]
    # Python 3.13 gives the private module of pathlib.
    written = str(signature.replace(parameters=parameters)).replace("pathlib._local", "pathlib")
    written = written.replace("'", "").replace('"', "")
    return re.sub(r"\bmrnet\.[\w.]*\.(\w+)", r"\1", written)


def _docstring(member: object) -> str:
    if isinstance(member, type) or inspect.ismodule(member) or inspect.isroutine(member) or hasattr(member, "fget"):
        return _markdown(inspect.getdoc(member) or "")
    if hasattr(member, "func"):
        return _markdown(inspect.getdoc(member.func) or "")
    return ""


def _markdown(docstring: str) -> str:
    """Return a docstring in Google's form as Markdown."""
    lines: list[str] = []
    for line in inspect.cleandoc(docstring).splitlines():
        if line in {"Args:", "Raises:"}:
            lines += [line, ""]
        elif entry := ENTRY.match(line):
            lines.append(f"- `{entry[1]}`{entry[2]}: {entry[3]}")
        elif line.startswith(" "):
            lines[-1] += f" {line.strip()}"
        else:
            lines.append(line)
    return "\n".join(lines)


def written() -> dict[Path, str]:
    """Return each page of the reference with its generated parts up to date; a new command gets a page."""
    from tests.manpage import man_page

    pages = {COMMANDS / f"{name}.md": new_page(name) for name in command_names()}
    pages |= {page: page.read_text(encoding="utf-8") for page in REFERENCE.rglob("*.md")}
    return {page: fill(page, text) for page, text in pages.items()} | {
        COMMAND_INDEX: command_index(),
        MAN_PAGE: man_page(),
        PYTHON: python_page(),
        RULES: rules_page(all_rules()),
    }
