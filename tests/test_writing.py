"""Files are written whole or not at all, where they were asked for, and what already stands there is not harmed."""

import os
import threading
import time
from pathlib import Path

import pytest

from mrnet import writing as module
from mrnet.errors import TargetError, UsageError
from mrnet.writing import part_of, refuse_inside, writing


def write(target: Path, data: bytes = b"new") -> None:
    with writing(target) as handle:
        handle.write(data)


def names(folder: Path) -> list[str]:
    return sorted(os.listdir(folder))


def test_a_file_is_written_and_folders_on_the_way_are_made(tmp_path: Path) -> None:
    write(tmp_path / "a" / "b" / "file.json")
    assert (tmp_path / "a" / "b" / "file.json").read_bytes() == b"new"
    assert names(tmp_path / "a" / "b") == ["file.json"]


def test_the_target_is_not_there_before_the_block_has_ended(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"old")
    with writing(tmp_path / "file") as handle:
        handle.write(b"half")
        handle.flush()
        assert (tmp_path / "file").read_bytes() == b"old"
        assert names(tmp_path) == ["file", "file.part", "work"]
    assert (tmp_path / "file").read_bytes() == b"half"


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt])
def test_a_block_that_fails_leaves_everything_as_it_was(tmp_path: Path, error: type[BaseException]) -> None:
    (tmp_path / "file").write_bytes(b"old")
    with pytest.raises(error), writing(tmp_path / "file") as handle:
        handle.write(b"half")
        raise error
    assert (tmp_path / "file").read_bytes() == b"old"
    assert names(tmp_path) == ["file", "work"]


def test_a_part_that_an_earlier_run_left_is_replaced(tmp_path: Path) -> None:
    part_of(tmp_path / "file").write_bytes(b"much longer than what is new")
    write(tmp_path / "file")
    assert (tmp_path / "file").read_bytes() == b"new"


def test_a_part_that_is_a_link_or_a_pipe_is_replaced_not_followed(tmp_path: Path) -> None:
    (tmp_path / "precious").write_bytes(b"precious")
    part_of(tmp_path / "one").symlink_to("precious")
    os.mkfifo(part_of(tmp_path / "two"))
    for name in ("one", "two"):
        write(tmp_path / name)
        assert (tmp_path / name).read_bytes() == b"new"
    assert (tmp_path / "precious").read_bytes() == b"precious"


def test_of_a_link_what_it_leads_to_is_written(tmp_path: Path) -> None:
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "file").write_bytes(b"old")
    (tmp_path / "link").symlink_to("deep/file")
    (tmp_path / "dangling").symlink_to("deep/made")
    write(tmp_path / "link")
    write(tmp_path / "dangling")
    assert (tmp_path / "link").is_symlink()
    assert [(tmp_path / "deep" / name).read_bytes() for name in ("file", "made")] == [b"new", b"new"]


def test_a_device_and_a_pipe_are_written_to_as_they_are(tmp_path: Path) -> None:
    write(Path("/dev/null"))
    assert not Path("/dev/null.part").exists()
    os.mkfifo(tmp_path / "pipe")
    read: list[bytes] = []
    reader = threading.Thread(target=lambda: read.append((tmp_path / "pipe").read_bytes()))
    reader.start()
    write(tmp_path / "pipe")
    reader.join()
    assert read == [b"new"]


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no full disk to offer")
def test_a_full_disk_is_a_target_error() -> None:
    with pytest.raises(OSError, match="/dev/full: cannot be written: No space left") as raised:
        write(Path("/dev/full"), b"x" * 100_000)
    assert isinstance(raised.value, TargetError)


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("folder", "this is a folder, expected the path of a file"),
        ("file/inner.json", "file is not a folder"),
        ("file/deeper/inner.json", "Not a directory"),
        ("x" * 300, "File name too long"),
        ("loop", "cannot be written"),
    ],
)
def test_a_target_that_cannot_be_written_is_named_with_the_reason(tmp_path: Path, name: str, reason: str) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "file").write_bytes(b"old")
    (tmp_path / "folder" / "loop").symlink_to("loop")
    target = tmp_path / "folder" / "loop" / "x" if name == "loop" else tmp_path / name
    with pytest.raises(TargetError, match=reason):
        write(target)
    assert (tmp_path / "file").read_bytes() == b"old"


def test_a_part_that_is_a_folder_is_not_harmed(tmp_path: Path) -> None:
    (tmp_path / "file.part").mkdir()
    with pytest.raises(TargetError):
        write(tmp_path / "file")
    assert (tmp_path / "file.part").is_dir()


@pytest.mark.parametrize(("system", "tries"), [("nt", 3), ("posix", 1)])
def test_a_target_held_open_is_tried_again_on_windows_only(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, system: str, tries: int
) -> None:
    clock = iter(range(100))
    tried = []

    def refuse(self: Path, target: Path) -> None:
        tried.append(target)
        raise PermissionError(13, "in use")

    monkeypatch.setattr(module, "IN_USE_IS_TRIED_AGAIN", system == "nt")
    monkeypatch.setattr(time, "monotonic", lambda: next(clock))
    monkeypatch.setattr(time, "sleep", lambda _: None)
    monkeypatch.setattr(Path, "replace", refuse)
    with pytest.raises(TargetError, match="file: cannot be written: in use"):
        write(tmp_path / "file")
    assert len(tried) == tries
    assert names(tmp_path) == ["work"]


def test_nothing_is_written_inside_an_archive_however_it_is_named(tmp_path: Path) -> None:
    (tmp_path / "archive" / "train").mkdir(parents=True)
    (tmp_path / "link").symlink_to("archive")
    for inside in ("archive", "archive/x.json", "archive/new/x.json", "work/../archive/x", "link/x.json"):
        with pytest.raises(UsageError, match="inside the archive"):
            refuse_inside(tmp_path / "archive", tmp_path / inside)
        with pytest.raises(UsageError, match="inside the archive"):
            refuse_inside(tmp_path / "link", tmp_path / inside)
    refuse_inside(tmp_path / "archive", tmp_path / "archive.json")
    refuse_inside(tmp_path / "archive", tmp_path / "beside" / "archive")


def test_two_runs_at_once_do_not_tear_each_others_files(tmp_path: Path) -> None:
    target = tmp_path / "file"
    with writing(target) as first:
        first.write(b"first")
        with pytest.raises(TargetError, match="another run is writing this now"):
            write(target)
        first.write(b", whole")
    assert target.read_bytes() == b"first, whole"
    assert names(tmp_path) == ["file", "work"]


def test_a_part_that_another_run_has_replaced_meanwhile_is_left_alone(tmp_path: Path) -> None:
    part = part_of(tmp_path / "file")
    part.write_bytes(b"dead")
    with open(part, "r+b") as handle:
        part.unlink()
        part.write_bytes(b"alive")
        with pytest.raises(TargetError, match="another run is writing this now"):
            module._lock(part, handle)
    assert part.read_bytes() == b"alive"


def test_a_folder_in_the_place_of_the_part_is_named(tmp_path: Path) -> None:
    part_of(tmp_path / "file").mkdir()
    with pytest.raises(TargetError, match=r"file\.part: this is in the way"):
        write(tmp_path / "file")


class Clock:
    """Time that passes only where it is slept away."""

    def __init__(self) -> None:
        self.now = 0.0

    def sleep(self, seconds: float) -> None:
        self.now += seconds


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(time, "monotonic", lambda: clock.now)
    monkeypatch.setattr(time, "sleep", clock.sleep)
    return clock


def test_a_pipe_that_nobody_reads_is_tried_for_two_seconds_and_given_up(tmp_path: Path, clock: Clock) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(TargetError, match="pipe: cannot be written: No such device or address"):
        write(tmp_path / "pipe")
    assert 2 <= clock.now < 2.5


def test_a_pipe_whose_reader_comes_late_is_written_to(
    tmp_path: Path, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    os.mkfifo(tmp_path / "pipe")
    readers: list[int] = []
    monkeypatch.setattr(
        time, "sleep", lambda _: readers.append(os.open(tmp_path / "pipe", os.O_RDONLY | os.O_NONBLOCK))
    )
    write(tmp_path / "pipe")
    [reader] = readers
    assert os.read(reader, 100) == b"new"
    os.close(reader)
