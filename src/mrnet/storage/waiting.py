"""Waits for a server: each wait ends, and a server that does not answer at all ends the run, not one file after another."""

import asyncio
import atexit
import math
import re
import threading
import time
from collections.abc import Callable, Coroutine
from concurrent.futures import Future
from contextvars import Context
from functools import cache
from typing import Any, TypeVar, TypeVarTuple

from mrnet.errors import ServerLostError, UnreadableFileError
from mrnet.memory import return_all_memory, used_memory

Answer = TypeVar("Answer")
Arguments = TypeVarTuple("Arguments")
Heard = Callable[[], None]
"""A request calls this whenever a piece of its answer comes."""
Request = Callable[[Heard], Coroutine[Any, Any, Answer]]

SECONDS_OF_SILENCE = 14.0
"""The longest wait for the next piece of an answer, retries included."""
SECONDS_OF_GAP = 3.0
"""Longer gaps between pieces are counted together, so that a server cannot be silent again and again in one answer."""
SECONDS_TO_FREE = 0.05
"""For obstore to free a request that is cancelled, which it does in a thread of its own."""
MAX_SECONDS_TO_FINISH = 1.0
MAX_FAILURES = 12
"""Requests that fail one after another before the server counts as lost: as many as usually run at once."""
SECONDS_BETWEEN_CHECKS = 0.05
MAX_UNHEARD_BYTES = 96 << 20
"""The process may grow by this much while nothing of an answer is given to it; a page of a listing has a few megabytes."""
GUILTY_SHARE = 0.7
"""If the end of a request frees this share of the memory by which the process grew, the answer was the cause."""
SILENT = "the server did not answer in time"
ENDLESS = "an answer of the server fills the memory, and has no end in sight"
NOT_ANSWERED = re.compile(f"{SILENT}|cannot be reached|ended the connection|answers (5|429)")
"""Reasons that may concern the whole server. Others, such as 404, are answers about one file."""


class Server:
    """What all requests to one server know about it; safe to use from many threads."""

    def __init__(self, name: str, suspects: str = "the network and the server") -> None:
        self.name = name
        self.suspects = suspects
        self._heard = self._lost_at = -math.inf
        self._failing_since = math.inf
        self._failures = 0
        self._loss = ""

    def ask(self, request: Request[Answer]) -> Answer:
        """Return a request's answer; the request ends if nobody waits for it any longer.

        Raises:
            UnreadableFileError: this request failed.
            ServerLostError: for SECONDS_OF_SILENCE, or MAX_FAILURES times, all requests have failed; or an answer has no end.
        """
        answer = asyncio.run_coroutine_threadsafe(self._answer(request), _requests())
        try:
            return answer.result()
        finally:
            answer.cancel()

    async def _answer(self, request: Request[Answer]) -> Answer:
        self._raise_if_lost()
        last, gaps = time.monotonic(), 0.0

        def heard() -> None:
            nonlocal last, gaps
            now = time.monotonic()
            gaps += now - last if now - last > SECONDS_OF_GAP else 0
            self._heard = last = now
            self._failing_since = math.inf

        running = asyncio.ensure_future(request(heard))
        memory, seen = used_memory(), last
        try:
            while not (await asyncio.wait({running}, timeout=SECONDS_BETWEEN_CHECKS))[0]:
                self._raise_if_lost()
                if gaps + time.monotonic() - last >= SECONDS_OF_SILENCE:
                    raise self._failure(UnreadableFileError(SILENT), last)
                if seen != last:
                    memory, seen = used_memory(), last
                elif used_memory() - memory > MAX_UNHEARD_BYTES:
                    if await _fills_memory(running, memory):
                        raise self._lost_because(ENDLESS)
                    memory = used_memory()
                    if running.cancelled():
                        running = asyncio.ensure_future(request(heard))
            found = running.result()
        except UnreadableFileError as error:
            raise self._failure(error, last) from None
        finally:
            await _cancel(running)
        heard()
        self._failures = 0
        return found

    def _failure(self, error: UnreadableFileError, last: float) -> UnreadableFileError | ServerLostError:
        """Return the error of a request that failed, or that of its server if all requests fail."""
        if not NOT_ANSWERED.search(error.reason):
            return error
        now = time.monotonic()
        self._failures += 1
        self._failing_since = min(self._failing_since, max(last, self._heard))
        if now - self._failing_since >= SECONDS_OF_SILENCE:
            how = f"no request was answered for {SECONDS_OF_SILENCE:g} seconds"
        elif self._failures >= MAX_FAILURES:
            how = f"{MAX_FAILURES} requests failed one after another"
        else:
            return error
        return self._lost_because(f"{error.reason.partition(';')[0]}; {how}")

    def _lost_because(self, loss: str) -> ServerLostError:
        self._lost_at, self._loss = time.monotonic(), loss
        return self._lost()

    def _raise_if_lost(self) -> None:
        # Later it may answer again: a browser's page stays open, and a training can catch the error.
        if time.monotonic() - self._lost_at < SECONDS_OF_SILENCE:
            raise self._lost()

    def _lost(self) -> ServerLostError:
        return ServerLostError(f"{self.name}: {self._loss}; check {self.suspects}, then run this again")


async def _fills_memory(request: asyncio.Task[Any], memory_before: int) -> bool:
    """Return whether the answer to a request is why this process needs more memory than before; end the request to see that.

    obstore keeps a listing and the text of an error as a whole, without a limit. But something else may have needed the memory.
    """
    return_all_memory()
    memory = used_memory()
    if (grown := memory - memory_before) < MAX_UNHEARD_BYTES:
        return False
    await _cancel(request)
    return_all_memory()
    return memory - used_memory() > grown * GUILTY_SHARE


async def _cancel(request: asyncio.Task[Any]) -> None:
    if request.cancel():
        await asyncio.sleep(SECONDS_TO_FREE)


class _Requests(asyncio.SelectorEventLoop):
    """The loop in which all requests of this process run.

    obstore hands each answer over in a thread of its own. If Python ended while such a thread waits for the interpreter, the
    thread would abort the process. So the end waits for the threads that hand something over.
    """

    def __init__(self) -> None:
        super().__init__()
        self._handing_over: set[int] = set()

    def call_soon_threadsafe(
        self, callback: Callable[[*Arguments], object], *arguments: *Arguments, context: Context | None = None
    ) -> asyncio.Handle:
        """Let the loop call something soon; other threads call this."""
        thread = threading.get_ident()
        self._handing_over.add(thread)
        try:
            return super().call_soon_threadsafe(callback, *arguments, context=context)
        finally:
            self._handing_over.discard(thread)

    def finish(self) -> None:
        """Wait until every thread has handed over its answer; not for ever, because after a fork those threads are gone."""
        deadline = time.monotonic() + MAX_SECONDS_TO_FINISH
        while self._handing_over and time.monotonic() < deadline:
            time.sleep(0.001)


@cache
def _requests() -> _Requests:
    """Return the loop, running in a thread; a thread that waited for a request itself, outside of Python, could not end it."""
    loop = _Requests()
    threading.Thread(target=loop.run_forever, daemon=True).start()
    atexit.register(loop.finish)
    return loop


def begin(function: Callable[[], Answer]) -> Future[Answer]:
    """Call a function in a thread of its own that does not keep the process alive."""
    answer: Future[Answer] = Future()

    def call() -> None:
        try:
            answer.set_result(function())
        except BaseException as error:  # noqa: BLE001 - raised again in the thread that waits
            answer.set_exception(error)

    threading.Thread(target=call, daemon=True).start()
    return answer
