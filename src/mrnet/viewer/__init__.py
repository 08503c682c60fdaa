"""The slice viewer: one page for the browser, for an offline file and for a notebook."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mrnet.viewer.widget import KneeViewer as KneeViewer

__all__ = ["KneeViewer"]


def __getattr__(name: str) -> Any:
    """Import the notebook's widget only when it is used: it needs an optional part of mrnet."""
    if name == "KneeViewer":
        from mrnet.viewer.widget import KneeViewer

        return KneeViewer
    raise AttributeError(f"module 'mrnet.viewer' has no attribute {name!r}")
