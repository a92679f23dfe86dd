"""Form bodies, parsed strictly in one pass: another program must not read them differently."""

import re
from urllib.parse import quote_plus, unquote_to_bytes

from pairgrant_protocol.vocabulary import GrantType
from pairgrant_server.errors import PairgrantServerError

MAX_BODY_BYTES = 16_384

_ESCAPED_WORDS = {quote_plus(word): str(word) for word in GrantType} | {
    quote_plus(word).replace("%3A", "%3a"): str(word) for word in GrantType
}
"""The grant types that clients escape in every poll, looked up instead of decoded."""

_BAD_ESCAPE = re.compile(r"%(?![0-9A-Fa-f]{2})")


class FormError(PairgrantServerError, ValueError):
    """The body is not a valid form; the text says why and quotes no value."""


REPEATABLE = frozenset({"resource"})
"""Parameters that may be given more than once (RFC 8707 §2).

Their values are URIs, and are joined with spaces.
"""


def parse_form(body: bytes) -> dict[str, str]:
    """Name -> value of an ``application/x-www-form-urlencoded`` body; an empty value counts as omitted.

    Raw spaces and colons pass, because real clients send them.

    Raises:
        FormError: a name given twice (RFC 6749 §3.2), bytes that are not UTF-8, a broken escape, or a NUL.
    """
    form: dict[str, str] = {}
    try:
        text = body.decode()
        is_escaped = "%" in text or "+" in text
        for pair in text.split("&"):
            name, _, value = pair.partition("=")
            if is_escaped:
                name, value = _unescaped(name), _unescaped(value)
            if name in form:
                if name not in REPEATABLE:
                    raise FormError("a parameter is given twice")
                value = f"{form[name]} {value}" if form[name] and value else form[name] or value
            if pair:
                form[name] = value
    except UnicodeDecodeError:
        raise FormError("the body is not UTF-8") from None
    if "\0" in text or "%00" in text:
        raise FormError("the body has a NUL character")
    return {name: value for name, value in form.items() if value} if "" in form.values() else form


def _unescaped(text: str) -> str:
    """Raises ``UnicodeDecodeError`` and ``FormError``."""
    if (word := _ESCAPED_WORDS.get(text)) is not None:
        return word
    text = text.replace("+", " ")
    if "%" not in text:
        return text
    if _BAD_ESCAPE.search(text):
        raise FormError("the body has a broken % escape")
    return unquote_to_bytes(text).decode()
