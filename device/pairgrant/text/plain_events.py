"""The events of a pairing as lines of text, step (C): for screen readers, logs and simple terminals."""

import asyncio
import shutil
from collections.abc import Callable
from functools import partial

from pairgrant.clock import Clock
from pairgrant.events import (
    CodeDelayed,
    CodeIssued,
    NumberShown,
    PairingEvent,
    PinRequested,
    PollFailed,
    PollRecovered,
    StageReached,
    WarningIssued,
)
from pairgrant.logo import cell_width
from pairgrant.qr_symbol import QrSymbol, qr_symbol, runs
from pairgrant.text.next_step import NextStep
from pairgrant.text.terminal_sequences import link
from pairgrant.translation import gettext, translated
from pairgrant.ui_texts import STAGES, about, minutes_and_seconds, time_of_day, wrong_digits
from pairgrant_protocol.visible_text import visible
from pairgrant_protocol.vocabulary import PairingStage

_REMINDERS = (300.0, 60.0, 15.0)
"""Seconds before expiry at which a line is printed; few, because a screen reader reads every line aloud."""

_SAID_AGAIN = 600.0
"""Seconds after which a failure that lasts is printed again."""

_UNSPOKEN = (PairingStage.WAITING, PairingStage.MATCHING_NUMBER)
"""Stages without a line: the code, or the number, has one of its own."""

_QUIET_ZONE = 2

_INK_ON = {True: "\x1b[38;5;231;48;5;231m", False: "\x1b[38;5;231;48;5;16m"}
"""White on white and on black in a palette of 256 colours, because themes change the first 16."""


class PlainEvents:
    """Writes events as lines: progress to ``write_out``, warnings and errors to ``write_err``.

    ``qr`` adds a QR code below the code; None does where it and the lines with the address and the code fit a
    terminal of ``size()`` columns and rows. ``colour`` sets its two colours explicitly. ``links`` makes the
    address a link.
    """

    def __init__(
        self,
        write_out: Callable[[str], None],
        write_err: Callable[[str], None],
        clock: Clock,
        next_step: NextStep,
        *,
        qr: bool | None,
        colour: bool,
        links: bool = False,
        size: Callable[[], tuple[int, int]] = shutil.get_terminal_size,
    ) -> None:
        self._write_out = write_out
        self._write_err = write_err
        self._clock = clock
        self._next_step = next_step
        self._qr = qr
        self._colour = colour
        self._links = links
        self._size = size
        self._failure: tuple[str, int] | None = None
        self._said_at = 0.0
        self._reminders: asyncio.Task[None] | None = None

    def __call__(self, event: PairingEvent) -> None:
        match event:
            case CodeIssued():
                self._end_failure()
                self.end()
                self._show(event)
                self._reminders = asyncio.create_task(self._remind(event.expires_at))
            case StageReached(stage):
                if stage not in _UNSPOKEN:
                    self._write_out(f"{translated(STAGES[stage])}.")
            case NumberShown(number):
                self._write_out(gettext("Type this number on your phone: {number}", number=number))
            case PinRequested():
                self._ask_for_pin(event)
            case PollFailed(reason, retry_at, since):
                self._report_failure(
                    _sentence(reason) + " " + gettext("The code stays valid."), since, retry_at
                )
            case PollRecovered():
                self._end_failure()
            case CodeDelayed(error, since, retry_at):
                self._report_failure(_sentence(error.text), since, retry_at)
            case WarningIssued(text):
                self._write_err(gettext("Note: {text}", text=visible(translated(text))))

    def _report_failure(self, reason: str, since: float | None, retry_at: float) -> None:
        """Print a reason at once, and again after a person's own try or a long time, not at every attempt."""
        now = self._clock.now()
        failure = (reason, self._next_step.times)
        if failure == self._failure and now < self._said_at + _SAID_AGAIN:
            return
        begun = "" if since is None else " " + gettext("Since {time}.", time=time_of_day(since))
        self._write_err(f"{reason}{begun} {self._next_step.text(retry_at - now)}")
        self._failure, self._said_at = failure, now

    def _end_failure(self) -> None:
        if self._failure is not None:
            self._write_err(gettext("The server responds again."))
        self._failure = None

    def end(self) -> None:
        """Stop the reminders."""
        if self._reminders is not None:
            self._reminders.cancel()

    def _show(self, code: CodeIssued) -> None:
        self._write_out(gettext("To connect this device:"))
        address = visible(code.verification_uri, limit=2048)
        shown = link(code.verification_uri, address) if self._links else address
        above = [
            gettext("  1. Open   {address}", address=address),
            gettext("  2. Enter  {code}", code=visible(code.user_code)),
        ]
        valid = gettext("The code is valid for {time}. Waiting for you …", time=about(code.expires_in))
        symbol = qr_symbol(code.scannable_uri) if self._qr is not False else None
        scan = gettext("  or scan:")
        if symbol and (self._qr or fits(symbol, [*above, scan, valid], *self._size())):
            above += [scan, *qr_lines(symbol, colour=self._colour)]
        above[0] = gettext("  1. Open   {address}", address=shown)
        for line in (*above, valid):
            self._write_out(line)

    def _ask_for_pin(self, request: PinRequested) -> None:
        if request.wrong:
            self._write_out(wrong_digits(request.tries_left))
        self._write_out(gettext("Type the three digits shown on your phone and press Enter."))

    async def _remind(self, expires_at: float) -> None:
        for before in _REMINDERS:
            due_at = expires_at - before
            if self._clock.now() < due_at:
                await self._clock.wait_until(partial(float, due_at))
                self._write_out(
                    gettext("The code is valid for another {time}.", time=minutes_and_seconds(before))
                )


def fits(symbol: QrSymbol, lines: list[str], columns: int, rows: int) -> bool:
    """Whether the symbol and the wrapped ``lines`` stand on one terminal, with a row for the cursor."""
    drawn = symbol.half_block_rows(_QUIET_ZONE)
    if len(drawn[0]) > columns:
        return False
    return len(drawn) + sum(-(-cell_width(line) // columns) for line in lines) < rows


def qr_lines(symbol: QrSymbol, *, colour: bool) -> list[str]:
    """The symbol as lines of half blocks, with escape sequences for both colours if ``colour``."""
    rows = symbol.half_block_rows(_QUIET_ZONE)
    if not colour:
        return rows
    return ["".join(f"{_INK_ON[light]}{cells}" for cells, light in runs(row)) + "\x1b[0m" for row in rows]


def _sentence(reason: str) -> str:
    text = visible(translated(reason))
    begins = text if "://" in text.partition(" ")[0] else text[:1].upper() + text[1:]
    return begins + ("" if text.endswith((".", "…")) else ".")
