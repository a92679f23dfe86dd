"""A language that is made from English: Arabic letters, so that a text that is not marked stays readable."""

import gettext
import re
from string import ascii_lowercase, ascii_uppercase

LANGUAGE = "ar"

_ARABIC = "ابتثجحخدذرزسشصضطظعغفقكلمنه"
_LETTERS = str.maketrans(ascii_lowercase + ascii_uppercase, _ARABIC * 2)
_KEPT = re.compile(r"(<[^>]*>|\{.*?\}|%\(.*?\)s|&[a-z]+;)")
"""Markup and placeholders."""


def pseudo(message: str) -> str:
    """``message`` in Arabic letters, as long as it was."""
    return "".join(
        part if _KEPT.fullmatch(part) else part.translate(_LETTERS) for part in _KEPT.split(message)
    )


class PseudoLanguage(gettext.NullTranslations):
    """Put it into ``catalogues()`` under ``LANGUAGE``, for as long as a test needs it."""

    def gettext(self, message: str) -> str:
        return pseudo(message)

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        return pseudo(msgid1 if n == 1 else msgid2)

    def pgettext(self, context: str, message: str) -> str:
        return pseudo(message)

    def npgettext(self, context: str, msgid1: str, msgid2: str, n: int) -> str:
        return pseudo(msgid1 if n == 1 else msgid2)
