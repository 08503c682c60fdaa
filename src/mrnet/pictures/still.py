"""Still pictures: their file format and their size in print."""

from dataclasses import dataclass
from math import ceil
from typing import BinaryIO

from mrnet.errors import PictureError, UsageError
from mrnet.pictures.notes import Note
from mrnet.pictures.png import write_png
from mrnet.pictures.sheet import Drawing
from mrnet.pictures.stack import MAX_SCALE
from mrnet.pictures.tiff import write_tiff
from mrnet.pictures.window import Palette
from mrnet.text import counted

PNG_SUFFIX, TIFF_SUFFIXES = ".png", (".tif", ".tiff")
STILL_SUFFIXES = (PNG_SUFFIX, *TIFF_SUFFIXES)
MAX_PIXELS = 1 << 28
"""16,384 × 16,384 pixels; few programs open more. As RGB this is 0.8 GB, below the 4 GiB of a TIFF."""
MAX_COMMON_PIXELS = 2 * 89_478_485
"""Pillow refuses to open more: twice its Image.MAX_IMAGE_PIXELS."""
PRINT_DPI = 300
"""Pixels per inch that journals ask for."""
MM_PER_INCH = 25.4


@dataclass(frozen=True, kw_only=True)
class Still:
    """The file format and print size of a still picture."""

    suffix: str = PNG_SUFFIX
    """The suffix of the file's name; it decides the format."""
    dpi: float | None = None
    """Pixels per inch in print. None: nothing is stored, or, if there is a width, at least 300."""
    width_mm: float | None = None
    """Width in print, in millimetres; None if it does not matter."""

    @property
    def min_columns(self) -> int:
        """The fewest pixel columns for the resolution at the printed width, after rounding; 0 without a width."""
        return ceil((self.width_mm or 0) / MM_PER_INCH * ((self.dpi or PRINT_DPI) - 0.5))

    def scale_for(self, columns: int, side: int, gutter: int) -> int:
        """Return the smallest scale, 1 to MAX_SCALE, at which a row of images has enough pixels for the printed width.

        Args:
            columns: images per row.
            side: pixel columns of an image at scale 1.
            gutter: pixels between images.
        """
        needed = (self.min_columns - (columns - 1) * gutter) / columns
        return min(MAX_SCALE, max(1, ceil(needed / side)))

    def in_print(self, pixels: int, columns: int, scale: int) -> str | None:
        """Return a sentence on what the printed width led to; None without a width.

        Args:
            pixels: pixel columns of the picture.
            columns: images per row.
            scale: the scale that was chosen.
        """
        if self.width_mm is None:
            return None
        dpi = pixels * MM_PER_INCH / self.width_mm
        wide = f"{self.width_mm:g} mm wide: {counted(columns, 'column')} at scale {scale}, {pixels:,} pixels, {dpi:.0f} dpi"
        return wide if pixels >= self.min_columns else f"{wide}, fewer than asked for; add --columns"

    def write(self, file: BinaryIO, drawing: Drawing, palette: Palette, note: Note) -> str | None:
        """Write a picture; return what the user should know about it.

        Raises:
            PictureError: more pixels than programs can open.
        """
        rows, columns = drawing.shape
        check_pixels(rows * columns, "show less of it")
        dpi = self.dpi if self.width_mm is None else columns * MM_PER_INCH / self.width_mm
        if self.suffix in TIFF_SUFFIXES:
            write_tiff(file, drawing, palette, note, dpi)
        else:
            write_png(file, drawing, palette, note, dpi)
        return _too_large_for_some(rows * columns)


def still_of(file_type: str | None, suffix: str, dpi: int | None, width_mm: float | None = None) -> Still:
    """Return the format and print size that the options ask for.

    Args:
        file_type: `png` or `tif`; None to follow the suffix, else PNG.
        suffix: the suffix of the named file or folder, or empty.
        dpi: pixels per inch in print.
        width_mm: width in print, in millimetres.

    Raises:
        UsageError: an unknown type, or one that contradicts the file's suffix.
    """
    named = suffix.lower() if suffix.lower() in STILL_SUFFIXES else None
    if file_type is None:
        return Still(suffix=named or PNG_SUFFIX, dpi=dpi, width_mm=width_mm)
    wanted = f".{file_type.lower().removeprefix('.')}"
    if wanted not in STILL_SUFFIXES:
        raise UsageError(f"--file-type {file_type!r} is unknown, expected png or tif")
    if named is not None and (named in TIFF_SUFFIXES) != (wanted in TIFF_SUFFIXES):
        raise UsageError(f"--file-type {file_type} and a file ending in {named} contradict each other; leave one out")
    return Still(suffix=named or wanted, dpi=dpi, width_mm=width_mm)


def check_pixels(count: int, remedy: str) -> None:
    """Raise a PictureError with a remedy if a picture would have more pixels than programs can open."""
    if count > MAX_PIXELS:
        raise PictureError(
            f"the picture would have {count / 1e6:,.0f} million pixels, more than programs can open "
            f"({MAX_PIXELS / 1e6:,.0f} million); {remedy}"
        )


def _too_large_for_some(pixels: int) -> str | None:
    if pixels <= MAX_COMMON_PIXELS:
        return None
    return (
        f"warning: it has {pixels / 1e6:,.0f} million pixels; many programs open no more than "
        f"{MAX_COMMON_PIXELS / 1e6:,.0f} million"
    )
