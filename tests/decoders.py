"""Pictures read by independent decoders: ffmpeg for GIFs and TIFFs, Pillow and a short chunk reader for PNGs."""

import shutil
import struct
import subprocess
import zlib
from pathlib import Path

import numpy as np
import pytest


def decode_gif(path: Path | str) -> np.ndarray:
    """Return a GIF's frames as ffmpeg decodes them, shape (frames, rows, columns, red-green-blue)."""
    if shutil.which("ffmpeg") is None:
        pytest.skip("ffmpeg, the outside decoder, is not installed")
    columns, rows = struct.unpack_from("<HH", Path(path).read_bytes(), 6)
    # passthrough: decode every frame of the file, independent of its timing.
    command = ["ffmpeg", "-v", "error", "-i", str(path), "-fps_mode", "passthrough", "-f", "rawvideo"]
    run = subprocess.run(
        [*command, "-pix_fmt", "rgb24", "-"], capture_output=True, check=True, stdin=subprocess.DEVNULL
    )
    assert not run.stderr
    return np.frombuffer(run.stdout, np.uint8).reshape(-1, rows, columns, 3)


def decode_grey(path: Path | str) -> np.ndarray:
    """Return a grey GIF's frames, shape (frames, rows, columns)."""
    frames = decode_gif(path)
    assert (frames == frames[..., :1]).all()
    return frames[..., 0]


def decode_tiff(path: Path | str) -> np.ndarray:
    """Return a TIFF's pixels as ffmpeg decodes them, shape (rows, columns, red-green-blue)."""
    from PIL import Image

    if shutil.which("ffmpeg") is None:
        pytest.skip("ffmpeg, the outside decoder, is not installed")
    with Image.open(path) as image:
        columns, rows = image.size
    command = ["ffmpeg", "-v", "error", "-f", "tiff_pipe", "-i", str(path), "-f", "rawvideo", "-pix_fmt", "rgb24", "-"]
    run = subprocess.run(command, capture_output=True, check=True, stdin=subprocess.DEVNULL)
    assert not run.stderr
    return np.frombuffer(run.stdout, np.uint8).reshape(rows, columns, 3)


def decode_png(path: Path | str) -> np.ndarray:
    """Return a PNG's pixels, with Pillow: grey as (rows, columns), else (rows, columns, red-green-blue)."""
    from PIL import Image

    with Image.open(path) as image:
        image.load()
        return np.asarray(image if image.mode == "L" else image.convert("RGB"))


def png_chunks(path: Path | str) -> list[tuple[bytes, bytes]]:
    """Return the type and data of each chunk of a PNG, after checking its checksum."""
    data, chunks, place = Path(path).read_bytes(), [], 8
    while place < len(data):
        (length,) = struct.unpack_from(">I", data, place)
        kind, body = data[place + 4 : place + 8], data[place + 8 : place + 8 + length]
        assert struct.unpack_from(">I", data, place + 8 + length)[0] == zlib.crc32(kind + body)
        chunks.append((kind, body))
        place += 12 + length
    return chunks
