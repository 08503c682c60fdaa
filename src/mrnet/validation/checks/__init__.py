"""Everything that `mrnet validate` checks: a rule is one decorated function in this folder, found by being there."""
