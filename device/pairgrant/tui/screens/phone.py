"""A phone has opened the code, steps (D) and (E): the stage is the headline, the code stays for comparing."""

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.geometry import Size

from pairgrant.clock import Clock
from pairgrant.events import CodeIssued, PairingEvent, StageReached
from pairgrant.tui.code_layout import letters_within
from pairgrant.tui.scale import margin_at, scale_at
from pairgrant.tui.screens.pairing import PairingScreen
from pairgrant.tui.widgets.big_text import BigText
from pairgrant.tui.widgets.progress import Progress
from pairgrant.tui.widgets.sentence import Sentence
from pairgrant.tui.widgets.user_code import UserCode
from pairgrant.ui_texts import COMPARE, STAGES
from pairgrant_protocol.visible_text import visible
from pairgrant_protocol.vocabulary import PairingStage

PHONE_STAGES = frozenset({PairingStage.OPENED, PairingStage.SIGNING_IN, PairingStage.CONFIRMING})
"""The stages in which the phone has the code, and the device has nothing else to show."""


class PhoneScreen(PairingScreen):
    HAS_TRACK = True

    def __init__(
        self,
        device_name: str,
        code: CodeIssued,
        stage: PairingStage,
        clock: Clock,
        *,
        sign_in_hint: str | None = None,
    ) -> None:
        super().__init__(device_name, code, clock)
        self._stage = stage
        self._sign_in_hint = sign_in_hint

    def content(self) -> ComposeResult:
        with Vertical(id="phone", classes="middle"):
            yield BigText(STAGES[self._stage], share=2 / 5, classes="headline")
            yield Sentence(COMPARE, classes="lead")
            if self._sign_in_hint:
                yield Sentence(
                    self._sign_in_hint,
                    steps=1,
                    share=1 / 5,
                    limit=400,
                    id="sign-in-hint",
                )
            yield UserCode(self._code.user_code)

    def status(self) -> str:
        """The stage, also in ordinary letters or where there is no room for a headline."""
        return STAGES[self._stage] if scale_at(self.app.size.width) == 1 else ""

    def fit_to(self, size: Size) -> None:
        """Fit the texts, and the code, which is smaller than the stage."""
        super().fit_to(size)
        width, height = size
        scale = max(scale_at(width) - 1, 1)
        inner = width - 2 * margin_at(width)
        letters = letters_within(visible(self._code.user_code), width=inner, rows=height // 4, scale=scale)
        self.query_one(UserCode).write(letters)

    def show_event(self, event: PairingEvent) -> None:
        """Show an event of the pairing."""
        if isinstance(event, StageReached):
            self._stage = event.stage
        super().show_event(event)

    def tick(self) -> None:
        """Update the stage, and what depends on the time."""
        self.query_one("#phone .headline", BigText).set_text(STAGES[self._stage])
        self.query_one(Progress).show_stage(self._stage)
        signs_in = self._stage is PairingStage.SIGNING_IN
        self.set_class(signs_in and self._sign_in_hint is not None, "-signs-in")
        super().tick()
