"""Each wait for a server ends soon, with one message; a server that answers nothing ends the run."""

import asyncio
import mmap
import re
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import urlopen

import pytest

from mrnet import Archive
from mrnet.errors import ServerLostError, UnreadableFileError
from mrnet.storage import connection, waiting
from mrnet.storage.connection import Connection
from mrnet.storage.loop import RequestLoop
from mrnet.storage.places import Url
from mrnet.storage.waiting import Heard, Server
from mrnet.viewer.roster import roster_of
from mrnet.viewer.server import ViewerServer
from tests.conftest import Mrnet
from tests.measured import MAX_PEAK_BYTES, run_measured
from tests.remote.servers import FaultyServer

SECONDS = 0.25
"""A sum of halves, so that a clock adds it without rounding."""


@pytest.fixture(autouse=True)
def _short_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(waiting, "SECONDS_OF_SILENCE", SECONDS)
    monkeypatch.setattr(waiting, "SECONDS_OF_GAP", SECONDS / 3)


COMMANDS = ["info", "list", "validate", "stats", "manifest", "show 1", "compare labels", "export-gif", "export-montage",
            "export-contact-sheet -p axial", "export-html", "extract -o copy.zip", "extract -o copy"]  # fmt: skip


@pytest.mark.parametrize(
    ("command", "fault"),
    [*((command, "mute") for command in COMMANDS), ("validate", "unfinished"), ("validate", "dripping")],
)
def test_a_server_that_stops_answering_ends_the_run_with_one_message(
    faulty: FaultyServer, mrnet: Mrnet, command: str, fault: str
) -> None:
    # After the zip's length and directory have come.
    faulty.fails_at = 2
    address = f"{faulty.address}/{fault}-from/MRNet-v1.0.zip"
    ran = mrnet(*command.split(), "--root", address)
    assert (ran.status, ran.out) == (2, "")
    assert re.fullmatch(f"mrnet: {re.escape(address)}: {waiting.SILENT}; .*then run this again\n", ran.err)
    assert not [path for path in Path().rglob("*") if path.is_file()]


@pytest.mark.parametrize("words", [["compare"], ["validate", "--against"], ["compare", "there", "--root"]])
def test_a_silent_server_of_a_second_source_is_one_message(
    faulty: FaultyServer, mrnet: Mrnet, archive: Path, words: list[str]
) -> None:
    address = f"{faulty.address}/mute/MRNet-v1.0.zip"
    ran = mrnet(*words, address, *([] if "--root" in words else ["--root", archive]))
    assert (ran.status, ran.out) == (2, "")
    assert ran.err.startswith(f"mrnet: {address}: {waiting.SILENT}; no request was answered for {SECONDS} seconds")
    assert ran.err.count("\n") == 1


@pytest.mark.parametrize("fault", ["mute", "503"])
def test_a_silent_bucket_is_one_message(
    faulty: FaultyServer, mrnet: Mrnet, monkeypatch: pytest.MonkeyPatch, fault: str
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", f"{faulty.address}/{fault}")
    monkeypatch.setenv("AWS_SKIP_SIGNATURE", "true")
    ran = mrnet("list", "--root", "s3://mrnet/MRNet-v1.0")
    assert ran.status == 2
    assert ran.err.startswith("mrnet: s3://mrnet/MRNet-v1.0: the server ")
    assert ran.err.count("\n") == 1


def test_a_server_that_fails_every_request_ends_the_run_before_it_has_failed_for_each_file(
    faulty: FaultyServer, mrnet: Mrnet, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(waiting, "SECONDS_OF_SILENCE", 60)
    monkeypatch.setattr(waiting, "MAX_FAILURES", 3)
    monkeypatch.setitem(connection.RETRIES, "max_retries", 0)
    faulty.fails_at = 8
    ran = mrnet("validate", "--root", f"{faulty.address}/503-from/MRNet-v1.0.zip", "--jobs", "1")
    assert (ran.status, ran.out) == (2, "")
    assert "the server answers 503 Service Unavailable; 3 requests failed one after another; check" in ran.err
    assert len(faulty.requests) == faulty.fails_at + 3


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere the memory is not watched")
@pytest.mark.parametrize(
    ("place", "answered"),
    [
        ("endless200", None),
        ("endless403", None),
        ("endless404-from", 0),
        ("endless500-from", 2),
        ("endless404-from", 40),
    ],
)
def test_an_answer_without_an_end_ends_the_run_before_it_needs_much_memory(
    faulty: FaultyServer, monkeypatch: pytest.MonkeyPatch, place: str, answered: int | None
) -> None:
    # The first two are the answer to the listing of a bucket, the others to a request for a part of a zip.
    faulty.fails_at = answered
    monkeypatch.setenv("AWS_ENDPOINT_URL", f"{faulty.address}/{place}")
    monkeypatch.setenv("AWS_SKIP_SIGNATURE", "true")
    root = "s3://mrnet/MRNet-v1.0" if answered is None else f"{faulty.address}/{place}/MRNet-v1.0.zip"
    ran, peak = run_measured("validate", "--root", root)
    assert (ran.returncode, ran.stdout) == (2, "")
    assert re.fullmatch(f"mrnet: {re.escape(root)}: {waiting.ENDLESS}; check .*, then run this again\n", ran.stderr)
    assert peak < MAX_PEAK_BYTES


def test_an_answer_is_not_accused_of_memory_that_something_else_needs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(waiting, "SECONDS_OF_SILENCE", 60)
    kept: list[bytes] = []

    async def wait_while_others_need_memory(_: Heard) -> int:
        if not kept:
            kept.append(b"\1" * (waiting.MAX_UNHEARD_BYTES + (8 << 20)))
        await asyncio.sleep(0.2)
        return 5

    assert Server("s3://mrnet").ask(wait_while_others_need_memory) == 5
    assert kept


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere the memory is not watched")
def test_answers_without_an_end_are_found_together_if_each_has_only_a_part_of_the_memory(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(waiting, "SECONDS_OF_SILENCE", 60)
    server, size, most = Server("s3://mrnet"), 0, 0

    async def fill_memory(_: Heard) -> None:
        nonlocal size, most
        kept = []
        try:
            while size < 4 * waiting.MAX_UNHEARD_BYTES:
                kept.append(mmap.mmap(-1, 1 << 20, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS))
                kept[-1].write(b"\1" * (1 << 20))
                size += 1 << 20
                most = max(most, size)
                await asyncio.sleep(0.02)
        finally:
            size -= len(kept) << 20
            kept.clear()

    def ask(_: object) -> str:
        with pytest.raises(ServerLostError) as refused:
            server.ask(fill_memory)
        return str(refused.value)

    with ThreadPoolExecutor(8) as pool:
        assert all(waiting.ENDLESS in said for said in pool.map(ask, range(8)))
    assert most < 2 * waiting.MAX_UNHEARD_BYTES


def test_the_end_of_python_waits_for_a_thread_that_hands_over_an_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    handing, handed = threading.Event(), threading.Event()

    def hand_over(*_: object, **__: object) -> None:
        handing.set()
        handed.wait(10)

    monkeypatch.setattr(asyncio.SelectorEventLoop, "call_soon_threadsafe", hand_over)
    with closing(RequestLoop()) as loop:
        threading.Thread(target=loop.call_soon_threadsafe, args=(print,)).start()
        handing.wait(10)
        ending = threading.Thread(target=loop.finish)
        ending.start()
        ending.join(0.1)
        assert ending.is_alive()
        handed.set()
        ending.join(10)
        assert not ending.is_alive()


def test_a_request_that_nobody_waits_for_is_cancelled() -> None:
    cancelled = threading.Event()

    async def never(_: Heard) -> None:
        try:
            await asyncio.Event().wait()
        finally:
            cancelled.set()

    with pytest.raises(ServerLostError):
        Server("s3://mrnet").ask(never)
    assert cancelled.wait(10)


class Clock:
    """Time that passes only when a test says so."""

    def __init__(self) -> None:
        self.seconds = 1000.0

    def monotonic(self) -> float:
        return self.seconds

    async def wait_without_end(self, _: Heard) -> None:
        """Wait for a server that says nothing."""
        self.seconds += SECONDS
        await asyncio.Event().wait()


async def five(_: Heard) -> int:
    """Answer at once."""
    return 5


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """The clock that the waits read."""
    clock = Clock()
    monkeypatch.setattr(waiting, "time", clock)
    monkeypatch.setattr(waiting, "SECONDS_BETWEEN_CHECKS", 0.01)
    return clock


def test_one_silent_file_is_an_error_of_its_own_if_others_are_read_meanwhile(clock: Clock) -> None:
    server = Server("s3://mrnet")

    async def wait_while_another_is_read(_: Heard) -> None:
        clock.seconds += SECONDS / 2
        assert await asyncio.to_thread(server.ask, five) == 5
        clock.seconds += SECONDS / 2
        await asyncio.Event().wait()

    with pytest.raises(UnreadableFileError, match=waiting.SILENT):
        server.ask(wait_while_another_is_read)


def test_an_answer_that_keeps_coming_may_take_long(clock: Clock) -> None:
    async def send(heard: Heard) -> str:
        for _ in range(20):
            clock.seconds += SECONDS / 4
            heard()
        return "the whole"

    assert Server("s3://mrnet").ask(send) == "the whole"


def test_an_answer_with_long_gaps_is_silence(clock: Clock) -> None:
    async def send(heard: Heard) -> None:
        for _ in range(3):
            clock.seconds += SECONDS / 2
            heard()
        await asyncio.Event().wait()

    with pytest.raises(UnreadableFileError, match=waiting.SILENT):
        Server("s3://mrnet").ask(send)


def test_a_lost_server_is_asked_again_later(clock: Clock) -> None:
    server = Server("s3://mrnet")
    for request in (clock.wait_without_end, five):
        with pytest.raises(ServerLostError):
            server.ask(request)
    clock.seconds += SECONDS
    assert server.ask(five) == 5


@pytest.mark.parametrize(("size", "word"), [(30, "more"), (10, "less")])
def test_a_part_of_another_length_than_requested_is_not_believed(faulty: FaultyServer, size: int, word: str) -> None:
    address = f"{faulty.address}/ok/MRNet-v1.0.zip"
    archive = Connection(Url(address), address)
    assert len(archive.read("", 0, 20)) == 20
    faulty.answers_with = faulty.data[:size]
    with pytest.raises(UnreadableFileError, match=f"the server sent {word} than the requested part"):
        archive.read("", 0, 20)


def test_the_page_says_that_the_server_is_silent(faulty: FaultyServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(waiting, "SECONDS_OF_SILENCE", 60)
    faulty.fails_at = 1000
    archive = Archive.open(f"{faulty.address}/mute-from/MRNet-v1.0.zip")
    with ViewerServer(roster_of(archive, archive.cases), {}) as page:
        monkeypatch.setattr(waiting, "SECONDS_OF_SILENCE", SECONDS)
        faulty.fails_at = 0
        threading.Thread(target=page.serve_forever, args=(0.02,), daemon=True).start()
        with pytest.raises(HTTPError) as refused:
            urlopen(f"http://127.0.0.1:{page.server_address[1]}/{page.token}/volume/train/0000/axial")
        page.shutdown()
    assert refused.value.status == 422
    assert waiting.SILENT in refused.value.read().decode()
