"""A short text in big letters where they fit, and in ordinary ones elsewhere."""

from textual.widgets import Static

from pairgrant.translation import translated
from pairgrant.tui import letter_shapes
from pairgrant.tui.scale import headline
from pairgrant_protocol.visible_text import visible


class BigText(Static):
    """A headline, a name or a time; ``fit`` chooses the letters."""

    def __init__(self, text: str = "", *, id: str | None = None, classes: str | None = None) -> None:  # noqa: A002 - Textual's name for it
        self.says = visible(translated(text), limit=200)
        self.scale = 0
        self._room = (0, 0, 0)
        super().__init__(self.says, markup=False, id=id, classes=classes)

    def set_text(self, text: str) -> None:
        """Replace the text."""
        says = visible(translated(text), limit=200)
        if says != self.says:
            self.says = says
            self._draw()

    def fit(self, *, width: int, rows: int, scale: int) -> None:
        """Draw the largest letters up to ``scale`` that fit ``width`` by ``rows`` cells."""
        self._room = (width, rows, scale)
        self._draw()

    def _draw(self) -> None:
        width, rows, scale = self._room
        self.scale, lines = headline(self.says, width=width, rows=rows, scale=scale)
        self.update("\n".join(letter_shapes.draw_lines(lines, self.scale)) if lines else self.says)
