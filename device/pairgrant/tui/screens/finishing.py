"""Approved and on hold, before step (F): the tokens follow unless the phone undoes the approval."""

from textual.app import ComposeResult
from textual.containers import Vertical

from pairgrant.translation import Translatable, translated
from pairgrant.tui.screens.pairing import PairingScreen
from pairgrant.tui.widgets.big_text import BigText
from pairgrant.tui.widgets.sentence import Sentence
from pairgrant.ui_texts import STAGES
from pairgrant_protocol.vocabulary import PairingStage


class FinishingScreen(PairingScreen):
    def content(self) -> ComposeResult:
        with Vertical(id="finishing", classes="middle"):
            yield BigText(Translatable("Approved"), classes="headline")
            yield Sentence(f"{translated(STAGES[PairingStage.FINISHING])}.", share=1 / 4, classes="lead")
