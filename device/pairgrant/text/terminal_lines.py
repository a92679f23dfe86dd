"""What a person types in plain text: the digits of the phone, and Enter to go on at once."""

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from pairgrant.errors import PinRequiredError
from pairgrant.sign_in.pin_entry import TypedLines
from pairgrant.sign_in.retry_now import RetryNow
from pairgrant.terminal import print_err, print_out
from pairgrant.text.next_step import NextStep
from pairgrant.translation import gettext
from pairgrant_protocol.secret import Secret


class TerminalLines:
    """Lines of stdin: those that ``digits`` waits for, and on a terminal any other one asks ``retry``.

    A program that writes to stdin is read only while digits are requested. At its end nothing is read again.
    """

    def __init__(self, descriptor: int | None = None, *, is_terminal: bool | None = None) -> None:
        """``descriptor`` None: stdin."""
        self._typed = TypedLines(lambda: print_out(gettext("Enter exactly three digits.")), descriptor)
        self._can_enter = _is_on_terminal() if is_terminal is None else is_terminal
        self._asking = 0
        self._listening: asyncio.Task[None] | None = None
        self.retry = RetryNow()
        self.next_step = NextStep(self.retry, lambda: self._can_enter)

    @asynccontextmanager
    async def heard(self) -> AsyncIterator[None]:
        """Let Enter ask ``retry`` while this is open."""
        self._listen()
        try:
            yield
        finally:
            await self._stop()

    async def digits(self) -> Secret:
        """As ``PinEntry``."""
        self._asking += 1
        await self._stop()
        try:
            return await self._typed.digits()
        finally:
            self._asking -= 1
            if not self._asking:
                self._listen()

    def _listen(self) -> None:
        if self._can_enter:
            self._listening = asyncio.create_task(self._ask_at_each_line())

    async def _stop(self) -> None:
        if self._listening is not None:
            self._listening.cancel()
            await asyncio.gather(self._listening, return_exceptions=True)

    async def _ask_at_each_line(self) -> None:
        try:
            while True:
                await self._typed.line()
                if self.retry.ask():
                    print_err(gettext("Trying now …"))
        except PinRequiredError:
            self._can_enter = False


def _is_on_terminal() -> bool:
    try:
        return sys.stdin is not None and sys.stdin.isatty()
    except ValueError:  # closed
        return False
