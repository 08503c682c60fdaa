"""A Dask cluster does the same work, in order and complete even if workers die; unusable clusters are reported first."""

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import BinaryIO

import pytest

from mrnet import __version__, cluster
from mrnet.archive.model import Archive
from mrnet.errors import ClusterError, MissingExtraError, UsageError
from mrnet.parallel import Workers, ordered_map
from mrnet.pictures.animation import Animation
from mrnet.pictures.batch import Batch, Outcome, PictureWriter
from mrnet.pictures.notes import Note
from mrnet.pictures.plan import plan_pictures
from mrnet.vocabulary import Plane
from mrnet.writing import WRITTEN
from tests.clusters import Cluster, NeedsCredentials, end_worker, running_cluster, take_time, wait_for_workers
from tests.conftest import Mrnet

NUMBERS = range(300)


@pytest.fixture(scope="module")
def _two_workers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    with running_cluster(tmp_path_factory.mktemp("cluster")) as running:
        yield running


@pytest.mark.slow
def test_a_worker_killed_during_work_loses_nothing(tmp_path: Path) -> None:
    with running_cluster(tmp_path) as running:
        done = []
        for number, result in ordered_map(take_time, NUMBERS, Workers(scheduler=running.address)):
            done.append((number, result))
            if len(done) == 40:
                running.workers[0].kill()
    failure = done[13][1]
    assert isinstance(failure, UsageError)
    assert str(failure) == "13 is not counted"
    results = [result for _, result in done if isinstance(result, tuple)]
    assert [number for number, _ in done] == list(NUMBERS)
    assert [square for square, _ in results] == [number * number for number in NUMBERS if number != 13]
    assert len({worker for _, worker in results}) == 2


@pytest.mark.slow
def test_work_that_ends_its_workers_is_one_message(tmp_path: Path) -> None:
    environment = {"DASK_DISTRIBUTED__SCHEDULER__ALLOWED_FAILURES": "0"}
    with (
        running_cluster(tmp_path, workers=1, environment=environment) as running,
        pytest.raises(ClusterError, match="workers died one after another on the same batch"),
    ):
        list(ordered_map(end_worker, NUMBERS, Workers(scheduler=running.address)))


@pytest.mark.slow
@pytest.mark.skipif(os.name == "nt", reason="POSIX signals")
def test_a_scheduler_that_is_lost_during_work_is_one_message(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cluster, "SECONDS_TO_ANSWER", 1)
    monkeypatch.setattr(cluster, "SECONDS_TO_LEAVE", 0.1)
    monkeypatch.setattr(cluster, "SECONDS_BETWEEN_CHECKS", 0.1)
    with running_cluster(tmp_path, workers=1) as running, pytest.raises(ClusterError, match="the scheduler was lost"):
        for _ in ordered_map(take_time, NUMBERS, Workers(scheduler=running.address)):
            running.scheduler.send_signal(signal.SIGSTOP)  # It is there, and does not answer.


@pytest.mark.slow
def test_a_cluster_that_loses_all_its_workers_is_one_message(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cluster, "SECONDS_BETWEEN_CHECKS", 0.1)
    with (
        running_cluster(tmp_path, workers=1) as running,
        pytest.raises(ClusterError, match="it has had no workers for"),
    ):
        for _ in ordered_map(take_time, NUMBERS, Workers(scheduler=running.address)):
            running.workers[0].kill()
            monkeypatch.setattr(cluster, "SECONDS_TO_JOIN", 0.2)


@pytest.mark.slow
@pytest.mark.skipif(os.name == "nt", reason="POSIX signals")
def test_a_cluster_whose_workers_are_all_stopped_is_one_message(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cluster, "SECONDS_BETWEEN_CHECKS", 0.1)
    monkeypatch.setattr(cluster, "SECONDS_OF_SILENCE", 3)
    with (
        running_cluster(tmp_path, workers=1) as running,
        pytest.raises(ClusterError, match="its workers have not answered for 3 seconds"),
    ):
        for _ in ordered_map(take_time, NUMBERS, Workers(scheduler=running.address)):
            running.workers[0].send_signal(signal.SIGSTOP)  # The scheduler still counts it as a worker.


@pytest.mark.slow
@pytest.mark.skipif(os.name == "nt", reason="POSIX signals")
def test_the_work_of_one_stopped_worker_is_done_by_the_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(cluster, "SECONDS_BETWEEN_CHECKS", 0.1)
    monkeypatch.setattr(cluster, "SECONDS_OF_SILENCE", 2)
    done = []
    with running_cluster(tmp_path) as running:
        wait_for_workers(running)
        for number, _ in ordered_map(take_time, NUMBERS, Workers(scheduler=running.address)):
            done.append(number)
            if number == 20:
                running.workers[0].send_signal(signal.SIGSTOP)
    assert done == list(NUMBERS)
    [line] = caplog.messages
    assert re.fullmatch(
        r"mrnet: tcp://.*: worker tcp://.* has not answered for 2 seconds; others repeat its work", line
    )


@pytest.mark.slow
@pytest.mark.skipif(os.name == "nt", reason="POSIX signals")
def test_a_worker_that_is_stopped_before_the_work_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with running_cluster(tmp_path) as running:
        wait_for_workers(running)
        running.workers[0].send_signal(signal.SIGSTOP)
        time.sleep(1)  # The reports that it sent before have arrived.
        monkeypatch.setattr(cluster, "SECONDS_TO_CHECK", 2)
        with pytest.raises(ClusterError, match="no answer from worker tcp://.*; end or restart what is stopped there"):
            list(ordered_map(take_time, NUMBERS, Workers(scheduler=running.address)))


@pytest.mark.slow
def test_a_scheduler_that_is_lost_while_it_is_checked_is_one_message(
    _two_workers: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    from distributed.comm import CommClosedError

    def lose(*_: object) -> None:
        raise CommClosedError("Stream is closed")

    monkeypatch.setattr(cluster, "_check", lose)
    with pytest.raises(ClusterError, match="it does not answer any more"):
        list(ordered_map(take_time, NUMBERS, Workers(scheduler=_two_workers.address)))


@pytest.mark.slow
def test_a_lost_scheduler_is_one_line_on_standard_error(tmp_path: Path, archive: Path) -> None:
    with running_cluster(tmp_path, workers=1, environment={"PYTHONPATH": os.pathsep.join(sys.path)}) as running:
        command = [sys.executable, "-m", "mrnet", "export-gif", "--scale", "8", "-r", str(archive), "-o", "gifs"]
        with subprocess.Popen(
            [*command, "--scheduler", running.address], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
        ) as ran:
            while not list(Path().glob("gifs/*.gif*")) and ran.poll() is None:
                time.sleep(0.02)
            running.scheduler.kill()
            _, said = ran.communicate(timeout=60)
    assert ran.returncode == 2
    assert said == f"mrnet: {running.address}: the scheduler was lost; the work begun there is not kept\n"


@pytest.mark.slow
def test_stopping_early_ends_at_once_and_leaves_the_cluster_free(_two_workers: Cluster) -> None:
    workers = Workers(scheduler=_two_workers.address)
    with closing(ordered_map(take_time, range(100_000), workers)) as work:  # type: ignore[type-var]  # a generator
        assert next(work)[0] == 0
    assert [number for number, _ in ordered_map(take_time, range(3), workers)] == [0, 1, 2]


@pytest.mark.slow
def test_an_archive_that_a_worker_cannot_open_is_an_error_of_its_own(_two_workers: Cluster) -> None:
    connected = cluster.connected(_two_workers.address, None, None)
    with connected as (executor, _), pytest.raises(ClusterError, match=r"a worker cannot open the archive: no cred"):
        executor.submit(repr, NeedsCredentials()).result()


def test_a_path_that_workers_cannot_see_is_reported_at_the_start(_two_workers: Cluster, tmp_path: Path) -> None:
    workers = Workers(scheduler=_two_workers.address, reads=tmp_path / "gone.zip")
    with pytest.raises(ClusterError, match=r"its worker .* does not see .*gone\.zip, or sees another file there"):
        list(ordered_map(take_time, NUMBERS, workers))


@pytest.mark.slow
def test_a_zip_of_another_length_on_a_worker_is_reported_at_the_start(
    _two_workers: Cluster, zipped: Path, mrnet: Mrnet, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cluster, "_as_seen_here", lambda path: (str(path), 5))
    ran = mrnet("stats", "--root", zipped, "--scheduler", _two_workers.address)
    assert ran.status == 2
    assert "or sees another file there; put it where all machines see it" in ran.err
    assert len(ran.err.splitlines()) == 1


@pytest.mark.slow
@pytest.mark.parametrize(
    ("package", "message"), [("raise ImportError", "(not installed)"), ("__version__ = '0.0.1'", "0.0.1")]
)
def test_workers_without_this_version_of_mrnet_are_reported_at_the_start(
    tmp_path: Path, package: str, message: str
) -> None:
    (tmp_path / "mrnet").mkdir()
    (tmp_path / "mrnet" / "__init__.py").write_text(package)
    expected = re.escape(f"has mrnet {message}, expected {__version__} as here")
    with (
        running_cluster(tmp_path, workers=1, first_on_path=tmp_path) as running,
        pytest.raises(ClusterError, match=expected),
    ):
        list(ordered_map(take_time, NUMBERS, Workers(scheduler=running.address)))


@pytest.mark.slow
def test_a_scheduler_without_workers_is_reported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cluster, "SECONDS_TO_JOIN", 0.2)
    message = "it has no workers; start some: dask worker tcp://127.0.0.1"
    with running_cluster(tmp_path, workers=0) as running, pytest.raises(ClusterError, match=message):
        list(ordered_map(take_time, NUMBERS, Workers(scheduler=running.address)))


@pytest.mark.parametrize("address", ["nonsense", "nonsense://x", "127.0.0.1:99999", "http://127.0.0.1:80", ""])
def test_an_impossible_address_of_a_scheduler_is_reported_at_once(mrnet: Mrnet, archive: Path, address: str) -> None:
    ran = mrnet("validate", "--root", archive, "--scheduler", address)
    assert ran.status == 2
    assert f"--scheduler {address!r}: expected an address" in ran.err
    assert len(ran.err.splitlines()) == 1


@pytest.mark.parametrize("address", ["tcp://127.0.0.1:9", "127.0.0.1:9"])
def test_no_scheduler_is_one_message_and_exit_2(
    mrnet: Mrnet, archive: Path, monkeypatch: pytest.MonkeyPatch, address: str
) -> None:
    monkeypatch.setattr(cluster, "SECONDS_TO_CONNECT", 0.3)
    ran = mrnet("validate", "--root", archive, "--scheduler", address)
    assert ran.status == 2
    assert ran.err.startswith(f"mrnet: {address}: no Dask scheduler answers there")
    assert len(ran.err.splitlines()) == 1


def test_a_protocol_that_dask_cannot_use_here_is_one_message(
    mrnet: Mrnet, archive: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from distributed.comm.registry import backends

    monkeypatch.delitem(backends, "ucx", raising=False)
    ran = mrnet("validate", "--root", archive, "--scheduler", "ucx://127.0.0.1:9")
    assert (ran.status, ran.err.count("\n")) == (2, 1)
    assert ran.err.startswith("mrnet: ucx://127.0.0.1:9: Dask cannot use ucx here (")


def test_pictures_made_twice_at_the_same_time_are_whole(tmp_path: Path) -> None:
    writer = PictureWriter("mrnet export-gif").for_others()
    wanted = Outcome("0001", "axial", tmp_path / "0001-axial.gif", WRITTEN)

    def draw(file: BinaryIO, _: Note) -> None:
        for grey in range(20):
            file.write(bytes([grey]) * 1000)
            file.flush()
            time.sleep(0.001)

    with ThreadPoolExecutor(6) as pool:
        made = list(pool.map(lambda _: writer.write(wanted, None, "print", draw), range(12)))
    assert {outcome.status for outcome in made} == {WRITTEN}
    assert wanted.target.read_bytes() == b"".join(bytes([grey]) * 1000 for grey in range(20))
    assert [path.name for path in tmp_path.glob("*.part")] == []


def test_unfinished_files_of_a_killed_worker_are_removed_and_nothing_else(tmp_path: Path) -> None:
    writer = PictureWriter("mrnet export-gif").for_others()
    (tmp_path / f"0001-axial.gif.{writer.run}-host-1-2.mrnet.part").touch()
    (tmp_path / "0002-axial.gif.mrnet.part").touch()
    writer.clear(tmp_path)
    assert [path.name for path in tmp_path.glob("*.part")] == ["0002-axial.gif.mrnet.part"]


@pytest.mark.slow
def test_a_stopped_batch_leaves_no_unfinished_file_of_a_killed_worker(
    _two_workers: Cluster, archive: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(PictureWriter, "for_others", lambda writer: replace(writer, folder=Path.cwd(), run="0a0b0c0d"))
    style = Animation()
    pictures = plan_pictures(Archive.open(archive).cases, list(Plane), tmp_path, style.suffix, together=False)
    begun = [tmp_path / f"{case}-axial.gif.0a0b0c0d-host-1-2.mrnet.part" for case in ("0000", "1131")]
    made = Batch(pictures, style, PictureWriter("mrnet export-gif")).make(Workers(scheduler=_two_workers.address))
    with closing(made):  # type: ignore[type-var]  # a generator
        assert next(made).status == WRITTEN
        for part in begun:
            part.touch()
    assert not [part for part in begun if part.exists()]


def test_jobs_and_scheduler_together_are_a_usage_error(mrnet: Mrnet, archive: Path) -> None:
    ran = mrnet("stats", "--root", archive, "--scheduler", "tcp://127.0.0.1:9", "--jobs", "2")
    assert ran.status == 2
    assert "leave one out" in ran.err


def test_without_the_extra_the_message_names_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(
        MissingExtraError, match="--scheduler needs an optional part of mrnet: .* install .*distributed"
    ):
        list(ordered_map(take_time, NUMBERS, Workers(scheduler="tcp://127.0.0.1:9")))
