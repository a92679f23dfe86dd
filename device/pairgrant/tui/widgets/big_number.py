"""The number of a number match, as large as fits."""

from textual.widgets import Static

from pairgrant.tui import letter_shapes


class BigNumber(Static):
    def __init__(self, number: str) -> None:
        super().__init__(number, markup=False)
        self._number = number
        self._scale = 0

    def show(self, number: str) -> None:
        self._number = number
        self._draw()

    def scale_by(self, scale: int) -> None:
        """Draw each point of a digit ``scale`` times as large; 0 means ordinary letters."""
        self._scale = scale
        self._draw()

    def _draw(self) -> None:
        rows = letter_shapes.draw(self._number, self._scale) if self._scale else [self._number]
        self.update("\n".join(rows))
