"""A slice, or a row of slices, in the terminal: with its graphics protocol if it has one, else with half blocks.

The protocol is guessed from the environment, because a query to the terminal can swallow a key that the
user has typed. textual-image, an optional part, draws Kitty's and Sixel's pictures; the others need only Rich.
"""

import base64
import io
import logging
import os
import struct
import sys
from collections.abc import Iterable, Mapping
from enum import StrEnum
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from mrnet.errors import UsageError
from mrnet.vocabulary import MAX_GREY

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from PIL import Image
    from rich.console import Console, ConsoleOptions, RenderableType, RenderResult
    from rich.segment import Segments
    from rich.text import Text

USUAL_CELL_PIXELS = (10, 20)
"""Columns and rows of a character cell, if the terminal does not report them."""
LINES_TO_SPARE = 3
LINES_IN_A_PIPE = 1000
USUAL_LINES = 24
HALF_BLOCK = "▀"
GAP_PIXELS = 4
"""Black columns of pixels between the slices of a row."""


class Protocol(StrEnum):
    """A way to draw a picture in a terminal."""

    KITTY = "kitty"
    ITERM2 = "iterm2"
    SIXEL = "sixel"
    BLOCKS = "blocks"
    SHADES = "shades"
    """Grey as denser and lighter characters: plain text, for pipes and without colour."""


OPTIONAL = (Protocol.KITTY, Protocol.SIXEL)
"""The protocols that need textual-image."""
RAMPS = (" ░▒▓█", " .:-=+*#%@")
"""Shades of grey as characters from dark to light; the second for encodings that lack the first."""


def choose_protocol(
    wanted: Protocol | None, environment: Mapping[str, str], *, is_terminal: bool, encoding: str = "utf-8"
) -> Protocol:
    """Return the protocol to draw with.

    Args:
        wanted: the protocol that the user named; None to guess.
        environment: the environment's variables.
        is_terminal: whether standard output is a terminal.
        encoding: that of standard output.

    Raises:
        UsageError: the user named a terminal's protocol, but standard output is not a terminal.
        MissingExtraError: the protocol needs an optional part that is not installed.
    """
    if wanted is None:
        guessed = guess_protocol(environment) if is_terminal else Protocol.SHADES
        if guessed in OPTIONAL and not _has_optional_part():
            guessed = Protocol.BLOCKS
        return Protocol.SHADES if guessed is Protocol.BLOCKS and not _can_print(HALF_BLOCK, encoding) else guessed
    if not is_terminal and wanted is not Protocol.SHADES:
        raise UsageError(
            f"--protocol {wanted} draws on terminals, and standard output is not one; leave it out, or use shades"
        )
    if wanted in OPTIONAL and not _has_optional_part():
        from mrnet.installation import missing_extra

        raise missing_extra(f"--protocol {wanted}", "terminal")
    return wanted


def _has_optional_part() -> bool:
    # Only look for the package: importing it would query the terminal.
    try:
        return find_spec("textual_image") is not None
    except ValueError:
        return False


def _can_print(text: str, encoding: str) -> bool:
    try:
        text.encode(encoding)
    except UnicodeEncodeError:
        return False
    return True


def guess_protocol(environment: Mapping[str, str]) -> Protocol:
    """Return the most likely protocol of a terminal with this environment."""
    term, program = environment.get("TERM", ""), environment.get("TERM_PROGRAM", "")
    if environment.get("NO_COLOR") or term == "dumb":
        return Protocol.SHADES
    if environment.get("TMUX") or environment.get("STY"):
        return Protocol.BLOCKS  # tmux and screen drop pictures, and hide which terminal is behind them.
    if "kitty" in term or environment.get("KITTY_WINDOW_ID") or program == "ghostty":
        return Protocol.KITTY
    if program in {"iTerm.app", "WezTerm"} or environment.get("LC_TERMINAL") == "iTerm2":
        return Protocol.ITERM2
    if term.startswith(("foot", "mlterm", "contour")) or program == "mintty" or "sixel" in term:
        return Protocol.SIXEL
    return Protocol.BLOCKS


def arrange_row(slices: Iterable["NDArray[np.uint8]"]) -> "NDArray[np.uint8]":
    """Return slices side by side with black between them, as one picture of shape (rows, columns)."""
    import numpy as np

    images = list(slices)
    rows = max(image.shape[0] for image in images)
    padded = [np.pad(image, ((0, rows - image.shape[0]), (0, GAP_PIXELS))) for image in images]
    return np.hstack(padded)[:, :-GAP_PIXELS]


def picture(image: "NDArray[np.uint8]", protocol: Protocol, columns: int) -> "RenderableType":
    """Return a grey picture for Rich to print, as large as the terminal's width and height allow.

    Args:
        image: shape (rows, columns).
        protocol: how it is drawn.
        columns: characters per line.
    """
    from PIL import Image

    drawn = Image.fromarray(image)
    width, height = cell_size()
    lines = lines_of_terminal() if sys.stdout.isatty() else LINES_IN_A_PIPE
    columns, lines = fit(image.shape[1] / image.shape[0] * height / width, columns, lines)
    if protocol is Protocol.ITERM2:
        return InlineFile(drawn, columns, lines)
    if protocol is Protocol.BLOCKS:
        return half_blocks(_resized(drawn, columns, 2 * lines))
    if protocol is Protocol.SHADES:
        ramp = next(ramp for ramp in RAMPS if ramp.isascii() or _can_print(ramp, sys.stdout.encoding or "ascii"))
        return shades(_resized(drawn, columns, lines), ramp)
    renderables = _import_quietly()
    drawer = renderables.TGPImage if protocol is Protocol.KITTY else renderables.SixelImage
    found: RenderableType = drawer(drawn, width=columns, height=lines)
    return found


def lines_of_terminal() -> int:
    """Return the number of lines of the terminal, or a usual number if it is unknown."""
    try:
        return os.get_terminal_size().lines or USUAL_LINES
    except OSError:
        return USUAL_LINES


def _resized(image: "Image.Image", columns: int, rows: int) -> "NDArray[np.uint8]":
    import numpy as np
    from PIL import Image

    return np.asarray(image.resize((columns, rows), Image.Resampling.BOX))


def half_blocks(image: "NDArray[np.uint8]") -> "Segments":
    """Return a picture whose characters show two rows each: the upper in the text colour, the lower in the background.

    Args:
        image: shape (rows, columns), an even number of rows.
    """
    from functools import cache

    from rich.color import Color
    from rich.segment import Segment, Segments
    from rich.style import Style

    @cache
    def block(upper: int, lower: int) -> Segment:
        front, back = (Color.from_rgb(level, level, level) for level in (upper, lower))
        return Segment(HALF_BLOCK, Style(color=front, bgcolor=back))

    lines = zip(image[::2].tolist(), image[1::2].tolist(), strict=True)
    end = Segment("\n")
    return Segments([part for pair in lines for part in (*map(block, *pair), end)])


def shades(image: "NDArray[np.uint8]", ramp: str) -> "Text":
    """Return a picture of characters: brighter pixels become denser characters.

    Args:
        image: shape (rows, columns).
        ramp: the characters, from dark to light.
    """
    from rich.text import Text

    levels = (image.astype(int) * len(ramp) // (MAX_GREY + 1)).tolist()
    return Text("\n".join("".join(ramp[level] for level in row) for row in levels), no_wrap=True)


def fit(ratio: float, columns: int, lines: int) -> tuple[int, int]:
    """Return the columns and lines of a picture with this ratio of columns to lines."""
    used = max(1, min(columns, int(ratio * max(1, lines - LINES_TO_SPARE))))
    return used, max(1, round(used / ratio))


class InlineFile:
    """A picture in iTerm2's own protocol, which textual-image lacks."""

    def __init__(self, image: "Image.Image", columns: int, lines: int) -> None:
        self.image, self.columns, self.lines = image, columns, lines

    def __rich_console__(self, console: "Console", options: "ConsoleOptions") -> "RenderResult":
        from rich.control import Control
        from rich.segment import ControlType, Segment

        file = io.BytesIO()
        self.image.save(file, "PNG")
        data = base64.b64encode(file.getvalue()).decode("ascii")
        size = f"size={file.tell()};width={self.columns};height={self.lines};preserveAspectRatio=0"
        # A control without effect stops Rich from counting the escape sequence as text.
        yield Segment(f"\x1b]1337;File=inline=1;{size}:{data}\x07", control=[(ControlType.CURSOR_FORWARD, 0)])
        yield Control()
        yield Segment("\n")


def _import_quietly() -> Any:
    """Import textual-image without its query to the terminal, and give it the size of a cell."""
    stdout = sys.__stdout__
    setattr(sys, "__stdout__", None)  # noqa: B010  # typed as final, and the import looks for a terminal just there
    try:
        from textual_image import _terminal, renderable
    finally:
        setattr(sys, "__stdout__", stdout)  # noqa: B010  # as above
    logging.getLogger("textual_image").setLevel(logging.ERROR)
    # Its own code queries the terminal for the size, and keeps the answer in this variable.
    vars(_terminal.get_cell_size)["_result"] = _terminal.CellSize(*cell_size())
    return renderable


def cell_size() -> tuple[int, int]:
    """Return the pixels of a character cell, if the system knows them without a query to the terminal."""
    try:
        import fcntl
        import termios

        size = fcntl.ioctl(sys.stdout.fileno(), termios.TIOCGWINSZ, bytes(8))
        lines, columns, width, height = struct.unpack("HHHH", size)
        return (width // columns, height // lines) if width and height else USUAL_CELL_PIXELS
    except (ImportError, OSError, ValueError, ZeroDivisionError):
        return USUAL_CELL_PIXELS
