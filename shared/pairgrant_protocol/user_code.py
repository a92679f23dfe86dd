"""The code a person reads off the device and types on the phone, steps (B) to (D) (RFC 8628 §6.1)."""

import math
import re
import unicodedata
from collections.abc import Callable
from string import ascii_lowercase, ascii_uppercase

ALPHABET = "BCDFGHJKLMNPQRSTVWXZ"
"""Twenty letters: no vowels, so that no word is spelled; no digits, so that nothing looks like O, I or S."""

LENGTH = 8
MAX_LENGTH = 12
"""The longest code that a server under attack hands out (RFC 8628 §5.1: lengthen it when the budget of guesses is spent)."""

_MAX_TYPED = 64
_GROUP = 4
_PUNCTUATION = re.compile(r"[\W_]+")
_UPPER_CASE = str.maketrans(ascii_lowercase, ascii_uppercase)


class InvalidUserCodeError(ValueError):
    """What was typed can't be a user code; the text says what to look at."""


def generate(randbelow: Callable[[int], int], *, length: int = LENGTH) -> str:
    """A fresh code of ``length`` letters, each equally likely.

    ``randbelow(n)`` must be uniform in ``0..n-1`` and unguessable: ``secrets.randbelow``.
    """
    number = randbelow(len(ALPHABET) ** length)
    letters = []
    for _ in range(length):
        number, index = divmod(number, len(ALPHABET))
        letters.append(ALPHABET[index])
    return "".join(letters)


def normalize(typed: str) -> str:
    """The code meant by what a person typed or pasted: any case, any dashes and spaces, full-width letters.

    Raises:
        InvalidUserCodeError: nothing the server could have issued.
    """
    if len(typed) > _MAX_TYPED:
        raise InvalidUserCodeError(
            f"A code has {LENGTH} letters; this is far longer. Compare it with your device."
        )
    code = _PUNCTUATION.sub("", unicodedata.normalize("NFKC", typed)).translate(_UPPER_CASE)
    if not code:
        raise InvalidUserCodeError("Enter the code that your device shows.")
    strange = sorted(set(code) - set(ALPHABET))
    if strange:
        raise InvalidUserCodeError(
            f"A code never contains {strange[0]}: it is made of consonants only. Compare it with your device."
        )
    if not LENGTH <= len(code) <= MAX_LENGTH:
        raise InvalidUserCodeError(
            f"A code has {LENGTH} letters; this has {len(code)}. Compare it with your device."
        )
    return code


def display(code: str) -> str:
    """The code as it is shown, in groups that the eye can hold: ``WDJB-MJHT``."""
    return "-".join(code[start : start + _GROUP] for start in range(0, len(code), _GROUP))


def entropy_bits(length: int = LENGTH) -> float:
    """Bits of chance in a code of ``length`` letters: 34.6 for eight (RFC 8628 §5.1)."""
    return length * math.log2(len(ALPHABET))
