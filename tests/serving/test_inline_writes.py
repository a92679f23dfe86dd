"""The inline protocol without sockets: what one read causes, and what is written in which turn."""

import asyncio
import gc
import weakref
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
import uvicorn
from uvicorn.server import ServerState

from pairgrant_server.serving.inline_protocol import InlineProtocol, inline_protocol
from pairgrant_server.serving.open_connections import OpenConnections
from tests.serving.echoing_application import App, Application, empty, post
from tests.serving.virtual_connection import Transport


class Writes(Transport):
    """A connection that keeps each write by itself."""

    def __init__(self) -> None:
        super().__init__()
        self.writes: list[bytes] = []
        self.has_written = asyncio.Event()

    def write(self, data: bytes | bytearray | memoryview) -> None:
        super().write(data)
        self.writes.append(bytes(data))
        self.has_written.set()


class TestWrites:
    @asynccontextmanager
    async def opened(self, app: App) -> AsyncIterator[tuple[Writes, InlineProtocol]]:
        transport = Writes()
        config = uvicorn.Config(app, lifespan="off", log_config=None)
        made = inline_protocol(frozenset({"/token"}), OpenConnections())
        protocol = made(config, ServerState(), {}, asyncio.get_running_loop())
        assert isinstance(protocol, InlineProtocol)
        protocol.connection_made(transport)
        yield transport, protocol
        protocol.connection_lost(None)

    @pytest.mark.parametrize("path", ["/token", "/other"])
    @pytest.mark.parametrize("body", [b"hello", b"wait", b"wait in two"])
    async def test_head_and_body_of_a_response_leave_in_one_write(
        self, application: Application, path: str, body: bytes
    ) -> None:
        asyncio.get_running_loop().call_soon(application.go_on.set)
        async with self.opened(application) as (transport, protocol):
            protocol.data_received(post(body, path))
            await transport.has_written.wait()
        assert [write.partition(b"\r\n\r\n")[2][-len(body) :] for write in transport.writes] == [body]

    @pytest.mark.parametrize("path", ["/token", "/other"])
    async def test_parts_of_a_long_response_do_not_wait_for_the_end_of_the_turn(self, path: str) -> None:
        written: list[int] = []

        async def long(scope: Any, receive: Any, send: Any) -> None:
            await receive()
            headers = [(b"content-length", b"400000")]
            await send({"type": "http.response.start", "status": 200, "headers": headers})
            for part in range(10):
                await send({"type": "http.response.body", "body": b"a" * 40_000, "more_body": part < 9})
                written.append(len(transport.written))
            finished.set()

        finished = asyncio.Event()
        async with self.opened(long) as (transport, protocol):
            protocol.data_received(post(b"", path))
            await finished.wait()
        assert all(40_000 * (part + 1) - sent < 65_536 for part, sent in enumerate(written))

    @pytest.mark.parametrize(
        "requests",
        [post(b"one"), post(b"wait"), post(b"one", "/other"), post(b"wait", "/other") + post(b"two")],
    )
    async def test_connection_that_has_ended_waits_for_no_garbage_collection(
        self, application: Application, requests: bytes
    ) -> None:
        asyncio.get_running_loop().call_soon(application.go_on.set)
        gc.disable()
        try:
            async with self.opened(application) as (transport, protocol):
                ended = weakref.ref(protocol)
                protocol.data_received(requests)
                await transport.has_written.wait()
                while tasks := protocol.tasks:
                    await asyncio.wait(tasks)
            del protocol
            assert ended() is None
        finally:
            gc.enable()

    async def test_response_leaves_before_that_to_a_refused_head_of_the_same_read(
        self, application: Application
    ) -> None:
        async with self.opened(application) as (transport, protocol):
            protocol.data_received(post(b"one") + b"POST /token HTTP/1.1\r\n" + b"x: y\r\n" * 103)
        assert [write[9:12] for write in transport.writes] == [b"418", b"431"]

    async def test_response_leaves_before_the_connection_becomes_a_websocket(
        self, application: Application, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        class WebSocket:
            def __init__(self, **_: Any) -> None: ...

            def connection_made(self, transport: asyncio.Transport) -> None:
                transport.write(b"websocket")

            def data_received(self, data: bytes) -> None: ...

        upgrade = (
            b"GET /socket HTTP/1.1\r\nhost: pair.example\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n"
        )
        async with self.opened(application) as (transport, protocol):
            monkeypatch.setattr(protocol, "ws_protocol_class", WebSocket)
            monkeypatch.setattr(transport, "set_protocol", lambda _protocol: None)
            protocol.data_received(post(b"one") + upgrade)
        response, handshake = transport.writes
        assert response.endswith(b"\r\n\r\none")
        assert handshake == b"websocket"


async def test_connection_whose_write_fails_delays_no_other_response() -> None:
    class Failing(Transport):
        def write(self, data: bytes | bytearray | memoryview) -> None:
            raise RuntimeError("broken")

    loop = asyncio.get_running_loop()
    raised: list[Any] = []
    loop.set_exception_handler(lambda _loop, context: raised.append(context["exception"]))
    config = uvicorn.Config(empty, lifespan="off", log_config=None)
    config.load()
    protocols = inline_protocol(frozenset({"/token"}), OpenConnections())
    state = ServerState()
    transports = [Transport(), Failing(), Transport()]
    for transport in transports:
        protocol = protocols(config, state, {}, loop)
        protocol.connection_made(transport)
        protocol.data_received(post(b""))
    for _ in range(3):
        await asyncio.sleep(0)
    assert [b" 200 " in transport.written for transport in transports] == [True, False, True]
    assert [str(error) for error in raised] == ["broken"]
