"""Everything that `mrnet validate` checks: a rule is one decorated function in this folder, found by being there."""

import importlib
import pkgutil

from mrnet.rules import Rule


def all_rules() -> list[Rule]:
    """Return every rule, by the file that holds it and in its order there."""
    modules = [importlib.import_module(f"{__name__}.{each.name}") for each in pkgutil.iter_modules(__path__)]
    return [
        value
        for module in modules
        for value in vars(module).values()
        if isinstance(value, Rule) and value.topic == module.__name__.rpartition(".")[2]
    ]
