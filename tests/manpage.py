"""The man page, from the same description of each command as `--help` and the reference."""

from collections.abc import Iterator

import mrnet
from mrnet.cli.groups import EXAMPLES
from mrnet.cli.manual import Entry, Manual, overview_of
from tests import reference

SEE_ALSO = "The pages of docs/ say more: reference/ has what scripts may rely on, how-to/ has recipes."
STATUSES = (
    Entry("0", "done, and nothing is wrong"),
    Entry("1", "done, and something is wrong with the data: an error, a difference, a picture that failed"),
    Entry("2", "could not run: bad usage, no archive, an unknown case, a file that cannot be read or written"),
    Entry("130", "interrupted"),
)
VARIABLES = (
    Entry("MRNET_ROOT", "the archive, if --root does not name one"),
    Entry("NO_COLOR, FORCE_COLOR", "no colours; colours in a pipe too"),
    Entry("COLUMNS", "the width of tables and help"),
    Entry("CI", "if it is set, MRNet-demo/ is used only if it is named"),
    Entry("MRNET_DEBUG", "if it is set, a bug in mrnet shows its traceback"),
)


def man_page() -> str:
    """Return the page mrnet(1) in roff."""
    overview = overview_of(reference.group(), reference.context(reference.group()), EXAMPLES)
    lines = [
        f'.TH MRNET 1 "" "mrnet {mrnet.__version__}" "User Commands"',
        ".SH NAME",
        "mrnet \\- the command line for MRNet\\-v1.0",
    ]
    lines += [".SH SYNOPSIS", f".B {_escaped(overview.usage)}", ".SH DESCRIPTION", *_paragraphs(overview)]
    lines += [".SH COMMANDS"]
    for name in reference.command_names():
        manual = reference.manual(name)
        lines += [f".SS {_escaped(manual.usage)}", *_paragraphs(manual)]
        for heading, entries in manual.groups.items():
            lines += [".PP", f".B {_escaped(heading)}", *_entries(entries)]
        lines += [".PP", ".B Examples", *_examples(manual)]
    lines += [".SH EXIT STATUS", *_entries(STATUSES), ".SH ENVIRONMENT", *_entries(VARIABLES)]
    lines += [".SH EXAMPLES", *_examples(overview), ".SH SEE ALSO", _escaped(SEE_ALSO)]
    return "\n".join(lines) + "\n"


def _paragraphs(manual: Manual) -> Iterator[str]:
    for paragraph in manual.about:
        yield from (".PP", _escaped(paragraph))


def _entries(entries: list[Entry] | tuple[Entry, ...]) -> Iterator[str]:
    for entry in entries:
        yield from (".TP", f".B {_escaped(entry.names)}", _escaped(entry.sentence))


def _examples(manual: Manual) -> Iterator[str]:
    yield from (".nf", *(f".RS 4\n{_escaped(line)}\n.RE" for line, _ in manual.examples), ".fi")


def _escaped(text: str) -> str:
    """Return text escaped for roff; hyphens stay plain, so that commands can be pasted."""
    text = text.replace("\\", "\\e").replace("-", "\\-").replace('"', "\\(dq")
    text = "".join(letter if letter.isascii() else f"\\[u{ord(letter):04X}]" for letter in text)
    return f"\\&{text}" if text.startswith((".", "'")) else text
