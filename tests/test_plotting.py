"""matplotlib is imported without the user's settings, and leaves nothing behind."""

import os
import subprocess
import sys
from pathlib import Path

from matplotlib.font_manager import FontManager


def run(code: str, folder: Path, **environment: str) -> str:
    """Run code in a folder and a process of its own, after the import; returns what it printed on both streams."""
    prepare = "import os; from mrnet.plotting import load_matplotlib; load_matplotlib(); import matplotlib; "
    ran = subprocess.run(
        [sys.executable, "-c", prepare + code], cwd=folder, env=os.environ | environment, check=False,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    )  # fmt: skip
    return ran.stdout


def test_a_settings_file_in_the_working_folder_is_not_read_and_the_folder_stays(tmp_path: Path) -> None:
    (tmp_path / "matplotlibrc").write_bytes(b"image.lut: 2\n\xff")
    printed = run("print(os.path.exists('matplotlibrc'), matplotlib.rcParams['image.lut'])", tmp_path)
    assert printed == "True 256\n"


def test_a_backend_that_does_not_exist_is_no_error(tmp_path: Path) -> None:
    assert run("print('imported')", tmp_path, MPLBACKEND="nope") == "imported\n"


def test_a_chart_opens_no_font_of_the_user_and_no_list_of_fonts_and_runs_no_program(tmp_path: Path) -> None:
    for name in (f"cache/fontlist-v{FontManager.__version__}.json", ".fonts/any.ttf", ".local/share/fonts/any.ttf"):
        (tmp_path / name).parent.mkdir(parents=True)
        (tmp_path / name).touch()
    (tmp_path / "fc-list").write_text("#!/bin/sh\n")
    (tmp_path / "fc-list").chmod(0o700)
    # FreeType opens fonts in C, but through Python's `open`.
    code = """
import sys
used = []
sys.addaudithook(lambda event, words: event in ("open", "subprocess.Popen") and used.append(str(words[0])))
from mrnet.plotting import load_fonts
load_fonts()
import matplotlib.font_manager as fonts
print(len(fonts.fontManager.ttflist) > 0, [each for each in used if os.environ["HOME"] in each or "fc-list" in each])
"""
    environment = {"HOME": str(tmp_path), "MPLCONFIGDIR": str(tmp_path / "cache"), "PATH": str(tmp_path)}
    assert run(code, tmp_path, **environment) == "True []\n"
    assert sorted(os.listdir(tmp_path / "cache")) == [f"fontlist-v{FontManager.__version__}.json"]


def test_a_chart_makes_no_folder(tmp_path: Path) -> None:
    code = """
import sys
sys.dont_write_bytecode = True
sys.addaudithook(lambda event, words: event == "os.mkdir" and print("made", words[0]))
from mrnet.statistics.chart import chart_settings, save_figure
with chart_settings():
    from matplotlib.figure import Figure
    print([bool(save_figure(Figure(), format, "a", "b")) for format in ("pdf", "png", "svg")])
"""
    folders = dict.fromkeys(("HOME", "TMPDIR", "XDG_CACHE_HOME", "XDG_CONFIG_HOME"), str(tmp_path))
    assert run(code, tmp_path, **folders) == "[True, True, True]\n"
