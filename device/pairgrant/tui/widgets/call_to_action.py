"""The one thing to do on a screen, set off like a button; a tap or a click does what Enter does."""

from pairgrant.tui.widgets.visible_text import VisibleText


class CallToAction(VisibleText):
    def on_click(self) -> None:
        self.app.simulate_key("enter")
