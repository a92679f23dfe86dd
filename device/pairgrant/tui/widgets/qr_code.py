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
        self._columns = 1
        self._quiet = 2
        self._rows = symbol.half_block_rows(self._quiet)

    def draw(self, *, columns: int, quiet: int) -> int:
        """Draw with ``columns`` columns per module and ``quiet`` modules of quiet zone; returns the rows."""
        self._columns, self._quiet = columns, quiet
        self._rows = self._drawn()
        self.refresh(layout=True)
        return len(self._rows)

    def replace(self, symbol: QrSymbol) -> None:
        """Draw another symbol of the same size in its place, in one update of the terminal."""
        self._symbol = symbol
        self._rows = self._drawn()
        self.refresh()

    def _drawn(self) -> list[str]:
        return self._symbol.half_block_rows(self._quiet, self._columns)

    def get_content_width(self, container: Size, viewport: Size) -> int:  # noqa: ARG002 - Textual's signature
        return len(self._rows[0])

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:  # noqa: ARG002 - Textual's signature
        return len(self._rows)

    def render_line(self, y: int) -> Strip:
        if y >= len(self._rows):
            return Strip.blank(self.size.width)
        return Strip([Segment(cells, _COLOURS[light]) for cells, light in runs(self._rows[y])])
