"""`--window`: two grey levels, or a plane and two; pages and pictures read it in the same way.

The parser gives each option a fixed number of words, so the two or three words are joined into one before it runs.
"""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import NamedTuple

from mrnet.cli.options.common import PLANE_ALIASES
from mrnet.errors import UsageError
from mrnet.vocabulary import MAX_GREY, Plane, is_window

OPTION = "--window"
METAVAR = "[PLANE] LOW HIGH"
EXPECTED = f"expected LOW HIGH or PLANE LOW HIGH, 0 <= LOW < HIGH <= {MAX_GREY}, such as 20 180 or coronal 20 180"
Levels = tuple[float, float]


class Windows(NamedTuple):
    """The values of `--window`."""

    every: Levels | None = None
    """The grey levels of all planes without their own."""
    planes: Mapping[str, Levels] = MappingProxyType({})

    def of(self, plane: Plane) -> Levels | None:
        """Return the grey levels that become black and white in a plane; None if its voxels are unchanged."""
        return self.planes.get(plane, self.every)


def join_windows(words: Sequence[str]) -> list[str]:
    """Return a command line with the words that belong to each `--window` joined into one."""
    joined: list[str] = []
    rest = list(words)
    while rest:
        word = rest.pop(0)
        joined.append(word)
        if word == "--":
            return joined + rest
        if word == OPTION and rest:
            count = 3 if _is_plane(rest[0]) else 2
            joined.append(" ".join(rest[:count]))
            del rest[:count]
    return joined


def parse_windows(texts: Sequence[str] | None) -> Windows:
    """Return the meaning of the texts of all `--window` options.

    Raises:
        UsageError: one makes no sense, or two are for the same planes.
    """
    every: Levels | None = None
    planes: dict[str, Levels] = {}
    for text in texts or ():
        words = text.split()
        plane = PLANE_ALIASES.get(words[0], words[0]) if words and _is_plane(words[0]) else None
        levels = _levels(text, words[1:] if plane else words)
        if (plane in planes) if plane else (every is not None):
            raise UsageError(f"{OPTION} {text}: given twice for {plane or 'all planes'}; keep one of them")
        if plane:
            planes[plane] = levels
        else:
            every = levels
    return Windows(every, planes)


def _is_plane(word: str) -> bool:
    return word in PLANE_ALIASES or word in set(Plane)


def _levels(text: str, words: Sequence[str]) -> Levels:
    try:
        low, high = (float(word) for word in words)
    except ValueError as error:
        raise UsageError(f"{OPTION} {text}: {EXPECTED}") from error
    if not is_window(low, high):
        raise UsageError(f"{OPTION} {text}: {EXPECTED}")
    return low, high
