"""A short text in big letters where they fit, and in ordinary ones elsewhere."""

from textual.geometry import Size
from textual.widgets import Static

from pairgrant.translation import translated
from pairgrant.tui import letter_shapes
from pairgrant.tui.scale import headline, margin_at, scale_at
from pairgrant_protocol.visible_text import visible


class BigText(Static):
    """A headline, a sentence, a name or a time.

    Its letters are ``steps`` scales smaller than those of the screen, and take at most ``share`` of the
    screen's height; text longer than ``limit`` characters is cut.
    """

    def __init__(
        self,
        text: str = "",
        *,
        steps: int = 0,
        share: float = 1 / 3,
        limit: int = 200,
        keeps_case: bool = False,
        id: str | None = None,  # noqa: A002 - Textual's name for it
        classes: str | None = None,
    ) -> None:
        self._limit = limit
        self.says = visible(translated(text), limit=limit)
        self.scale = 0
        self.keeps_case = keeps_case
        self._steps = steps
        self._share = share
        self._room = (0, 0, 0)
        super().__init__(self.says, markup=False, id=id, classes=classes)

    def set_text(self, text: str) -> None:
        """Replace the text."""
        says = visible(translated(text), limit=self._limit)
        if says != self.says:
            self.says = says
            self._draw()

    def fit_screen(self, screen: Size) -> None:
        """Draw the largest letters for a ``screen`` of this size."""
        width = screen.width - 2 * margin_at(screen.width) - self.gutter.width
        rows = int(screen.height * self._share) - self.gutter.height
        self.fit(width=width, rows=rows, scale=scale_at(screen.width) - self._steps)

    def fit(self, *, width: int, rows: int, scale: int) -> None:
        """Draw the largest letters up to ``scale`` that fit ``width`` by ``rows`` cells."""
        self._room = (width, rows, scale)
        self._draw()

    def _draw(self) -> None:
        width, rows, scale = self._room
        self.scale, lines = headline(
            self.says, width=width, rows=rows, scale=scale, keeps_case=self.keeps_case
        )
        self.set_class(not lines, "-words")
        self.update("\n".join(letter_shapes.draw_lines(lines, self.scale)) if lines else self.says)
