"""Shows the code, the address, the QR code and the stage of the person: step (C)."""

from typing import ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Container, Horizontal, Vertical
from textual.geometry import Size

from pairgrant.clock import Clock
from pairgrant.events import CodeIssued, PairingEvent, PollFailed, PollRecovered, StageReached
from pairgrant.qr_symbol import qr_symbol
from pairgrant.translation import Translatable, gettext
from pairgrant.tui.code_layout import (
    GAP,
    Chrome,
    CodeLayout,
    Place,
    Space,
    View,
    code_layout,
)
from pairgrant.tui.scale import margin_at
from pairgrant.tui.screens.cannot_scan import CannotScan
from pairgrant.tui.screens.framed import FramedScreen
from pairgrant.tui.widgets.big_text import BigText
from pairgrant.tui.widgets.qr_code import QrCode
from pairgrant.tui.widgets.stage_track import StageTrack
from pairgrant.tui.widgets.time_left_bar import TimeLeftBar
from pairgrant.tui.widgets.user_code import UserCode
from pairgrant.tui.widgets.visible_text import VisibleText
from pairgrant.ui_texts import STAGES, address_to_type, minutes_and_seconds, no_response
from pairgrant_protocol.visible_text import visible
from pairgrant_protocol.vocabulary import PairingStage


class CodeScreen(FramedScreen):
    HINTS = (
        ("question_mark", Translatable("Can't scan")),
        ("v", Translatable("View")),
        ("escape", Translatable("Cancel")),
        ("q", Translatable("Quit")),
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        ("question_mark", "explain"),
        ("v", "view"),
        ("enter", "app.retry_now"),
        ("escape", "app.cancel"),
        ("q", "app.leave"),
    ]

    def __init__(self, device_name: str, code: CodeIssued, clock: Clock, *, note: str | None) -> None:
        super().__init__(device_name)
        self._code = code
        self._clock = clock
        self._note = note
        self._stage = PairingStage.WAITING
        self._failure: PollFailed | None = None
        self._uri = code.scannable_uri_at(clock.now())
        self._symbol = qr_symbol(self._uri)
        self._view = View.ALL
        self._address = address_to_type(code.verification_uri)

    def middle(self) -> ComposeResult:
        with Container(id="pairing", classes="middle"):
            if self._symbol:
                yield QrCode(self._symbol)
            with Vertical(id="instructions"):
                yield VisibleText("", id="step-open", classes="step")
                yield VisibleText(self._address, limit=2048, id="address")
                yield VisibleText("", id="step-code", classes="step")
                yield UserCode(self._code.user_code)
        with Vertical(id="progress"):
            yield TimeLeftBar()
            with Horizontal(id="status"):
                yield StageTrack(classes="-unknown")
                yield VisibleText(id="status-text")
                yield BigText(id="time-left")
            if self._note:
                yield VisibleText(self._note, limit=300, id="note")

    def on_mount(self) -> None:
        self.set_interval(1.0, self.tick)
        self.tick()

    def on_resize(self, event: events.Resize) -> None:
        self._arrange(event.size)

    def action_view(self) -> None:
        """Show the code alone, then the QR code alone, then both again."""
        views = [view for view in View if self._symbol or view is not View.QR]
        self._view = views[(views.index(self._view) + 1) % len(views)]
        self._arrange(self.app.size)

    def action_explain(self) -> None:
        self.app.push_screen(CannotScan(self._address, self._code.user_code))

    def show_event(self, event: PairingEvent) -> None:
        """Show an event of the pairing."""
        match event:
            case StageReached(stage):
                self._stage = stage
                self.query_one(StageTrack).remove_class("-unknown")
            case PollFailed():
                self._failure = event
            case PollRecovered():
                self._failure = None
            case _:
                pass  # the app shows the others with a new screen
        self.tick()

    def _arrange(self, size: Size) -> None:
        space = Space(size.width, size.height, self._address, self._symbol_side(), bool(self._note))
        layout = code_layout(visible(self._code.user_code), space, self._view)
        for place in Place:
            self.set_class(layout.place is place, f"-qr-{place.value}")
        for chrome in Chrome:
            self.set_class(layout.chrome is chrome, f"-{chrome.value}")
        self.set_margin(0 if layout.chrome.fills_the_width else margin_at(size.width))
        self.query_one("#address").display = layout.has_address
        self._write_steps(layout, size)
        self.query_one(UserCode).write(layout.letters)
        self.query_one("#time-left", BigText).fit(
            width=size.width, rows=size.height, scale=layout.clock_scale
        )
        if self._symbol:
            rows = self.query_one(QrCode).draw(columns=layout.qr_columns, quiet=layout.quiet)
            self.query_one("#instructions").styles.min_height = rows if layout.place is Place.BESIDE else 0

    def _symbol_side(self) -> int:
        return self._symbol.side if self._symbol else 0

    def _write_steps(self, layout: CodeLayout, size: Size) -> None:
        """The two instructions, in fewer words beside a QR code on a narrow screen."""
        scan = layout.place is not Place.NOWHERE
        room = size.width - 2 * margin_at(size.width)
        if layout.place is Place.BESIDE:
            room -= (self._symbol_side() + 2 * layout.quiet) * layout.qr_columns + GAP
        scan_or_open = gettext("Scan with your phone, or open")
        if len(scan_or_open) > room:
            scan_or_open = gettext("Scan, or open")
        self.query_one("#step-open", VisibleText).set_text(
            scan_or_open if scan else gettext("On your phone, open")
        )
        self.query_one("#step-code", VisibleText).set_text(
            gettext("and check this code") if scan else gettext("and enter this code")
        )

    def tick(self) -> None:
        """Update what depends on the time."""
        now = self._clock.now()
        left = self._code.expires_at - now
        self.query_one(TimeLeftBar).share_left = left / self._code.expires_in
        self.query_one("#time-left", BigText).set_text(minutes_and_seconds(left))
        self.query_one(StageTrack).stage = self._stage
        self.query_one("#progress").set_class(self._failure is not None, "-trouble")
        says: str = STAGES[self._stage]
        text = self.query_one("#status-text", VisibleText)
        if self._failure:
            wait = minutes_and_seconds(self._failure.retry_at - now)
            says = no_response(wait, self._failure.since, width=text.size.width)
        text.set_text(says)
        self._renew_qr_code(now)

    def _renew_qr_code(self, now: float) -> None:
        """Replace the QR code if its proof has changed; another size would need another layout."""
        uri = self._code.scannable_uri_at(now)
        if uri == self._uri or self._symbol is None:
            return
        self._uri = uri
        symbol = qr_symbol(uri)
        if symbol is not None and symbol.side == self._symbol.side:
            self._symbol = symbol
            self.query_one(QrCode).replace(symbol)
