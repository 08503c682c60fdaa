"""`mrnet manifest`: the SHA-256 of every file."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from mrnet.cli.groups import CHECK
from mrnet.cli.options.common import OUTPUT_PANEL, ArchiveArgument
from mrnet.cli.options.work import WorkOptions

if TYPE_CHECKING:
    from mrnet.archive.model import Archive

GROUP = CHECK


def run(
    archive: ArchiveArgument,
    work: WorkOptions,
    output: Annotated[
        Path | None,
        typer.Option(
            "--output", "-o", metavar="FILE", show_default="standard output", rich_help_panel=OUTPUT_PANEL,
            help="Write it to this file, which may lie in the archive's root.",
        ),
    ] = None,
) -> int:  # fmt: skip
    """Print the SHA-256 of every file, as sha256sum does: keep the output, and compare later.

    In the archive's root, sha256sum -c accepts it; mrnet validate --against FILE compares a folder or a zip with it.

    Examples: [bold]mrnet manifest -o MRNet-v1.0.sha256[/], [bold]mrnet validate --against MRNet-v1.0.sha256[/].
    """
    import os

    from mrnet.cli import console
    from mrnet.validation.checksums import digest_files
    from mrnet.validation.manifest import manifest_line, refuse_target, written_now
    from mrnet.writing import writing

    opened = archive.open()
    if output is not None:
        refuse_target(output, opened.storage.location)
    paths = _paths(opened)
    if opened.kind == "folder" and isinstance(root := opened.storage.location, Path):
        own = written_now(output)
        paths = [path for path in paths if not own(root / path)]
    for fault in opened.folder_faults:
        console.say(f"mrnet: {fault}")
    lines = []
    with console.progress("Reading", len(paths), unit="files", quiet=archive.quiet) as advance:
        for path, digest in digest_files(opened.storage, paths, work.workers(opened)):
            if isinstance(digest, str):
                lines.append(manifest_line(digest, path))
            else:
                console.say(f"mrnet: {digest}")
            advance(1)
    text = os.fsencode("".join(lines))
    if output is None:
        console.put(text)
    else:
        with writing(output, checked=True) as file:
            file.write(text)
    return 0 if len(lines) == len(paths) and not opened.folder_faults else 1


def _paths(archive: "Archive") -> list[str]:
    is_folder = archive.storage.layout.is_folder
    return sorted(entry.path for entry in archive.storage.files() if not is_folder(entry.path))
