"""Status line and header lines of a response."""

import pytest

from pairgrant_server.serving import response_head as module
from pairgrant_server.serving.response_head import Headers, response_head

_HEADERS: Headers = ((b"content-length", b"2"), (b"cache-control", b"no-store"))


def test_identifier_of_a_request_is_sent_and_not_kept() -> None:
    module._kept_head.cache_clear()
    heads = [response_head(200, (*_HEADERS, (b"x-request-id", b"%d" % number)))[0] for number in range(3)]
    assert heads == [
        b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\ncache-control: no-store\r\nx-request-id: %d\r\n" % number
        for number in range(3)
    ]
    assert module._kept_head.cache_info().currsize == 1


@pytest.mark.parametrize(
    "headers",
    [
        (*_HEADERS, (b"x-other", b"a\r\nset-cookie: b")),
        (*_HEADERS, (b"x-request-id", b"a\nb")),
        ((b"x-request-id", b"0123"),),
        (),
    ],
    ids=["line break", "line break in the identifier", "no length", "nothing"],
)
def test_malformed_response_is_refused(headers: Headers) -> None:
    with pytest.raises(ValueError, match=r"line break|content-length"):
        response_head(200, headers)


def test_response_that_closes_the_connection_says_so() -> None:
    closing = (b"connection", b"close")
    assert response_head(408, (*_HEADERS, closing, (b"x-request-id", b"0")))[1]
    assert not response_head(408, _HEADERS)[1]
