"""A pairing told in plain lines of text, step (C): for screen readers, logs and terminals that can't do more."""

import asyncio
from collections.abc import Callable
from functools import partial

from pairgrant.clock import Clock
from pairgrant.events import (
    CodeIssued,
    PairingEvent,
    PinRequested,
    PollFailed,
    PollRecovered,
    StageReached,
    WarningIssued,
)
from pairgrant.qr_symbol import QrSymbol, qr_symbol, runs
from pairgrant.ui_texts import STAGES, about, minutes_and_seconds, wrong_digits
from pairgrant_protocol.visible_text import visible
from pairgrant_protocol.vocabulary import PairingStage

_REMINDERS = (300.0, 60.0, 15.0)
"""Seconds before the code ends at which a line says so: rare, because a screen reader reads every one aloud."""

_QUIET_ZONE = 2

_INK_ON = {True: "\x1b[38;5;231;48;5;231m", False: "\x1b[38;5;231;48;5;16m"}
"""White on light and dark paper as any terminal with 256 colours knows them, whatever its theme makes of the first 16."""


class PlainEvents:
    """Writes what happens as lines: the news to ``say``, asides to ``aside``.

    ``qr`` asks for a QR code under the code, ``colour`` for its two colours to be set explicitly.
    """

    def __init__(
        self,
        say: Callable[[str], None],
        aside: Callable[[str], None],
        clock: Clock,
        *,
        qr: bool,
        colour: bool,
    ) -> None:
        self._say = say
        self._aside = aside
        self._clock = clock
        self._qr = qr
        self._colour = colour
        self._in_trouble = False
        self._reminding: asyncio.Task[None] | None = None

    def __call__(self, event: PairingEvent) -> None:
        match event:
            case CodeIssued():
                self._show(event)
                self._reminding = asyncio.create_task(self._remind(event.expires_at))
            case StageReached(stage):
                if stage is not PairingStage.WAITING:
                    self._say(f"{STAGES[stage]}.")
            case PinRequested(wrong):
                if wrong:
                    self._say(wrong_digits(event.tries_left))
                self._say("Type the three digits that the phone shows, and press Enter.")
            case PollFailed(reason):
                if not self._in_trouble:
                    self._aside(f"{_sentence(reason)} Still trying; the code stays good.")
                self._in_trouble = True
            case PollRecovered():
                self._in_trouble = False
                self._aside("The server answers again.")
            case WarningIssued(text):
                self._aside(f"Note: {visible(text)}")

    def end(self) -> None:
        """No more reminders."""
        if self._reminding is not None:
            self._reminding.cancel()

    def _show(self, code: CodeIssued) -> None:
        self._say("To connect this device:")
        self._say(f"  1. Open   {visible(code.verification_uri, limit=2048)}")
        self._say(f"  2. Enter  {visible(code.user_code)}")
        if self._qr and (symbol := qr_symbol(code.scannable_uri)):
            self._say("  or scan:")
            for row in qr_lines(symbol, colour=self._colour):
                self._say(row)
        self._say(f"The code is good for {about(code.expires_in)}. Waiting for you …")

    async def _remind(self, expires_at: float) -> None:
        for before in _REMINDERS:
            due_at = expires_at - before
            if self._clock.now() < due_at:
                await self._clock.wait_until(partial(float, due_at))
                self._say(f"The code is good for another {minutes_and_seconds(before)}.")


def qr_lines(symbol: QrSymbol, *, colour: bool) -> list[str]:
    """The symbol as lines of half blocks, where ``colour`` with both colours in escape sequences."""
    rows = symbol.half_block_rows(_QUIET_ZONE)
    if not colour:
        return rows
    return ["".join(f"{_INK_ON[light]}{cells}" for cells, light in runs(row)) + "\x1b[0m" for row in rows]


def _sentence(reason: str) -> str:
    text = visible(reason)
    return text[:1].upper() + text[1:] + ("" if text.endswith((".", "…")) else ".")
