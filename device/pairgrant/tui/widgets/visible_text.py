"""A widget for text from any source: control characters are escaped, and markup is not interpreted."""

from textual.widgets import Static

from pairgrant.translation import translated
from pairgrant_protocol.visible_text import visible


class VisibleText(Static):
    """Text with escaped control characters, cut at ``limit`` characters; ``Translatable`` is translated."""

    def __init__(
        self,
        text: str = "",
        *,
        limit: int = 200,
        id: str | None = None,  # noqa: A002 - Textual's name for it
        classes: str | None = None,
    ) -> None:
        self._limit = limit
        self._shown = visible(translated(text), limit=limit)
        super().__init__(self._shown, markup=False, id=id, classes=classes)

    def set_text(self, text: str) -> None:
        """Replace the text."""
        shown = visible(translated(text), limit=self._limit)
        if shown != self._shown:
            self._shown = shown
            self.update(shown)
