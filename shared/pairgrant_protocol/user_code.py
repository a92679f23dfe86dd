"""The user_code: shown on the device and typed on the phone, steps (B) to (D) (RFC 8628 §6.1)."""

import re
import unicodedata
from collections.abc import Callable
from string import ascii_lowercase, ascii_uppercase

from pairgrant_protocol.errors import ProtocolError

ALPHABET = "BCDFGHJKLMNPQRSTVWXZ"
"""Twenty letters: no vowels, so that codes spell no words; no digits, which look like the letters O, I and S.

Eight of them carry 34.6 bits (RFC 8628 §5.1).
"""

LENGTH = 8
MAX_LENGTH = 12
"""Letters of the longest code, which a server issues while codes are being guessed (RFC 8628 §5.1)."""

_EVEN = 256 - 256 % len(ALPHABET)
_LETTERS = bytes(ord(ALPHABET[byte % len(ALPHABET)]) for byte in range(256))
"""The letter of each random byte."""
_UNEVEN = bytes(range(_EVEN, 256))
"""Bytes that don't count, because they would make some letters likelier than others."""

_MAX_TYPED = 64
_CONSONANTS = frozenset(ALPHABET)
_GROUPS = re.compile(".{1,4}")
_PUNCTUATION = re.compile(r"[\W_]+")
_UPPER_CASE = str.maketrans(ascii_lowercase, ascii_uppercase)


class InvalidUserCodeError(ProtocolError):
    """What was typed can't be a user_code; the text tells the person what to check."""


def generate(random_bytes: Callable[[int], bytes], *, length: int = LENGTH) -> str:
    """A new code of ``length`` letters, each equally likely.

    ``random_bytes(n)`` gives ``n`` unguessable bytes.
    """
    letters = b""
    while len(letters) < length:  # the bytes that count are enough at once, nearly always
        letters += random_bytes(2 * length).translate(_LETTERS, _UNEVEN)
    return letters[:length].decode()


def normalize(typed: str) -> str:
    """The code that a person typed or pasted: in any case, with dashes, spaces or full-width letters.

    Raises:
        InvalidUserCodeError: the server can't have issued this.
    """
    if len(typed) > _MAX_TYPED:
        raise InvalidUserCodeError(
            f"A code has {LENGTH} to {MAX_LENGTH} letters; this is far longer. Compare it with your device."
        )
    code = typed.replace("-", "")
    if not _CONSONANTS.issuperset(code):  # not as it is displayed
        code = _PUNCTUATION.sub("", unicodedata.normalize("NFKC", typed)).translate(_UPPER_CASE)
    if not code:
        raise InvalidUserCodeError("Enter the code that your device shows.")
    strange = sorted(set(code) - _CONSONANTS)
    if strange:
        raise InvalidUserCodeError(
            f"A code never contains {strange[0]}: it is made of consonants only. Compare it with your device."
        )
    if not LENGTH <= len(code) <= MAX_LENGTH:
        raise InvalidUserCodeError(
            f"A code has {LENGTH} to {MAX_LENGTH} letters; this has {len(code)}. Compare it with your device."
        )
    return code


def display(code: str) -> str:
    """The code as it is shown, in groups of four letters: ``WDJB-MJHT``."""
    return "-".join(_GROUPS.findall(code))
