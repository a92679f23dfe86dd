"""A live page's socket, from the side of the gate: it closes by itself where nothing useful is said."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from pairgrant_server.front.guarded_socket import GuardedSocket

Send = Callable[[dict[str, Any]], Awaitable[None]]


class Browser:
    """Says what a test puts in, then nothing; keeps what it hears."""

    def __init__(self, *frames: str | bytes) -> None:
        self._messages: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self._messages.put_nowait({"type": "websocket.connect"})
        for frame in frames:
            kind = "bytes" if isinstance(frame, bytes) else "text"
            self._messages.put_nowait({"type": "websocket.receive", kind: frame})
        self.heard: list[Any] = []

    async def receive(self) -> Any:
        return await self._messages.get()

    async def send(self, message: Any) -> None:
        self.heard.append(message["type"] if "text" not in message else message["text"])

    def leave(self) -> None:
        self._messages.put_nowait({"type": "websocket.disconnect", "code": 1000})


class Site:
    """Stands where NiceGUI stands: confirms CONNECT, and keeps the frames that reach it."""

    def __init__(self, answer: str = '40{"sid":"s"}') -> None:
        self.answer = answer
        self.frames: list[Any] = []
        self.connected = asyncio.Event()

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        await receive()
        await send({"type": "websocket.accept"})
        while (message := await receive())["type"] == "websocket.receive":
            self.frames.append(message.get("text", message.get("bytes")))
            if message.get("text") == "40":
                await send({"type": "websocket.send", "text": self.answer})
                self.connected.set()


async def serve(browser: Browser, site: Any, *, patience: float = 100) -> None:
    socket = GuardedSocket(browser.receive, browser.send, clock=lambda: 0.0, patience=patience)
    async with asyncio.timeout(120):
        await socket.run(site, {"type": "websocket"})


@pytest.mark.parametrize("frame", [b"\x00", '459999999999-["x",{}]', "42" + "x" * 5000, "6"])
async def test_refused_frame_closes_the_socket_and_never_reaches_the_site(frame: str | bytes) -> None:
    browser, site = Browser("40", frame, "42[]"), Site()
    await serve(browser, site)
    assert site.frames == ["40"]
    assert browser.heard == ["websocket.accept", '40{"sid":"s"}', "websocket.close"]


@pytest.mark.parametrize("frames", [(), ("3", "3")], ids=["silent", "pongs only"])
async def test_socket_without_a_page_is_closed_in_time(frames: tuple[str, ...]) -> None:
    browser = Browser(*frames)
    await serve(browser, Site(), patience=0.01)
    assert browser.heard == ["websocket.accept", "websocket.close"]


async def test_socket_is_closed_in_time_even_if_the_site_keeps_the_cancellation() -> None:
    async def stubborn(scope: Any, receive: Any, send: Any) -> None:
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            return

    browser = Browser()
    await serve(browser, stubborn, patience=0)
    assert browser.heard == ["websocket.close"]


async def test_connected_page_may_be_silent() -> None:
    browser, site = Browser("40"), Site()
    socket = GuardedSocket(browser.receive, browser.send, clock=lambda: 0.0, patience=100)
    serving = asyncio.ensure_future(socket.run(site, {"type": "websocket"}))
    await site.connected.wait()
    assert socket._wait.when() is None
    browser.leave()
    await serving
    assert "websocket.close" not in browser.heard


async def test_refused_connect_closes_the_socket_after_the_reason() -> None:
    browser = Browser("40")
    await serve(browser, Site(answer='44{"message":"Implicit handshake failed"}'))
    assert browser.heard[1:] == ['44{"message":"Implicit handshake failed"}', "websocket.close"]
