"""Sockets that are passed on to the worker that made their page: over real Unix sockets, between two apps."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, ExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from pairgrant_server.front.sibling_sockets import SiblingSockets
from pairgrant_server.front.worker import Worker


async def _socket(app: ASGIApp, scope: Scope, receive: Receive, send: Send) -> None:
    await app(scope, receive, send)


class Socket:
    """The browser's end of a websocket, as uvicorn would hold it."""

    def __init__(self, app: ASGIApp, query: str, **headers: str) -> None:
        self.heard: asyncio.Queue[Message] = asyncio.Queue()
        self._said: asyncio.Queue[Message] = asyncio.Queue()
        self._said.put_nowait({"type": "websocket.connect"})
        scope = {
            "type": "websocket",
            "path": "/socket",
            "raw_path": b"/socket",
            "query_string": query.encode(),
            "headers": [(name.encode(), value.encode("latin-1")) for name, value in headers.items()],
            "client": ("192.0.2.7", 4711),
        }
        self.task: asyncio.Task[None] = asyncio.create_task(
            _socket(app, scope, self._said.get, self.heard.put)
        )

    def say(self, **message: Any) -> None:
        self._said.put_nowait(message)

    async def hears(self) -> Message:
        async with asyncio.timeout(120):
            return await self.heard.get()

    async def ends(self) -> None:
        async with asyncio.timeout(120):
            await self.task


class Pages:
    """Stands in for NiceGUI: records scopes, names its worker, echoes messages until the socket closes."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.scopes: list[Scope] = []
        self.ends: asyncio.Queue[Message] = asyncio.Queue()
        self.stop = asyncio.Event()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self.stop.wait()
            return
        self.scopes.append(scope)
        assert (await receive())["type"] == "websocket.connect"
        await send({"type": "websocket.accept"})
        await send({"type": "websocket.send", "text": self.name})
        while (message := await receive())["type"] == "websocket.receive":
            if message.get("text") == "leave":
                await send({"type": "websocket.close", "code": 4001, "reason": "asked to"})
                return
            await send({**message, "type": "websocket.send"})
        await self.ends.put(message)


async def no_message() -> Message:
    return {"type": "lifespan.startup"}


async def nothing(message: Message) -> None:
    pass


@asynccontextmanager
async def running(worker: Worker, pages: Pages) -> AsyncIterator[SiblingSockets]:
    app = SiblingSockets(pages, worker)
    lifespan = asyncio.create_task(app({"type": "lifespan"}, no_message, nothing))
    async with asyncio.timeout(120):
        while not worker.socket_of(worker.number).is_socket():  # noqa: ASYNC110 - a file has no event to wait for
            await asyncio.sleep(0.01)
    yield app
    pages.stop.set()
    await lifespan


@pytest.fixture
async def two(tmp_path: Path) -> AsyncIterator[tuple[SiblingSockets, Pages, Pages]]:
    """The first worker's app, and what stands behind it and behind the second's."""
    first, second = Pages("first"), Pages("second")
    async with AsyncExitStack() as stack:
        app = await stack.enter_async_context(running(Worker(1, 2, tmp_path), first))
        await stack.enter_async_context(running(Worker(2, 2, tmp_path), second))
        yield app, first, second


Two = tuple[SiblingSockets, Pages, Pages]


async def test_socket_is_forwarded_to_the_worker_it_names_with_all_messages(two: Two) -> None:
    app, first, second = two
    socket = Socket(app, "EIO=4&worker=2&client_id=x", cookie="pairgrant=ü", origin="https://pair.example")
    assert await socket.hears() == {"type": "websocket.accept"}
    assert (await socket.hears())["text"] == "second"
    socket.say(type="websocket.receive", text="two\nlines and ✓")
    assert (await socket.hears())["text"] == "two\nlines and ✓"
    socket.say(type="websocket.receive", bytes=bytes(range(256)))
    assert (await socket.hears())["bytes"] == bytes(range(256))
    big = "x" * 1_000_000
    socket.say(type="websocket.receive", text=big)
    assert (await socket.hears())["text"] == big
    (scope,) = second.scopes
    assert scope["headers"] == [
        (b"cookie", "pairgrant=ü".encode("latin-1")),
        (b"origin", b"https://pair.example"),
    ]
    assert scope["query_string"] == b"EIO=4&worker=2&client_id=x"
    assert list(scope["client"]) == ["192.0.2.7", 4711]
    assert not first.scopes
    socket.say(type="websocket.disconnect", code=1001)
    assert (await asyncio.wait_for(second.ends.get(), 120))["type"] == "websocket.disconnect"
    await socket.ends()


@pytest.mark.parametrize(
    "query",
    [
        "worker=1",
        "",
        "worker=3",
        "worker=0",
        "worker=../2",
        "worker=2&worker=2",
        "worker=02",
        "worker=%32%00",
    ],
)
async def test_socket_that_names_no_other_worker_stays(two: Two, query: str) -> None:
    app, _, second = two
    socket = Socket(app, query)
    await socket.hears()
    assert (await socket.hears())["text"] == "first"
    assert not second.scopes
    socket.say(type="websocket.disconnect", code=1001)
    await socket.ends()


async def test_close_by_the_page_closes_the_browsers_socket(two: Two) -> None:
    app, _, _ = two
    socket = Socket(app, "worker=2")
    socket.say(type="websocket.receive", text="leave")
    await socket.ends()
    last = [socket.heard.get_nowait() for _ in range(socket.heard.qsize())][-1]
    assert last == {"type": "websocket.close", "code": 4001, "reason": "asked to"}


async def test_worker_that_stops_lets_the_browser_reconnect(tmp_path: Path) -> None:
    first, second = Pages("first"), Pages("second")
    async with running(Worker(1, 2, tmp_path), first) as app:
        async with running(Worker(2, 2, tmp_path), second):
            socket = Socket(app, "worker=2")
            await socket.hears()
            assert (await socket.hears())["text"] == "second"
        assert await socket.hears() == {"type": "websocket.close", "code": 1012}
        await socket.ends()
        refused = Socket(app, "worker=2")
        assert await refused.hears() == {"type": "websocket.close", "code": 1013}
        await refused.ends()
        async with running(Worker(2, 2, tmp_path), Pages("second again")):  # over what the other left behind
            again = Socket(app, "worker=2")
            await again.hears()
            assert (await again.hears())["text"] == "second again"
            again.say(type="websocket.disconnect", code=1001)
            await again.ends()


async def test_sockets_forwarded_at_once_are_all_taken(two: Two, tmp_path: Path) -> None:
    """None is accepted before this function waits, so all of them are in the backlog."""
    app, _, _ = two
    with ExitStack() as stack:
        for _ in range(150):
            waiting = stack.enter_context(socket.socket(socket.AF_UNIX))
            waiting.setblocking(False)
            waiting.connect(str(Worker(1, 2, tmp_path).socket_of(1)))
        async with asyncio.timeout(120):
            while len(app._forwarded_here) < 150:  # noqa: ASYNC110 - a set has no event to wait for
                await asyncio.sleep(0)
    async with asyncio.timeout(120):
        while app._forwarded_here:  # noqa: ASYNC110
            await asyncio.sleep(0)
