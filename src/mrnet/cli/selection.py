"""Selects cases: by ids, ranges, files of ids, or as a random sample."""

import os
import re
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path, PurePosixPath

from mrnet.archive.model import Case, unknown_case
from mrnet.errors import UnknownCaseError, UsageError
from mrnet.text import counted, csv_rows, decode_text, read_bytes, read_rest, shortened
from mrnet.vocabulary import Finding, Plane, Split, case_id, padded

RANGE = re.compile(r"([0-9]{1,4})-([0-9]{1,4})")
MAX_ID_FILE_BYTES = 8 << 20
"""Enough for a table of `mrnet info --intensity` with ten thousand cases."""
Named = tuple[str, str]
"""A word that names cases, and their split; an empty split means either."""


def name_cases(words: Iterable[str], cases: list[Case]) -> list[Case]:
    """Return the cases that these words name, each once, in the order named.

    Args:
        words: ids (`0001` or `1`), names of volumes (`0001.npy`), ranges (`0010-0019`: the ids that exist), several of
            these with commas, `@FILE` and `-` (standard input). A file holds such words, or is a table with a column
            `case`, as `mrnet list -o FILE.csv` writes it.
        cases: the cases to choose from; an id that is in both splits names two.

    Raises:
        UnknownCaseError, UsageError: a word that names nothing, or a file that cannot be read.
    """
    by_id: dict[str, list[Case]] = {}
    for case in cases:
        by_id.setdefault(case.id, []).append(case)
    spelled = dict.fromkeys(_spelled_out(words))
    named = dict.fromkeys((id, split) for word, split in spelled for id in _ids(word, by_id))
    chosen = {(case.id, case.split): case for id, split in named for case in by_id[id] if split in ("", case.split)}
    return list(chosen.values())


def name_case(word: str, cases: list[Case]) -> str:
    """Return the id of the one case that a word names; see `name_cases`, also for errors."""
    ids = {case.id for case in name_cases([word], cases)}
    if len(ids) != 1:
        raise UsageError(f"{shortened(word)} names {counted(len(ids), 'case')}, expected one")
    return ids.pop()


def _spelled_out(words: Iterable[str]) -> Iterator[Named]:
    for word in words:
        if word == "-":
            yield from _names_in(_standard_input(), "standard input")
        elif word.startswith("@"):
            yield from _names_in(read_bytes(Path(os.path.expanduser(word[1:])), MAX_ID_FILE_BYTES), word[1:])
        else:
            yield from ((part.strip(), "") for part in word.strip(", ").split(","))


def _names_in(content: bytes, source: str) -> Iterator[Named]:
    text = decode_text(content, source)
    if "case" in _cells(text.partition("\n")[0]):
        yield from _names_in_table(text, source)
        return
    for line in text.splitlines():
        yield from ((word, "") for word in line.partition("#")[0].replace(",", " ").split())


def _cells(line: str) -> list[str]:
    return [cell.strip(' \r"') for cell in line.split(",")]


def _names_in_table(text: str, source: str) -> Iterator[Named]:
    """Yield the ids of a table with a column `case`, with their split where there is such a column."""
    rows = csv_rows(text, source)
    _, header = next(rows)
    for _, cells in rows:
        row = dict(zip(header, cells, strict=False))
        if row.get("case"):
            yield row["case"], row.get("split", "")


def _standard_input() -> bytes:
    if sys.stdin is None:
        raise UsageError("standard input is closed, expected case ids on it")
    return read_rest(sys.stdin.buffer, "standard input", MAX_ID_FILE_BYTES)


def _ids(word: str, known: dict[str, list[Case]]) -> list[str]:
    if limits := RANGE.fullmatch(word):
        first, last = map(int, limits.groups())
        if first > last:
            raise UsageError(f"{word}: this range is reversed, expected {padded(last)}-{padded(first)}")
        return [id for id in sorted(known) if first <= int(id) <= last]
    name = PurePosixPath(word.replace("\\", "/"))
    id = case_id(name.stem if name.suffix.lower() == ".npy" else word)
    if id not in known:
        raise UnknownCaseError(_hint(word) or unknown_case(word, set(known)))
    return [id]


def _hint(word: str) -> str:
    """Return the message for a word that is not a case but, for example, a path; empty if nothing is known about it."""
    unknown = f"unknown case {shortened(word)!r};"
    split, _, id = word.partition("/")
    if split in set(Split) and id.isdecimal():
        return f"{unknown} the split is named with an option: {shortened(id)} --split {split}"
    for known, option in ((Split, "--split"), (Plane, "--plane"), (Finding, "--where")):
        if word in set(known):
            return f"{unknown} this word goes with an option: {option} {word}"
    path = os.path.expanduser(word)
    if os.path.isfile(path) and not word.lower().endswith(".zip"):
        return f"{unknown} a file of ids is named with @: @{shortened(word)}"
    if os.path.exists(path) or word.startswith(("~", ".", "/")) or word.lower().endswith(".zip"):
        return f"{unknown} an archive is named with --root {shortened(word)}"
    return ""


def sample_cases(count: int, seed: int, cases: list[Case]) -> list[Case]:
    """Return this many cases chosen at random, in their order; all if there are fewer. The seed decides which."""
    import random

    chosen = random.Random(seed).sample(range(len(cases)), min(count, len(cases)))
    return [cases[index] for index in sorted(chosen)]
