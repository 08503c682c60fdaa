"""`mrnet recipe` prints the command line that made a picture, and nothing for any other file."""

import os
import shlex
from pathlib import Path

from PIL import Image

from tests.conftest import Mrnet


def test_the_recipe_makes_the_picture_again(mrnet: Mrnet, archive: Path) -> None:
    words = [
        "export-gif",
        "0001",
        "--plane",
        "axial",
        "--window",
        "5",
        "99",
        "-o",
        "my knee.gif",
        "--root",
        str(archive),
    ]
    mrnet(*words)
    ran = mrnet("recipe", "my knee.gif")
    assert ran.status == 0
    assert shlex.split(ran.out) == ["mrnet", *words]
    assert ran.out.count("\n") == 1
    assert mrnet("recipe", archive / "train-acl.csv").status == 2
    assert mrnet("recipe", "nothing.gif").status == 2
    Image.new("L", (4, 4)).save("other.png")
    assert "did not make this" in mrnet("recipe", "other.png").err
    os.mkfifo("pipe.gif")
    assert "not a plain file" in mrnet("recipe", "pipe.gif").err


def test_a_png_keeps_its_recipe(mrnet: Mrnet, archive: Path) -> None:
    mrnet("export-montage", "0001", "-p", "ax", "--root", archive, "-o", "a.png")
    assert mrnet("recipe", "a.png").out == f"mrnet export-montage 0001 -p ax --root {archive} -o a.png\n"
