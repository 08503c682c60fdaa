"""Builds a zip in the form of the published one: as the macOS Finder writes it, without ZIP64 records, at any size.

python -m tests.bench.published_zip /tmp/MRNet-v1.0.zip               (3,784 members, some 6.2 GB; about a minute)
python -m tests.bench.published_zip /tmp/small.zip --cases 12

Every file is deflated, with Finder's extra field before it and a data descriptor after it. Offsets are stored modulo
4 GiB. Files of macOS are in between. Labels and slice counts are the published ones; the noise compresses like knee MRI.
"""

import argparse
import io
import struct
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

import numpy as np
from isal import isal_zlib

from mrnet.demo.phantom import plan_cohort
from mrnet.demo.phantom.cohort import PlannedCase
from mrnet.vocabulary import Finding, Plane, Split

FOUR_GIB = 1 << 32
LEVELS = 80
"""Noise with this number of grey levels compresses to 0.8 of its length, like the published volumes."""
POOL_BYTES = 96 << 20
FINDER_LOCAL = struct.pack("<2sHLLHH", b"UX", 12, 0x5C000000, 0x5C000000, 501, 20)
"""Finder's extra field: times of access and change, user and group; in the directory without the last two."""
FINDER_ENTRY = struct.pack("<2sHLL", b"UX", 8, 0x5C000000, 0x5C000000)
TOP = "MRNet-v1.0"
DATE = (6 << 5 | 14) | (2018 - 1980) << 9


class FinderZip:
    """Writes members as Finder does."""

    def __init__(self, handle: BinaryIO) -> None:
        self.handle = handle
        self.offset = 0
        self.entries: list[bytes] = []

    def add(self, name: str, data: bytes) -> None:
        """Write a file, or a folder if the name ends in `/`."""
        folder = name.endswith("/")
        packed = b"" if folder else isal_zlib.compress(data, wbits=-15)
        crc, sizes = zlib.crc32(data), (len(packed), len(data))
        flags, method = (0, 0) if folder else (8, 8)
        common = (flags, method, 0, DATE)
        written = name.encode()
        stated = (0, 0, 0)
        local = struct.pack("<4s5H3L2H", b"PK\3\4", 20, *common, *stated, len(written), len(FINDER_LOCAL))
        mode = (0o40755 if folder else 0o100644) << 16
        entry = struct.pack(
            "<4s6H3L5H2L", b"PK\1\2", 0x315, 20, *common, crc, *sizes, len(written), len(FINDER_ENTRY), 0, 0, 0, mode,
            self.offset % FOUR_GIB,
        )  # fmt: skip
        self.entries.append(entry + written + FINDER_ENTRY)
        descriptor = b"" if folder else struct.pack("<4s3L", b"PK\7\x08", crc, *sizes)
        self._write(local + written + FINDER_LOCAL + packed + descriptor)

    def close(self) -> None:
        """Write the directory and its end; the offset in the end is cut to 32 bits too."""
        directory = b"".join(self.entries)
        begin, count = self.offset % FOUR_GIB, len(self.entries)
        self._write(directory + struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, count, count, len(directory), begin, 0))

    def _write(self, data: bytes) -> None:
        self.handle.write(data)
        self.offset += len(data)


def members(cases: int, seed: int = 0) -> Iterator[tuple[str, bytes]]:
    """Yield the name and the bytes of each member, in the order of a folder's listing."""
    plan = plan_cohort(cases, seed)
    pool = np.random.default_rng(seed).integers(0, LEVELS, POOL_BYTES, dtype=np.uint8)
    yield f"{TOP}/", b""
    yield f"{TOP}/.DS_Store", bytes(6148)
    yield "__MACOSX/", b""
    yield f"__MACOSX/{TOP}/", b""
    yield f"__MACOSX/{TOP}/._.DS_Store", bytes(120)
    for split in Split:
        of_split = [case for case in plan if case.split is split]
        yield from _with_shadow(split)
        for plane in Plane:
            yield from _with_shadow(f"{split}/{plane}") if split is Split.TRAIN else [(f"{TOP}/{split}/{plane}/", b"")]
            for case in of_split:
                yield f"{TOP}/{split}/{plane}/{case.id}.npy", _volume(pool, case, plane)
        for finding in Finding:
            yield (
                f"{TOP}/{split}-{finding}.csv",
                "".join(f"{each.id},{each.labels[finding]}\n" for each in of_split).encode(),
            )


def _with_shadow(folder: str) -> Iterator[tuple[str, bytes]]:
    yield f"{TOP}/{folder}/", b""
    yield f"{TOP}/{folder}/.DS_Store", bytes(6148)
    yield f"__MACOSX/{TOP}/{folder}/", b""
    yield f"__MACOSX/{TOP}/{folder}/._.DS_Store", bytes(120)


def _volume(pool: "np.ndarray", case: PlannedCase, plane: Plane) -> bytes:
    slices = case.slices[plane]
    voxels = slices * 256 * 256
    # Each series begins elsewhere in the noise, so that all series differ.
    begin = (int(case.id) * len(Plane) + list(Plane).index(plane)) * 20_011 % (POOL_BYTES - voxels)
    file = io.BytesIO()
    np.save(file, pool[begin : begin + voxels].reshape(slices, 256, 256), allow_pickle=False)
    return file.getvalue()


def write_published_zip(target: Path, cases: int = 1250) -> Path:
    """Write a zip of the published form with this many cases; with all cases it has 3,784 members and over 4 GiB."""
    with open(target, "wb") as handle:
        zipped = FinderZip(handle)
        for name, data in members(cases):
            zipped.add(name, data)
        zipped.close()
    return target


def main() -> None:
    """Write one."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("target", type=Path)
    parser.add_argument("--cases", type=int, default=1250)
    chosen = parser.parse_args()
    write_published_zip(chosen.target, chosen.cases)
    print(f"{chosen.target}: {chosen.target.stat().st_size:,} bytes")


if __name__ == "__main__":
    main()
