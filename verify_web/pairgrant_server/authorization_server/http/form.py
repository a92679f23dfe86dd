"""Form bodies, parsed strictly in one pass: another program must not read them differently."""

from urllib.parse import quote_plus

from pairgrant_protocol.vocabulary import GrantType
from pairgrant_server.errors import PairgrantServerError

MAX_BODY_BYTES = 16_384

_ESCAPED_WORDS = {quote_plus(word): str(word) for word in GrantType} | {
    quote_plus(word).replace("%3A", "%3a"): str(word) for word in GrantType
}
"""The grant types that clients escape in every poll, looked up instead of decoded."""

_HEX = "0123456789ABCDEFabcdef"
_BYTES = {f"{high}{low}".encode(): bytes.fromhex(high + low) for high in _HEX for low in _HEX}
"""Two hexadecimal digits -> the byte that they escape."""


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
                if "%" in name or "+" in name:
                    name = _unescaped(name)
                if "%" in value or "+" in value:
                    value = _ESCAPED_WORDS.get(value) or _unescaped(value)
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
    parts = text.replace("+", " ").encode().split(b"%")
    try:
        parts[1:] = [_BYTES[part[:2]] + part[2:] for part in parts[1:]]
    except KeyError:
        raise FormError("the body has a broken % escape") from None
    return b"".join(parts).decode()
