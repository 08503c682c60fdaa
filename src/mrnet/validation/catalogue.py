"""The list of all rules, found in the folder of checks."""

import importlib
import pkgutil

from mrnet.validation import checks
from mrnet.validation.rules import Rule

READING_ORDER = ("files", "volumes", "labels", "zips", "manifests", "published")
"""The order of the files in lists of rules; other files follow."""


def all_rules() -> list[Rule]:
    """Return every rule, ordered by file and by position in the file."""
    names = [each.name for each in pkgutil.iter_modules(checks.__path__)]
    names.sort(key=lambda name: (READING_ORDER.index(name) if name in READING_ORDER else len(READING_ORDER), name))
    modules = [importlib.import_module(f"{checks.__name__}.{name}") for name in names]
    return [
        value
        for module in modules
        for value in vars(module).values()
        if isinstance(value, Rule) and value.topic == module.__name__.rpartition(".")[2]
    ]
