"""A batch of pictures: the order of outcomes, the room on the disk, links at the targets, and bounded memory."""

import json
import os
import tracemalloc
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from mrnet import inputs
from mrnet.archive.model import Archive
from mrnet.errors import TargetError, UsageError
from mrnet.memory import Memory
from mrnet.parallel import Workers
from mrnet.pictures import batch as batches
from mrnet.pictures.animation import Animation
from mrnet.pictures.batch import Batch, PictureWriter
from mrnet.pictures.caption import MAX_KEPT_TEXT_PIXELS, Typesetter, _kept_mask
from mrnet.pictures.contact import ContactSheet
from mrnet.pictures.plan import OTHER_SUFFIXES, Picture, plan_pictures, read_subject
from mrnet.pictures.stack import Appearance
from mrnet.pictures.window import GREY
from mrnet.vocabulary import Plane
from tests.archives import make_volume
from tests.conftest import Mrnet


def batch(
    archive: Path, place: Any = "gifs", *, style: Any = None, planes: Any = (Plane.AXIAL,), **writing: Any
) -> Any:
    style = style or Animation()
    pictures = plan_pictures(Archive.open(archive).cases, planes, Path(place), style.suffix, together=False)
    return Batch(pictures, style, PictureWriter("mrnet", **writing))


def test_outcomes_come_in_the_order_of_the_pictures_with_any_number_of_workers(archive: Path) -> None:
    for jobs in (1, 5):
        outcomes = list(batch(archive, f"of-{jobs}").make(Workers(jobs)))
        assert [outcome.case for outcome in outcomes] == ["0000", "0001", "0002", "1130", "1131"]
    for name in os.listdir("of-1"):
        assert Path("of-1", name).read_bytes() == Path("of-5", name).read_bytes()


def prepare(wanted: Batch, archive: Path) -> int:
    sizes = wanted.expected_bytes(Archive.open(archive))
    wanted.writer.prepare([picture.target for picture in wanted.pictures], sizes)
    return sum(sizes)


def test_a_disk_without_the_room_is_reported_before_anything_is_made(
    archive: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shutil.disk_usage", lambda _: SimpleNamespace(free=5000))
    with pytest.raises(TargetError, match=r"1\.1 MB are needed, and its disk has 5 kB free"):
        prepare(batch(archive), archive)
    assert not Path("gifs").exists()
    # Pictures that replace others need no extra room.
    Path("gifs").mkdir()
    for picture in batch(archive).pictures:
        picture.target.touch()
    prepare(batch(archive), archive)


@pytest.mark.slow
def test_the_size_is_estimated_within_a_factor_of_two(archive: Path) -> None:
    for style in (
        Animation(),
        Animation(bounce=True),
        Animation(appearance=Appearance(scale=3)),
        Animation(max_bytes=90_000),
    ):
        wanted = batch(archive, f"of-{hash(style)}", style=style)
        expected = prepare(wanted, archive)
        made = sum(outcome.bytes or 0 for outcome in wanted.make())
        # Random noise compresses to more than its own size, a real scan to less.
        assert made / 3 < expected < 2 * made


@pytest.mark.skipif(not hasattr(os, "geteuid"), reason="needs POSIX limits on the size of files")
def test_a_picture_that_does_not_fit_on_the_disk_fails_and_leaves_nothing(archive: Path, mrnet: Mrnet) -> None:
    import resource

    limit = resource.getrlimit(resource.RLIMIT_FSIZE)
    np.save(archive / "train" / "axial" / "0001.npy", np.zeros((3, 256, 256), np.uint8))
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, limit[1]))
    try:
        ran = mrnet("export-gif", "-p", "ax", "--root", archive, "--format", "json")
        alone = mrnet("export-gif", "0000", "-p", "ax", "--root", archive)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limit)
    assert ran.status == 1
    rows = json.loads(ran.out)
    assert [row["status"] for row in rows] == ["failed", "written", "failed", "failed", "failed"]
    assert "cannot be written: File too large" in rows[0]["error"]
    assert os.listdir("gifs") == ["0001-axial.gif"]
    assert alone.status == 2


def test_a_folder_that_cannot_be_written_to_is_reported_before_anything_is_made(
    archive: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(**_: Any) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("tempfile.TemporaryFile", refuse)
    with pytest.raises(TargetError, match="gifs: cannot be written: Permission denied"):
        prepare(batch(archive), archive)


def test_a_link_to_a_folder_of_the_archive_does_not_lead_into_it(archive: Path) -> None:
    Path("link").symlink_to(archive / "train")
    with pytest.raises(UsageError, match="never changed"):
        prepare(batch(archive, "link/gifs"), archive)


def test_a_folder_that_the_archive_links_to_is_part_of_it(archive: Path) -> None:
    Path("planes").mkdir()
    for path in (archive / "train" / "axial", archive / "valid"):
        target = Path("planes", f"of-{path.name}")
        path.rename(target)
        path.symlink_to(target.absolute())
        inputs.begin()
        with pytest.raises(UsageError, match="never changed"):
            prepare(batch(archive, str(target / "gifs")), archive)
    prepare(batch(archive, "planes"), archive)


@pytest.mark.parametrize("suffix", sorted(OTHER_SUFFIXES - {".gif"}))
def test_a_file_of_another_kind_is_refused_by_its_ending(archive: Path, suffix: str) -> None:
    with pytest.raises(UsageError, match=r"this command makes \.gif files"):
        batch(archive, f"knee{suffix}")


def test_a_long_batch_prints_its_expected_size_and_shows_only_failures(
    archive: Path, mrnet: Mrnet, monkeypatch: pytest.MonkeyPatch
) -> None:
    from mrnet.cli.commands import _pictures as picture_batches

    monkeypatch.setattr(picture_batches, "MAX_ROWS_SHOWN", 4)
    (archive / "train" / "axial" / "0001.npy").write_bytes(b"")
    ran = mrnet("export-gif", "-p", "ax", "--root", archive)
    assert "5 pictures, about" in ran.err
    assert [line.split()[0] for line in ran.out.splitlines()] == ["case", "0001", "mrnet"]
    assert "Pictures: 4 written" in ran.err
    assert "1 failed" in ran.err
    dry = mrnet("export-gif", "-p", "ax", "--root", archive, "--dry-run", "-o", "elsewhere")
    assert [line.split()[0] for line in dry.out.splitlines()] == [
        "case",
        "0000",
        "0001",
        "0002",
        "1130",
        "1131",
        "mrnet",
    ]


@pytest.mark.parametrize("command", ["export-gif", "export-montage", "export-contact-sheet"])
def test_a_link_at_a_targets_path_does_not_lead_into_the_archive(archive: Path, mrnet: Mrnet, command: str) -> None:
    volume = archive / "train" / "axial" / "0001.npy"
    before = {path: path.read_bytes() for path in archive.rglob("*") if path.is_file()}
    suffix = ".gif" if command == "export-gif" else ".png"
    for leads_to in (volume, archive / "new"):
        link = Path(f"knee{suffix}")
        link.unlink(missing_ok=True)
        link.symlink_to(leads_to)
        ran = mrnet(command, "0001", "-p", "ax", "--overwrite", "-o", link, "--root", archive)
        assert ran.status == 2
        assert "never changed" in ran.err
    assert {path: path.read_bytes() for path in archive.rglob("*") if path.is_file()} == before


def test_a_part_that_is_a_folder_fails_its_picture_only(archive: Path, mrnet: Mrnet) -> None:
    words = ["export-gif", "-p", "ax", "--root", archive, "--format", "json"]
    mrnet(*words)
    Path("gifs/0000-axial.gif.mrnet.part").mkdir()
    ran = mrnet(*words)
    assert ran.status == 1
    assert [row["status"] for row in json.loads(ran.out)] == ["failed", "same", "same", "same", "same"]
    assert "0000-axial.gif.mrnet.part: this is in the way" in ran.err


def test_a_tile_is_kept_compressed() -> None:
    volume = make_volume("0001", "axial", 9)
    volume[:, :128] = 0
    tile = ContactSheet().image("axial", volume, 3)
    assert np.array_equal(tile.unpacked(), volume[4])
    assert len(tile.data) < volume[4].size


def test_a_volume_is_loaded_only_if_its_bytes_are_free(archive: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    wanted = batch(archive)
    total = 2 * max(picture.volume_bytes() for picture in wanted.pictures)
    loaded = Memory(total)
    seen: list[int] = []

    def read(*words: Any) -> Any:
        seen.append(loaded.taken)
        return read_subject(*words)

    monkeypatch.setattr(batches, "LOADED", loaded)
    monkeypatch.setattr(batches, "read_subject", read)
    assert all(outcome.error is None for outcome in wanted.make(Workers(5)))
    assert len(seen) == len(wanted.pictures)
    assert all(0 < taken <= total for taken in seen)


def test_small_texts_are_kept_and_large_ones_are_not() -> None:
    kept = _kept_mask.cache_info().currsize
    for size, more in ((MAX_KEPT_TEXT_PIXELS, 1), (MAX_KEPT_TEXT_PIXELS + 1, 1)):
        Typesetter(GREY, 0, size).band(400, "a text that only this test draws")
        assert _kept_mask.cache_info().currsize == kept + more


@pytest.mark.slow
def test_a_gif_with_a_size_limit_keeps_no_frames(archive: Path) -> None:
    # Ten frames of 4 MB; only a few are in memory at the same time.
    np.save(archive / "train" / "axial" / "0000.npy", make_volume("0000", "axial", 10))
    case = Archive.open(archive).case("0000")
    style = Animation(appearance=Appearance(scale=8), max_bytes=2_000_000)
    drawn = Batch([Picture(case, (Plane.AXIAL,), Path("knee.gif"))], style, PictureWriter("mrnet"))
    tracemalloc.start()
    list(drawn.make(Workers(1)))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 25_000_000
