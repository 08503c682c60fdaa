"""`mrnet recipe`: the command line that made a picture."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from mrnet.cli.groups import PICTURE

GROUP = PICTURE


def run(
    picture: Annotated[
        Path, typer.Argument(metavar="PICTURE", help="A GIF, PNG or TIFF that mrnet made.", show_default=False)
    ],
) -> int:
    """Print the command line that made a picture: it is stored in the picture.

    Example: [bold]mrnet recipe gifs/0001-sagittal.gif[/].
    """
    from mrnet.cli.console import Result, publish
    from mrnet.errors import UsageError
    from mrnet.pictures.notes import is_tiff_without_end, read_note
    from mrnet.text import safe

    if picture.exists() and not picture.is_file():
        raise UsageError(f"{picture}: this is not a plain file, expected a GIF, PNG or TIFF that mrnet made")
    try:
        note = read_note(picture)
        cut_off = note is None and is_tiff_without_end(picture)
    except OSError as error:
        raise UsageError(f"{picture}: cannot be read: {error.strerror}") from error
    if cut_off:
        raise UsageError(f"{picture}: this TIFF is cut off, and the part that held the command line is missing")
    if note is None:
        raise UsageError(f"{picture}: mrnet did not make this, or another program has since saved it without its note")
    # A terminal would obey control characters in a stranger's picture; a script gets the unchanged text.
    command = safe(note.command) if sys.stdout.isatty() else note.command
    # No table, because it would break a long line.
    publish(Result(data=command, draw=list, forms={"text": lambda: f"{command}\n"}), "text")
    return 0
