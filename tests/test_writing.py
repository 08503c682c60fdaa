"""Files are written atomically at the path that was named, and existing files are not damaged."""

import os
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from mrnet import inputs
from mrnet import writing as module
from mrnet.archive.model import Archive
from mrnet.errors import TargetError, UsageError
from mrnet.writing import check_target, part_of, remove_leftovers, writing, writing_folder
from tests.conftest import Mrnet


def write(target: Path, data: bytes = b"new") -> None:
    with writing(target) as handle:
        handle.write(data)


def names(folder: Path) -> list[str]:
    return sorted(os.listdir(folder))


def test_a_file_is_written_and_folders_on_the_way_are_made(tmp_path: Path) -> None:
    write(tmp_path / "a" / "b" / "file.json")
    assert (tmp_path / "a" / "b" / "file.json").read_bytes() == b"new"
    assert names(tmp_path / "a" / "b") == ["file.json"]


def test_the_target_does_not_exist_before_the_block_has_ended(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"old")
    with writing(tmp_path / "file") as handle:
        handle.write(b"half")
        handle.flush()
        assert (tmp_path / "file").read_bytes() == b"old"
        assert names(tmp_path) == ["file", "file.mrnet.part", "work"]
    assert (tmp_path / "file").read_bytes() == b"half"


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt])
def test_a_failed_block_changes_nothing(tmp_path: Path, error: type[BaseException]) -> None:
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


def test_a_part_that_is_a_link_or_a_pipe_is_not_mrnets_and_is_not_removed(tmp_path: Path) -> None:
    (tmp_path / "precious").write_bytes(b"precious")
    part_of(tmp_path / "one").symlink_to("precious")
    os.mkfifo(part_of(tmp_path / "two"))
    for name in ("one", "two"):
        with pytest.raises(TargetError, match="in the way and is not deleted"):
            write(tmp_path / name)
        assert os.path.lexists(part_of(tmp_path / name))
    assert (tmp_path / "precious").read_bytes() == b"precious"


@pytest.mark.parametrize("kind", ["file", "folder"])
def test_a_part_of_another_program_is_not_removed(tmp_path: Path, kind: str) -> None:
    strange = tmp_path / "MRNet-v1.0.zip.part"
    if kind == "file":
        strange.write_bytes(b"half a download")
    else:
        (strange / "train").mkdir(parents=True)
    write(tmp_path / "MRNet-v1.0.zip")
    assert names(tmp_path) == ["MRNet-v1.0.zip", "MRNet-v1.0.zip.part", "work"]
    assert strange.is_dir() or strange.read_bytes() == b"half a download"


def test_a_link_that_leads_back_to_itself_is_refused_and_stays(tmp_path: Path) -> None:
    first, second = tmp_path / "a.json", tmp_path / "b.json"
    first.symlink_to("b.json")
    second.symlink_to("a.json")
    with pytest.raises(TargetError, match=r"a\.json: this link leads back to itself"), writing(first):
        pass
    assert [each.is_symlink() for each in (first, second)] == [True, True]
    assert not list(tmp_path.glob("*.part"))


def test_writing_to_a_link_writes_its_target(tmp_path: Path) -> None:
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "file").write_bytes(b"old")
    (tmp_path / "link").symlink_to("deep/file")
    (tmp_path / "dangling").symlink_to("deep/made")
    write(tmp_path / "link")
    write(tmp_path / "dangling")
    assert (tmp_path / "link").is_symlink()
    assert [(tmp_path / "deep" / name).read_bytes() for name in ("file", "made")] == [b"new", b"new"]


def test_a_device_and_a_pipe_are_written_to_directly(tmp_path: Path) -> None:
    write(Path("/dev/null"))
    assert not part_of(Path("/dev/null")).exists()
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


@pytest.mark.parametrize(("system", "tries"), [("nt", 3), ("posix", 1)])
def test_a_target_that_is_open_elsewhere_is_retried_on_windows_only(
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


@pytest.fixture
def running() -> Iterator[None]:
    """Record inputs, as a command does."""
    inputs.begin()
    yield
    inputs.begin()


def test_nothing_is_written_inside_an_archive_by_any_path(tmp_path: Path) -> None:
    (tmp_path / "archive" / "train" / "axial").mkdir(parents=True)
    (tmp_path / "link").symlink_to("archive")
    for inside in ("archive", "archive/x.json", "archive/new/x.json", "work/../archive/x", "link/x.json"):
        with pytest.raises(UsageError, match="inside the archive"):
            check_target(tmp_path / inside)
    check_target(tmp_path / "archive.json")
    check_target(tmp_path / "beside" / "archive")


@pytest.mark.usefixtures("running")
def test_a_run_never_writes_its_inputs_even_through_links(tmp_path: Path) -> None:
    for name in ("far/axial", "archive/train/coronal"):
        (tmp_path / name).mkdir(parents=True)
    (tmp_path / "volume").write_bytes(b"precious")
    (tmp_path / "archive" / "train" / "axial").symlink_to(tmp_path / "far" / "axial")
    (tmp_path / "archive" / "train" / "coronal" / "0000.npy").symlink_to(tmp_path / "volume")
    (tmp_path / "key.csv").write_text("")
    os.link(tmp_path / "key.csv", tmp_path / "other-name.csv")
    Archive.open(tmp_path / "archive")
    inputs.remember_file(tmp_path / "key.csv")
    for target in ("far/axial/x.gif", "volume", "key.csv", "work/../key.csv", "other-name.csv"):
        with pytest.raises(UsageError, match="this run reads|inside the archive"):
            check_target(tmp_path / target)
    check_target(tmp_path / "far" / "x.gif")


def test_inputs_of_an_earlier_run_may_be_written(tmp_path: Path) -> None:
    inputs.begin()
    inputs.remember_file(tmp_path / "key.csv")
    inputs.begin()
    check_target(tmp_path / "key.csv")


@pytest.mark.parametrize("address", ["s3://bucket/x.json", "https://host/x.json?secret=1", "file:///tmp/x.json"])
def test_an_address_is_no_target(address: str) -> None:
    with pytest.raises(UsageError, match="this is an address") as raised:
        write(Path(address))
    assert "secret" not in str(raised.value)
    assert not names(Path())


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such locks")
def test_a_part_is_locked_until_it_is_moved(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    move = module.move

    def moved(part: Path, target: Path) -> None:
        with pytest.raises(TargetError, match="another run is writing this now"):
            module.remove_part(part)
        move(part, target)

    monkeypatch.setattr(module, "move", moved)
    write(tmp_path / "file")
    assert (tmp_path / "file").read_bytes() == b"new"


@pytest.mark.parametrize("mode", [0o600, 0o640])
def test_a_replaced_file_keeps_its_mode(tmp_path: Path, mode: int) -> None:
    (tmp_path / "key.csv").write_bytes(b"old")
    (tmp_path / "key.csv").chmod(mode)
    with writing(tmp_path / "key.csv") as handle:
        assert part_of(tmp_path / "key.csv").stat().st_mode & 0o777 == 0o600
        handle.write(b"new")
    assert (tmp_path / "key.csv").stat().st_mode & 0o777 == mode


@pytest.mark.parametrize("stream", ["/dev/stdout", "/dev/fd/1", "/proc/self/fd/1", "link"])
def test_an_open_file_of_this_process_is_appended_to(tmp_path: Path, stream: str) -> None:
    (tmp_path / "link").symlink_to("/dev/stdout")
    (tmp_path / "all").write_bytes(b"first\n")
    code = f"from pathlib import Path; from mrnet.writing import writing\nwith writing(Path({stream!r})) as h: h.write(b'new')"
    with open(tmp_path / "all", "ab") as out:
        subprocess.run([sys.executable, "-c", code], cwd=tmp_path, stdout=out, check=True)
    assert (tmp_path / "all").read_bytes() == b"first\nnew"


def test_a_name_of_the_greatest_length_is_written(tmp_path: Path) -> None:
    write(tmp_path / ("x" * 255))
    assert names(tmp_path) == ["work", "x" * 255]


def test_bytes_are_on_the_disk_before_the_name_and_the_name_before_the_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    steps: list[str] = []
    sync, replace = os.fsync, Path.replace

    def syncing(descriptor: int) -> None:
        steps.append("folder" if os.path.isdir(f"/proc/self/fd/{descriptor}") else "file")
        sync(descriptor)

    def replacing(self: Path, target: Path) -> Path:
        steps.append("rename")
        return replace(self, target)

    monkeypatch.setattr(os, "fsync", syncing)
    monkeypatch.setattr(Path, "replace", replacing)
    write(tmp_path / "file")
    assert steps == ["file", "rename", "folder"]


def test_a_new_file_does_not_replace_one_that_was_created_meanwhile(tmp_path: Path) -> None:
    with pytest.raises(TargetError, match="already exists"), writing(tmp_path / "new", new=True) as handle:
        handle.write(b"mine")
        (tmp_path / "new").write_bytes(b"theirs")
    assert (tmp_path / "new").read_bytes() == b"theirs"
    assert names(tmp_path) == ["new", "work"]


def test_a_folder_is_written_atomically(tmp_path: Path) -> None:
    with writing_folder(tmp_path / "a" / "demo") as folder:
        (folder / "file").write_bytes(b"new")
        assert not (tmp_path / "a" / "demo").exists()
    assert names(tmp_path / "a") == ["demo"]
    assert names(tmp_path / "a" / "demo") == ["file"]
    with pytest.raises(KeyboardInterrupt), writing_folder(tmp_path / "stopped"):
        raise KeyboardInterrupt
    assert names(tmp_path) == ["a", "work"]


def test_two_runs_do_not_make_one_folder(tmp_path: Path) -> None:
    with writing_folder(tmp_path / "demo") as folder:
        (folder / "file").write_bytes(b"first")
        with pytest.raises(TargetError, match="another run is writing this now"), writing_folder(tmp_path / "demo"):
            pass
    assert (tmp_path / "demo" / "file").read_bytes() == b"first"
    assert names(tmp_path) == ["demo", "work"]


def test_a_folder_that_a_dead_run_left_is_replaced_and_one_of_another_program_is_not(tmp_path: Path) -> None:
    part = part_of(tmp_path / "demo")
    (part / "train").mkdir(parents=True)
    with pytest.raises(TargetError, match="mrnet did not make it"), writing_folder(tmp_path / "demo"):
        pass
    assert (part / "train").is_dir()
    (part / module.FOLDER_MARK).touch()
    with writing_folder(tmp_path / "demo"):
        pass
    assert names(tmp_path) == ["demo", "work"]


def test_parts_of_dead_runs_are_removed_and_those_of_running_ones_are_not(tmp_path: Path) -> None:
    for name in ("dead.gif", "dead.gif.run-host-1"):
        part_of(tmp_path / name).write_bytes(b"half")
    (tmp_path / "browser.zip.part").write_bytes(b"half")
    part_of(tmp_path / "folder").mkdir()
    with writing(tmp_path / "alive.gif"):
        remove_leftovers(tmp_path)
        assert names(tmp_path) == ["alive.gif.mrnet.part", "browser.zip.part", "folder.mrnet.part", "work"]


@pytest.mark.slow
@pytest.mark.parametrize(
    "words",
    [
        ["rules", "-o", "other/train/rules.csv"],
        ["manifest", "-o", "other/valid-acl.csv"],
        ["demo", "other/demo"],
        ["compare", "other", "-o", "other/x.json"],
        ["compare", "r.csv", "-o", "r.csv"],
        ["compare", "r.csv", "--key", "key.csv", "-o", "key.csv"],
        ["list", "@ids.csv", "-o", "ids.csv"],
        ["stats", "--against", "record.json", "-o", "record.json"],
        ["stats", "--against", "record.json", "--plot", "record.json"],
        ["validate", "--known", "report.json", "-o", "report.json"],
        ["validate", "--config", "c.csv", "-o", "c.csv"],
        ["validate", "--against", "sums.csv", "-o", "sums.csv"],
        ["export-gif", "-o", "other/gifs"],
        ["export-montage", "-o", "s3://bucket/x"],
        ["export-html", "-o", "other/pages"],
        ["demo", "gs://bucket/demo"],
        ["stats", "--plot", "https://host/x.png"],
        ["export-html", "--blind", "--key", "r.csv"],
    ],
)
def test_no_command_overwrites_its_input_or_writes_into_an_archive(
    archive: Path, mrnet: Mrnet, words: list[str]
) -> None:
    here = Path().absolute()
    shutil.copytree(archive, here / "other")
    for name, suffix_of in (("record", "stats"), ("report", "validate")):
        mrnet(suffix_of, "--root", archive, "-o", f"{name}.json")
    mrnet("manifest", "--root", archive, "-o", "sums.csv")
    for name, text in (
        ("r.csv", "case,abnormal,acl,meniscus\n0000,1,1,1\n"),
        ("key.csv", "reading,case,split\nR1,0000,train\n"),
        ("ids.csv", "0000\n"),
        ("c.csv", "[tool.mrnet.validate]\nignore = []\n"),
    ):
        (here / name).write_text(text)
    before = {path: path.read_bytes() for path in here.rglob("*") if path.is_file()}
    root = () if words[0] in ("rules", "demo") else ("--root", archive)
    assert mrnet(*words, *root).status == 2
    assert {path: path.read_bytes() for path in here.rglob("*") if path.is_file()} == before


def test_two_concurrent_runs_do_not_damage_each_others_files(tmp_path: Path) -> None:
    target = tmp_path / "file"
    with writing(target) as first:
        first.write(b"first")
        with pytest.raises(TargetError, match="another run is writing this now"):
            write(target)
        first.write(b", whole")
    assert target.read_bytes() == b"first, whole"
    assert names(tmp_path) == ["file", "work"]


def test_a_part_that_another_run_has_replaced_is_not_touched(tmp_path: Path) -> None:
    part = part_of(tmp_path / "file")
    part.write_bytes(b"dead")
    with open(part, "r+b") as handle:
        part.unlink()
        part.write_bytes(b"alive")
        with pytest.raises(TargetError, match="another run is writing this now"):
            module._check_same(part, handle)
    assert part.read_bytes() == b"alive"


def test_a_folder_at_the_parts_path_is_reported(tmp_path: Path) -> None:
    part_of(tmp_path / "file").mkdir()
    with pytest.raises(TargetError, match=r"file\.mrnet\.part: this is in the way"):
        write(tmp_path / "file")


class Clock:
    """A clock that advances only by sleeping."""

    def __init__(self) -> None:
        self.now = 0.0

    def sleep(self, seconds: float) -> None:
        self.now += seconds
        assert self.now < 60, "it waits without end"


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(time, "monotonic", lambda: clock.now)
    monkeypatch.setattr(time, "sleep", clock.sleep)
    return clock


def test_a_folder_that_may_not_be_entered_is_no_part_in_the_way(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(path: object, **_: object) -> os.stat_result:
        raise PermissionError(13, "Permission denied", path)

    # Tests may run as root, who can enter every folder.
    monkeypatch.setattr(os, "lstat", refuse)
    monkeypatch.setattr(Path, "lstat", refuse)
    with (
        pytest.raises(TargetError, match="file: cannot be written: Permission denied"),
        writing(tmp_path / "file", checked=True),
    ):
        pass


def test_a_pipe_without_reader_is_tried_for_two_seconds(tmp_path: Path, clock: Clock) -> None:
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


def test_a_part_that_its_folder_keeps_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    # So does a folder after `chattr +a`.
    monkeypatch.setattr(Path, "replace", refuse)
    monkeypatch.setattr(Path, "unlink", refuse)
    with pytest.raises(TargetError, match=r"file\.mrnet\.part: what was begun here cannot be removed"):
        write(tmp_path / "file")


def test_a_folder_that_cannot_be_removed_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(Path, "rename", refuse)
    monkeypatch.setattr(os, "rmdir", refuse)
    with (
        pytest.raises(TargetError, match=r"demo\.mrnet\.part: what was begun here cannot be removed"),
        writing_folder(tmp_path / "demo"),
    ):
        pass


def test_a_failure_leaves_no_empty_folder_that_was_made_for_the_target(tmp_path: Path) -> None:
    (tmp_path / "there").mkdir()
    with pytest.raises(TargetError, match="File name too long"):
        write(tmp_path / "there" / "new" / "newer" / ("x" * 300))
    assert names(tmp_path / "there") == []


@pytest.mark.parametrize("stream", ["/dev/stdout", "/dev/fd/1"])
def test_a_stream_that_is_closed_is_no_target_even_if_a_file_was_opened_under_its_number(
    tmp_path: Path, stream: str
) -> None:
    code = f"""
import os, sys
from pathlib import Path
from mrnet.writing import writing
assert os.open("other", os.O_CREAT | os.O_WRONLY) == 1
try:
    with writing(Path({stream!r})) as handle:
        handle.write(b"new")
except OSError as error:
    sys.exit(str(error))
"""
    command = [sys.executable, "-c", code]
    ran = subprocess.run(
        ["sh", "-c", '"$@" >&-', "sh", *command], cwd=tmp_path, stderr=subprocess.PIPE, text=True, check=False
    )
    assert ran.stderr == f"{stream}: cannot be written: this stream is closed\n"
    assert (tmp_path / "other").read_bytes() == b""


def test_a_umask_that_shuts_out_the_owner_leaves_no_part(tmp_path: Path) -> None:
    before = os.umask(0o777)
    try:
        # The super-user may enter any folder.
        with suppress(TargetError), writing_folder(tmp_path / "folder"):
            pass
    finally:
        os.umask(before)
    assert not part_of(tmp_path / "folder").exists()
