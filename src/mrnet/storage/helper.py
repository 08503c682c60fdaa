"""A process that reads a remote archive for a forked process, in which obstore would hang because its threads are gone.

This is what happens in PyTorch's DataLoader and in every pool that forks. A forked process may be a daemon, and
`multiprocessing` allows a daemon no children. So this is a plain program, which reads its questions from standard input.
"""

import os
import pickle
import subprocess
import sys
import threading
from typing import Any

from mrnet.errors import MRNetError, UnreadableFileError


class Helper:
    """Calls a connection in a separate process, which ends with this one.

    Args:
        connection: the `Connection` that answers there; it is pickled.
    """

    def __init__(self, connection: object) -> None:
        # The address goes through the pipe and not into the list of processes, because it may hold secrets.
        # With -m alone, Python would import modules from the current folder before its own: a random.py there would break it.
        self.lock = threading.Lock()
        try:
            self.process = subprocess.Popen(
                [sys.executable, "-P", "-m", "mrnet.storage.helper"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                env={**os.environ, "PYTHONPATH": os.pathsep.join(map(str, sys.path))},
            )
            self._send(connection)
        except OSError as error:
            raise UnreadableFileError(f"the process that reads it cannot be started: {error.strerror}") from None

    def ask(self, what: str, *arguments: object) -> Any:
        """Return what a method of the connection returns, or raise what it raises."""
        with self.lock:
            try:
                self._send((what, arguments))
                assert self.process.stdout is not None
                answer, error = pickle.load(self.process.stdout)  # noqa: S301 - written by our own process
            except (OSError, EOFError) as lost:
                raise UnreadableFileError(f"the process that reads it has ended: {lost}") from None
        if error is not None:
            raise error
        return answer

    def _send(self, what: object) -> None:
        assert self.process.stdin is not None
        pickle.dump(what, self.process.stdin)
        self.process.stdin.flush()


def main() -> None:
    """Answer questions until there are no more."""
    questions, answers = sys.stdin.buffer, sys.stdout.buffer
    connection = pickle.load(questions)  # noqa: S301 - written by our own parent
    while True:
        try:
            what, arguments = pickle.load(questions)  # noqa: S301 - written by our own parent
        except EOFError:
            return
        try:
            answer: tuple[Any, MRNetError | None] = connection.answer(what, *arguments), None
        except MRNetError as error:
            answer = None, error
        pickle.dump(answer, answers)
        answers.flush()


if __name__ == "__main__":
    main()
