"""Opens the storage at a place; `mrnet.archive.editions` finds the archive in it."""

import os
from pathlib import Path

from mrnet.errors import ArchiveNotFoundError, UnreadableFileError
from mrnet.storage.base import Storage
from mrnet.storage.folder import FolderStorage, names_in
from mrnet.storage.layout import HOW_TO_GET_ONE
from mrnet.storage.places import Place, Url
from mrnet.text import did_you_mean


def open_storage(place: Place) -> Storage:
    """Open the storage at a place, a folder or a zip; see `Archive.open` for the errors."""
    if isinstance(place, Url):
        from mrnet.storage.remote import open_remote

        return open_remote(place)
    if os.path.isfile(place):
        from mrnet.storage.blobs import FileBlob
        from mrnet.storage.zips import open_zip

        return open_zip(FileBlob(place))
    if os.path.isdir(place):
        check_listable(place)
        return FolderStorage(place)
    try:
        os.stat(place)
    except PermissionError as error:
        raise UnreadableFileError(f"cannot be read: {error.strerror}", str(place)) from error
    except (OSError, ValueError):
        near = did_you_mean(place.name, names_in(place.parent))
        raise ArchiveNotFoundError(f"{place}: no such folder or zip; {HOW_TO_GET_ONE}{near}") from None
    raise ArchiveNotFoundError(f"{place}: this is a pipe or a device, expected a folder or a zip")


def check_listable(folder: Path) -> None:
    """Raise an UnreadableFileError if a folder's files cannot be listed."""
    try:
        os.listdir(folder)
    except OSError as error:
        raise UnreadableFileError(f"this folder cannot be listed: {error.strerror}", str(folder)) from error
