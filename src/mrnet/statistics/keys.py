"""A dotted key for every single figure, such as `splits.train.labels.acl.positive`: in csv and in comparisons."""

from collections.abc import Iterator, Mapping
from typing import Any

from mrnet.vocabulary import Finding

ENDS = ("low", "high")
"""The names of the two numbers of an interval."""
Tree = dict[str, Any]


def keyed(value: Any, name: str = "") -> Any:
    """Return figures, or JSON that was read as figures, with keys in place of list positions.

    An interval's numbers are `low` and `high`, a combination is called by its labels (`110`) and a pair by its
    findings (`acl-meniscus`): these values become the entry's key and are removed from the entry.
    """
    if isinstance(value, Mapping):
        return {str(key): keyed(each, str(key)) for key, each in value.items()}
    if not isinstance(value, list):
        return value
    if name == "ci95" and len(value) == len(ENDS):
        return dict(zip(ENDS, value, strict=True))
    named = [_named(number, each) for number, each in enumerate(value)]
    if len({key for key, _ in named}) < len(named):
        named = [(str(number), each) for number, each in enumerate(value)]
    return {key: keyed(each, key) for key, each in named}


def _named(number: int, value: Any) -> tuple[str, Any]:
    for names, between in ((list(Finding), ""), (["a", "b"], "-")):
        if isinstance(value, Mapping) and set(names) <= set(value):
            rest = {key: each for key, each in value.items() if key not in names}
            return between.join(str(value[name]) for name in names), rest
    return str(number), value


def leaves(tree: Mapping[str, Any], above: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Yield every single figure with its keys, from the top down."""
    for key, value in tree.items():
        if isinstance(value, Mapping):
            yield from leaves(value, (*above, key))
        else:
            yield (*above, key), value


def tidy_rows(figures: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return a row for each figure: its key and value, and the parts of its key to filter and pivot by."""
    selection = {**(figures.get("selection") or {"cases": None})}
    selection["cases"] = selection["cases"] and " ".join(selection["cases"])
    return [_tidy_row(keys, value) for keys, value in leaves(keyed({**figures, "selection": selection}))]


def _tidy_row(keys: tuple[str, ...], value: Any) -> dict[str, Any]:
    split, rest = (keys[1], keys[2:]) if keys[0] == "splits" else (None, keys)
    subject = rest[1] if len(rest) > 1 else None
    return {
        "key": ".".join(keys),
        "value": value,
        "split": split,
        "figure": rest[0],
        "of": subject,
        "measure": ".".join(rest[2:]) or None,
    }
