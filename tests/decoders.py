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
    columns, rows = struct.unpack_from("<HH", Path(path).read_bytes(), 6)
    # passthrough: decode every frame of the file, independent of its timing.
    return _decoded("-i", str(path), "-fps_mode", "passthrough").reshape(-1, rows, columns, 3)


def decode_grey(path: Path | str) -> np.ndarray:
    """Return a grey GIF's frames, shape (frames, rows, columns)."""
    frames = decode_gif(path)
    assert (frames == frames[..., :1]).all()
    return frames[..., 0]


def decode_tiff(path: Path | str) -> np.ndarray:
    """Return a TIFF's pixels as ffmpeg decodes them, shape (rows, columns, red-green-blue)."""
    from PIL import Image

    with Image.open(path) as image:
        columns, rows = image.size
    return _decoded("-f", "tiff_pipe", "-i", str(path)).reshape(rows, columns, 3)


def _decoded(*words: str) -> np.ndarray:
    """Return all red, green and blue bytes of ffmpeg's output for this input."""
    if shutil.which("ffmpeg") is None:
        pytest.skip("ffmpeg, the outside decoder, is not installed")
    command = ["ffmpeg", "-v", "error", *words, "-f", "rawvideo", "-pix_fmt", "rgb24", "-"]
    run = subprocess.run(command, capture_output=True, check=True, stdin=subprocess.DEVNULL)
    assert not run.stderr
    return np.frombuffer(run.stdout, np.uint8)


def decode_png(path: Path | str) -> np.ndarray:
    """Return a PNG's pixels, with Pillow: grey as (rows, columns), else (rows, columns, red-green-blue)."""
    from PIL import Image

    with Image.open(path) as image:
        image.load()
        return np.asarray(image if image.mode == "L" else image.convert("RGB"))


def png_chunks(path: Path | str) -> list[tuple[bytes, bytes]]:
    """Return the type and data of each chunk of a PNG, after checking its checksum."""
    data, chunks, offset = Path(path).read_bytes(), [], 8
    while offset < len(data):
        (length,) = struct.unpack_from(">I", data, offset)
        kind, body = data[offset + 4 : offset + 8], data[offset + 8 : offset + 8 + length]
        assert struct.unpack_from(">I", data, offset + 8 + length)[0] == zlib.crc32(kind + body)
        chunks.append((kind, body))
        offset += 12 + length
    return chunks
