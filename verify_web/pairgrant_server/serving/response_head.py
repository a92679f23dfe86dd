"""The status line and header lines of an HTTP/1.1 response, kept for responses with the same ones."""

from functools import lru_cache
from http import HTTPStatus

from pairgrant_server.request_id import HEADER as REQUEST_ID

Headers = tuple[tuple[bytes, bytes], ...]

_MAX_CACHED = 512


def response_head(status: int, headers: Headers) -> tuple[bytes, bool]:
    """The status line and the lines of ``headers``; and whether the connection closes after this response.

    The identifier of the request, which comes last, is in no other response, so it is not kept.

    Raises:
        ValueError: a header has a line break, or there is no content-length.
    """
    if headers and headers[-1][0] == REQUEST_ID:
        head, closes = _kept_head(status, headers[:-1])
        return head + header_lines(headers[-1:]), closes
    return _kept_head(status, headers)


@lru_cache(_MAX_CACHED)
def _kept_head(status: int, headers: Headers) -> tuple[bytes, bool]:
    names = [name for name, _ in headers]
    if b"content-length" not in names:
        raise ValueError("an immediate response needs a content-length")
    line = b"HTTP/1.1 %d %s\r\n" % (status, HTTPStatus(status).phrase.encode())
    return line + header_lines(headers), (b"connection", b"close") in headers


def header_lines(headers: Headers) -> bytes:
    """One line for each header.

    Raises:
        ValueError: a header has a line break.
    """
    lines = b"".join([b"%s: %s\r\n" % header for header in headers])
    if lines.count(b"\n") != len(headers) or lines.count(b"\r") != len(headers):
        raise ValueError("a header contains a line break")
    return lines
