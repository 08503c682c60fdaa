"""Faults to plant in a synthetic archive: for each rule, the change that breaks it and no other."""

import shutil
import struct
import zipfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from mrnet.archive.model import Archive
from mrnet.archive.volume import load_volume
from mrnet.errors import UsageError
from mrnet.storage.folder import FolderStorage
from mrnet.storage.layout import label_file
from mrnet.validation.checksums import Checksums, sum_up
from mrnet.validation.manifest import manifest_line
from mrnet.validation.severities import find_rule
from mrnet.vocabulary import Finding, Plane, Split

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Change = Callable[[NDArray[np.uint8]], NDArray[np.generic]]

ABSENT_ID = "9999"
"""No demo has a case of this id."""
NOTE = "README.txt"
LONG_HEADER_BYTES = 12_022
"""With the ten bytes before it, this is a multiple of 64, because numpy pads headers to one."""


@dataclass(frozen=True, slots=True)
class Victim:
    """The train case that a fault is planted in; each fault has its own case, so that none hides another."""

    root: Path
    case: str

    def file(self, plane: Plane = Plane.AXIAL) -> Path:
        """Return the file of one of its series."""
        return self.root / Split.TRAIN / plane / f"{self.case}.npy"

    def change_volume(self, change: "Change") -> None:
        """Change its axial series."""
        import numpy as np

        path = f"{Split.TRAIN}/{Plane.AXIAL}/{self.case}.npy"
        np.save(self.file(), change(load_volume(FolderStorage(self.root), path).copy()), allow_pickle=False)

    def change_row(self, finding: Finding, row: str) -> None:
        """Replace its row in a label file; `{}` is replaced by its answer, and an empty text removes the row."""
        file = self.root / label_file(Split.TRAIN, finding)
        rows = file.read_text().splitlines()
        mine = f"{self.case},"
        rows = [row.format(each.removeprefix(mine)) if each.startswith(mine) else each for each in rows]
        _write_rows(file, [each for each in rows if each])


def plant(rules: Sequence[str], root: Path) -> None:
    """Break rules in a sound archive's folder, each in its own case, except the rules on zips and comparisons."""
    cases = sorted(file.stem for file in (root / Split.TRAIN / Plane.AXIAL).glob("*.npy"))
    for rule, case in zip((rule for rule in dict.fromkeys(rules) if rule in IN_FOLDER), cases, strict=False):
        IN_FOLDER[rule](Victim(root, case))


def check_plan(rules: Sequence[str], cases: int, *, zipped: bool) -> None:
    """Raise a UsageError if these rules cannot be broken together in a demo with this number of cases."""
    known = [*IN_FOLDER, *IN_ZIP, *IN_MANIFEST, *IN_EXPECTATIONS]
    for rule in rules:
        find_rule(rule, known, "--plant")
        if rule in IN_ZIP and not zipped:
            raise UsageError(f"--plant {rule}: only a zip can break it; give the demo a name that ends in .zip")
    for rule, others in HIDES.items():
        if rule in rules and (
            hidden := [other for other in rules if other != rule and (not others or other in others)]
        ):
            raise UsageError(f"--plant: {rule} would hide {', '.join(hidden)}; plant it in another demo")
    # At most one case in ten is in valid, and faults are planted only in train.
    if rules and (needed := len(set(rules)) * 10 // 9 + 2) > cases:
        raise UsageError(f"--plant {','.join(rules)}: needs at least {needed} cases, not {cases}: --cases {needed}")


def plant_in_zip(rules: Sequence[str], file: Path) -> None:
    """Break the rules on zips in a sound one."""
    for rule in rules:
        if rule in IN_ZIP:
            IN_ZIP[rule](file)


def manifest_with_faults(rules: Sequence[str], root: Path) -> str:
    """Return a manifest of a folder that breaks rules on manifests."""
    storage = FolderStorage(root)
    paths = [entry.path for entry in storage.files() if not entry.fault]
    sums = {path: sum_up(storage, path) for path in paths}
    last = max(path for path in paths if path.startswith(Split.TRAIN + "/"))
    if "checksum-mismatch" in rules:
        sums[last] = Checksums(sha256="0" * 64)
    if "missing-file" in rules:
        sums[NOTE] = Checksums(sha256="0" * 64)
    if "unlisted-file" in rules:
        del sums[min(path for path in paths if path.startswith(Split.TRAIN + "/"))]
    return "".join(manifest_line(each.sha256 or "", path) for path, each in sorted(sums.items()))


def expectations_with_faults(rules: Sequence[str], root: Path) -> str:
    """Return expectations (TOML) of a folder that break rules on expectations."""
    archive = Archive.open(root)
    ids = sorted(case.id for case in archive.cases if case.split is Split.TRAIN)
    lines = [f"[{Split.TRAIN}]", f"cases = {len(ids) + ('unexpected-count' in rules)}"]
    lines.append(f'ids = ["{ids["unexpected-id" in rules]}", "{ids[-1]}"]')
    if "unexpected-slices" in rules:
        most = max(case.series(Plane.AXIAL).header().slices for case in archive.cases if case.split is Split.TRAIN)
        lines.append(f"slices = {{ {Plane.AXIAL} = [1, {most - 1}] }}")
    return "\n".join(lines) + "\n"


def beside(path: Path, rules: Sequence[str]) -> dict[Path, Callable[[Sequence[str], Path], str]]:
    """Return the files for `--against` beside an archive at this path, with the function that writes each."""
    kinds = (("sha256", IN_MANIFEST, manifest_with_faults), ("toml", IN_EXPECTATIONS, expectations_with_faults))
    return {path.with_name(f"{path.name}.{suffix}"): write for suffix, of, write in kinds if set(of) & set(rules)}


def _first_valid(root: Path) -> Path:
    return min((root / Split.VALID / Plane.AXIAL).glob("*.npy"))


def _missing_split(victim: Victim) -> None:
    shutil.rmtree(victim.root / Split.VALID)
    for finding in Finding:
        (victim.root / label_file(Split.VALID, finding)).unlink()


def _case_in_two_splits(victim: Victim) -> None:
    import numpy as np

    storage = FolderStorage(victim.root)
    for plane in Plane:
        mirrored = load_volume(storage, f"{Split.TRAIN}/{plane}/{victim.case}.npy")[:, :, ::-1]
        np.save(victim.root / Split.VALID / plane / f"{victim.case}.npy", np.ascontiguousarray(mirrored))
    for finding in Finding:
        _add_row(victim.root / label_file(Split.VALID, finding), f"{victim.case},1")


def _unreadable_file(victim: Victim) -> None:
    victim.file().unlink()
    victim.file().mkdir()
    (victim.file() / NOTE).write_text("a folder in a volume's place\n")


def _blank_slice(volume: "NDArray[np.uint8]") -> "NDArray[np.uint8]":
    volume[-1] = 0
    return volume


def _repeated_slice(volume: "NDArray[np.uint8]") -> "NDArray[np.uint8]":
    volume[1] = volume[0]
    return volume


def _fortran_order(volume: "NDArray[np.uint8]") -> "NDArray[np.uint8]":
    import numpy as np

    return np.asfortranarray(volume)


def _promoted_row(victim: Victim) -> None:
    file = victim.root / label_file(Split.TRAIN, Finding.ABNORMAL)
    rows = file.read_text().splitlines()
    mine = next(row for row in rows if row.startswith(f"{victim.case},"))
    rows.remove(mine)
    _write_rows(file, [f"_{mine.replace(',', ',_')}", *rows])


def _long_header(victim: Victim) -> None:
    data = victim.file().read_bytes()
    (length,) = struct.unpack_from("<H", data, 8)
    text = data[10 : 10 + length].rstrip(b"\n ")
    padded = text + b" " * (LONG_HEADER_BYTES - len(text) - 1) + b"\n"
    victim.file().write_bytes(data[:8] + struct.pack("<H", len(padded)) + padded + data[10 + length :])


def _label_contradiction(victim: Victim) -> None:
    victim.change_row(Finding.ABNORMAL, f"{victim.case},0")
    victim.change_row(Finding.ACL, f"{victim.case},1")
    victim.change_row(Finding.MENISCUS, f"{victim.case},0")


def _corrupt_member(file: Path) -> None:
    content = bytearray(file.read_bytes())
    content[len(content) // 3] ^= 0xFF
    file.write_bytes(content)


def _unsafe_member(file: Path) -> None:
    with zipfile.ZipFile(file, "a") as opened:
        opened.writestr("../climbs-out.txt", "Never unpacked.\n")


def _add_row(file: Path, row: str) -> None:
    _write_rows(file, [*file.read_text().splitlines(), row])


def _write_rows(file: Path, rows: Sequence[str]) -> None:
    file.write_text("".join(f"{row}\n" for row in rows), newline="\n")


IN_FOLDER: dict[str, Callable[[Victim], object]] = {
    "missing-split": _missing_split,
    "missing-plane": lambda victim: shutil.rmtree(victim.root / Split.VALID / Plane.SAGITTAL),
    "missing-series": lambda victim: victim.file(Plane.CORONAL).unlink(),
    "misnamed": lambda victim: victim.file().rename(victim.file().with_suffix(".NPY")),
    "unexpected-file": lambda victim: victim.file().with_name(f"{victim.case} (1).npy").write_bytes(b""),
    "case-in-two-splits": _case_in_two_splits,
    "unreadable-file": _unreadable_file,
    "not-a-volume": lambda victim: victim.file().write_bytes(b""),
    "truncated-volume": lambda victim: victim.file().write_bytes(victim.file().read_bytes()[:-1000]),
    "trailing-bytes": lambda victim: victim.file().write_bytes(victim.file().read_bytes() + b"!"),
    "wrong-dtype": lambda victim: victim.change_volume(lambda volume: volume.astype("float32")),
    "wrong-shape": lambda victim: victim.change_volume(lambda volume: volume[:, 8:-8, 8:-8]),
    "fortran-order": lambda victim: victim.change_volume(_fortran_order),
    "long-header": _long_header,
    "constant-volume": lambda victim: victim.change_volume(lambda volume: volume * 0),
    "blank-slice": lambda victim: victim.change_volume(_blank_slice),
    "repeated-slice": lambda victim: victim.change_volume(_repeated_slice),
    "duplicate-volume": lambda victim: shutil.copyfile(victim.file(), victim.file(Plane.CORONAL)),
    "split-leakage": lambda victim: shutil.copyfile(victim.file(), _first_valid(victim.root)),
    "missing-labels": lambda victim: (victim.root / label_file(Split.VALID, Finding.MENISCUS)).unlink(),
    "malformed-row": lambda victim: victim.change_row(Finding.ACL, f"{victim.case},yes"),
    "promoted-row": _promoted_row,
    "unpadded-id": lambda victim: victim.change_row(Finding.MENISCUS, f"{int(victim.case)},{{}}"),
    "repeated-label": lambda victim: _add_row(victim.root / "train-abnormal.csv", f"{victim.case},1"),
    "missing-label": lambda victim: victim.change_row(Finding.MENISCUS, ""),
    "label-without-case": lambda victim: _add_row(victim.root / "train-abnormal.csv", f"{ABSENT_ID},1"),
    "label-contradiction": _label_contradiction,
}
IN_ZIP: dict[str, Callable[[Path], object]] = {
    "corrupt-member": _corrupt_member,
    "unsafe-member": _unsafe_member,
    "broken-zip": lambda file: file.write_bytes(file.read_bytes()[:-1000]),
}
IN_MANIFEST = ("checksum-mismatch", "missing-file", "unlisted-file")
IN_EXPECTATIONS = ("unexpected-count", "unexpected-slices", "unexpected-id")
HIDES: dict[str, set[str]] = {
    "broken-zip": set(),
    "missing-split": {"missing-plane", "missing-labels", "split-leakage", "case-in-two-splits"},
    "missing-plane": {"case-in-two-splits"},
    "missing-labels": {"case-in-two-splits"},
}
"""Rules whose faults hide those of other rules; an empty set means all other rules."""
