"""A connection is kept for five seconds after its last response, with one timer for all responses."""

import asyncio
from typing import cast

import uvicorn
from uvicorn.server import ServerState

from pairgrant_server.serving.inline_protocol import InlineProtocol, inline_protocol
from pairgrant_server.serving.open_connections import OpenConnections
from tests.serving.echoing_application import empty, post
from tests.serving.virtual_connection import Loop, Transport


class TestIdleConnections:
    def opened(self) -> tuple[Loop, Transport, InlineProtocol]:
        loop, transport = Loop(), Transport()
        config = uvicorn.Config(empty, lifespan="off", log_config=None, timeout_keep_alive=5)
        made = inline_protocol(frozenset({"/token"}), OpenConnections())
        protocol = made(config, ServerState(), {}, cast("asyncio.AbstractEventLoop", loop))
        protocol.connection_made(transport)
        assert isinstance(protocol, InlineProtocol)
        return loop, transport, protocol

    def test_idle_connection_is_closed(self) -> None:
        loop, transport, protocol = self.opened()
        protocol.data_received(post(b"one"))
        loop.go_on(4)
        protocol.data_received(post(b"two"))
        assert len(loop.timers) == 1
        loop.go_on(4)
        assert not transport.is_closed
        loop.go_on(1)
        assert transport.is_closed

    def test_connection_that_is_sending_a_request_is_not_closed(self) -> None:
        loop, transport, protocol = self.opened()
        protocol.data_received(post(b"one"))
        loop.go_on(4)
        protocol.data_received(b"POST /token HTTP/1.1\r\nhost: pair")
        loop.go_on(9)  # a head may take ten seconds
        assert not transport.is_closed
        protocol.data_received(
            b"\r\n\x00\r\n\r\n"
        )  # invalid HTTP: the response is 400, and the connection closes
        assert transport.is_closed

    def test_lost_connection_leaves_no_timer(self) -> None:
        loop, _, protocol = self.opened()
        protocol.data_received(post(b"one"))
        assert loop.timers
        protocol.connection_lost(None)
        assert not loop.timers
