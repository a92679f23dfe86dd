"""What a websocket may cost while its client does not read."""

from typing import Any, cast

import pytest
import uvicorn
from uvicorn.server import ServerState

from pairgrant_server.serving.bounded_websocket import BoundedWebSocket
from tests.serving.virtual_connection import Loop, Transport


async def silent(_scope: Any, _receive: Any, _send: Any) -> None: ...


class Socket:
    def __init__(self) -> None:
        self.loop = Loop()
        self.transport = Transport()
        config = uvicorn.Config(silent, interface="asgi3", lifespan="off", log_config=None)
        self.protocol = BoundedWebSocket(config, ServerState(), {}, cast("Any", self.loop))
        self.protocol.connection_made(self.transport)


@pytest.fixture
def opened() -> Socket:
    return Socket()


def test_client_that_never_reads_is_cut_after_twenty_seconds(opened: Socket) -> None:
    assert opened.transport.high == 0
    opened.protocol.pause_writing()
    opened.loop.go_on(19)
    assert not opened.transport.is_closed
    opened.loop.go_on(1)
    assert opened.transport.is_closed


def test_client_that_reads_on_is_not_cut(opened: Socket) -> None:
    opened.protocol.pause_writing()
    opened.protocol.resume_writing()
    opened.loop.go_on(30)
    assert not opened.transport.is_closed


def test_lost_socket_leaves_no_timer(opened: Socket) -> None:
    opened.protocol.pause_writing()
    opened.protocol.connection_lost(None)
    assert opened.loop.timers == []
