"""An archive with the published figures: true label files, and volumes that take no room on the disk."""

from pathlib import Path

import numpy as np
import pytest

from mrnet.published import mrnet_v1
from mrnet.vocabulary import Finding, Plane


@pytest.fixture(scope="session")
def full_archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("full") / "MRNet-v1.0"
    for split, expected in mrnet_v1().splits.items():
        assert expected.ids is not None
        ids = [f"{number:04d}" for number in range(int(expected.ids[0]), int(expected.ids[1]) + 1)]
        answers = [combination for combination, cases in expected.combinations.items() for _ in range(cases)]
        for plane in Plane:
            low, high = expected.slices[plane]
            folder = root / split / plane
            folder.mkdir(parents=True)
            for place, id in enumerate(ids):
                write_sparse_volume(folder / f"{id}.npy", low + place % (high - low + 1))
        for place, finding in enumerate(Finding):
            rows = (f"{id},{combination[place]}\n" for id, combination in zip(ids, answers, strict=True))
            (root / f"{split}-{finding}.csv").write_text("".join(rows), newline="\n")
    return root


def write_sparse_volume(path: Path, slices: int) -> None:
    header = {"descr": "|u1", "fortran_order": False, "shape": (slices, 256, 256)}
    with open(path, "wb") as handle:
        np.lib.format.write_array_header_1_0(handle, header)
        handle.truncate(handle.tell() + slices * 256 * 256)
