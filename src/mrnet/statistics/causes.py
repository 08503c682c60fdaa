"""The causes of differences from a record, in words: the few changed figures from which all others follow."""

from collections.abc import Iterator, Mapping
from typing import Any

from mrnet.statistics.figures import ALL
from mrnet.text import counted
from mrnet.vocabulary import Finding, Plane

Tree = Mapping[str, Any]
SLICE_MEASURES = ("min", "p25", "median", "p75", "max", "mean", "std")


def causes(expected: Tree, found: Tree) -> list[str]:
    """Return a sentence for each change that explains differences between two trees of figures.

    Args:
        expected: the figures of a record, with keys in place of list positions (see `keys.keyed`).
        found: the figures of an archive, in the same form.
    """
    before, after = expected.get("splits", {}), found.get("splits", {})
    names = [name for name in dict.fromkeys([*before, *after]) if name != ALL] or [ALL]
    return [line for name in names for line in _split_changes(name, before.get(name), after.get(name))]


def _split_changes(name: str, expected: Tree | None, found: Tree | None) -> Iterator[str]:
    if expected is None or found is None:
        has, lacks = (f"{counted(each['cases'], 'case')}" if each else "no cases" for each in (found, expected))
        yield f"{name}: {has}, expected {lacks}"
        return
    cases = _change(expected, found, "cases")
    if cases:
        yield f"{name}: {_counts(expected, found, 'cases', 'case')}"
    labels = list(_label_changes(name, expected, found, cases))
    yield from labels
    if not labels and not cases:
        yield from _exchanges(name, expected, found)
    yield from _slice_changes(name, expected, found, cases)


def _label_changes(split: str, expected: Tree, found: Tree, cases: int) -> Iterator[str]:
    for finding in Finding:
        before, after = (tree.get("labels", {}).get(finding, {}) for tree in (expected, found))
        missing, positive = _change(before, after, "missing"), _change(before, after, "positive")
        if missing:
            yield f"{split} {finding}: {_counts(before, after, 'missing', 'missing label')}"
        # Added or removed cases, and missing labels, change the number of positive labels too.
        if positive and not (_follows(positive, cases) or _follows(positive, -missing)):
            yield f"{split} {finding}: {_counts(before, after, 'positive', 'positive', 'positive')}"


def _exchanges(split: str, expected: Tree, found: Tree) -> Iterator[str]:
    """Yield the possible changes if each finding is as frequent as before."""
    before, after = expected.get("combinations", {}), found.get("combinations", {})
    changed = [name for name in before if name in after and _change(before[name], after[name], "cases")]
    if changed:
        shown = "; ".join(f"{name} in {_counts(before[name], after[name], 'cases', 'case')}" for name in changed)
        yield f"{split}: each finding is as frequent as expected, but labels were exchanged between cases: {shown}"
    elif "labels_sha256" in expected and expected["labels_sha256"] != found.get("labels_sha256"):
        yield (
            f"{split}: no count differs, but labels_sha256 does: labels were exchanged between cases that differ in "
            "nothing else, or an id was changed"
        )


def _slice_changes(split: str, expected: Tree, found: Tree, cases: int) -> Iterator[str]:
    for plane in Plane:
        before, after = (tree.get("slices", {}).get(plane, {}) for tree in (expected, found))
        series = _change(before, after, "series")
        if series and series != cases:
            yield f"{split} {plane}: {_counts(before, after, 'series', 'series', 'series')}"
        changed = [key for key in SLICE_MEASURES if key in before and _is_other(before[key], after.get(key))]
        if changed and not series:
            shown = "; ".join(f"{key} {short(after.get(key))}, expected {short(before[key])}" for key in changed[:3])
            yield f"{split} {plane}: other numbers of slices: {shown}"


def _change(before: Tree, after: Tree, key: str) -> int:
    """Return by how much a count has changed; 0 where one side has none."""
    first, second = before.get(key), after.get(key)
    return second - first if isinstance(first, int) and isinstance(second, int) else 0


def _follows(change: int, cause: int) -> bool:
    return change * cause > 0 and abs(change) <= abs(cause)


def _counts(before: Tree, after: Tree, key: str, thing: str, things: str | None = None) -> str:
    change = f"{_change(before, after, key):+,}".replace("-", "−")
    return f"{counted(after[key], thing, things)}, expected {before[key]:,} ({change})"


def _is_other(before: Any, after: Any) -> bool:
    if isinstance(before, float) and isinstance(after, float | int):
        return abs(before - after) > 1e-9 * max(abs(before), abs(after))
    return bool(before != after)


def short(value: Any) -> str:
    """Return a figure with the digits that matter."""
    if isinstance(value, float):
        return f"{value:.6g}"
    if isinstance(value, int) and not isinstance(value, bool):
        return f"{value:,}"
    return "nothing" if value is None else str(value)
