"""What a request head may be: its size, its number of fields, and its Host (RFC 9112 §3.2, RFC 6585 §5)."""

import re
from collections.abc import Sequence
from functools import lru_cache
from http import HTTPStatus

MAX_HEAD_BYTES = 32_768
MAX_FIELDS = 100

HEAD_SECONDS = 10.0
"""From the first byte of a head to its end, and of silence before it."""

WRITE_SECONDS = 20.0
"""For a client to read on, once the buffer of its responses is full."""

MAX_PIPELINED = 8
"""Requests that wait for the one before them on a connection."""

_HOST = re.compile(rb"(?:\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._~!$&'()*+,;=%-]*)(?::[0-9]*)?")


def head_refusal(
    headers: Sequence[tuple[bytes, bytes]], *, http_version: str, head_bytes: int
) -> HTTPStatus | None:
    """The status with which a complete head is refused.

    HTTP/1.0 has no Host, so a request of that version may lack it; no request may have two.
    """
    if head_bytes > MAX_HEAD_BYTES or len(headers) > MAX_FIELDS:
        return HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE
    hosts = [value for name, value in headers if name == b"host"]
    if len(hosts) == 1:
        return None if _is_host(hosts[0]) else HTTPStatus.BAD_REQUEST
    return HTTPStatus.BAD_REQUEST if hosts or http_version != "1.0" else None


@lru_cache(256)
def _is_host(value: bytes) -> bool:
    """Whether ``value`` is ``uri-host [":" port]`` (RFC 9110 §7.2); it may be empty."""
    return _HOST.fullmatch(value) is not None
