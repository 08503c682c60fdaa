"""The groups in which the help lists the commands, in this order; each command's file names its own as GROUP."""

LOOK, PICTURE, COUNT, CHECK, COPY, TRY = "Look", "Make pictures", "Count", "Check", "Copy", "Try it out"
GROUPS = [LOOK, PICTURE, COUNT, CHECK, COPY, TRY]

EXAMPLES = (
    ("mrnet demo", "write an archive to try things on"),
    ("mrnet info 0001", "show a case"),
    ("mrnet validate --root MRNet-v1.0.zip", "tell whether a copy is whole"),
    ("mrnet --install-completion", "let Tab complete words and case ids"),
)
