"""Sound archives for tests: a small one, one of the published size without voxels, and the parts to make others."""

import shutil
import zipfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from mrnet.demo.phantom import plan_cohort
from mrnet.storage.layout import SYNTHETIC_MARK
from mrnet.vocabulary import Finding, Plane, Split

CASES = {"train": ["0000", "0001", "0002"], "valid": ["1130", "1131"]}
PLANES = ["axial", "coronal", "sagittal"]
LABELS = {
    "train": {"abnormal": {"0000": 1, "0001": 1, "0002": 0}, "acl": {"0000": 0, "0001": 1, "0002": 0},
              "meniscus": {"0000": 1, "0001": 0, "0002": 0}},
    "valid": {"abnormal": {"1130": 1, "1131": 0}, "acl": {"1130": 1, "1131": 0}, "meniscus": {"1130": 1, "1131": 0}},
}  # fmt: skip


def slices_of(case: str, plane: str) -> int:
    """Slice counts of the small archive: 3 to 7, so that planes and cases differ."""
    return 3 + (int(case) + PLANES.index(plane)) % 5


def make_volume(case: str, plane: str, slices: int | None = None) -> np.ndarray:
    """Return noise of shape (slices, 256, 256), the same at every call."""
    generator = np.random.default_rng([int(case), PLANES.index(plane)])
    return generator.integers(0, 256, (slices or slices_of(case, plane), 256, 256), dtype=np.uint8)


def write_archive(
    root: Path,
    cases: Mapping[str, Sequence[str]] = CASES,
    labels: Mapping[str, Mapping[str, dict[str, int]]] = LABELS,
    slices: Callable[[str, str], int] = slices_of,
) -> Path:
    """Write a sound archive; by default the small one: five cases, fifteen series, six label files."""
    for split, ids in cases.items():
        for plane in PLANES:
            folder = root / split / plane
            folder.mkdir(parents=True)
            for case in ids:
                np.save(folder / f"{case}.npy", make_volume(case, plane, slices(case, plane)))
        for finding, answers in labels[split].items():
            write_labels(root, split, finding, answers)
    return root


def write_labels(root: Path, split: str, finding: str, answers: dict[str, int]) -> None:
    """Write one label file as the dataset does."""
    text = "".join(f"{case},{answer}\n" for case, answer in answers.items())
    (root / f"{split}-{finding}.csv").write_text(text, newline="\n")


def zip_archive(root: Path, target: Path, *, top: str = "MRNet-v1.0/", method: int = zipfile.ZIP_DEFLATED) -> Path:
    """Zip a folder, its files below a top folder of the given name."""
    with zipfile.ZipFile(target, "w", method, compresslevel=1) as opened:
        for path in sorted(root.rglob("*")):
            opened.write(path, f"{top}{path.relative_to(root).as_posix()}")
    return target


def write_sparse_volume(path: Path, slices: int) -> None:
    """Write a volume of zeros as a sparse file: a header, and a hole that takes no disk space."""
    header = {"descr": "|u1", "fortran_order": False, "shape": (slices, 256, 256)}
    with open(path, "wb") as handle:
        np.lib.format.write_array_header_1_0(handle, header)
        handle.truncate(handle.tell() + slices * 256 * 256)


def write_full_archive(root: Path) -> Path:
    """Write what `mrnet demo --cases 1250` plans, its labels and slice counts; its volumes are holes."""
    plan = plan_cohort(1250, seed=0)
    root.mkdir()
    (root / SYNTHETIC_MARK).write_text("made up")
    for split in Split:
        for plane in Plane:
            (root / split / plane).mkdir(parents=True)
        for finding in Finding:
            write_labels(root, split, finding, {case.id: case.labels[finding] for case in plan if case.split is split})
    for case in plan:
        for plane, slices in case.slices.items():
            write_sparse_volume(root / case.split / plane / f"{case.id}.npy", slices)
    return root


FORMS: dict[str, dict[str, Any]] = {
    "val": {"splits": ("train", "val"), "label": "{split}-{finding}.csv"},
    "underscores": {"label": "{split}_{finding}.csv"},
    "mirror": {"label": "{split}-{finding}.csv", "promoted": True, "index": ""},
    "redivis a": {"volumes": "MRNet_ Knee MRI's_files/", "splits": None, "labels": "labels/", "promoted": True},
    "redivis b": {"volumes": "Files/", "labels": "Tables/", "promoted": True, "index": "Tables/"},
    "redivis c": {"volumes": "Files/", "splits": None, "promoted": True, "index": ""},
    "planes at the top": {"splits": None, "label": "{split}_{finding}.csv"},
    "labels inside": {"labels": "labels/", "label": "{split}_{finding}.csv"},
    "far apart": {"volumes": "a/Files/", "labels": "b/Tables/", "splits": ("train", "val")},
}
"""Other arrangements of the small archive; see `write_form`."""


def write_form(archive: Path, target: Path, form: str) -> Path:
    """Write a classic archive in one of the other forms, byte for byte except for promoted first rows."""
    kind: dict[str, Any] = {
        "volumes": "", "splits": ("train", "valid"), "labels": "", "label": "{split}_{finding}.csv", "promoted": False,
        "index": None,
    } | FORMS[form]  # fmt: skip
    for number, split in enumerate(CASES):
        for plane in PLANES:
            above = f"{kind['splits'][number]}/" if kind["splits"] else ""
            shutil.copytree(archive / split / plane, target / f"{kind['volumes']}{above}{plane}", dirs_exist_ok=True)
        for finding in LABELS[split]:
            name = kind["label"].format(split=kind["splits"][number] if form == "val" else split, finding=finding)
            text = (archive / f"{split}-{finding}.csv").read_text()
            (target / kind["labels"]).mkdir(parents=True, exist_ok=True)
            (target / f"{kind['labels']}{name}").write_text(promote(text) if kind["promoted"] else text, newline="")
        if kind["index"] is not None:
            (target / f"{kind['index']}{split}.csv").write_text("file_name,md5_hash\naxial/0000.npy,AAAA\n")
    return target


def promote(text: str) -> str:
    """Return label rows as Redivis exports them: the first row becomes column names."""
    case, _, rest = text.partition(",")
    return f"_{case},_{rest}"
