"""The command line and the loading core for MRNet-v1.0, Stanford's knee-MRI dataset."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mrnet.archive.model import Archive as Archive
    from mrnet.errors import MRNetError as MRNetError

__version__ = "0.1.0"
__all__ = ["Archive", "MRNetError"]


def __getattr__(name: str) -> Any:
    """Import what is asked for only then, so that `import mrnet` itself costs nothing."""
    if name == "Archive":
        from mrnet.archive.model import Archive

        return Archive
    if name == "MRNetError":
        from mrnet.errors import MRNetError

        return MRNetError
    raise AttributeError(f"module 'mrnet' has no attribute {name!r}")
