"""Still pictures: in which file format they are written, and how large they are printed."""

from dataclasses import dataclass
from math import ceil
from typing import BinaryIO

from mrnet.errors import PictureError, UsageError
from mrnet.pictures.notes import Note
from mrnet.pictures.png import write_png
from mrnet.pictures.tiff import write_tiff
from mrnet.pictures.window import Image, Palette

PNG_SUFFIX, TIFF_SUFFIXES = ".png", (".tif", ".tiff")
STILL_SUFFIXES = (PNG_SUFFIX, *TIFF_SUFFIXES)
MAX_PIXELS = 1 << 28
"""A sheet of sixteen thousand pixels each way; few programs open a larger one. As RGB it has 0.8 GB, far from TIFF's 4 GiB."""
MAX_COMMON_PIXELS = 2 * 89_478_485
"""Pillow and what is built on it refuse more: twice Image.MAX_IMAGE_PIXELS."""
PRINT_DPI = 300
"""Pixels per inch that journals ask for of images."""
MM_PER_INCH = 25.4


@dataclass(frozen=True, kw_only=True)
class Still:
    """How a still picture is written."""

    suffix: str = PNG_SUFFIX
    """The ending of the file's name, which names the format."""
    dpi: float | None = None
    """Pixels per inch in print; None for no statement, or with a width for at least 300."""
    width_mm: float | None = None
    """How wide the picture is printed; None for what its pixels make."""

    @property
    def min_columns(self) -> int:
        """Pixels from left to right with which the printed width's resolution rounds to what is needed; 0 without a width."""
        return ceil((self.width_mm or 0) / MM_PER_INCH * ((self.dpi or PRINT_DPI) - 0.5))

    def printed_dpi(self, columns: int) -> float | None:
        """Return the pixels per inch of a picture with so many columns of pixels; None where nothing was asked for."""
        return self.dpi if self.width_mm is None else columns * MM_PER_INCH / self.width_mm

    def write(self, file: BinaryIO, image: Image, palette: Palette, note: Note) -> str | None:
        """Write a picture of shape (rows, columns); return what the user should know about it.

        Raises:
            PictureError: more pixels than programs can open.
        """
        rows, columns = image.shape
        check_pixels(rows * columns, "show less of it")
        dpi = self.printed_dpi(columns)
        if self.suffix in TIFF_SUFFIXES:
            write_tiff(file, image, palette, note, dpi)
        else:
            write_png(file, image, palette, note, dpi)
        return _too_large_for_some(rows * columns)


def still_of(file_type: str | None, place_suffix: str, dpi: int | None, width_mm: float | None = None) -> Still:
    """Return how the options want still pictures to be written.

    Args:
        file_type: `png` or `tif`, as the user named it; None for what the place's suffix says, else PNG.
        place_suffix: that of the file or folder that was named, or empty.
        dpi: pixels per inch in print.
        width_mm: how wide the picture is printed.

    Raises:
        UsageError: an unknown type, or one that contradicts the file's suffix.
    """
    named = place_suffix.lower() if place_suffix.lower() in STILL_SUFFIXES else None
    if file_type is None:
        return Still(suffix=named or PNG_SUFFIX, dpi=dpi, width_mm=width_mm)
    wanted = f".{file_type.lower().removeprefix('.')}"
    if wanted not in STILL_SUFFIXES:
        raise UsageError(f"--file-type {file_type!r} is unknown, expected png or tif")
    if named is not None and (named in TIFF_SUFFIXES) != (wanted in TIFF_SUFFIXES):
        raise UsageError(f"--file-type {file_type} and a file ending in {named} contradict each other; leave one out")
    return Still(suffix=named or wanted, dpi=dpi, width_mm=width_mm)


def check_pixels(count: int, remedy: str) -> None:
    """Raise a PictureError, which says what to do, where a picture would have more pixels than programs can open."""
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
