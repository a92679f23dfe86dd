"""A piece of text, wherever it comes from: nothing in it can steer the terminal, and nothing in it is markup."""

from textual.widgets import Static

from pairgrant_protocol.visible_text import visible


class VisibleText(Static):
    """Text made visible and cut at ``limit`` characters."""

    def __init__(
        self,
        text: str = "",
        *,
        limit: int = 200,
        id: str | None = None,  # noqa: A002 - Textual's name for it
        classes: str | None = None,
    ) -> None:
        self._limit = limit
        self._said = visible(text, limit=limit)
        super().__init__(self._said, markup=False, id=id, classes=classes)

    def set_text(self, text: str) -> None:
        """Show ``text`` instead."""
        said = visible(text, limit=self._limit)
        if said != self._said:
            self._said = said
            self.update(said)
