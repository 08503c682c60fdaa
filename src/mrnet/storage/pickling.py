"""What goes to another process as the way to open it, not with all that was read: there it is opened once per run."""

import os
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Callable
from functools import cached_property
from weakref import WeakValueDictionary


class OpenedAgain(ABC):
    """Pickled by what it is opened by; each process opens it once, so that a listing is not made for every batch."""

    @abstractmethod
    def opened_by(self) -> tuple[object, ...]:
        """Return the arguments that its class opens it by, in another process too."""

    @cached_property
    def _token(self) -> str:
        # Names this opening, not the place: what a worker keeps must not outlive a change of the archive.
        return os.urandom(8).hex()

    def __reduce__(self) -> tuple[object, ...]:
        KNOWN[self._token] = self
        return _open_again, (self._token, type(self), self.opened_by())


KNOWN: "WeakValueDictionary[str, OpenedAgain]" = WeakValueDictionary()
"""What was sent from here, so that it comes back as itself, and what was opened here for another process."""
RECENT: deque[OpenedAgain] = deque(maxlen=2)
"""Keeps what was opened here from one batch of work to the next."""


def _open_again(token: str, kind: Callable[..., OpenedAgain], arguments: tuple[object, ...]) -> OpenedAgain:
    known = KNOWN.get(token)
    if known is None:
        known = KNOWN[token] = kind(*arguments)
        known.__dict__["_token"] = token
        RECENT.append(known)
    return known
