"""TLS connections over real sockets: bounded and timed from the moment when they are accepted."""

import asyncio
import socket
import ssl
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
import trustme
import uvicorn
import uvloop
from structlog.testing import capture_logs

from pairgrant_server.serving.bounded_protocol import bounded_protocol
from pairgrant_server.serving.event_loop import ServerLoop
from pairgrant_server.serving.open_connections import OpenConnections
from tests.processes.programs import PATIENCE

REQUEST = b"GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"


async def respond(_scope: Any, _receive: Any, send: Any) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"0")]})
    await send({"type": "http.response.body", "body": b""})


class Server(uvicorn.Server):
    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.is_up = asyncio.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.is_up.set()


class Site:
    """A server that speaks TLS; ``per_network`` is its bound of connections."""

    def __init__(self, folder: Path, *, per_network: int = 2000) -> None:
        authority = trustme.CA()
        leaf = authority.issue_cert("localhost")
        leaf.private_key_and_cert_chain_pem.write_to_path(folder / "both.pem")
        self.connections: OpenConnections[Any] = OpenConnections(per_network=per_network)
        self.trusting = ssl.create_default_context()
        authority.configure_trust(self.trusting)
        self._certificate = folder / "both.pem"
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]

    @asynccontextmanager
    async def serving(self) -> AsyncIterator[None]:
        config = uvicorn.Config(
            respond,
            http=bounded_protocol(self.connections),
            interface="asgi3",
            lifespan="off",
            log_config=None,
            ssl_certfile=self._certificate,
            timeout_graceful_shutdown=5,
        )
        server = Server(config)
        running = asyncio.ensure_future(server._serve([self._listener]))
        await server.is_up.wait()
        try:
            yield
        finally:
            server.should_exit = True
            await running

    async def response(self) -> bytes:
        reader, writer = await asyncio.open_connection(
            "127.0.0.1", self.port, ssl=self.trusting, server_hostname="localhost"
        )
        writer.write(REQUEST)
        found = await reader.read()
        writer.close()
        return found

    async def count(self, wanted: int) -> None:
        """Wait until that many connections are counted."""
        async with asyncio.timeout(PATIENCE):
            while len(self.connections) != wanted:  # noqa: ASYNC110 - nothing tells of a socket
                await asyncio.sleep(0)


def run(site: Site, test: Callable[[], Awaitable[None]]) -> None:
    async def served() -> None:
        async with site.serving():
            await test()

    with asyncio.Runner(loop_factory=ServerLoop) as runner:
        runner.run(served())


def test_connection_without_handshake_is_counted(tmp_path: Path) -> None:
    site = Site(tmp_path)

    async def test() -> None:
        _, writer = await asyncio.open_connection("127.0.0.1", site.port)
        await site.count(1)
        writer.close()
        await site.count(0)

    run(site, test)


def test_failed_handshake_is_no_longer_counted(tmp_path: Path) -> None:
    site = Site(tmp_path)

    async def test() -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", site.port)
        writer.write(REQUEST)
        await reader.read()
        await site.count(0)
        writer.close()

    run(site, test)


def test_new_connection_replaces_the_oldest_without_handshake(tmp_path: Path) -> None:
    site = Site(tmp_path, per_network=8)  # two of them silent

    async def test() -> None:
        held = [await asyncio.open_connection("127.0.0.1", site.port) for _ in range(4)]
        await site.count(2)
        for reader, _ in held[:2]:
            with suppress(ConnectionError):
                assert await reader.read() == b""
        assert (await site.response()).startswith(b"HTTP/1.1 200 ")
        for _, writer in held:
            writer.close()
        await site.count(0)

    with capture_logs() as lines:
        run(site, test)
    assert {"event": "limit.reached", "limit": "connections", "network": "127.0.0.1"}.items() <= lines[
        0
    ].items()


def test_connection_is_counted_once_after_its_handshake(tmp_path: Path) -> None:
    site = Site(tmp_path, per_network=1)

    async def test() -> None:
        for _ in range(3):
            assert (await site.response()).startswith(b"HTTP/1.1 200 ")
            await site.count(0)

    with capture_logs() as lines:
        run(site, test)
    assert lines == []


@pytest.fixture
def uvloop_without_private_class(monkeypatch: pytest.MonkeyPatch) -> None:
    """A later uvloop, which has moved the class that counts handshakes."""
    monkeypatch.delattr(uvloop.loop, "SSLProtocol")
    monkeypatch.delitem(sys.modules, "pairgrant_server.serving.tls_handshake", raising=False)


@pytest.mark.usefixtures("uvloop_without_private_class")
def test_unknown_uvloop_serves_tls_with_its_own_handshakes_and_warns(tmp_path: Path) -> None:
    site = Site(tmp_path)

    async def test() -> None:
        assert (await site.response()).startswith(b"HTTP/1.1 200 ")

    with capture_logs() as lines:
        run(site, test)
    assert [line["event"] for line in lines] == [
        "unknown uvloop: TLS connections are bounded only after their handshake"
    ]


@pytest.mark.usefixtures("uvloop_without_private_class")
def test_unknown_uvloop_serves_plain_http_without_a_warning() -> None:
    async def test() -> None:
        loop = asyncio.get_running_loop()
        server = await loop.create_server(asyncio.Protocol, "127.0.0.1", 0)
        server.close()
        await server.wait_closed()

    with capture_logs() as lines, asyncio.Runner(loop_factory=ServerLoop) as runner:
        runner.run(test())
    assert lines == []
