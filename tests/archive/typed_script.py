"""What a user with types may write: `make lint` runs mypy --strict over it, a test pyright and the script itself."""

import sys
from typing import TYPE_CHECKING, assert_type

from mrnet import Archive, Case, Edition, Finding, Labels, MRNetError, Plane, Series, Split

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


def positives(root: str) -> dict[str, int]:
    archive = Archive.open(root)
    assert_type(archive.edition, Edition)
    assert_type(len(archive), int)
    found: dict[str, int] = {}
    for case in archive:
        assert_type(case, Case)
        assert_type(case.split, Split)
        assert_type(case.labels, Labels)
        assert_type(case.labels["acl"], int | None)
        assert_type(case.labels[Finding.ACL], int | None)
        assert_type(case.labels.get("acl"), int | None)
        assert_type(case.labels.get("acl", 0), int | None)
        for finding, answer in case.labels.items():
            found[finding.value] = found.get(finding.value, 0) + (answer or 0)
    return found


def volume(root: str, id: str) -> "NDArray[np.uint8]":
    archive = Archive.open(root)
    if id not in archive:
        raise MRNetError(id)
    series: Series = archive.case(id, Split.TRAIN).series(Plane.AXIAL)
    assert_type(series, Series)
    return series.load(copy=True)


if __name__ == "__main__":
    print(sorted(positives(sys.argv[1]).items()), volume(sys.argv[1], "0001").flags.writeable)
