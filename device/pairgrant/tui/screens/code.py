"""Shows the code, the address, the QR code and the stage of the person: step (C)."""

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Container, Vertical
from textual.geometry import Size

from pairgrant.clock import Clock
from pairgrant.events import CodeIssued, PairingEvent, PollFailed, PollRecovered, StageReached
from pairgrant.qr_symbol import qr_symbol
from pairgrant.translation import Translatable, gettext
from pairgrant.tui.code_layout import (
    Chrome,
    CodeLayout,
    Place,
    Space,
    View,
    code_layout,
    text_scale,
)
from pairgrant.tui.scale import margin_at, scale_at
from pairgrant.tui.screens.cannot_scan import CannotScan
from pairgrant.tui.screens.framed import FramedScreen
from pairgrant.tui.widgets.big_text import BigText
from pairgrant.tui.widgets.progress import Progress
from pairgrant.tui.widgets.qr_code import QrCode
from pairgrant.tui.widgets.sentence import Sentence
from pairgrant.tui.widgets.user_code import UserCode
from pairgrant.ui_texts import STAGES, address_to_type
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
                yield Sentence(id="step-open", classes="step")
                yield Sentence(self._address, limit=2048, id="address")
                yield Sentence(id="step-code", classes="step")
                yield UserCode(self._code.user_code)
        yield Progress(note=self._note)

    def on_mount(self) -> None:
        self.set_interval(1.0, self.tick)
        self.tick()

    def action_view(self) -> None:
        """Show the code alone, then the QR code alone, then both again."""
        views = [view for view in View if self._symbol or view is not View.QR]
        self._view = views[(views.index(self._view) + 1) % len(views)]
        self.fit_to(self.app.size)

    def action_explain(self) -> None:
        self.app.push_screen(CannotScan(self._address, self._code.user_code))

    def show_event(self, event: PairingEvent) -> None:
        """Show an event of the pairing."""
        match event:
            case StageReached(stage):
                self._stage = stage
                self.query_one(Progress).show_stage(stage)
            case PollFailed():
                self._failure = event
            case PollRecovered():
                self._failure = None
            case _:
                pass  # the app shows the others with a new screen
        self.tick()

    def fit_to(self, size: Size) -> None:
        """Lay the code out for a screen of this size."""
        super().fit_to(size)
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
        self.query_one(Progress).fit(
            width=size.width - 2 * margin_at(size.width),
            scale=layout.clock_scale,
            status_scale=min(layout.clock_scale, scale_at(size.width) - 1),
        )
        if self._symbol:
            rows = self.query_one(QrCode).draw(columns=layout.qr_columns, quiet=layout.quiet)
            beside = layout.place is Place.BESIDE
            instructions = self.query_one("#instructions")
            instructions.styles.min_height = rows if beside else 0
            instructions.styles.margin = (0, 0, 0, layout.gap if beside else 0)

    def _symbol_side(self) -> int:
        return self._symbol.side if self._symbol else 0

    def _write_steps(self, layout: CodeLayout, size: Size) -> None:
        """The two instructions, in fewer words beside a QR code on a narrow screen."""
        scan = layout.place is not Place.NOWHERE
        scan_or_open = gettext("Scan with your phone, or open")
        if len(scan_or_open) > layout.text_width:
            scan_or_open = gettext("Scan, or open")
        step_open = self.query_one("#step-open", BigText)
        step_code = self.query_one("#step-code", BigText)
        step_open.set_text(scan_or_open if scan else gettext("On your phone, open"))
        step_code.set_text(gettext("and check this code") if scan else gettext("and enter this code"))
        texts = (step_open, self.query_one("#address", BigText), step_code)
        scale = text_scale([text.says for text in texts], layout, scale_at(size.width) - 1)
        for text in texts:
            text.fit(width=layout.text_width, rows=layout.text_rows, scale=scale)

    def tick(self) -> None:
        """Update what depends on the time."""
        now = self._clock.now()
        left = self._code.expires_at - now
        progress = self.query_one(Progress)
        failure = self._failure
        progress.show(
            left=left,
            share_left=left / self._code.expires_in,
            status=progress.trouble(failure, now) if failure else STAGES[self._stage],
            is_bad=failure is not None,
        )
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
