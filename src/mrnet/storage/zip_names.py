"""Names of zip members: normalised, and checked for dangerous ones."""

import re

DRIVE = re.compile("[A-Za-z]:")


def tidy(name: str) -> str:
    r"""Return a member's name with `/` instead of `\\`, and without a leading `./`; some programs write these."""
    if climbs_out(name):
        return name
    name = name.replace("\\", "/")
    while name.startswith("./") and name != "./":
        name = name[2:]
    return name


def climbs_out(name: str) -> bool:
    """Return whether a member's name is absolute or contains `..`, on any system."""
    parts = name.replace("\\", "/").split("/")
    return parts[0] == "" or ".." in parts or DRIVE.match(name) is not None
