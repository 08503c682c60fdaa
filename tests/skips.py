"""The accepted reasons for skipped tests, and what to install for the others."""

from collections.abc import Sequence

ALLOWED = (
    "the super-user may list any folder",
    "no real scan",  # Stanford does not allow others to distribute it.
    "no torch here",  # It is larger than all other packages together.
    "no WebKit here",  # It needs its own display and sandbox, which some machines do not provide.
)
"""Beginnings of the reasons for which a test may be skipped in the full run of CI, on Linux."""
INSTALLABLE = "not installed"


def skips_that_fail(reasons: Sequence[str]) -> list[str]:
    """Return each reason that is not on the list, once."""
    return sorted({reason for reason in reasons if not reason.startswith(ALLOWED)})


def advice(reasons: Sequence[str]) -> str | None:
    """Return a sentence on what to install to skip fewer tests; None if nothing is missing."""
    missing = [reason for reason in reasons if INSTALLABLE in reason]
    if not missing:
        return None
    named = "; ".join(sorted(set(missing)))
    return f"Skipped tests: {len(missing)}, as {named}. On Debian and Ubuntu `make system` installs it all."
