"""Archives for measurements: a synthetic one with its zip and manifest, made once; and larger ones of hard links."""

import os
import subprocess
import sys
import zipfile
from dataclasses import dataclass
from pathlib import Path

from mrnet.vocabulary import Finding, Plane, Split

MRNET = [sys.executable, "-m", "mrnet"]
IDS = 10_000
"""Ids of four digits, in each split."""


@dataclass(frozen=True, slots=True)
class Archives:
    """One synthetic archive in every measured form."""

    folder: Path
    zipped: Path
    manifest: Path


def prepare(place: Path, cases: int) -> Archives:
    """Make an archive, its deflated zip and its SHA-256 manifest, if they are missing."""
    folder, zipped, manifest = place / f"demo-{cases}", place / f"demo-{cases}.zip", place / f"demo-{cases}.sha256"
    place.mkdir(parents=True, exist_ok=True)
    if not folder.exists():
        subprocess.run([*MRNET, "demo", str(folder), "--cases", str(cases)], check=True)
    if not zipped.exists():
        part = zipped.with_suffix(".part")
        with zipfile.ZipFile(part, "w", zipfile.ZIP_DEFLATED) as opened:
            for path in sorted(folder.rglob("*")):
                opened.write(path, f"MRNet-v1.0/{path.relative_to(folder)}")
        part.rename(zipped)
    if not manifest.exists():
        subprocess.run([*MRNET, "manifest", "--root", str(folder), "-o", str(manifest)], check=True)
    return Archives(folder, zipped, manifest)


def multiply(base: Path, target: Path, times: int) -> Path:
    """Make an archive with this many hard links to each case of another: it takes no disk space, and is as much to read.

    Four in five cases go to train, the rest to valid. Each split is numbered from 0, because otherwise 12,500 ids of four
    digits do not fit. Ids are then in both splits, and voxels occur many times, which three rules of `validate` report.
    """
    if target.exists():
        return target
    part = target.with_suffix(".part")
    sources = [(split, path.stem) for split in Split for path in sorted((base / split / Plane.AXIAL).iterdir())]
    answers = {
        (split, finding): dict(line.split(",") for line in (base / f"{split}-{finding}.csv").read_text().split())
        for split in Split
        for finding in Finding
    }
    cases = len(sources) * times
    in_train = cases * 4 // 5
    assert in_train <= IDS
    rows: dict[str, list[str]] = {f"{split}-{finding}.csv": [] for split in Split for finding in Finding}
    for split in Split:
        for plane in Plane:
            (part / split / plane).mkdir(parents=True)
    for number in range(cases):
        source_split, source = sources[number % len(sources)]
        split, id = (Split.TRAIN, number) if number < in_train else (Split.VALID, number - in_train)
        for plane in Plane:
            os.link(base / source_split / plane / f"{source}.npy", part / split / plane / f"{id:04d}.npy")
        for finding in Finding:
            rows[f"{split}-{finding}.csv"].append(f"{id:04d},{answers[source_split, finding][source]}\n")
    for name, lines in rows.items():
        (part / name).write_text("".join(lines))
    part.rename(target)
    return target
