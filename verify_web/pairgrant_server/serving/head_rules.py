"""What a request head may be: its size, version, number of fields, Host, and framing of the body.

RFC 9112 §2.3, §3.2 and §6; RFC 6585 §5.
"""

import re
from collections.abc import Sequence
from functools import lru_cache
from http import HTTPStatus

from pairgrant_server.errors import PairgrantServerError

MAX_HEAD_BYTES = 32_768
MAX_FIELDS = 100

MAX_BARREN_BYTES = 8_192
"""After a head: trailers, chunk extensions and line breaks, which bring no part of a body."""

HEAD_SECONDS = 10.0
"""From the first byte of a head to its end, and of silence before it."""

WRITE_SECONDS = 20.0
"""For a client to read on, once the buffer of its responses is full."""

MAX_PIPELINED = 8
"""Requests that wait for the one before them on a connection."""

MAX_LENGTH_DIGITS = 9
"""Of Content-Length. An endpoint refuses a body that is somewhat too large after a part of it is read."""

_HOST = re.compile(rb"(?:\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._~!$&'()*+,;=%-]*)(?::[0-9]*)?")

_VERSIONS = frozenset({"1.0", "1.1"})
_CHUNKED = b"chunked"
_ONCE = (b"host", b"transfer-encoding")


class RefusedHeadError(PairgrantServerError):
    """The head gets the response ``status``, and the connection closes."""

    def __init__(self, status: HTTPStatus) -> None:
        super().__init__(status.phrase)
        self.status = status


def accepted_fields(
    headers: Sequence[tuple[bytes, bytes]], *, version: str, head_bytes: int
) -> dict[bytes, bytes]:
    """Name -> value of the fields of a complete head; of one that is given more than once, the last value.

    HTTP/1.0 has no Host, so a request of that version may lack it; no request may have two. The parser takes
    other transfer codings before ``chunked``, but would not decode them.

    Raises:
        RefusedHeadError
    """
    if head_bytes > MAX_HEAD_BYTES or len(headers) > MAX_FIELDS:
        raise RefusedHeadError(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE)
    if version not in _VERSIONS:
        raise RefusedHeadError(HTTPStatus.HTTP_VERSION_NOT_SUPPORTED)
    fields = dict(headers)
    coding = fields.get(b"transfer-encoding")
    if coding is not None and coding.strip().lower() != _CHUNKED:
        raise RefusedHeadError(HTTPStatus.NOT_IMPLEMENTED)
    length = fields.get(b"content-length", b"")
    if len(length) > MAX_LENGTH_DIGITS and len(length.strip().lstrip(b"0")) > MAX_LENGTH_DIGITS:
        raise RefusedHeadError(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
    host = fields.get(b"host")
    is_complete = version == "1.0" if host is None else _is_host(host)
    if not is_complete:
        raise RefusedHeadError(HTTPStatus.BAD_REQUEST)
    if len(fields) < len(headers) and any(sum(name == once for name, _ in headers) > 1 for once in _ONCE):
        raise RefusedHeadError(HTTPStatus.BAD_REQUEST)
    return fields


@lru_cache(256)
def _is_host(value: bytes) -> bool:
    """Whether ``value`` is ``uri-host [":" port]`` (RFC 9110 §7.2); it may be empty."""
    return _HOST.fullmatch(value) is not None
