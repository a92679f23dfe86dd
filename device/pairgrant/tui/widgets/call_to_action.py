"""The main action of a screen, drawn like a button; a tap or a click acts like Enter."""

from pairgrant.tui.widgets.sentence import Sentence


class CallToAction(Sentence):
    def on_click(self) -> None:
        self.screen.set_focus(None)  # a button in focus would take Enter for itself
        self.app.simulate_key("enter")
