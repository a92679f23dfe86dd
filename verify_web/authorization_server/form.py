"""Form bodies, parsed strictly in one pass: what a lenient parser lets through is how two programs come to disagree."""

import re
from urllib.parse import unquote_to_bytes

MAX_BODY_BYTES = 16_384

_BAD_ESCAPE = re.compile(rb"%(?![0-9A-Fa-f]{2})")


class FormError(ValueError):
    """The body is no form that the protocol allows; the text says why and quotes no value."""


def parse_form(body: bytes) -> dict[str, str]:
    """Name -> value of an ``application/x-www-form-urlencoded`` body; an empty value counts as omitted.

    Raw spaces and colons pass, because real clients send them.

    Raises:
        FormError: a name given twice (RFC 6749 §3.2), bytes that are not UTF-8, a broken escape, or a NUL.
    """
    form: dict[str, str] = {}
    seen: set[bytes] = set()
    escaped = b"%" in body or b"+" in body
    if escaped and _BAD_ESCAPE.search(body):
        raise FormError("the body has a broken % escape")
    for pair in body.split(b"&"):
        if not pair:
            continue
        name, _, value = pair.partition(b"=")
        if escaped:
            name, value = _unescape(name), _unescape(value)
        if name in seen:
            raise FormError("a parameter is given twice")
        seen.add(name)
        if value:
            try:
                form[name.decode()] = value.decode()
            except UnicodeDecodeError:
                raise FormError("the body is not UTF-8") from None
    if b"\0" in body or (escaped and any("\0" in text for item in form.items() for text in item)):
        raise FormError("the body has a NUL character")
    return form


def _unescape(text: bytes) -> bytes:
    return unquote_to_bytes(text.replace(b"+", b" "))
