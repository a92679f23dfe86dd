"""The line at the top of every screen: the product or the brand, and the name of the device."""

from textual.app import ComposeResult
from textual.containers import Horizontal

from pairgrant.tui.widgets.sentence import Sentence
from pairgrant.tui.widgets.visible_text import VisibleText


class TopLine(Horizontal):
    def __init__(self, device_name: str) -> None:
        super().__init__()
        self._device_name = device_name

    def compose(self) -> ComposeResult:
        brand: str | None = getattr(self.app, "brand", None)
        yield VisibleText(brand or "▄▀ Pairgrant", classes="brand")
        yield Sentence(self._device_name, steps=2, share=1 / 12, limit=60, classes="device-name")
