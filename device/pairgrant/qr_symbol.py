"""QR codes, above all the one beside the user code, step (C) (RFC 8628 §3.3.1), as rows of characters for any
kind of terminal.

The *light* modules are drawn in the foreground colour, so that the code works on a terminal without colours.
Callers set both colours explicitly (white on black), because phones don't read a code in theme colours
reliably. Fully light cells get a white background too, because the line gaps of some terminals would cut them
otherwise.
"""

import re
from dataclasses import dataclass
from itertools import groupby
from urllib.parse import urlsplit

INK = "#ffffff"
PAPER = "#000000"

_ALPHANUMERIC = re.compile(r"[0-9A-Z $%*+./:-]*")
_MAX_SIDE = 57
"""Modules (version 10); a larger symbol fits on no terminal."""

_HALF_BLOCKS = {(True, True): "█", (True, False): "▀", (False, True): "▄", (False, False): " "}


@dataclass(frozen=True, slots=True)
class QrSymbol:
    """The modules of one symbol without its quiet zone; True is light."""

    light: tuple[tuple[bool, ...], ...]

    @property
    def side(self) -> int:
        return len(self.light)

    def half_block_rows(self, quiet: int, columns: int = 1) -> list[str]:
        """Each module ``columns`` columns by ``columns`` halves of a row; ``quiet`` modules around all."""
        modules = [
            [light for light in row for _ in range(columns)]
            for row in self._surrounded(quiet)
            for _ in range(columns)
        ]
        if len(modules) % 2:
            modules.append([True] * len(modules[0]))
        return [
            "".join(_HALF_BLOCKS[pair] for pair in zip(upper, lower, strict=True))
            for upper, lower in zip(modules[::2], modules[1::2], strict=True)
        ]

    def _surrounded(self, quiet: int) -> list[list[bool]]:
        empty = [[True] * (self.side + 2 * quiet) for _ in range(quiet)]
        sides = [True] * quiet
        return [*map(list, empty), *([*sides, *row, *sides] for row in self.light), *map(list, empty)]


def runs(row: str) -> list[tuple[str, bool]]:
    """``row`` in pieces, each with whether its background is light: that of fully light cells."""
    return [("".join(cells), light) for light, cells in groupby(row, key=lambda cell: cell == "█")]


def qr_symbol(uri: str) -> QrSymbol | None:
    """The symbol of an address, as ``text_symbol``."""
    return text_symbol(scannable_text(uri))


def text_symbol(text: str) -> QrSymbol | None:
    """The smallest symbol for ``text``, with the best error correction at that size; None if it would be too
    large.
    """
    import qrcode  # noqa: PLC0415 - only for drawing a code
    from qrcode.exceptions import DataOverflowError  # noqa: PLC0415

    best: list[list[bool]] | None = None
    for correction in (
        qrcode.ERROR_CORRECT_L,
        qrcode.ERROR_CORRECT_M,
        qrcode.ERROR_CORRECT_Q,
        qrcode.ERROR_CORRECT_H,
    ):
        drawing = qrcode.QRCode(error_correction=correction, border=0)
        drawing.add_data(text)
        try:
            drawing.make()
        except (DataOverflowError, ValueError):
            break
        matrix = drawing.get_matrix()
        if len(matrix) > (len(best) if best else _MAX_SIDE):
            break
        best = matrix
    return None if best is None else QrSymbol(tuple(tuple(not dark for dark in row) for row in best))


def scannable_text(uri: str) -> str:
    """``uri``, with scheme and host in upper case if that allows the denser alphanumeric mode (RFC 3986
    §6.2.2.1).
    """
    parts = urlsplit(uri)
    origin = f"{parts.scheme}://{parts.netloc}"
    rest = uri[len(origin) :]
    text = origin.upper() + rest
    return text if _ALPHANUMERIC.fullmatch(text) else uri
