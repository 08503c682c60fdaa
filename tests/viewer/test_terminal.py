"""Slices in a terminal: the right protocol and pixels, no query to the terminal, no escape sequences in a pipe."""

import base64
import io
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from mrnet.archive.model import Archive
from mrnet.errors import MissingExtraError, UsageError
from mrnet.viewer.terminal import (
    RAMPS,
    Protocol,
    arrange_row,
    choose_protocol,
    fit,
    guess_protocol,
    half_blocks,
    shades,
)

# textual-image's own, until Pillow 14.
pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore:Image.Image.getdata:DeprecationWarning")]
terminals = pytest.mark.skipif(sys.platform == "win32", reason="pseudo-terminals are Unix's")
QUESTION = re.compile(rb"\x1b\[c|\x1b\[16t|a=q")


@pytest.mark.parametrize(
    ("environment", "protocol"),
    [
        ({}, "blocks"),
        ({"TERM": "xterm-256color"}, "blocks"),
        ({"TERM": "xterm-kitty"}, "kitty"),
        ({"TERM_PROGRAM": "ghostty"}, "kitty"),
        ({"TERM_PROGRAM": "iTerm.app"}, "iterm2"),
        ({"LC_TERMINAL": "iTerm2", "TERM": "xterm-256color"}, "iterm2"),
        ({"TERM": "foot"}, "sixel"),
        ({"TERM": "xterm-kitty", "TMUX": "/tmp/tmux,1,0"}, "blocks"),
        ({"TERM": "xterm-kitty", "STY": "1.screen"}, "blocks"),
        ({"TERM": "xterm-kitty", "NO_COLOR": "1"}, "shades"),
        ({"TERM": "dumb"}, "shades"),
    ],
)
def test_the_environment_decides_the_protocol(environment: dict[str, str], protocol: str) -> None:
    assert guess_protocol(environment) == protocol


def test_a_pipe_gets_plain_text_and_refuses_pictures() -> None:
    assert choose_protocol(None, {"TERM": "xterm-kitty"}, is_terminal=False) is Protocol.SHADES
    for protocol in set(Protocol) - {Protocol.SHADES}:
        with pytest.raises(UsageError, match="shades"):
            choose_protocol(protocol, {}, is_terminal=False)


@pytest.mark.parametrize("wanted", [None, Protocol.KITTY, Protocol.SIXEL])
def test_without_the_optional_part_half_blocks_are_drawn_and_other_protocols_name_what_to_install(
    monkeypatch: pytest.MonkeyPatch, wanted: Protocol | None
) -> None:
    monkeypatch.setattr("mrnet.viewer.terminal.find_spec", lambda _: None)
    if wanted is None:
        assert choose_protocol(None, {"TERM": "xterm-kitty"}, is_terminal=True) is Protocol.BLOCKS
        return
    with pytest.raises(
        MissingExtraError, match=f"--protocol {wanted} needs an optional part of mrnet: .*te(xtual-image|rminal)"
    ):
        choose_protocol(wanted, {}, is_terminal=True)


@pytest.mark.parametrize(("encoding", "protocol"), [("utf-8", "blocks"), ("cp437", "blocks"), ("ascii", "shades")])
def test_an_encoding_without_half_blocks_gets_shades(encoding: str, protocol: str) -> None:
    assert choose_protocol(None, {}, is_terminal=True, encoding=encoding) == protocol


def test_brighter_shades_are_denser() -> None:
    image = np.array([[0, 64, 128, 192, 255]], np.uint8)
    assert shades(image, RAMPS[0]).plain == " ░▒▓█"
    assert shades(image, RAMPS[1]).plain == " :+#@"


def test_a_half_block_shows_two_grey_levels() -> None:
    first, end = half_blocks(np.array([[10], [200]], np.uint8)).segments
    assert (first.text, end.text) == ("▀", "\n")
    assert first.style is not None
    assert first.style.color is not None and first.style.color.triplet == (10, 10, 10)
    assert first.style.bgcolor is not None and first.style.bgcolor.triplet == (200, 200, 200)


def test_a_row_keeps_every_voxel() -> None:
    first, second = np.full((2, 3), 7, np.uint8), np.full((4, 2), 9, np.uint8)
    row = arrange_row([first, second])
    assert row.shape == (4, 3 + 4 + 2)
    assert np.array_equal(row[:2, :3], first)
    assert np.array_equal(row[:, 7:], second)
    assert row.sum() == first.sum() + second.sum()


@pytest.mark.parametrize(("ratio", "size"), [(2, (40, 20)), (6, (80, 13)), (0.5, (10, 20))])
def test_a_picture_fits_the_terminal(ratio: float, size: tuple[int, int]) -> None:
    assert fit(ratio, 80, 23) == size


def run_in_terminal(folder: Path, *words: str, **environment: str) -> bytes:
    """Run `mrnet show` in a pseudo-terminal of 80 by 24 cells of 10 by 20 pixels; return all that it wrote."""
    import fcntl
    import pty
    import struct
    import termios

    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 800, 480))
    command = [sys.executable, "-m", "mrnet", "show", "1", "--plane", "axial", "--root", str(folder), *words]
    keep = {name: value for name, value in os.environ.items() if name not in ("TMUX", "STY", "TERM_PROGRAM")}
    settings = {**keep, "TERM": "xterm-256color", "COLORTERM": "truecolor", **environment}
    with subprocess.Popen(command, stdin=theirs, stdout=theirs, stderr=theirs, env=settings) as process:
        os.close(theirs)
        written = b"".join(iter(lambda: read_some(ours), b""))
    os.close(ours)
    assert process.returncode == 0, written
    return written


def read_some(terminal: int) -> bytes:
    try:
        return os.read(terminal, 65536)
    except OSError:  # On Linux, reading from a terminal whose other side is closed fails with this error.
        return b""


@terminals
def test_half_blocks_show_two_greys_each_and_send_no_query_to_the_terminal(folder: Path) -> None:
    written = run_in_terminal(folder)
    assert not QUESTION.search(written)
    blocks = re.findall(rb"\x1b\[38;2;(\d+);(\d+);(\d+);48;2;(\d+);(\d+);(\d+)m\xe2\x96\x80", written)
    assert len(blocks) > 40 * 20
    assert all(len(set(block[:3])) == len(set(block[3:])) == 1 for block in blocks)


@terminals
def test_iterm2_gets_the_slice_exactly(folder: Path) -> None:
    written = run_in_terminal(folder, TERM_PROGRAM="iTerm.app")
    (data,) = re.findall(rb"\x1b\]1337;File=inline=1;[^:]*:([A-Za-z0-9+/=]+)\x07", written)
    with Image.open(io.BytesIO(base64.b64decode(data))) as shown:
        assert np.array_equal(np.asarray(shown), Archive.open(folder).case("0001").series("axial").load()[4])


@terminals
def test_kitty_gets_a_grey_picture(folder: Path) -> None:
    written = run_in_terminal(folder, TERM="xterm-kitty")
    assert not QUESTION.search(written)
    data = b"".join(re.findall(rb"\x1b_Gi=\d+,m=[01],f=100,q=2;([^\x1b]+)\x1b\\", written))
    with Image.open(io.BytesIO(base64.b64decode(data))) as shown:
        wanted = Archive.open(folder).case("0001").series("axial").load()[4]
        small = np.asarray(Image.fromarray(wanted).resize((32, 32), Image.Resampling.BOX), float)
        drawn = np.asarray(shown.convert("L").resize((32, 32), Image.Resampling.BOX), float)
    assert np.abs(small - drawn).mean() < 10


@terminals
def test_sixel_is_drawn_if_it_is_named(folder: Path) -> None:
    written = run_in_terminal(folder, "--protocol", "sixel")
    assert not QUESTION.search(written)
    assert re.search(rb"\x1bP[\d;]*q.+\x1b\\", written, re.DOTALL)
    assert b"Traceback" not in written


@pytest.fixture
def tmux(tmp_path: Path) -> Iterator[list[str]]:
    found = shutil.which("tmux")
    if not found:
        pytest.skip("tmux is not installed")
    command = [found, "-S", str(tmp_path / "tmux"), "-f", "/dev/null"]
    yield command
    subprocess.run([*command, "kill-server"], capture_output=True, check=False)


def test_inside_tmux_a_kitty_user_sees_blocks(tmux: list[str], folder: Path) -> None:
    show = f"{sys.executable} -m mrnet show 1 --plane axial --root {folder}; sleep 30"
    environment = {**os.environ, "KITTY_WINDOW_ID": "1"}
    size = ["-x", "80", "-y", "24"]
    subprocess.run([*tmux, "new-session", "-d", *size, "sh", "-c", show], env=environment, check=True)
    screen = ""
    deadline = time.monotonic() + 60
    while "slice 4 of 0–8" not in screen:
        assert time.monotonic() < deadline, screen
        time.sleep(0.1)
        captured = subprocess.run([*tmux, "capture-pane", "-e", "-p"], capture_output=True, text=True, check=True)
        screen = captured.stdout
    assert screen.count("▀") > 40 * 18
    assert "\U0010eeee" not in screen
