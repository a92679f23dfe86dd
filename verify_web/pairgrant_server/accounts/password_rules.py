"""Which passwords are allowed (NIST SP 800-63B-4 §3.1.1.2): length and a blocklist, no composition rules."""

import re
import unicodedata
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from itertools import pairwise

from pairgrant_protocol.secret import Secret
from pairgrant_server.accounts.account_error import AccountError
from pairgrant_server.accounts.passwords import MAX_LENGTH

LEAST_LENGTH = 8
"""The lowest value of the setting."""

ONLY_FACTOR_LENGTH = 15
"""The minimum of SP 800-63B-4 where the password is the only factor, as it is here."""

_ROWS = (
    "abcdefghijklmnopqrstuvwxyz",
    "01234567890",
    "qwertyuiop",
    "asdfghjkl",
    "zxcvbnm",
    "qwertzuiop",
    "azerty",
)
_LONGEST_UNIT = 4
_NO_LETTER = re.compile(r"[\W\d_]+")


@dataclass(frozen=True, slots=True)
class PasswordRules:
    """``context``: words that are easy to guess here, like the name of the service."""

    min_length: int = LEAST_LENGTH
    context: tuple[str, ...] = ("pairgrant",)

    def check(self, username: str, password: Secret) -> None:
        """Check that an account may have this password.

        Raises:
            AccountError: too short, too long, or easy to guess.
        """
        text = unicodedata.normalize("NFKC", password.reveal())
        if len(text) < self.min_length:
            raise AccountError(
                f"A password needs at least {self.min_length} characters. A few words in a row are enough; "
                "all characters are allowed."
            )
        if len(password.reveal()) > MAX_LENGTH:
            raise AccountError(f"A password can have at most {MAX_LENGTH} characters.")
        folded = text.casefold()
        words = _NO_LETTER.sub("", folded)
        own = {_NO_LETTER.sub("", word.casefold()) for word in (username, username.partition("@")[0])}
        if folded == username.casefold() or _is_made_of(words, own):
            raise AccountError("The password is the same as the username. Choose another one.")
        if _is_made_of(words, {_NO_LETTER.sub("", word.casefold()) for word in self.context}):
            raise AccountError("The password is the name of this service. Choose another one.")
        if folded in _common() or _is_made_of(words, _common()) or _is_a_pattern(folded):
            raise AccountError(
                "This password is easy to guess. Choose another one, like a few words that have nothing to "
                "do with each other."
            )


LEAST_RULES = PasswordRules()


@cache
def _common() -> frozenset[str]:
    """The passwords at the top of every list of leaked passwords."""
    text = files("pairgrant_server.accounts").joinpath("common_passwords.txt").read_text(encoding="utf-8")
    return frozenset(line for line in text.split("\n") if line and not line.startswith("#"))


def _is_made_of(letters: str, words: set[str] | frozenset[str]) -> bool:
    """Whether the letters of a password are one of ``words``, once or repeated."""
    return any(
        _repeats(letters, length) and letters[:length] in words for length in range(3, len(letters) + 1)
    )


def _repeats(text: str, length: int) -> bool:
    return len(text) % length == 0 and text == text[:length] * (len(text) // length)


def _is_a_pattern(text: str) -> bool:
    """A few repeated characters, or a run along the alphabet, the digits or a keyboard row."""
    units = range(1, _LONGEST_UNIT + 1)
    if any((text[:unit] * len(text)).startswith(text) for unit in units):
        return True
    steps = [_is_a_step(left, right) for left, right in pairwise(text)]
    return sum(steps) >= 0.8 * len(steps)


def _is_a_step(left: str, right: str) -> bool:
    return any(left + right in row or right + left in row for row in _ROWS)
