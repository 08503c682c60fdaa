"""Validation: rules, problems, the one run over an archive, and the sources to compare it with."""
