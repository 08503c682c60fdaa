"""Which cases were meant: ids, ranges, files of ids, a random sample."""

import codecs
import re
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

from mrnet.archive.model import Case, unknown_case
from mrnet.errors import UnknownCaseError, UsageError
from mrnet.inputs import remember_file
from mrnet.vocabulary import case_id, padded

RANGE = re.compile(r"([0-9]{1,4})-([0-9]{1,4})")
MAX_ID_FILE_BYTES = 1 << 20
UTF_16_MARKS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


def name_cases(words: Iterable[str], cases: list[Case]) -> list[Case]:
    """Return the cases that these words name, each once, in the order named.

    Args:
        words: ids (`0001` or `1`), ranges (`0010-0019`: the ids that exist), `@FILE` and `-` (standard input).
        cases: those to choose from; where one id stands in both splits, it names both.

    Raises:
        UnknownCaseError, UsageError: a word that names nothing, or a file that cannot be read.
    """
    by_id: dict[str, list[Case]] = {}
    for case in cases:
        by_id.setdefault(case.id, []).append(case)
    named = dict.fromkeys(id for word in _spelled_out(words) for id in _ids(word, by_id))
    return [case for id in named for case in by_id[id]]


def _spelled_out(words: Iterable[str]) -> Iterator[str]:
    for word in words:
        if word == "-":
            yield from _words_in(_decoded(_standard_input(), "standard input"))
        elif word.startswith("@"):
            yield from _words_in(_decoded(_bytes_of(Path(word[1:])), word[1:]))
        else:
            yield word


def _words_in(text: str) -> list[str]:
    return [word for line in text.splitlines() for word in line.partition("#")[0].replace(",", " ").split()]


def _standard_input() -> bytes:
    if sys.stdin is None:
        raise UsageError("standard input is closed, expected case ids on it")
    return sys.stdin.buffer.read(MAX_ID_FILE_BYTES + 1)


def _bytes_of(path: Path) -> bytes:
    remember_file(path)
    try:
        with open(path, "rb") as handle:
            return handle.read(MAX_ID_FILE_BYTES + 1)
    except OSError as error:
        raise UsageError(f"{path}: this file of case ids cannot be read: {error.strerror}") from error


def _decoded(text: bytes, source: str) -> str:
    if len(text) > MAX_ID_FILE_BYTES:
        raise UsageError(f"{source}: too large for a list of case ids, expected one id a line")
    try:
        # Windows' older PowerShell redirects into UTF-16.
        return text.decode("utf-16" if text.startswith(UTF_16_MARKS) else "utf-8-sig")
    except UnicodeDecodeError as error:
        raise UsageError(f"{source}: this is not text, expected one case id a line") from error


def _ids(word: str, known: dict[str, list[Case]]) -> list[str]:
    if limits := RANGE.fullmatch(word):
        first, last = map(int, limits.groups())
        if first > last:
            raise UsageError(f"{word}: this range is the wrong way round, expected {padded(last)}-{padded(first)}")
        return [id for id in sorted(known) if first <= int(id) <= last]
    id = case_id(word)
    if id not in known:
        raise UnknownCaseError(unknown_case(word, set(known)))
    return [id]


def sample_cases(count: int, seed: int, cases: list[Case]) -> list[Case]:
    """Return so many cases chosen at random, in their order; all where there are no more. The seed decides which."""
    import random

    chosen = random.Random(seed).sample(range(len(cases)), min(count, len(cases)))
    return [cases[index] for index in sorted(chosen)]
