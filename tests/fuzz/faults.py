"""Faults with a random place and a random value: each is planted in a separate case and breaks one rule once."""

import io
import random
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.lib import format as npy

from mrnet.demo.faults import IN_FOLDER, Victim

FINDINGS = ["abnormal", "acl", "meniscus"]
PLANES = ["axial", "coronal", "sagittal"]
CASES = {"train": [f"{number:04}" for number in range(7)], "valid": ["1130", "1131", "1132"]}
LABELS = {
    split: {finding: {case: int(finding == "abnormal" or int(case) % 2) for case in ids} for finding in FINDINGS}
    for split, ids in CASES.items()
}
Plant = Callable[[random.Random, Path, str], object]
"""Breaks a rule in an archive's folder, in one case of train."""


def plant(chance: random.Random, root: Path) -> list[str]:
    """Break up to three rules in an archive of `CASES`, and return them."""
    if chance.random() < 0.3:
        rule = chance.choice(sorted(IN_FOLDER))
        IN_FOLDER[rule](Victim(root, chance.choice(CASES["train"])))
        return [rule]
    rules = chance.sample(sorted(ANYWHERE), chance.randint(1, 3))
    for rule, case in zip(rules, chance.sample(CASES["train"], len(rules)), strict=True):
        ANYWHERE[rule](chance, root, case)
    return rules


def _file(chance: random.Random, root: Path, case: str) -> Path:
    return root / "train" / chance.choice(PLANES) / f"{case}.npy"


def _volume(change: Callable[[random.Random, "np.ndarray"], "np.ndarray"]) -> Plant:
    def change_volume(chance: random.Random, root: Path, case: str) -> None:
        file = _file(chance, root, case)
        np.save(file, change(chance, np.load(file)))

    return change_volume


def _bytes(change: Callable[[random.Random, bytes], bytes]) -> Plant:
    def change_bytes(chance: random.Random, root: Path, case: str) -> None:
        file = _file(chance, root, case)
        file.write_bytes(change(chance, file.read_bytes()))

    return change_bytes


def _rows(findings: list[str], change: Callable[[random.Random, str, str], str]) -> Plant:
    """Return the text that replaces the row of a case; an empty text removes the row."""

    def change_row(chance: random.Random, root: Path, case: str) -> None:
        file = root / f"train-{chance.choice(findings)}.csv"
        rows = file.read_text().splitlines()
        mine = next(row for row in rows if row.startswith(case))
        rows[rows.index(mine)] = change(chance, case, mine[-1])
        file.write_text("".join(f"{row}\n" for row in rows if row), newline="\n")

    return change_row


def _slice(value: Callable[[random.Random, "np.ndarray"], "np.ndarray | int"]) -> Plant:
    def change(chance: random.Random, volume: "np.ndarray") -> "np.ndarray":
        volume[chance.randrange(len(volume))] = value(chance, volume)
        return volume

    return _volume(change)


def _repeated(chance: random.Random, volume: "np.ndarray") -> "np.ndarray":
    index = chance.randrange(1, len(volume))
    volume[index] = volume[index - 1]
    return volume


def _shape(chance: random.Random, volume: "np.ndarray") -> "np.ndarray":
    return chance.choice(
        [volume[0], volume[None], volume[:, 1:], volume[:, :, ::2], volume.transpose(1, 2, 0).copy(), volume[:0]]
    )


def _no_volume(chance: random.Random, content: bytes) -> bytes:
    pickled = io.BytesIO()
    np.save(pickled, np.array([{}], dtype=object))
    structured = io.BytesIO()
    np.save(structured, np.zeros(3, dtype=[("a", "u1"), ("b", "i4")]))
    return chance.choice(
        [
            b"", b"\x00" * 4096, content[1:], content[: chance.randrange(1, 100)], b"<html>Log in</html>",
            content.replace(b"'descr'", b"'decsr'"), content[:6] + b"\x09" + content[7:], content.replace(b"(", b"[", 1),
            pickled.getvalue(), structured.getvalue(), b"version https://git-lfs.github.com/spec/v1\n",
        ]
    )  # fmt: skip


def _copied(splits: list[str]) -> Plant:
    """Return a function that copies a series over that of a case without another fault, in any `.npy` version."""

    def copy(chance: random.Random, root: Path, case: str) -> None:
        split = chance.choice(splits)
        target = root / split / chance.choice(PLANES) / f"{chance.choice(CASES[split])}.npy"
        if split == "train":
            target = root / split / chance.choice(PLANES[1:]) / f"{case}.npy"
        volume = np.load(root / "train" / "axial" / f"{case}.npy")
        with target.open("wb") as handle:
            npy.write_array(handle, volume, version=chance.choice([(1, 0), (2, 0), (3, 0)]))

    return copy


def _misnamed(chance: random.Random, root: Path, case: str) -> None:
    file = _file(chance, root, case)
    file.rename(file.with_name(chance.choice([f"{case}.NPY", f"{int(case)}.npy", f"{case}.Npy"])))


def _unexpected(chance: random.Random, root: Path, case: str) -> None:
    name = chance.choice(
        [f"{case} (1).npy", f"{case}.npy.bak", "Thumbs.db", "notes.txt", f"{case}_seg.npy", "ä 漢.txt"]
    )
    (root / chance.choice(["", "train", "train/axial", "valid/coronal"]) / name).write_bytes(chance.randbytes(9))


def _folder_instead(chance: random.Random, root: Path, case: str) -> None:
    file = _file(chance, root, case)
    file.unlink()
    file.mkdir()
    shutil.copy(root / "train-acl.csv", file / "x.csv")


def _contradiction(_chance: random.Random, root: Path, case: str) -> None:
    for finding, answer in zip(FINDINGS, (0, 1, 0), strict=True):
        _rows([finding], lambda _, each, __, answer=answer: f"{each},{answer}")(_chance, root, case)  # type: ignore[misc]  # mypy cannot infer it with a default


BAD_ROWS = [
    "{},yes",
    "{}",
    "{},",
    "{},2",
    "{},-1",
    "{},1,1",
    "{};1",
    "{} 1",
    "{},1.5",
    "{},nan",
    "{},１",
    "{},O",
    "{},\\x31",
]
ANYWHERE: dict[str, Plant] = {
    "missing-series": lambda chance, root, case: _file(chance, root, case).unlink(),
    "misnamed": _misnamed,
    "unexpected-file": _unexpected,
    "unreadable-file": _folder_instead,
    "not-a-volume": _bytes(_no_volume),
    "truncated-volume": _bytes(lambda chance, content: content[: -chance.choice([1, 100, 65_536, len(content) - 128])]),
    "trailing-bytes": _bytes(lambda chance, content: content + chance.randbytes(chance.choice([1, 64, 65_536]))),
    "wrong-dtype": _volume(
        lambda chance, volume: volume.astype(chance.choice("i1 u2 >u2 i4 f2 f4 f8 ?".split()))  # noqa: SIM905 - shorter than a list
    ),
    "wrong-shape": _volume(_shape),
    "fortran-order": _volume(lambda _, volume: np.asfortranarray(volume)),
    "constant-volume": _volume(lambda chance, volume: np.full_like(volume, chance.randrange(256))),
    "blank-slice": _slice(lambda chance, _: chance.randrange(256)),
    "repeated-slice": _volume(_repeated),
    "duplicate-volume": _copied(["train"]),
    "split-leakage": _copied(["valid"]),
    "malformed-row": _rows(FINDINGS, lambda chance, case, _: chance.choice(BAD_ROWS).format(case)),
    "unpadded-id": _rows(
        FINDINGS, lambda chance, case, answer: f"{chance.choice([case.lstrip('0') or '0', '0' + case])},{answer}"
    ),
    "repeated-label": _rows(
        FINDINGS, lambda chance, case, answer: f"{case},{answer}\n{case},{chance.choice(['0', '1'])}"
    ),
    "missing-label": _rows(FINDINGS, lambda *_: ""),
    "label-without-case": _rows(FINDINGS, lambda chance, case, answer: f"{case},{answer}\n{chance.randint(100, 999):04},1"),
    "label-contradiction": _contradiction,
}  # fmt: skip
