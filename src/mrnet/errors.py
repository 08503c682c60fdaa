"""The errors of mrnet: one root class; each kind is also the built-in exception of its meaning."""

import errno

SYSTEM_LIMITS = {errno.EMFILE, errno.ENFILE, errno.ENOMEM}


class MRNetError(Exception):
    """The root of all errors that mrnet raises on purpose; its text is a message for the user."""

    def __str__(self) -> str:
        """Return the message as it was given (`KeyError` alone would quote it)."""
        return str(self.args[0]) if self.args else ""


class UsageError(MRNetError, ValueError):
    """An option, an argument or an option file has a value that is not allowed."""


class ArchiveNotFoundError(MRNetError, FileNotFoundError):
    """No archive was found."""


class AmbiguousArchiveError(MRNetError, ValueError):
    """Two archives were found where one was expected."""


class BrokenZipError(MRNetError, ValueError):
    """A file that should be a zip has no directory that fits it."""


class UnknownCaseError(MRNetError, KeyError):
    """The archive knows no case of that id."""


class FileError(MRNetError):
    """One file of an archive cannot be used. The path and the reason are separate attributes."""

    def __init__(self, reason: str, path: str | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.path = path

    def __str__(self) -> str:
        """Return the path, if it is known, and the reason."""
        return f"{self.path}: {self.reason}" if self.path else self.reason


class Naming:
    """A context manager that adds a path to each FileError that has none."""

    # A class, because a generator-based context manager takes longer than opening a file.
    __slots__ = ("path",)

    def __init__(self, path: str) -> None:
        self.path = path

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: object, error: BaseException | None, traceback: object) -> None:
        if isinstance(error, FileError):
            error.path = error.path or self.path


class SystemLimitError(MRNetError, OSError):
    """The system refuses memory, one more open file or another resource; the fault is not in a file."""


class UnreadableFileError(FileError, OSError):
    """Something is at the file's path that cannot be read as a file."""


def unreadable(path: str | None, error: OSError) -> UnreadableFileError | SystemLimitError:
    """Return the error for a file that the system refuses to read, or for a limit of the system that was reached."""
    if error.errno in SYSTEM_LIMITS:
        return SystemLimitError(
            f"{path or error.filename}: cannot be read: {error.strerror}; raise this limit (see ulimit -a), or use --jobs 1"
        )
    return UnreadableFileError(f"cannot be read: {error.strerror or error}", path)


class CorruptMemberError(FileError, ValueError):
    """A zip member does not inflate to the bytes that the zip's directory promises."""


class UnreadMethodError(FileError, ValueError):
    """A zip member is packed by an unsupported method, such as BZip2; it is not necessarily damaged."""


class UnsafeMemberError(FileError, ValueError):
    """A zip member must not be read: it is encrypted, its name leads out of the folder, or its name occurs twice."""


class VolumeError(FileError, ValueError):
    """A file is not a volume: not a `.npy` file, or its voxels are not `uint8` with shape (slices, rows, columns)."""


class LabelError(MRNetError, KeyError):
    """A case has no label of that name: its labels are `abnormal`, `acl` and `meniscus`."""


class TargetError(MRNetError, OSError):
    """A file cannot be written to the path that was given."""


class TargetTakenError(MRNetError, FileExistsError):
    """The target is a file that mrnet did not make."""


class NoSlicesError(MRNetError, IndexError):
    """The chosen slices do not exist in a series."""


class PictureError(MRNetError, ValueError):
    """A picture cannot be made with these settings, for example within the given number of bytes."""


class ClusterError(MRNetError, ConnectionError):
    """A cluster cannot be reached, or cannot do the work."""


class ServerLostError(MRNetError, ConnectionError):
    """The server of a remote archive does not answer any more; no file is at fault."""


class MissingExtraError(MRNetError, ImportError):
    """A feature needs an optional part of mrnet that is not installed."""
