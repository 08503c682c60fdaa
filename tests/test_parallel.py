"""One map for all work: it keeps the order, failures are values, few items run at once, and it stops at once."""

import errno
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import BrokenExecutor, ProcessPoolExecutor
from pathlib import Path

import pytest

from mrnet import parallel
from mrnet.errors import MRNetError, SystemLimitError, VolumeError, unreadable
from mrnet.parallel import MAX_UNDER_WAY_BYTES, Workers, default_jobs, ordered_map


def halved(number: int) -> int:
    if number % 2:
        raise VolumeError(f"{number} is odd", str(number))
    return number // 2


def own_process(_: int) -> int:
    return os.getpid()


@pytest.mark.parametrize("processes", [False, True])
@pytest.mark.parametrize("jobs", [1, 3])
def test_results_and_failures_come_in_the_order_of_the_items(jobs: int, processes: bool) -> None:
    results = list(ordered_map(halved, range(12), Workers(jobs), processes=processes))
    assert [item for item, _ in results] == list(range(12))
    for item, result in results:
        assert str(result) == (f"{item}: {item} is odd" if item % 2 else str(item // 2))
        assert isinstance(result, VolumeError if item % 2 else int)


def test_order_is_kept_if_the_first_takes_longest() -> None:
    others_done = threading.Event()

    def slow_first(number: int) -> int:
        if number == 0:
            assert others_done.wait(timeout=60)
        elif number == 3:
            others_done.set()
        return number

    assert [result for _, result in ordered_map(slow_first, range(4), Workers(4))] == [0, 1, 2, 3]


def test_without_items_nothing_is_done() -> None:
    assert not list(ordered_map(halved, []))


@pytest.mark.parametrize("share", [0.4, 0.6, 2])
def test_an_item_waits_until_the_results_before_it_are_used_if_they_are_large(share: float) -> None:
    begun: list[int] = []
    results = ordered_map(begun.append, range(20), Workers(8), bytes_of=lambda _: int(share * MAX_UNDER_WAY_BYTES))
    for used, (item, _) in enumerate(results):
        assert item == used
        assert len(begun) <= used + max(1, int(1 / share)) + 1
    assert sorted(begun) == list(range(20))


def test_items_are_taken_as_they_are_needed() -> None:
    taken: list[int] = []

    def counting() -> Iterator[int]:
        for number in range(1000):
            taken.append(number)
            yield number

    for item, _ in ordered_map(halved, counting(), Workers(2)):
        assert len(taken) - item <= 2 * parallel.UNDER_WAY_PER_WORKER + 1
    assert len(taken) == 1000


def test_another_error_ends_the_map() -> None:
    def broken(number: int) -> int:
        return 1 // number

    with pytest.raises(ZeroDivisionError):
        list(ordered_map(broken, [2, 1, 0, 3], Workers(2)))


def test_items_that_have_not_begun_are_dropped_if_the_caller_stops() -> None:
    done: list[int] = []
    for item, _ in ordered_map(done.append, range(1000), Workers(2)):
        if item == 5:
            break
    assert len(done) < 30


def test_every_kind_of_mrnet_error_is_a_value() -> None:
    def fail(_: int) -> None:
        raise MRNetError("no")

    (_, result), *_ = ordered_map(fail, [1])
    assert isinstance(result, MRNetError)


def test_the_default_is_the_processors_that_this_process_may_use(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {0, 5, 7}, raising=False)
    assert default_jobs() == 3
    monkeypatch.delattr(os, "sched_getaffinity")
    monkeypatch.setattr(os, "cpu_count", lambda: None)
    assert default_jobs() == 1


@pytest.mark.parametrize(
    ("own", "files", "jobs"),
    [
        ("0::/a/b", {"a/b/cpu.max": "max 100000", "a/cpu.max": "150000 100000"}, 2),
        ("0::/", {"cpu.max": "50000 100000"}, 1),
        ("4:cpu,cpuacct:/a", {"cpu/cpu.cfs_quota_us": "300000", "cpu/cpu.cfs_period_us": "100000"}, 3),
        ("0::/a", {"cpu.max": "max 100000"}, 8),
        ("0::/a", {"cpu.max": "a 0"}, 8),
        ("0::/a", {}, 8),
    ],
)
def test_the_quota_of_a_container_is_respected(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, own: str, files: dict[str, str], jobs: int
) -> None:
    for name, text in {"own": own, **{f"all/{name}": text for name, text in files.items()}}.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(f"{text}\n")
    monkeypatch.setattr(parallel, "OWN_GROUPS", tmp_path / "own")
    monkeypatch.setattr(parallel, "ALL_GROUPS", tmp_path / "all")
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: set(range(8)), raising=False)
    assert default_jobs() == jobs


def test_without_shared_memory_threads_do_the_work(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("concurrent.futures.ProcessPoolExecutor", refuse)
    assert [result for _, result in ordered_map(abs, [-1, -2, -3], Workers(2), processes=True)] == [1, 2, 3]


def test_no_more_processes_are_started_than_there_are_processors(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "cpu_count", lambda: 1)
    (process,) = {result for _, result in ordered_map(own_process, range(9), Workers(8), processes=True)}
    assert process != os.getpid()


def test_a_process_that_is_killed_is_one_message() -> None:
    with pytest.raises(SystemLimitError, match="ended from outside"):
        list(ordered_map(os._exit, [1, 1, 1], Workers(2), processes=True))


def test_a_limit_on_processes_is_one_message(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise BlockingIOError(errno.EAGAIN, "Resource temporarily unavailable")

    monkeypatch.setattr("concurrent.futures.ProcessPoolExecutor.submit", refuse)
    with pytest.raises(SystemLimitError, match="starts no more processes for this run"):
        list(ordered_map(abs, [1, 2], Workers(2), processes=True))


def test_a_process_that_may_start_no_thread_ends_silently() -> None:
    code = """
import threading
from mrnet.parallel import _begin_process

def refuse(_):
    raise RuntimeError("can't start new thread")

threading.Thread.start = refuse
_begin_process()
"""
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (ran.returncode, ran.stderr) == (1, "")


def test_a_limit_of_the_system_is_no_fault_of_an_item() -> None:
    def refuse(_: int) -> None:
        raise unreadable("0000.npy", OSError(errno.EMFILE, "Too many open files"))

    with pytest.raises(SystemLimitError, match="Too many open files"):
        list(ordered_map(refuse, [1, 2]))


def test_no_more_workers_are_started_than_the_system_allows() -> None:
    assert len(list(ordered_map(halved, range(200), Workers(10**6)))) == 200
    assert threading.active_count() < parallel.MAX_WORKERS


@pytest.mark.parametrize("quick", [True, False])
def test_light_work_goes_to_threads_only_if_it_takes_long(monkeypatch: pytest.MonkeyPatch, quick: bool) -> None:
    monkeypatch.setattr(parallel, "MIN_SECONDS_FOR_THREADS", 60.0 if quick else 0.0)
    used: set[int] = set()

    def work(number: int) -> int:
        used.add(threading.get_ident())
        return number

    numbers = range(4 * parallel.LIGHT_BATCH_ITEMS)
    assert list(ordered_map(work, numbers, Workers(3), light=True)) == [(number, number) for number in numbers]
    # The first hundred run in the calling thread, and show how long the others will take.
    assert threading.get_ident() in used
    assert (len(used) == 1) == quick


def test_processes_are_abandoned_without_a_lock_that_a_stopped_thread_may_hold() -> None:
    with ProcessPoolExecutor(1) as pool:
        running = pool.submit(time.sleep, 60)
        parallel._pools.append(pool)
        try:
            with pool._shutdown_lock:
                abandoning = threading.Thread(target=parallel.abandon, daemon=True)
                abandoning.start()
                abandoning.join(10)
                assert not abandoning.is_alive()
        finally:
            parallel._pools.remove(pool)
        with pytest.raises(BrokenExecutor):
            running.result(10)
