"""Sound archives for tests: a small one, one of the published size without voxels, and the parts to make others."""

import zipfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

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
    """How many slices the small archive's series have: 3 to 7, so that planes and cases can be told apart."""
    return 3 + (int(case) + PLANES.index(plane)) % 5


def make_volume(case: str, plane: str, slices: int | None = None) -> np.ndarray:
    """Return noise that is the same at every call, shape (slices, 256, 256)."""
    generator = np.random.default_rng([int(case), PLANES.index(plane)])
    return generator.integers(0, 256, (slices or slices_of(case, plane), 256, 256), dtype=np.uint8)


def write_archive(
    root: Path,
    cases: Mapping[str, Sequence[str]] = CASES,
    labels: Mapping[str, Mapping[str, dict[str, int]]] = LABELS,
    slices: Callable[[str, str], int] = slices_of,
) -> Path:
    """Write a sound archive; unless told otherwise the small one: five cases, fifteen series, six label files."""
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
    """Write a volume of zeros that takes no room on the disk: a header, and a hole."""
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
