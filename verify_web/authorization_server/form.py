"""Form bodies, parsed strictly in one pass: what a lenient parser lets through is how two programs come to disagree."""

import re
from urllib.parse import unquote_to_bytes

MAX_BODY_BYTES = 16_384

_BAD_ESCAPE = re.compile(r"%(?![0-9A-Fa-f]{2})")


class FormError(ValueError):
    """The body is no form that the protocol allows; the text says why and quotes no value."""


def parse_form(body: bytes) -> dict[str, str]:
    """Name -> value of an ``application/x-www-form-urlencoded`` body; an empty value counts as omitted.

    Raw spaces and colons pass, because real clients send them.

    Raises:
        FormError: a name given twice (RFC 6749 §3.2), bytes that are not UTF-8, a broken escape, or a NUL.
    """
    try:
        text = body.decode()
        if "%" in text or "+" in text:
            given = _escaped_pairs(text)
        else:
            given = [
                (name, value) for name, _, value in [pair.partition("=") for pair in text.split("&") if pair]
            ]
    except UnicodeDecodeError:
        raise FormError("the body is not UTF-8") from None
    form = dict(given)
    if len(form) < len(given):
        raise FormError("a parameter is given twice")
    if "\0" in text or "%00" in text:
        raise FormError("the body has a NUL character")
    return {name: value for name, value in given if value}


def _escaped_pairs(text: str) -> list[tuple[str, str]]:
    if _BAD_ESCAPE.search(text):
        raise FormError("the body has a broken % escape")
    pairs = [pair.partition("=") for pair in text.split("&") if pair]
    return [(_unescaped(name), _unescaped(value)) for name, _, value in pairs]


def _unescaped(text: str) -> str:
    """Raises ``UnicodeDecodeError``."""
    if "+" in text:
        text = text.replace("+", " ")
    return unquote_to_bytes(text).decode() if "%" in text else text
