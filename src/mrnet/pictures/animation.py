"""Animated GIFs that lose nothing: one frame per slice, one grey table for all frames, every grey level kept.

The container is written here, because the usual writers merge identical neighbouring frames and repeat a colour table in
each frame. The pixels are packed by Pillow's LZW encoder, which releases the interpreter's lock while it writes to a file.
"""

import struct
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import BinaryIO

import numpy as np

from mrnet.archive.voxels import LEVELS
from mrnet.errors import PictureError
from mrnet.pictures.caption import TEXT_PIXELS, Typesetter
from mrnet.pictures.notes import Note, gif_end
from mrnet.pictures.stack import Appearance, Stack, Subject
from mrnet.pictures.window import Image, Palette, Shape

MAX_SIDE_PIXELS = MAX_DELAY_CENTISECONDS = 0xFFFF
"""GIF counts pixels and hundredths of a second in sixteen bits."""
MIN_LEVELS = 2
LEVELS_AHEAD = 4
"""A few more levels can take fewer bytes, if a threshold between two levels cuts through noise. Up to three more levels did so
in real scans and synthetic knees."""
MAX_FRAME_PIXELS = 1 << 24
"""Three published slices at the largest scale have 13 million; players keep each frame of more than one as four bytes per pixel."""
PLAIN_COPIES = 3
"""Copies of a frame: the frame before, the enlarged slice, and the frame with merged grey levels or in Pillow's encoder."""
JOINED_COPIES = 4
"""With captions or several planes also the frame in which they are put together."""
GUTTER_PIXELS = 4
"""Between planes drawn side by side."""
BYTES_PER_PIXEL = 0.85
"""Measured: some 0.7 for real scans, 1.0 for the synthetic knee."""


@dataclass(frozen=True, kw_only=True)
class Animation:
    """The settings of a GIF."""

    appearance: Appearance = field(default_factory=Appearance)
    delay: int = 10
    """Duration of each frame, in hundredths of a second."""
    loop: int = 0
    """Number of repeats; 0 means for ever."""
    bounce: bool = False
    """Whether the animation also runs backwards, without repeating the first and last frame."""
    pause: int = 0
    """Extra duration of the last slice, in hundredths of a second; with bounce, of the first too."""
    max_bytes: int | None = None
    """Largest size of a file; None for no limit."""

    suffix = ".gif"

    def check(self, shapes: Callable[[], Sequence[Shape]]) -> None:
        """Raise a PictureError if the frames would be larger than players can open."""
        pixels = sum(rows * columns for _, rows, columns in shapes())
        _check_frame(pixels * self.appearance.scale**2)

    def draw(self, subject: Subject, file: BinaryIO, note: Note) -> str | None:
        """Write a subject as a GIF; if grey levels had to be merged, return a sentence that says so.

        Raises:
            PictureError: it does not fit into the bytes, or not into a GIF.
        """
        scene = Scene(subject, self.appearance)
        rows, columns = scene.size
        if max(rows, columns) > MAX_SIDE_PIXELS:
            raise PictureError(
                f"the picture would be {columns:,} × {rows:,} pixels, a GIF's sides end at {MAX_SIDE_PIXELS:,}; use a "
                "smaller --scale"
            )
        _check_frame(rows * columns)
        gif = Gif((rows, columns), self.appearance.palette, self.loop, note)
        if self.max_bytes is None:
            gif.write(file, self._frames(scene))
            return None
        levels = _write_within(file, gif, lambda: self._frames(scene), self.max_bytes)
        return None if levels == LEVELS else f"{levels} of {LEVELS} grey levels fit into {self.max_bytes:,} bytes"

    def _frames(self, scene: "Scene") -> "Iterator[Frame]":
        last = len(scene) - 1
        order = [*range(last + 1), *(range(last - 1, 0, -1) if self.bounce else ())]
        for position in order:
            waits = position == last or (self.bounce and position == 0)
            yield scene.frame(position), min(self.delay + (self.pause if waits else 0), MAX_DELAY_CENTISECONDS)

    def slices(self, subject: Subject) -> int:
        """Return the number of slices of the longest series; several series run at the same time."""
        return max(map(len, subject.stacks))

    def working_bytes(self, shapes: Sequence[Shape]) -> int:
        """Return about how much memory it takes to draw volumes of these shapes: a few copies of one frame."""
        copies = PLAIN_COPIES if len(shapes) == 1 and not self.appearance.annotate else JOINED_COPIES
        return copies * self.appearance.scale**2 * sum(rows * columns for _, rows, columns in shapes)

    def expected_bytes(self, shapes: Sequence[Shape]) -> int:
        """Return the approximate number of bytes of a GIF of volumes of these shapes."""
        _, rows, columns = (max(lengths) for lengths in zip(*shapes, strict=True))
        frames = max(len(self.appearance.chosen(shape[0])) for shape in shapes) * (2 if self.bounce else 1)
        expected = round(self.appearance.grown(frames * rows * columns * len(shapes) * BYTES_PER_PIXEL))
        return expected if self.max_bytes is None else min(expected, self.max_bytes)


Frame = tuple[Image, int]
"""An image and its duration in hundredths of a second."""


class Scene:
    """The stacks of a subject side by side, each at the same relative position of its own slices."""

    def __init__(self, subject: Subject, appearance: Appearance) -> None:
        self.subject = subject
        self.type = Typesetter(appearance.palette, appearance.background, TEXT_PIXELS * appearance.scale)
        self.annotate = appearance.annotate
        self.widths = [self._width(stack) for stack in subject.stacks]
        self.height = max(stack.size[0] for stack in subject.stacks)
        self.gutter = GUTTER_PIXELS * appearance.scale
        self.columns = self.joined = sum(self.widths) + self.gutter * (len(self.widths) - 1)
        if self.annotate:
            needed = self.type.width(subject.case) + self.type.width(subject.findings)
            self.columns = max(self.columns, needed)

    def _width(self, stack: Stack) -> int:
        if not self.annotate:
            return stack.size[1]
        return max(stack.size[1], self.type.width(stack.plane) + self.type.width(stack.longest_caption()))

    def __len__(self) -> int:
        """Return the number of frames: the length of the longest stack."""
        return max(map(len, self.subject.stacks))

    @property
    def size(self) -> tuple[int, int]:
        """Rows and columns of each frame."""
        return self.height + (2 * self.type.height if self.annotate else 0), self.columns

    def frame(self, position: int) -> Image:
        """Return one frame."""
        if len(self.subject.stacks) == 1 and not self.annotate:
            return self.subject.stacks[0].image(position)
        frame = self.type.blank(*self.size)
        top, left = 0, (self.columns - self.joined) // 2
        if self.annotate:
            top = self.type.height
            frame[:top] = self.type.band(self.columns, self.subject.case, self.subject.findings)
        for stack, width in zip(self.subject.stacks, self.widths, strict=True):
            column = frame[top:, left : left + width]
            self._draw(stack, relative(position, len(self), len(stack)), column)
            left += width + self.gutter
        return frame

    def _draw(self, stack: Stack, position: int, column: Image) -> None:
        """Draw a slice into the middle of a column, with its caption below."""
        rows, columns = stack.size
        top, left = (self.height - rows) // 2, (column.shape[1] - columns) // 2
        column[top : top + rows, left : left + columns] = stack.image(position)
        if self.annotate:
            column[self.height :] = self.type.band(column.shape[1], stack.plane, stack.caption(position))


def _check_frame(pixels: int) -> None:
    if pixels > MAX_FRAME_PIXELS:
        raise PictureError(
            f"each frame would have {pixels / 1e6:,.0f} million pixels, more than players can open "
            f"({MAX_FRAME_PIXELS / 1e6:,.0f} million); use a smaller --scale"
        )


def relative(position: int, frames: int, slices: int) -> int:
    """Return the slice of a stack at the same relative position as a frame; every slice is used.

    Args:
        position: the frame's number, from 0.
        frames: the number of frames.
        slices: the number of slices of this stack, at most `frames`.
    """
    return (2 * position * (slices - 1) + frames - 1) // (2 * (frames - 1)) if frames > 1 else 0


@dataclass(frozen=True)
class Gif:
    """A GIF's container (GIF89a specification, sections 18 to 27)."""

    size: tuple[int, int]
    palette: Palette
    loop: int
    note: Note

    def write(self, file: BinaryIO, frames: Iterable[Frame], levels: int = LEVELS, limit: int | None = None) -> bool:
        """Write a whole file; return whether it fits into the limit. Stop as soon as it does not.

        Args:
            file: if it is a real file, other threads run while it is written.
            frames: images of the container's size.
            levels: the number of different grey levels to keep.
            limit: bytes.
        """
        merged = np.arange(LEVELS) * levels // LEVELS
        file.write(self._header(levels))
        for image, delay in frames:
            file.write(struct.pack("<3sBHBBBHHHHBB", b"!\xf9\x04", 4, delay, 0, 0, 0x2C, 0, 0, *self.size[::-1], 0, 8))
            _pack(image if levels == LEVELS else merged.astype(np.uint8)[image], file)
            file.write(b"\0")
            end = gif_end(file.tell())
            if limit is not None and file.tell() + len(end) > limit:
                return False
        file.write(end)
        return True

    def _header(self, levels: int) -> bytes:
        rows, columns = self.size
        shown = np.rint(np.arange(levels) * (LEVELS - 1) / (levels - 1)).astype(int)
        colours = self.palette.table()[shown].tobytes()
        return b"".join(
            [
                struct.pack("<6sHHBBB", b"GIF89a", columns, rows, 0xF7, 0, 0),
                colours.ljust(3 * LEVELS, b"\0"),
                struct.pack("<3s11sBBHB", b"!\xff\x0b", b"NETSCAPE2.0", 3, 1, self.loop, 0),
                b"!\xfe" + _blocks(self.note.text().encode("ascii")),
            ]
        )


def _blocks(text: bytes) -> bytes:
    edges = [*range(0, len(text), 255), len(text)]
    return b"".join(bytes([end - start]) + text[start:end] for start, end in pairwise(edges)) + b"\0"


def _pack(image: Image, file: BinaryIO) -> None:
    """Write an image's pixels as GIF's LZW codes, in blocks of up to 255 bytes."""
    from PIL import Image as Pillow
    from PIL import ImageFile

    rows, columns = image.shape
    picture = Pillow.frombuffer("L", (columns, rows), np.ascontiguousarray(image), "raw", "L", 0, 1)
    if hasattr(ImageFile, "_save"):
        ImageFile._save(picture, file, [ImageFile._Tile("gif", (0, 0, columns, rows), 0, "L")])
    else:
        # This is public in Pillow and makes the same bytes, but it blocks other threads.
        file.write(picture.tobytes("gif", "L"))


def _write_within(file: BinaryIO, gif: Gif, frames: Callable[[], Iterable[Frame]], limit: int) -> int:
    """Write a GIF with as many grey levels as the limit in bytes allows; return their number.

    The frames are drawn again for each attempt: together they may be a hundred times as large as the volume.
    """

    def fits(levels: int) -> bool:
        file.seek(0)
        file.truncate()
        return gif.write(file, frames(), levels, limit)

    if fits(LEVELS):
        return LEVELS
    low, high = MIN_LEVELS - 1, LEVELS
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if fits(middle) else (low, middle)
    while better := next(
        (more for more in range(low + 1, min(low + LEVELS_AHEAD, LEVELS - 1) + 1) if fits(more)), None
    ):
        low = better
    if low < MIN_LEVELS or not fits(low):
        raise PictureError(
            f"even with two grey levels it does not fit into {limit:,} bytes; use a smaller --scale or fewer --slices"
        )
    return low
