"""The options on where the work runs, for commands that read many volumes."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated
from urllib.parse import urlsplit

import typer

from mrnet.cli.options.common import Jobs, option_group
from mrnet.errors import UsageError
from mrnet.text import shortened

if TYPE_CHECKING:
    from mrnet.archive.model import Archive
    from mrnet.parallel import Workers

SCHEMES = ("tcp", "tls", "ws", "wss", "ucx")
"""Protocols of addresses of Dask schedulers."""


@option_group
class WorkOptions:
    """Where the work runs: for commands that read many volumes."""

    jobs: Jobs = None
    scheduler: Annotated[
        str | None,
        typer.Option(metavar="ADDRESS", help="Let a Dask cluster do it: tcp://HOST:8786.", show_default="this machine"),
    ] = None

    def workers(self, archive: "Archive", *, writes: Path | None = None) -> "Workers":
        """Return the workers for an archive; those of a cluster must see it and the folder that they write to.

        Raises:
            UsageError: both options are given, or the scheduler's address is not valid.
        """
        from mrnet.parallel import Workers

        if self.scheduler is not None and self.jobs is not None:
            raise UsageError("--jobs and --scheduler: a cluster decides itself how much it does at once; leave one out")
        scheduler = None if self.scheduler is None else self.scheduler.strip()
        if scheduler is not None and not _is_address(scheduler):
            raise UsageError(f"--scheduler {shortened(scheduler)!r}: expected an address such as tcp://10.0.0.1:8786")
        storage = archive.storage
        return Workers(self.jobs, storage.readers, scheduler, storage.location, writes)


def _is_address(text: str) -> bool:
    """Return whether Dask accepts an address; with others its client prints errors for 20 seconds."""
    try:
        parts = urlsplit(text if "://" in text else f"tcp://{text}")
        return parts.scheme in SCHEMES and bool(parts.hostname and parts.port) and "@" not in parts.netloc
    except ValueError:
        return False
