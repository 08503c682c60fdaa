"""TIFF files as journals ask for them: lossless, eight bits of grey, or red, green and blue of a colour map."""

import os
from typing import Any, BinaryIO

from mrnet.pictures.notes import Note
from mrnet.pictures.window import Image, Palette

COMPRESSION = "tiff_lzw"
"""Every program that opens TIFF knows LZW. Deflate makes files a seventh smaller, but some submission systems refuse it."""
RESOLUTION_UNIT_INCH = 2


def write_tiff(file: BinaryIO, image: Image, palette: Palette, note: Note, dpi: float | None) -> None:
    """Write a picture of shape (rows, columns), with the note as its description.

    Args:
        file: a file that is open for writing, at its start.
        image: indices into the palette.
        palette: with the grey palette the file is 8-bit grey; with a colour map it is RGB.
        note: the note that `mrnet recipe` reads.
        dpi: pixels per inch in print; None to store none.
    """
    import imageio.v3

    pixels = image if palette.name is None else palette.table()[image]
    resolution: dict[str, Any] = {} if dpi is None else {"dpi": (dpi, dpi), "resolution_unit": RESOLUTION_UNIT_INCH}
    # Pillow hands the name of a file to libtiff as UTF-8, and fails if it is not; a descriptor has no name.
    with open(os.dup(file.fileno()), "wb") as unnamed:
        imageio.v3.imwrite(
            unnamed, pixels, plugin="pillow", extension=".tif", compression=COMPRESSION, description=note.text(),
            software=f"mrnet {note.version}", **resolution,
        )  # fmt: skip
