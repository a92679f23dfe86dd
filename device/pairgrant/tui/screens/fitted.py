"""What every screen does when its size changes: one margin, and texts in the letters of its scale."""

from textual import events
from textual.geometry import Size
from textual.widget import Widget

from pairgrant.tui.scale import margin_at, scale_at
from pairgrant.tui.widgets.big_text import BigText


class Fitted(Widget):
    """A mixin for screens; ``-scale-2`` and ``-scale-3`` are their classes at those scales."""

    def on_resize(self, event: events.Resize) -> None:
        self.fit_to(event.size)

    def fit_to(self, size: Size) -> None:
        """Give the texts the letters that fit a screen of this size."""
        scale = scale_at(size.width)
        for larger in (2, 3):
            self.set_class(scale >= larger, f"-scale-{larger}")
        for text in self.query(BigText):
            text.fit_screen(size)


class FittedPanel(Fitted):
    """A mixin for panels: a box in front of the screen, and the whole screen where texts are big."""

    def fit_to(self, size: Size) -> None:
        """Give the texts the margin of every screen where they take all of it."""
        super().fit_to(size)
        self.styles.padding = (0, margin_at(size.width) if scale_at(size.width) > 1 else 0)
