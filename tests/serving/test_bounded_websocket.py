"""What a websocket may cost while its client does not read."""

import asyncio
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


def frame(kind: int, payload: bytes) -> bytes:
    """A short masked frame; the mask is zero."""
    return bytes([0x80 | kind, 0x80 | len(payload)]) + bytes(4) + payload


TEXT, CLOSED_AS_INVALID_DATA = 1, b"\x88\x02\x03\xef"
HANDSHAKE = (
    b"GET /socket HTTP/1.1\r\nHost: pair.example\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
    b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"
)


async def accepted() -> Socket:
    """A socket after its handshake, in a real loop but without a network."""
    opened = Socket()
    opened.protocol.loop = asyncio.get_running_loop()
    opened.protocol.data_received(HANDSHAKE)
    await opened.protocol.send({"type": "websocket.accept"})
    opened.protocol.stop_keepalive()
    opened.protocol.loop = cast("Any", opened.loop)
    opened.transport.written = b""
    return opened


async def test_text_that_is_not_utf8_closes_the_socket_at_once_without_a_log_line(
    caplog: pytest.LogCaptureFixture,
) -> None:
    opened = await accepted()
    opened.protocol.data_received(frame(TEXT, b"\xff\xfe"))
    assert opened.transport.written == CLOSED_AS_INVALID_DATA
    assert opened.transport.is_closed
    assert not [record for record in caplog.records if record.levelname == "ERROR"]


async def test_client_that_does_not_confirm_a_close_is_cut_after_a_second() -> None:
    opened = await accepted()
    await opened.protocol.send({"type": "websocket.close", "code": 1008})
    assert not opened.transport.is_closed
    opened.loop.go_on(1)
    assert opened.transport.is_closed
