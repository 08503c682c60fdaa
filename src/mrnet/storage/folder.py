"""An archive that is a folder."""

import io
import os
import stat
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from functools import cached_property
from itertools import islice
from pathlib import Path
from typing import Self

from mrnet import inputs
from mrnet.errors import UnreadableFileError, unreadable
from mrnet.inputs import open_plain_file
from mrnet.storage.base import CHUNK_BYTES, MAX_ENTRIES, Entry, Kind, Storage, closing_quietly
from mrnet.storage.forms import holds_labels, holds_volumes
from mrnet.storage.layout import CLASSIC, Layout

INSIDE = "this lies inside the archive {}, which is never changed; write elsewhere"
KINDS = {stat.S_IFREG: None, stat.S_IFDIR: "a folder", stat.S_IFIFO: "a named pipe", stat.S_IFSOCK: "a socket"}
"""The kinds of files in words; None for a plain file, which has no fault."""


class FolderStorage(Storage):
    """An archive unpacked into a folder."""

    kind = "folder"
    location: Path

    def __init__(self, location: Path, folder: Path | None = None, layout: Layout = CLASSIC) -> None:
        self.location = location
        self.layout = layout
        self.folder = folder or location.absolute()
        # Every file's path is joined to this text: that takes a fifth of the time of joining two `Path`.
        self._below = f"{self.folder}/"

    def opened_by(self) -> tuple[object, ...]:
        return self.location, self.folder, self.layout

    def listing(self, folder: str) -> Mapping[str, Kind]:
        try:
            with os.scandir(self._below + folder) as scan:
                return {each.name: _kind(each) for each in scan}
        except OSError:
            return {}

    def rooted(self, root: str, layout: Layout) -> Self:
        rooted = type(self)(self.location / root, self.folder / root, layout)
        inputs.remember(INSIDE.format(rooted.location), rooted.holds)
        return rooted

    @cached_property
    def entries(self) -> dict[str, Entry]:
        return self._sorted_entries(self._scan(""))

    def _scan(self, folder: str) -> Iterator[Entry]:
        try:
            with os.scandir(self._below + folder) as scan:
                found = list(islice(scan, MAX_ENTRIES + 1))
        except OSError as error:
            if not folder:
                # The archive was there when it was opened. Without this error it would hold no case.
                raise unreadable(str(self.location), error) from error
            yield Entry(folder, _unlisted(error))
            return
        for each in found:
            path = f"{folder}/{each.name}" if folder else each.name
            if self.layout.is_folder(path) and _is_folder(each, follow=True):
                yield from self._scan(path)
            elif _is_folder(each, follow=False) and not self.layout.is_file_path(path):
                if fault := _why_not_listed(each.path):
                    yield Entry(path, fault)
                elif any(_files_below(Path(each.path))):
                    yield Entry(f"{path}/")
            elif each.is_file(follow_symlinks=False):
                yield Entry(path)
            else:
                follow = self.layout.is_folder(path) or self.layout.volume_at(path) is not None
                yield Entry(path, _fault(each, follow=follow))

    def walk(self, folder: str) -> Iterator[Entry]:
        for each in _files_below(self.folder / folder):
            path = Path(each.path).relative_to(self.folder).as_posix()
            yield Entry(path, _fault(each, follow=False))

    def holds(self, target: Path) -> bool:
        real = Path(os.path.realpath(target))
        paths: list[str] = []
        with suppress(UnreadableFileError):
            # The folder may be gone by now.
            paths += self.entries
        # Splits, planes and volumes may be links to other places.
        folders = {path.rpartition("/")[0] for path in paths} | self.layout.folders
        inside = {os.path.realpath(self._below + folder) for folder in folders}
        if not inside.isdisjoint(map(str, (real, *real.parents))):
            return True
        return real.is_file() and any(inputs.is_same_file(self.folder / path, real) for path in paths)

    def link_target(self, path: str) -> str | None:
        link = Path(self._below + path.removesuffix("/"))
        if not link.is_symlink():
            return None
        target, root = Path(os.path.realpath(link)), Path(os.path.realpath(self.folder))
        return target.relative_to(root).as_posix() if target != root and target.is_relative_to(root) else None

    def size(self, path: str) -> int:
        try:
            return os.stat(self._below + path).st_size
        except OSError as error:
            raise unreadable(path, error) from error

    def read_start(self, path: str, length: int) -> bytes:
        with self._opened(path) as handle:
            return os.read(handle.fileno(), length)

    def read(self, path: str) -> bytes:
        with self._opened(path) as handle:
            return handle.readall()

    def chunks(self, path: str) -> Iterator[bytes]:
        with self._opened(path) as handle:
            while chunk := handle.read(CHUNK_BYTES):
                yield chunk

    @contextmanager
    def _opened(self, path: str) -> Iterator[io.FileIO]:
        try:
            # A pipe may have replaced the file since it was listed.
            with closing_quietly(open(self._below + path, "rb", buffering=0, opener=open_plain_file)) as handle:
                yield handle
        except UnreadableFileError:
            raise
        except OSError as error:
            raise unreadable(path, error) from error


def _unlisted(error: OSError) -> str:
    return f"a folder that cannot be listed ({error.strerror})"


def _why_not_listed(folder: str) -> str | None:
    try:
        os.scandir(folder).close()
    except OSError as error:
        return _unlisted(error)
    return None


def is_archive_folder(folder: Path) -> bool:
    """Return whether a folder itself contains volumes or label files of an archive."""
    listing = FolderStorage(folder).listing
    return holds_labels(listing, "") or holds_volumes(listing, "")


def names_in(folder: Path) -> set[str]:
    """Return the names in a folder; none if it cannot be listed.

    A listing distinguishes `Train` and `train` on every system; checking whether `train` exists does not.
    """
    try:
        return set(os.listdir(folder))
    except OSError:
        return set()


def _kind(entry: os.DirEntry[str]) -> Kind:
    if _is_folder(entry, follow=True):
        return Kind.LINKED_FOLDER if entry.is_symlink() else Kind.FOLDER
    try:
        return Kind.FILE if entry.is_file() else Kind.OTHER
    except OSError:
        return Kind.OTHER


def _is_folder(entry: os.DirEntry[str], *, follow: bool) -> bool:
    try:
        return entry.is_dir(follow_symlinks=follow)
    except OSError:
        return False


def _files_below(folder: Path) -> Iterator[os.DirEntry[str]]:
    """Yield every file below a folder, sorted; links are not followed, and folders that cannot be listed are skipped."""
    waiting: list[os.DirEntry[str]] = _listed(folder)
    while waiting:
        each = waiting.pop()
        if _is_folder(each, follow=False):
            waiting += _listed(Path(each.path))
        else:
            yield each


def _listed(folder: Path) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(folder) as scan:
            return sorted(scan, key=lambda each: each.name, reverse=True)
    except OSError:
        return []


def _fault(entry: os.DirEntry[str], *, follow: bool) -> str | None:
    try:
        if entry.is_file(follow_symlinks=follow):
            return None
        if entry.is_symlink() and not follow:
            return "a link, and only links to volumes, planes and splits are followed"
        return KINDS.get(stat.S_IFMT(entry.stat().st_mode), "a device")
    except OSError as error:
        return f"a link that leads nowhere ({error.strerror})"
