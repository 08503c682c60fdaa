"""Where requests run: a loop in a thread of its own, in which each can be ended; and threads that nobody waits for."""

import asyncio
import atexit
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from contextvars import Context
from functools import cache
from typing import TypeVar, TypeVarTuple

Answer = TypeVar("Answer")
Arguments = TypeVarTuple("Arguments")

MAX_SECONDS_TO_FINISH = 1.0


class RequestLoop(asyncio.SelectorEventLoop):
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
def request_loop() -> RequestLoop:
    """Return the loop, running in a thread; a thread that waited for a request itself, outside of Python, could not end it."""
    loop = RequestLoop()
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
