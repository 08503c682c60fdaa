"""Waits for a server: each wait ends, and a server that does not answer at all ends the run, not one file after another."""

import asyncio
import math
import re
import time
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

from mrnet.errors import ServerLostError, UnreadableFileError
from mrnet.memory import return_all_memory, used_memory
from mrnet.storage.loop import request_loop

Answer = TypeVar("Answer")
Heard = Callable[[], None]
"""A request calls this whenever a piece of its answer comes."""
Request = Callable[[Heard], Coroutine[Any, Any, Answer]]

SECONDS_OF_SILENCE = 14.0
"""The longest wait for the next piece of an answer, retries included."""
SECONDS_OF_GAP = 3.0
"""Longer gaps between pieces are counted together, so that a server cannot be silent again and again in one answer."""
SECONDS_TO_FREE, TRIES_TO_FREE = 0.05, 6
"""For obstore to free requests that are cancelled, which it does in a thread of its own."""
MAX_FAILURES = 12
"""Requests that fail one after another before the server counts as lost: as many as usually run at once."""
SECONDS_BETWEEN_CHECKS = 0.05
MAX_UNHEARD_BYTES = 64 << 20
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
        self._unheard: dict[object, asyncio.Task[Any]] = {}
        self._on_trial = False

    def ask(self, request: Request[Answer]) -> Answer:
        """Return a request's answer; the request ends if nobody waits for it any longer.

        Raises:
            UnreadableFileError: this request failed.
            ServerLostError: for SECONDS_OF_SILENCE, or MAX_FAILURES times, all requests have failed; or an answer has no end.
        """
        answer = asyncio.run_coroutine_threadsafe(self._answer(request), request_loop())
        try:
            return answer.result()
        finally:
            answer.cancel()

    async def _answer(self, request: Request[Answer]) -> Answer:
        self._raise_if_lost()
        pulse = _Pulse()

        def heard() -> None:
            pulse.beat()
            self._heard = pulse.last
            self._failing_since = math.inf

        try:
            found = await self._watched(request, heard, pulse)
        except UnreadableFileError as error:
            raise self._failure(error, pulse.last) from None
        heard()
        self._failures = 0
        return found

    async def _watched(self, request: Request[Answer], heard: Heard, pulse: "_Pulse") -> Answer:
        running, memory, seen = self._begin(request, heard), used_memory(), pulse.last
        try:
            while True:
                done, _ = await asyncio.wait({running}, timeout=SECONDS_BETWEEN_CHECKS)
                if done and not running.cancelled():
                    return running.result()
                while self._on_trial:
                    await asyncio.sleep(SECONDS_BETWEEN_CHECKS)
                self._raise_if_lost()
                if running.cancelled():
                    # It was suspected, and is not guilty.
                    running, memory, seen = self._begin(request, heard), used_memory(), pulse.last
                elif pulse.silence() >= SECONDS_OF_SILENCE:
                    raise UnreadableFileError(SILENT)
                elif seen != pulse.last:
                    memory, seen = used_memory(), pulse.last
                elif used_memory() - memory > MAX_UNHEARD_BYTES:
                    await self._try_for_memory(running, memory)
        finally:
            running.cancel()

    def _begin(self, request: Request[Answer], heard: Heard) -> asyncio.Task[Answer]:
        """Begin a request; it is one of the unheard ones until a piece of its answer comes."""
        # Not the task itself: what a task holds that refers to itself is freed late.
        key = object()

        def heard_of_it() -> None:
            self._unheard.pop(key, None)
            heard()

        def ended(task: asyncio.Task[Answer]) -> None:
            self._unheard.pop(key, None)
            if not task.cancelled():
                # Otherwise asyncio prints an error that nobody waits for any longer.
                task.exception()

        running = asyncio.ensure_future(request(heard_of_it))
        running.add_done_callback(ended)
        self._unheard[key] = running
        return running

    async def _try_for_memory(self, suspect: asyncio.Task[Any], memory_before: int) -> None:
        """End a request and all others of which nothing is heard; if this frees the memory, their answers have no end.

        obstore keeps a listing and the text of an error as a whole, without a limit. But something else may have needed the
        memory. They end together, because several such answers may arrive at the same time, each with a part of the memory.

        Raises:
            ServerLostError: the answers are why this process has grown.
        """
        self._on_trial = True
        try:
            return_all_memory()
            memory = used_memory()
            if (grown := memory - memory_before) < MAX_UNHEARD_BYTES:
                return
            for each in {suspect, *self._unheard.values()}:
                each.cancel()
            for _ in range(TRIES_TO_FREE):
                await asyncio.sleep(SECONDS_TO_FREE)
                return_all_memory()
                if memory - used_memory() > grown * GUILTY_SHARE:
                    raise self._lost_because(ENDLESS)
        finally:
            self._on_trial = False

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


class _Pulse:
    """When the pieces of one answer came."""

    def __init__(self) -> None:
        self.last = time.monotonic()
        self._gaps = 0.0

    def beat(self) -> None:
        """Note that a piece came."""
        now = time.monotonic()
        self._gaps += now - self.last if now - self.last > SECONDS_OF_GAP else 0
        self.last = now

    def silence(self) -> float:
        """Return for how many seconds nothing came, with the long gaps before."""
        return self._gaps + time.monotonic() - self.last
