"""`mrnet --version`: the version of mrnet and, for a bug report, of everything it runs with."""

import sys
from importlib import metadata
from typing import Any

from mrnet import __version__
from mrnet.cli.console import TABLE, Formats, Result, publish
from mrnet.installation import installer, requirements

FORMATS = Formats((TABLE, "json"))
FOR_DEVELOPERS = {"dev", "bench"}


def tell_versions(form: str) -> None:
    """Print the version; as JSON also those of Python, the system and all packages that mrnet can use.

    Raises:
        UsageError: an unknown format.
    """
    FORMATS.check(form)
    publish(Result(data=_versions() if form == "json" else {}, draw=lambda: [f"mrnet {__version__}"]), form)


def _versions() -> dict[str, Any]:
    import platform

    packages: dict[str, str | None] = {}
    extras: dict[str, dict[str, str | None]] = {}
    for name, _, extra in requirements():
        if extra not in FOR_DEVELOPERS:
            (extras.setdefault(extra, {}) if extra else packages)[name] = _version_of(name)
    return {
        "mrnet": __version__,
        "python": platform.python_version(),
        "implementation": sys.implementation.name,
        "platform": platform.platform(),
        "installed_by": installer(),
        "packages": packages,
        "extras": extras,
    }


def _version_of(package: str) -> str | None:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return None
