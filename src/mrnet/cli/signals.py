"""Ctrl-C, and the signals with which a system ends a program: the first stops the work, a later one ends the process."""

import _thread
import os
import signal
import sys
import time
from contextlib import suppress
from types import FrameType
from typing import NoReturn

from mrnet import parallel, writing

INTERRUPTED = 130
SIGNALS = [
    getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP", "SIGXCPU", "SIGBREAK") if hasattr(signal, name)
]
SECONDS_TO_CLEAN_UP = 1.0
"""A second Ctrl-C within this time is ignored, so that the stopped work can clean up."""

MAX_SECONDS_TO_END = 10.0


def prepare_signals() -> None:
    """Let each signal that ends a program stop the work; an ignored one, as under `nohup`, stays ignored."""
    first = float("inf")

    def stop(_number: int, _frame: FrameType | None) -> None:
        nonlocal first
        if parallel.stopping.is_set():
            if time.monotonic() - first > SECONDS_TO_CLEAN_UP:
                end_now()
            return
        first = time.monotonic()
        parallel.stopping.set()
        # The exception may be lost in a finalizer, or something may wait forever. The process ends even then.
        # A threading.Thread would take locks and wait until it runs; the signal may have interrupted a thread that holds them.
        # RuntimeError: the system gives no more threads.
        with suppress(RuntimeError):
            _thread.start_new_thread(_end_at_last, ())
        raise KeyboardInterrupt

    for number in SIGNALS:
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, stop)
    sys.unraisablehook = _report_lost_exception


def _report_lost_exception(lost: "sys.UnraisableHookArgs") -> None:
    """Report an exception in a finalizer or at a fork, except the one that a signal raised there: the work stops anyway."""
    if not (parallel.stopping.is_set() and issubclass(lost.exc_type, KeyboardInterrupt)):
        sys.__unraisablehook__(lost)


def ignore_signals() -> None:
    """Ignore the signals from now on: while the interpreter ends, they would replace the command's exit status."""
    for number in SIGNALS:
        signal.signal(number, signal.SIG_IGN)


def _end_at_last() -> None:
    time.sleep(MAX_SECONDS_TO_END)
    end_now()


def end_now(status: int = INTERRUPTED) -> NoReturn:
    """End this process without waiting for its threads, which may wait for a server. Leave no process and no `.part`."""
    parallel.abandon()
    writing.abandon()
    for stream in (sys.stdout, sys.stderr):
        # RuntimeError: the signal came while this stream was written to.
        with suppress(OSError, ValueError, RuntimeError):
            stream.flush()
    os._exit(status)
