"""The name that a device or a client gives itself, reduced to what a page may quote. Pure.

The starter of a flow chooses this name, and pages show it to a person who is about to enter a password. So it
must not carry a message: an address to open, a number to call, or the end of the quotation.
"""

import re
import unicodedata
from collections.abc import Iterator

from pairgrant_protocol.visible_text import visible

LONGEST = 40
"""Characters that a page shows."""

_LONGEST_READ = 200
_MOST_MARKS = 3
"""Combining marks on one letter; Hebrew and Hindi need three."""

_CUT = "…"
_DIGITS = frozenset(range(10))
_SPACES = frozenset({"Cc", "Zl", "Zp", "Zs"})
_QUOTES = frozenset('"`„\u201a〝〞〟「」『』❝❞❠🙶🙷🙸⹂״\u02ba\u02ee\u2032\u2035')
_DOTS = frozenset("\u3002\ua4f8\u0701\u0702\ua60e")
"""Characters that a reader types as a dot (UTS 39); the first one is a dot for browsers too."""
_HOST_NAME = re.compile(r"[\w-]+(?:\.[\w-]+)*\.[^\W\d_]{2,}[\w-]*")
_ADDRESS = re.compile(
    r"""
    \b[a-z][a-z0-9+.-]*://\S*                             # a URL
    | \S*//\S*                                            # a URL without a scheme
    | \b(?:https?|mailto|tel|sms|javascript|data):\S*
    | \S*@\S+                                              # an e-mail address, or a name on a social network
    | \S*[\w-]\s?\.[^\W\d_]{2,}\S*                        # a host name: letters directly after a dot
    | \d{1,3}(?:\.\d{1,3}){3}\S*                          # an IPv4 address
    | \[[0-9a-f:]*:[0-9a-f:.]*\]\S*                       # an IPv6 address
    | \+\s?\d(?:[\W_]*\d)+                               # a phone number with its country
    | \d(?:[\W_]*\d){6,}                                 # any other number of seven digits or more
    """,
    re.IGNORECASE | re.VERBOSE,
)


def claimed_name(text: str) -> str | None:
    """``text`` as a page may quote it, at most ``LONGEST`` characters; None if nothing readable is left.

    What is cut out leaves an ellipsis. A single host name, as devices are often called, keeps its first
    label. Limit: an address that is spelled out ("evil dot example") is not recognised.
    """
    name = " ".join("".join(_safe_characters(unicodedata.normalize("NFKC", text[:_LONGEST_READ]))).split())
    if _HOST_NAME.fullmatch(name):
        name = name.partition(".")[0]
    name = _without_addresses(name)
    if not any(unicodedata.category(character)[0] in "LN" or _is_symbol(character) for character in name):
        return None
    return name if len(name) <= LONGEST else name[: LONGEST - 1].rstrip() + _CUT


def _without_addresses(name: str) -> str:
    """``name`` with an ellipsis for each address that its plain spelling has."""
    plain = "".join(map(_plain, name))
    kept, end = [], 0
    for found in _ADDRESS.finditer(plain):
        kept.append(name[end : found.start()])
        end = found.end()
    return _CUT.join([*kept, name[end:]])


def _plain(character: str) -> str:
    """One character for ``character``: a digit for each sign of one, such as ❶ and 七; a dot for its like."""
    if character in _DOTS:
        return "."
    value = unicodedata.numeric(character, None)
    return str(int(value)) if value in _DIGITS else character


def _safe_characters(text: str) -> Iterator[str]:
    """Without controls, invisible characters and piled marks; with apostrophes for all quotation marks."""
    marks = _MOST_MARKS  # a mark needs a letter or sign before it; on a dot it would hide a host name
    for character in text:
        category = unicodedata.category(character)
        if category in _SPACES:
            marks = _MOST_MARKS
            yield " "
        elif visible(character) != character:
            continue
        elif category[0] == "M":
            marks += 1
            if marks <= _MOST_MARKS:
                yield character
        else:
            marks = _MOST_MARKS if category[0] == "P" else 0
            yield "'" if category in {"Pi", "Pf"} or character in _QUOTES else character


def _is_symbol(character: str) -> bool:
    return unicodedata.category(character) == "So"
