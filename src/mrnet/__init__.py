"""The command line and the loading core for MRNet-v1.0, Stanford's knee-MRI dataset."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mrnet.archive.model import Archive as Archive
    from mrnet.archive.model import Case as Case
    from mrnet.archive.model import Labels as Labels
    from mrnet.archive.model import Series as Series
    from mrnet.errors import MRNetError as MRNetError
    from mrnet.vocabulary import Edition as Edition
    from mrnet.vocabulary import Finding as Finding
    from mrnet.vocabulary import Plane as Plane
    from mrnet.vocabulary import Split as Split

__version__ = "0.1.0"
__all__ = ["Archive", "Case", "Edition", "Finding", "Labels", "MRNetError", "Plane", "Series", "Split"]

_HOMES = {
    "mrnet.archive.model": ("Archive", "Case", "Labels", "Series"),
    "mrnet.errors": ("MRNetError",),
    "mrnet.vocabulary": ("Edition", "Finding", "Plane", "Split"),
}
"""The module that defines each public name."""


def __getattr__(name: str) -> Any:
    """Import a public name when it is first used, so that `import mrnet` itself is fast."""
    import importlib

    for home, names in _HOMES.items():
        if name in names:
            return getattr(importlib.import_module(home), name)
    raise AttributeError(f"module 'mrnet' has no attribute {name!r}")


def __dir__() -> list[str]:
    """Return the public names, including those that are not imported yet."""
    return sorted([*globals(), *__all__])
