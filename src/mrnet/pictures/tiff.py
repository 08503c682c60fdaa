"""TIFF files as journals ask for them: lossless, eight bits of grey, or red, green and blue of a colour map.

Pillow's encoder packs the strips. The file around them is written here (TIFF 6.0 specification, section 2), because for a whole
picture in colours the encoder takes seven bytes of memory per pixel.
"""

import io
import struct
from collections.abc import Iterable, Iterator
from fractions import Fraction
from typing import BinaryIO

from mrnet.pictures.notes import TIFF_MARK, Note
from mrnet.pictures.sheet import Drawing, strip_rows
from mrnet.pictures.window import Image, Palette

COMPRESSION = "tiff_lzw"
"""Every program that opens TIFF knows LZW. Deflate makes files a seventh smaller, but some submission systems refuse it."""
LZW, GREY, RGB, ONE_PLANE, INCH = 5, 1, 2, 1, 2
"""Values of tags (sections 8 and 13 of the specification)."""
MAX_DPI_DENOMINATOR = 1 << 16


def write_tiff(file: BinaryIO, drawing: Drawing, palette: Palette, note: Note, dpi: float | None) -> None:
    """Write a picture, with the note as its description.

    Args:
        file: a file that is open for writing, at its start.
        drawing: of indices into the palette.
        palette: with the grey palette the file is 8-bit grey; with a colour map it is RGB.
        note: the note that `mrnet recipe` reads.
        dpi: pixels per inch in print; None to store none.
    """
    from PIL import TiffImagePlugin as Tiff

    rows, columns = drawing.shape
    samples = 1 if palette.name is None else 3
    file.write(TIFF_MARK + bytes(4))
    offsets, lengths = [], []
    for strip in _strips(drawing.strips(columns * samples), palette):
        offsets.append(file.tell())
        lengths.append(len(strip))
        file.write(strip + bytes(len(strip) % 2))
    tags = {
        Tiff.IMAGEWIDTH: _long(columns),
        Tiff.IMAGELENGTH: _long(rows),
        Tiff.BITSPERSAMPLE: _short(*[8] * samples),
        Tiff.COMPRESSION: _short(LZW),
        Tiff.PHOTOMETRIC_INTERPRETATION: _short(GREY if samples == 1 else RGB),
        Tiff.IMAGEDESCRIPTION: _text(note.text()),
        Tiff.STRIPOFFSETS: _long(*offsets),
        Tiff.SAMPLESPERPIXEL: _short(samples),
        Tiff.ROWSPERSTRIP: _long(min(strip_rows(columns * samples), rows)),
        Tiff.STRIPBYTECOUNTS: _long(*lengths),
        Tiff.PLANAR_CONFIGURATION: _short(ONE_PLANE),
        Tiff.SOFTWARE: _text(f"mrnet {note.version}"),
    }
    if dpi is not None:
        tags |= {Tiff.X_RESOLUTION: _ratio(dpi), Tiff.Y_RESOLUTION: _ratio(dpi), Tiff.RESOLUTION_UNIT: _short(INCH)}
    _write_directory(file, tags)


def _strips(strips: Iterable[Image], palette: Palette) -> Iterator[bytes]:
    """Yield packed strips."""
    import imageio.v3
    from PIL import TiffImagePlugin as Tiff

    for strip in strips:
        pixels = strip if palette.name is None else palette.table()[strip]
        packed = io.BytesIO()
        imageio.v3.imwrite(
            packed, pixels, plugin="pillow", extension=".tif", compression=COMPRESSION, strip_size=pixels.nbytes
        )
        packed.seek(0)
        with Tiff.TiffImageFile(packed) as opened:
            (begin,), (length,) = opened.tag_v2[Tiff.STRIPOFFSETS], opened.tag_v2[Tiff.STRIPBYTECOUNTS]
            yield packed.getvalue()[begin : begin + length]


Value = tuple[int, int, bytes]
"""The type of a tag's values, their number, and their bytes."""


def _short(*values: int) -> Value:
    return 3, len(values), struct.pack(f"<{len(values)}H", *values)


def _long(*values: int) -> Value:
    return 4, len(values), struct.pack(f"<{len(values)}I", *values)


def _text(text: str) -> Value:
    data = text.encode("ascii") + b"\0"
    return 2, len(data), data


def _ratio(value: float) -> Value:
    ratio = Fraction(value).limit_denominator(MAX_DPI_DENOMINATOR)
    return 5, 1, struct.pack("<2I", ratio.numerator, ratio.denominator)


def _write_directory(file: BinaryIO, tags: dict[int, Value]) -> None:
    """Write the values that do not fit into their entry, then the directory, and its place at the start of the file."""
    entries = []
    for tag, (kind, count, data) in sorted(tags.items()):
        entry = data.ljust(4, b"\0")
        if len(data) > 4:
            entry = struct.pack("<I", file.tell())
            file.write(data + bytes(len(data) % 2))
        entries.append(struct.pack("<HHI4s", tag, kind, count, entry))
    begin = file.tell()
    file.write(struct.pack("<H", len(entries)) + b"".join(entries) + bytes(4))
    file.seek(len(TIFF_MARK))
    file.write(struct.pack("<I", begin))
    file.seek(0, io.SEEK_END)
