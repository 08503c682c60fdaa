"""Waits for a server: each wait ends, and a server that does not answer at all ends the run, not one file after another."""

import math
import re
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, wait
from typing import TypeVar

from mrnet.errors import ServerLostError, UnreadableFileError

Answer = TypeVar("Answer")
Heard = Callable[[], None]
"""A request calls this whenever a piece of its answer comes."""

SECONDS_OF_SILENCE = 14.0
"""The longest wait for the next piece of an answer, retries included."""
SECONDS_OF_GAP = 3.0
"""Longer gaps between pieces are counted together, so that a server cannot be silent again and again in one answer."""
MAX_FAILURES = 12
"""Requests that fail one after another before the server counts as lost: as many as usually run at once."""
SECONDS_BETWEEN_CHECKS = 1.0
SILENT = "the server did not answer in time"
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

    def ask(self, request: Callable[[Heard], Answer]) -> Answer:
        """Return a request's answer.

        Raises:
            UnreadableFileError: this request failed.
            ServerLostError: for SECONDS_OF_SILENCE, or MAX_FAILURES times, all requests have failed.
        """
        self._raise_if_lost()
        last, gaps = time.monotonic(), 0.0

        def heard() -> None:
            nonlocal last, gaps
            now = time.monotonic()
            gaps += now - last if now - last > SECONDS_OF_GAP else 0
            self._heard = last = now
            self._failing_since = math.inf

        # In a thread, because a request waits outside of Python, where neither Ctrl-C nor a time limit can end it.
        answer = begin(lambda: request(heard))
        while not wait([answer], min(SECONDS_BETWEEN_CHECKS, SECONDS_OF_SILENCE)).done:
            self._raise_if_lost()
            if gaps + time.monotonic() - last >= SECONDS_OF_SILENCE:
                raise self._failure(UnreadableFileError(SILENT), last)
        try:
            found = answer.result()
        except UnreadableFileError as error:
            raise self._failure(error, last) from None
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
        self._lost_at, self._loss = now, f"{error.reason.partition(';')[0]}; {how}"
        return self._lost()

    def _raise_if_lost(self) -> None:
        # Later it may answer again: a browser's page stays open, and a training can catch the error.
        if time.monotonic() - self._lost_at < SECONDS_OF_SILENCE:
            raise self._lost()

    def _lost(self) -> ServerLostError:
        return ServerLostError(f"{self.name}: {self._loss}; check {self.suspects}, then run this again")


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
