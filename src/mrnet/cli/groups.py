"""The groups in which the help lists the commands."""

LOOK, PICTURE, COUNT, CHECK, COPY, TRY = "Look", "Make pictures", "Count", "Check", "Copy", "Try it out"
GROUPS = [LOOK, PICTURE, COUNT, CHECK, COPY, TRY]
"""The groups in which the help lists the commands; each command's file names its own as GROUP."""

EXAMPLES = """
Examples:
  [bold]mrnet demo[/]                              Write an archive to try things on.
  [bold]mrnet info 0001[/]                         Show a case.
  [bold]mrnet validate --root MRNet-v1.0.zip[/]    Tell whether a copy is whole.

Every command has its own --help.
"""
