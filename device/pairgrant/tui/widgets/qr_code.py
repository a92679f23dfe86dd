"""The QR code, in two fixed colours that don't depend on the theme."""

from rich.segment import Segment
from rich.style import Style
from textual.geometry import Size
from textual.strip import Strip
from textual.widget import Widget

from pairgrant.qr_symbol import INK, PAPER, QrSymbol, runs

_COLOURS = {
    True: Style.parse(f"not bold not dim {INK} on {INK}"),
    False: Style.parse(f"not bold not dim {INK} on {PAPER}"),
}


class QrCode(Widget):
    def __init__(self, symbol: QrSymbol) -> None:
        super().__init__()
        self._symbol = symbol
        self._rows = symbol.half_block_rows(quiet=2)

    def draw(self, *, columns: int, quiet: int) -> int:
        """Draw with ``columns`` columns per module (1 or 2) and ``quiet`` modules of quiet zone; returns the
        rows.
        """
        self._rows = (
            self._symbol.full_block_rows(quiet) if columns == 2 else self._symbol.half_block_rows(quiet)
        )
        self.refresh(layout=True)
        return len(self._rows)

    def get_content_width(self, container: Size, viewport: Size) -> int:  # noqa: ARG002 - Textual's signature
        return len(self._rows[0])

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:  # noqa: ARG002 - Textual's signature
        return len(self._rows)

    def render_line(self, y: int) -> Strip:
        if y >= len(self._rows):
            return Strip.blank(self.size.width)
        return Strip([Segment(cells, _COLOURS[light]) for cells, light in runs(self._rows[y])])
