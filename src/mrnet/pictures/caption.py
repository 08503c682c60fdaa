"""Text for pictures, on separate bands, so that it never covers anatomy."""

from functools import lru_cache
from math import ceil
from typing import Any

import numpy as np

from mrnet.archive.voxels import LEVELS
from mrnet.pictures.window import GREY, Image, Palette

TEXT_PIXELS = 12
"""At scale 1. A slice of 256 voxels then has room for the case's id and every finding."""
MIDDLE_GREY = 128
MAX_KEPT_TEXT_PIXELS = 24
"""Larger texts are drawn each time: a caption at scale 8 takes 100 kB, and a run may have thousands of them."""


class Typesetter:
    """Draws text in the colours of a palette.

    Args:
        palette: the pixels are indices into it.
        background: brightness of the band, 0 to 255; the text is black on a bright band and white on a dark one.
        size: height of the text, in pixels.
    """

    def __init__(self, palette: Palette, background: int, size: int = TEXT_PIXELS) -> None:
        self.paper = palette.nearest(background)
        self.ink = palette.nearest(0 if background >= MIDDLE_GREY else 255)
        # A colour map has no shades between text and background, so edges can be smooth only in grey.
        self.soft = palette == GREY
        self.size = size

    @property
    def height(self) -> int:
        """Rows of a band."""
        return self.size * 3 // 2

    def width(self, text: str) -> int:
        """Return the width of a text in pixels, with its margins; 0 for no text."""
        return _mask(text, self.size, self.soft).shape[1] + self.size if text else 0

    def blank(self, rows: int, columns: int) -> Image:
        """Return an empty area."""
        return np.full((rows, columns), self.paper, np.uint8)

    def band(self, columns: int, left: str = "", right: str = "", centre: str = "") -> Image:
        """Return a band of shape (height, columns) with text at its ends or in its middle; a long text is cut off."""
        band = self.blank(self.height, columns)
        margin = self.size // 2
        shades = np.rint(self.paper + (self.ink - self.paper) * (np.arange(LEVELS) / (LEVELS - 1))).astype(np.uint8)
        for text, share in ((left, 0.0), (centre, 0.5), (right, 1.0)):
            if text and columns > 2 * margin:
                mask = _mask(text, self.size, self.soft)[: self.height, : columns - 2 * margin]
                start = margin + round((columns - 2 * margin - mask.shape[1]) * share)
                band[: mask.shape[0], start : start + mask.shape[1]] = shades[mask]
        return band

    def centred(self, image: Image, rows: int, columns: int) -> Image:
        """Return an image in the middle of an area that may be larger."""
        if image.shape == (rows, columns):
            return image
        area = self.blank(rows, columns)
        top, left = (rows - image.shape[0]) // 2, (columns - image.shape[1]) // 2
        area[top : top + image.shape[0], left : left + image.shape[1]] = image
        return area


@lru_cache(maxsize=1024)
def _font(size: int) -> Any:
    from PIL import ImageFont, features

    # Pillow includes a TrueType font. If it was built without FreeType, it has only a bitmap font of one size.
    return ImageFont.load_default(size) if features.check("freetype2") else ImageFont.load_default()


def _mask(text: str, size: int, soft: bool) -> Image:
    """Return the ink of each pixel of a text, 0 to 255, in an array as high as a band."""
    return (_kept_mask if size <= MAX_KEPT_TEXT_PIXELS else _drawn_mask)(text, size, soft)


def _drawn_mask(text: str, size: int, soft: bool) -> Image:
    from PIL import Image as Pillow
    from PIL import ImageDraw

    font, mode = _font(size), "L" if soft else "1"
    ruler = ImageDraw.Draw(Pillow.new(mode, (1, 1)))
    area = Pillow.new("L", (ceil(ruler.textlength(text, font)) + 1, size * 3 // 2))
    drawing = ImageDraw.Draw(area)
    drawing.fontmode = mode
    drawing.text((0, size // 6), text, fill=255, font=font)
    return np.asarray(area)


_kept_mask = lru_cache(maxsize=4096)(_drawn_mask)
