"""The report of `mrnet validate` in each format: one file per format."""
