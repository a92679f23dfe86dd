"""The length of new user codes: the only thing that guesses by some can change for everyone (RFC 8628 §5.1).

A guess at one of ``live`` codes of n letters succeeds with probability live / 20^n. Wrong guesses are bounded
per network and per account; the length bounds what many networks reach together.
"""

from pairgrant_protocol.user_code import ALPHABET, LENGTH, MAX_LENGTH

SHORT_TERM = 200
"""Wrong guesses in ten to twenty minutes; ten networks together reach it, one can't."""

TWO_DAYS = 10_000
"""Wrong guesses today and yesterday. One network reaches 2,880 in that time, so one alone changes nothing.

Longer codes stay for a day after a burst, so that bursts with pauses gain nothing over a steady attack.
"""

_STEP = 2
_HARDER = len(ALPHABET) ** _STEP
"""How much rarer a hit is with each step of two letters."""


def code_length(recent: int, in_two_days: int) -> int:
    """Letters for a new code: two more for each 400-fold of wrong guesses above a threshold."""
    length, factor = LENGTH, 1
    while length < MAX_LENGTH and (recent > SHORT_TERM * factor or in_two_days > TWO_DAYS * factor):
        length += _STEP
        factor *= _HARDER
    return length


def expected_hits(guesses: float, live_codes: int, length: int) -> float:
    """How many codes are expected to be found by ``guesses`` at random."""
    return guesses * live_codes / float(len(ALPHABET)) ** length
