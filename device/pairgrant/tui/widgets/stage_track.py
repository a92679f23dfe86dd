"""How far the person has come, as a row of stations (an extra of this server; others leave it at the first)."""

from textual.content import Content
from textual.reactive import reactive
from textual.widget import Widget

from pairgrant_protocol.vocabulary import PairingStage

_STATIONS = tuple(stage for stage in PairingStage if stage is not PairingStage.ENTERING_PIN)
"""The last has a screen of its own."""


class StageTrack(Widget):
    stage: reactive[PairingStage] = reactive(PairingStage.WAITING)

    def render(self) -> Content:
        reached = _STATIONS.index(self.stage) if self.stage in _STATIONS else len(_STATIONS)
        pieces: list[tuple[str, str]] = []
        for number in range(len(_STATIONS)):
            if number:
                pieces.append(("━━" if number <= reached else "──", _colour(number <= reached)))
            pieces.append(("●" if number <= reached else "○", _colour(number <= reached)))
        return Content.assemble(*pieces)


def _colour(reached: bool) -> str:  # noqa: FBT001 - reads as one
    return "$primary" if reached else "$faint"
