"""Random changes to the bytes of a sound archive, as a folder and as a zip: the laws of validate must hold.

`make fuzz` runs this for long: MRNET_FUZZ_EXAMPLES is the number of cases of each test.
"""

import contextlib
import io
import json
import os
import shutil
import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from numpy.lib import format as npy

from mrnet.cli.app import make_app
from mrnet.vocabulary import Finding
from tests.archives import write_archive, zip_archive

pytestmark = pytest.mark.slow

EXAMPLES = int(os.environ.get("MRNET_FUZZ_EXAMPLES", "25"))
LONG = settings(
    max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck), print_blob=True
)  # fmt: skip
PLANES = ["axial", "coronal", "sagittal"]
MIDDLE_BYTES = st.binary(min_size=0, max_size=12)
READS = st.sampled_from(["labels", "headers", "voxels"])


@dataclass(frozen=True)
class Sound:
    """The archive to damage, its zip, and the manifest of both."""

    folder: Path
    zipped: Path
    manifest: Path
    files: list[Path]
    members: list[tuple[int, int]]
    """Where in the zip each member's data begins and ends."""
    contents: dict[str, bytes]


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Sound:
    """A sound archive of two cases with one slice per series."""
    cases = {"train": ["0000"], "valid": ["1130"]}
    labels = {split: {finding.value: dict.fromkeys(ids, 1) for finding in Finding} for split, ids in cases.items()}
    folder = write_archive(tmp_path_factory.mktemp("fuzz") / "MRNet-v1.0", cases, labels, lambda *_: 1)
    zipped = zip_archive(folder, folder.parent / "MRNet-v1.0.zip")
    manifest = folder.parent / "sums"
    assert run("manifest", "--root", folder, "-o", manifest)[0] == 0
    with zipfile.ZipFile(zipped) as opened:
        infos = [info for info in opened.infolist() if info.compress_size]
    begin = [info.header_offset + 30 + len(info.filename.encode()) for info in infos]
    members = [(first, first + info.compress_size) for first, info in zip(begin, infos, strict=True)]
    files = sorted(file for file in folder.rglob("*") if file.is_file())
    return Sound(folder, zipped, manifest, files, members, contents(zipped))


def run(*words: object) -> tuple[int, str]:
    """Run the command line in this process, without turning exceptions into messages."""
    os.environ["MRNET_DEBUG"] = "1"
    out = io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(io.StringIO()):
        try:
            make_app()([str(word) for word in words], standalone_mode=True)
        except SystemExit as ended:
            return int(ended.code or 0), out.getvalue()
    return 0, out.getvalue()


@contextmanager
def changed(file: Path, content: bytes) -> Iterator[None]:
    """Give a file other content during the block."""
    before = file.read_bytes()
    file.write_bytes(content)
    try:
        yield
    finally:
        file.write_bytes(before)


@st.composite
def damages(draw: st.DrawFn, length: int) -> tuple[int, int, bytes]:
    """An offset in a file of this length, the number of bytes to remove, and their replacement; mostly in headers."""
    ends = st.integers(0, min(140, length)) | st.integers(max(0, length - 140), length)
    place = draw(ends | st.integers(0, length))
    gone = draw(st.sampled_from([0, 1, 1, 1, 2, 8, 1000, length]))
    return place, gone, draw(MIDDLE_BYTES)


def damaged(content: bytes, damage: tuple[int, int, bytes]) -> bytes:
    """Return the content with the damage done."""
    place, gone, instead = damage
    return content[:place] + instead + content[place + gone :]


def contents(zipped: Path) -> dict[str, bytes]:
    """Return the content that another reader unpacks."""
    with zipfile.ZipFile(zipped) as opened:
        return {name: opened.read(name) for name in opened.namelist()}


def check_laws(status: int, out: str) -> None:
    assert status in {0, 1, 2}
    if status != 2:
        data = json.loads(out)
        assert data["sound"] is (status == 0)
        assert data["counts"]["error"] == sum(each["severity"] == "error" for each in data["problems"])
        listed = [json.dumps(problem) for problem in data["problems"]]
        assert len(listed) == len(set(listed))


@LONG
@given(st.data())
def test_every_change_in_a_folder_is_found_by_the_manifest(sound: Sound, data: st.DataObject) -> None:
    file = data.draw(st.sampled_from(sound.files))
    before = file.read_bytes()
    after = damaged(before, data.draw(damages(len(before))))
    with changed(file, after):
        check_laws(*run("validate", "-r", sound.folder, "-f", "json", "--read", data.draw(READS), "-j", 1))
        status, out = run("validate", "-r", sound.folder, "-f", "json", "--against", sound.manifest, "-j", 1)
    check_laws(status, out)
    assert (status == 0) == (before == after)


@LONG
@given(st.data())
def test_every_change_in_a_zip_gives_a_report(sound: Sound, data: st.DataObject) -> None:
    before = sound.zipped.read_bytes()
    directory = before.rindex(b"PK\x05\x06") - 3000
    place = data.draw(st.integers(directory, len(before)) | st.integers(0, len(before)))
    after = damaged(before, (place, *data.draw(damages(len(before)))[1:]))
    with changed(sound.zipped, after):
        check_laws(*run("validate", "-r", sound.zipped, "-f", "json", "--read", data.draw(READS), "-j", 1))


@LONG
@given(st.data())
def test_a_byte_flipped_in_a_zip_members_data_is_found(sound: Sound, data: st.DataObject) -> None:
    begin, end = data.draw(st.sampled_from(sound.members))
    content = bytearray(sound.zipped.read_bytes())
    content[data.draw(st.integers(begin, end - 1))] ^= data.draw(st.integers(1, 255))
    with changed(sound.zipped, bytes(content)):
        status, out = run("validate", "-r", sound.zipped, "-f", "json", "--against", sound.manifest, "-j", 1)
        check_laws(status, out)
        # A few bits of deflated data have no meaning, such as those after its end in the last byte.
        assert status == 1 or contents(sound.zipped) == sound.contents


@st.composite
def sound_archives(draw: st.DrawFn) -> tuple[Path, Path]:
    """A sound archive in one of the many accepted forms: a folder, and the same as a zip."""
    folder = Path(tempfile.mkdtemp()) / "MRNet-v1.0"
    seed = draw(st.integers(0, 1000))
    for split, low, high in (("train", 0, 1129), ("valid", 1130, 1249)):
        ids = draw(st.lists(st.integers(low, high), min_size=1, max_size=2, unique=True))
        for number, plane in enumerate(PLANES):
            (folder / split / plane).mkdir(parents=True)
            for case in ids:
                generator = np.random.default_rng([seed, case, number])
                volume = generator.integers(0, 256, (draw(st.integers(1, 3)), 256, 256), dtype=np.uint8)
                with (folder / split / plane / f"{case:04}.npy").open("wb") as file:
                    npy.write_array(file, volume, version=draw(st.sampled_from([(1, 0), (2, 0), (3, 0)])))
        answers = {case: draw(st.sampled_from(["000", "100", "101", "110", "111"])) for case in ids}
        for number, finding in enumerate(("abnormal", "acl", "meniscus")):
            rows = [f"{case:04},{answers[case][number]}" for case in draw(st.permutations(ids))]
            end = draw(st.sampled_from(["\n", "\r\n"]))
            text = draw(st.sampled_from(["", "\ufeff"])) + end.join(rows) + draw(st.sampled_from(["", end]))
            (folder / f"{split}-{finding}.csv").write_bytes(text.encode())
    method = draw(st.sampled_from([zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED]))
    top = draw(st.sampled_from(["", "MRNet-v1.0/", "download/MRNet-v1.0/"]))
    return folder, zip_archive(folder, folder.parent / "a.zip", top=top, method=method)


@LONG
@given(sound_archives())
def test_a_sound_archive_has_no_problem(archives: tuple[Path, Path]) -> None:
    try:
        for place in archives:
            status, out = run("validate", "-r", place, "-f", "json")
            assert json.loads(out)["problems"] == []
            assert status == 0
    finally:
        shutil.rmtree(archives[0].parent)
