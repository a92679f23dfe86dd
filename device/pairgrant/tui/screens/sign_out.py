"""The question before a sign-out, because connecting the screen again needs a person with a phone."""

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical

from pairgrant.translation import Translatable, gettext
from pairgrant.tui.screens.fitted import FittedPanel
from pairgrant.tui.screens.panel import Panel
from pairgrant.tui.widgets.big_text import BigText
from pairgrant.tui.widgets.key_hints import KeyHints
from pairgrant.tui.widgets.sentence import Sentence


class SignOutQuestion(FittedPanel, Panel[bool]):
    AUTO_FOCUS = "#key-n"
    BINDINGS: ClassVar[list[BindingType]] = [
        ("y", "answer(True)"),
        ("n", "answer(False)"),
        ("escape", "answer(False)"),
    ]

    def __init__(self, headline: str | None = None, why: str | None = None) -> None:
        super().__init__()
        self._headline = headline or gettext("Sign this screen out?")
        self._why = why or gettext(
            "Its tokens will be revoked at the server. "
            "To connect it again, someone has to approve it on a phone."
        )

    def compose(self) -> ComposeResult:
        with Vertical(id="question"):
            yield BigText(self._headline, steps=1, share=2 / 5, classes="headline")
            yield Sentence(self._why, share=1 / 3, classes="why")
            yield KeyHints(("y", Translatable("Sign out")), ("n", Translatable("Stay")))

    def action_answer(self, answer: bool) -> None:  # noqa: FBT001 - Textual passes it by position
        self.dismiss(answer)
