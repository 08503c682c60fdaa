"""Storages are pickled as the arguments that open them, without what was read; each process opens them once per run."""

import os
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Callable
from functools import cached_property
from weakref import WeakValueDictionary


class OpenedAgain(ABC):
    """Pickled by its opening arguments. Each process opens it once, so that it is not listed again for every batch."""

    @abstractmethod
    def opened_by(self) -> tuple[object, ...]:
        """Return the arguments with which its class opens it, also in another process."""

    @cached_property
    def _token(self) -> str:
        # The name identifies this opening, not the place: a worker must not reuse an old listing after the archive has changed.
        return os.urandom(8).hex()

    def __reduce__(self) -> tuple[object, ...]:
        KNOWN[self._token] = self
        return _open_again, (self._token, type(self), self.opened_by())


KNOWN: "WeakValueDictionary[str, OpenedAgain]" = WeakValueDictionary()
"""Storages that this process has pickled, so that unpickling gives the same objects, or has opened for another process."""
RECENT: deque[OpenedAgain] = deque(maxlen=2)
"""Keeps the storages that this process opened from one batch of work to the next."""


def _open_again(token: str, kind: Callable[..., OpenedAgain], arguments: tuple[object, ...]) -> OpenedAgain:
    known = KNOWN.get(token)
    if known is None:
        known = KNOWN[token] = kind(*arguments)
        known.__dict__["_token"] = token
        RECENT.append(known)
    return known
