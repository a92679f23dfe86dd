"""Entry of the return PIN, the digits that only the phone shows, between steps (E) and (F)."""

import asyncio
import os
import sys
from collections.abc import Callable
from typing import Protocol

from pairgrant.clock import SLICE
from pairgrant.errors import PinRequiredError
from pairgrant_protocol.secret import Secret
from pairgrant_protocol.vocabulary import RETURN_PIN_DIGITS

_LONGEST_LINE = 1024


class PinEntry(Protocol):
    """A way to type digits; it depends on how the pairing is shown."""

    async def digits(self) -> Secret:
        """The next digits that the person types.

        Raises:
            PinRequiredError: digits can't be typed here.
        """
        ...


class NoEntry:
    """For devices without a keyboard and programs without a terminal."""

    async def digits(self) -> Secret:
        raise PinRequiredError


NO_ENTRY = NoEntry()


def is_pin(text: str) -> bool:
    """Whether ``text`` has the format of a return PIN; anything else would waste one of the few tries."""
    return len(text) == RETURN_PIN_DIGITS and text.isascii() and text.isdecimal()


class TypedLines:
    """Lines of a file descriptor, by default stdin; ``not_digits`` is called for a line that is not a return
    PIN.

    The descriptor is read only while digits are requested, and by the event loop: a thread that waits for a
    line can't be cancelled when the code expires.
    """

    def __init__(self, not_digits: Callable[[], None], descriptor: int | None = None) -> None:
        self._not_digits = not_digits
        self._descriptor = descriptor
        self._read = b""

    async def digits(self) -> Secret:
        while True:
            line = await self.line()
            typed = "".join(line.decode(errors="replace").split())
            if is_pin(typed):
                return Secret(typed)
            self._not_digits()

    async def line(self) -> bytes:
        """The next line, without its end.

        Raises:
            PinRequiredError: there are no more lines.
        """
        descriptor = _stdin() if self._descriptor is None else self._descriptor
        while b"\n" not in self._read:
            await _readable(descriptor)
            if _is_in_background(descriptor):
                await asyncio.sleep(SLICE)
                continue
            try:
                read = os.read(descriptor, _LONGEST_LINE)
            except OSError:  # the terminal has been closed
                read = b""
            if not read:
                raise PinRequiredError
            self._read = (self._read + read)[-_LONGEST_LINE:]
        line, _, self._read = self._read.partition(b"\n")
        return line


def _stdin() -> int:
    if sys.stdin is None or sys.stdin.closed:
        raise PinRequiredError
    return sys.stdin.fileno()


def _is_in_background(descriptor: int) -> bool:
    """Whether ``descriptor`` is a terminal that another process reads: a read would stop this one."""
    try:
        return os.tcgetpgrp(descriptor) != os.getpgrp()
    except OSError:  # no terminal
        return False


async def _readable(descriptor: int) -> None:
    """Return once a read would not block."""
    loop = asyncio.get_running_loop()
    is_readable = loop.create_future()

    def set_readable() -> None:
        if not is_readable.done():
            is_readable.set_result(None)

    try:
        loop.add_reader(descriptor, set_readable)
    except PermissionError:  # a file, or /dev/null: a read never blocks
        return
    try:
        await is_readable
    finally:
        loop.remove_reader(descriptor)
