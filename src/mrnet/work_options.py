"""The options of who does the work, for the commands that read many volumes."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from mrnet.errors import UsageError
from mrnet.options import Jobs, option_group

if TYPE_CHECKING:
    from mrnet.archive import Archive
    from mrnet.parallel import Workers


@option_group
class WorkOptions:
    """Who does the work: for commands that read many volumes."""

    jobs: Jobs = None
    scheduler: Annotated[
        str | None,
        typer.Option(metavar="ADDRESS", help="Let a Dask cluster do it: tcp://HOST:8786.", show_default="this machine"),
    ] = None

    def workers(self, archive: "Archive", *, writes: Path | None = None) -> "Workers":
        """Return who works on an archive; a cluster's workers must see it, and the folder that they write to.

        Raises:
            UsageError: both options are given.
        """
        from mrnet.parallel import Workers

        if self.scheduler is not None and self.jobs is not None:
            raise UsageError("--jobs and --scheduler: a cluster decides itself how much it does at once; leave one out")
        storage = archive.storage
        return Workers(self.jobs, storage.readers, self.scheduler, storage.location, writes)
