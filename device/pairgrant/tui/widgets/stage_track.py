"""The stages of a pairing as a row of dots; not shown for a server that reports no stages."""

from textual.content import Content
from textual.geometry import Size
from textual.reactive import reactive
from textual.widget import Widget

from pairgrant.tui.scale import scale_at
from pairgrant.tui.theme import uses_ascii
from pairgrant_protocol.vocabulary import PairingStage

_STAGES = (PairingStage.WAITING, PairingStage.OPENED, PairingStage.SIGNING_IN, PairingStage.CONFIRMING)
"""The stages that every pairing has; later ones show all dots."""

_SIGNS = {False: ("━", "─", "●", "○"), True: ("=", "-", "*", "o")}
_LINE = 2
"""Columns between two stages at scale 1."""


class StageTrack(Widget):
    stage: reactive[PairingStage] = reactive(PairingStage.WAITING)

    @staticmethod
    def columns_at(scale: int) -> int:
        """Its width on a screen of that scale."""
        return len(_STAGES) + (len(_STAGES) - 1) * _LINE * scale

    def get_content_width(self, container: Size, viewport: Size) -> int:  # noqa: ARG002 - Textual's signature
        return self.columns_at(scale_at(self.app.size.width))

    def render(self) -> Content:
        line, no_line, station, no_station = _SIGNS[uses_ascii(self.app.theme)]
        length = _LINE * scale_at(self.app.size.width)
        reached = _STAGES.index(self.stage) if self.stage in _STAGES else len(_STAGES)
        pieces: list[tuple[str, str]] = []
        for number in range(len(_STAGES)):
            if number:
                pieces.append(((line if number <= reached else no_line) * length, _colour(number <= reached)))
            pieces.append((station if number <= reached else no_station, _colour(number <= reached)))
        return Content.assemble(*pieces)


def _colour(reached: bool) -> str:  # noqa: FBT001 - a private function of one argument
    return "$foreground" if reached else "$faint"
