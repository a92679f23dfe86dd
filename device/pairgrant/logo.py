"""The logo of a kiosk: a text file, or a PNG file that is drawn with half blocks."""

import os
import stat
import unicodedata
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

from pairgrant.errors import DeviceSettingsError
from pairgrant_protocol.visible_text import visible

MOST_COLUMNS = 80
MOST_ROWS = 20

_MOST_BYTES = 1_000_000
_MOST_TEXT = 20_000
_MOST_PIXELS = 1_000_000
_HEIGHTS = (20, 16, 12, 10, 8, 6, 5, 4)
"""Rows in which a picture can be drawn; a screen takes the most that it has room for."""

_PNG = b"\x89PNG\r\n\x1a\n"

Pixel = tuple[int, int, int, int]
"""Red, green, blue and opacity, 0 to 255."""


@dataclass(frozen=True, slots=True)
class Picture:
    """Rows of pixels; an even number of rows, because a cell has two."""

    pixels: tuple[tuple[Pixel, ...], ...]

    @property
    def columns(self) -> int:
        return len(self.pixels[0])

    @property
    def rows(self) -> int:
        """Rows of cells."""
        return len(self.pixels) // 2


@dataclass(frozen=True, slots=True)
class Logo:
    """Lines of text, or the same picture in several sizes, largest first."""

    lines: tuple[str, ...] = ()
    pictures: tuple[Picture, ...] = ()

    @property
    def columns(self) -> int:
        """Of the lines."""
        return max(map(cell_width, self.lines), default=0)


def load_logo(option: str, path: Path) -> Logo:
    """The logo in a file.

    Raises:
        DeviceSettingsError: it can't be read, or is too large, or is neither text nor PNG; the message names
            ``option``.
    """
    try:
        body = _read(path)
        if body.startswith(_PNG):
            return Logo(pictures=_pictures(body))
        return Logo(lines=_lines(body))
    except UnusableLogoError as error:
        raise DeviceSettingsError(f"{option} can't be used: {error} ({visible(str(path))}).") from None


def cell_width(text: str) -> int:
    """The columns that a terminal needs for ``text``."""
    return sum(
        0 if unicodedata.combining(character) else 1 + (unicodedata.east_asian_width(character) in "WF")
        for character in text
    )


class UnusableLogoError(DeviceSettingsError):
    """The text completes ``NAME can't be used: …``."""


def _read(path: Path) -> bytes:
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        with os.fdopen(descriptor, "rb") as file:
            if not stat.S_ISREG(os.fstat(descriptor).st_mode):
                raise UnusableLogoError("it is not a regular file")
            body = file.read(_MOST_BYTES + 1)
    except OSError as error:
        raise UnusableLogoError(f"{error.strerror}") from None
    if len(body) > _MOST_BYTES:
        raise UnusableLogoError(f"it has more than {_MOST_BYTES} bytes")
    return body


def _lines(body: bytes) -> tuple[str, ...]:
    if len(body) > _MOST_TEXT:
        raise UnusableLogoError(f"as a text it has more than {_MOST_TEXT} bytes, and it is no PNG file")
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise UnusableLogoError(f"its byte {error.start} is no UTF-8, and it is no PNG file") from None
    rows = text.replace("\r\n", "\n").split("\n")
    lines = [visible(row.expandtabs(4).rstrip(), limit=4 * MOST_COLUMNS) for row in rows]
    while lines and not lines[-1]:
        lines.pop()
    while lines and not lines[0]:
        lines.pop(0)
    if not lines:
        raise UnusableLogoError("it is empty")
    if len(lines) > MOST_ROWS:
        raise UnusableLogoError(f"it has {len(lines)} lines, and may have {MOST_ROWS}")
    widest = max(map(cell_width, lines))
    if widest > MOST_COLUMNS:
        raise UnusableLogoError(f"it has {widest} columns, and may have {MOST_COLUMNS}")
    return tuple(lines)


def _pictures(body: bytes) -> tuple[Picture, ...]:
    width, height = int.from_bytes(body[16:20]), int.from_bytes(body[20:24])
    if not 0 < width * height <= _MOST_PIXELS:
        raise UnusableLogoError(f"it has {width} by {height} pixels, and may have {_MOST_PIXELS} in all")
    try:
        from PIL import Image  # noqa: PLC0415 - an extra, and slow to import
    except ImportError:
        raise UnusableLogoError(
            "a PNG file needs Pillow. Install it with: pip install 'pairgrant[logo]', or use a text file"
        ) from None
    try:
        with Image.open(BytesIO(body), formats=["PNG"]) as image:
            if image.size != (width, height):  # the header is not the first chunk, or not the only one
                raise UnusableLogoError("it is no usable PNG file: its size is ambiguous")
            opened = image.convert("RGBA")
            sizes = dict.fromkeys(_size(width, height, rows) for rows in _HEIGHTS)
            return tuple(_picture(opened.resize(size).tobytes(), size) for size in sizes)
    except (OSError, SyntaxError, ValueError, MemoryError, Image.DecompressionBombError) as error:
        raise UnusableLogoError(f"it is no usable PNG file: {visible(str(error), limit=100)}") from None


def _size(width: int, height: int, rows: int) -> tuple[int, int]:
    """The largest size of a picture in ``rows`` rows of cells; it is never enlarged."""
    share = min(2 * rows / height, MOST_COLUMNS / width, 1.0)
    tall = max(round(height * share), 1)
    return max(round(width * share), 1), tall


def _picture(raw: bytes, size: tuple[int, int]) -> Picture:
    """The pixels of ``raw`` (four bytes each), with an empty row if there is an odd number."""
    width, height = size
    flat: list[Pixel] = [(*raw[place : place + 3], raw[place + 3]) for place in range(0, len(raw), 4)]
    rows = [tuple(flat[row * width : (row + 1) * width]) for row in range(height)]
    if height % 2:
        rows.append(((0, 0, 0, 0),) * width)
    return Picture(tuple(rows))
