"""Checks the PIN of a locked kiosk; a wrong one costs a wait that grows with each in a row."""

from hashlib import sha256
from hmac import compare_digest

from pairgrant.clock import Clock
from pairgrant_protocol.secret import Secret

WAIT_AT_START = 15.0
"""Seconds after the start before a PIN is checked, so that switching the screen off and on gains nothing."""

LONGEST_WAIT = 300.0
"""Seconds; the lock never refuses a PIN for ever."""

_FIRST_WAIT = 2.0


class PinCheck:
    """The wrong PINs since the last right one; they are counted in memory only."""

    def __init__(self, pin: Secret, clock: Clock) -> None:
        self._expected = _digest(pin.reveal())
        self._clock = clock
        self._due_at = clock.now() + WAIT_AT_START
        self.wrong = 0

    @property
    def wait(self) -> float:
        """Seconds until a PIN is checked again; 0 if it is now."""
        return max(self._due_at - self._clock.now(), 0.0)

    def is_right(self, typed: str) -> bool:
        """Whether ``typed`` is the PIN; never True during ``wait``."""
        if self.wait:
            return False
        if compare_digest(_digest(typed), self._expected):
            self.wrong = 0
            return True
        self.wrong += 1
        self._due_at = self._clock.now() + wait_after(self.wrong)
        return False


def wait_after(wrong: int) -> float:
    """Seconds to wait after so many wrong PINs in a row: 2, 4, 8 … up to ``LONGEST_WAIT``."""
    return min(_FIRST_WAIT * 2.0 ** min(wrong - 1, 30), LONGEST_WAIT)


def _digest(pin: str) -> bytes:
    """Of equal length for every PIN, so that the comparison takes the same time for all."""
    return sha256(pin.encode(errors="surrogatepass")).digest()
