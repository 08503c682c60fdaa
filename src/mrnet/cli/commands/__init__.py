"""One file per subcommand: its name is the file's, its help the docstring of `run`; found by being in this folder."""
