"""Where figures and tables come from: the version of mrnet, and how the cases were chosen."""

from typing import TypedDict

from mrnet import __version__
from mrnet.text import counted

MAX_CASES_NAMED = 6
"""If more cases were named, only their number is given."""


class Tool(TypedDict):
    """What made the figures."""

    name: str
    version: str


TOOL: Tool = {"name": "mrnet", "version": __version__}


class Chosen(TypedDict):
    """How cases were chosen; None for each option that was not used."""

    cases: list[str] | None
    """The ids that were named, sorted."""
    split: str | None
    where: str | None
    sample: int | None
    seed: int | None


def selection_words(chosen: Chosen | None) -> str:
    """Return how the cases were chosen: `all cases`, or for example `split valid, where acl`."""
    if chosen is None:
        return "all cases"
    words = {
        _named_cases(chosen["cases"] or []): chosen["cases"] is not None,
        f"split {chosen['split']}": chosen["split"],
        f"where {chosen['where']}": chosen["where"],
        f"{chosen['sample']} at random with seed {chosen['seed']}": chosen["sample"],
    }
    return ", ".join(text for text, used in words.items() if used)


def _named_cases(ids: list[str]) -> str:
    if len(ids) > MAX_CASES_NAMED:
        return f"{counted(len(ids), 'case')} named"
    return f"{'case' if len(ids) == 1 else 'cases'} {', '.join(ids)}"


def tool_words(chosen: Chosen | None) -> str:
    """Return the version of mrnet and how the cases were chosen, for example `mrnet 1.2.3, split valid`."""
    return f"{TOOL['name']} {TOOL['version']}, {selection_words(chosen)}"
