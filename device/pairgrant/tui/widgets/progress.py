"""The foot of every screen of a pairing: the time that is left, and a line that says what happens."""

from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical

from pairgrant.events import PollFailed
from pairgrant.tui import letter_shapes
from pairgrant.tui.widgets.big_text import BigText
from pairgrant.tui.widgets.sentence import Sentence
from pairgrant.tui.widgets.stage_track import StageTrack
from pairgrant.tui.widgets.time_left_bar import TimeLeftBar
from pairgrant.tui.widgets.visible_text import VisibleText
from pairgrant.ui_texts import minutes_and_seconds, no_response
from pairgrant_protocol.vocabulary import PairingStage

_LONGEST_TIME = "00:00"
_GAP = 4
"""Columns between the status and the time, at scale 1."""


class Progress(Vertical):
    """``note`` is a line below; without ``has_track`` the stages are not shown."""

    def __init__(self, *, note: str | None = None, has_track: bool = False) -> None:
        super().__init__(id="progress")
        self._note = note
        self._has_track = has_track
        self._columns = 0

    def compose(self) -> ComposeResult:
        yield TimeLeftBar()
        with Horizontal(id="status"):
            yield StageTrack(classes="" if self._has_track else "-unknown")
            yield Sentence(id="status-text")
            yield BigText(id="time-left")
        if self._note:
            yield VisibleText(self._note, limit=300, id="note")

    def fit(self, *, width: int, scale: int, status_scale: int) -> None:
        """Draw the time at ``scale`` and the status at most at ``status_scale`` in ``width`` columns."""
        rows = letter_shapes.rows_of(scale)
        time = letter_shapes.size(_LONGEST_TIME, scale)[0] if scale else len(_LONGEST_TIME)
        room = width - time - _GAP * max(scale, 1)
        track = self.query_one(StageTrack)
        if track.display:
            room -= track.columns_at(status_scale + 1) + 2
        self._columns = room // (letter_shapes.WIDTH * status_scale) if status_scale else room
        self.set_class(scale > 0, "-big")
        self.query_one("#time-left", BigText).fit(width=width, rows=rows, scale=scale)
        self.query_one("#status-text", BigText).fit(width=room, rows=rows, scale=status_scale)

    def show_stage(self, stage: PairingStage) -> None:
        """Show how far the person is; only for a server that says so."""
        track = self.query_one(StageTrack)
        track.remove_class("-unknown")
        track.stage = stage

    def show(self, *, left: float, share_left: float, status: str, is_bad: bool = False) -> None:
        """Show the seconds that are ``left``, and what happens."""
        self.query_one(TimeLeftBar).share_left = share_left
        self.query_one("#time-left", BigText).set_text(minutes_and_seconds(left))
        self.query_one("#status-text", BigText).set_text(status)
        self.set_class(is_bad, "-trouble")

    def trouble(self, failure: PollFailed, now: float) -> str:
        """The status after a failed poll, in the words that fit."""
        wait = minutes_and_seconds(failure.retry_at - now)
        return no_response(wait, failure.since, width=self._columns)
