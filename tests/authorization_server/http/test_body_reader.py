"""Request bodies are read within a time limit."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from pairgrant_server.authorization_server.http.body_reader import BodyReader
from pairgrant_server.authorization_server.http.message import (
    BodyTooLargeError,
    ClientGoneError,
    Receive,
    Request,
    Response,
    Scope,
)
from pairgrant_server.authorization_server.http.server import AuthorizationServer


class Ticks:
    """A ``call_later`` that a test fires."""

    def __init__(self) -> None:
        self.waiting: list[Callable[[], None]] = []

    def __call__(self, _seconds: float, callback: Callable[[], None]) -> asyncio.TimerHandle:
        self.waiting.append(callback)
        return asyncio.get_running_loop().call_later(0, lambda: None)

    def tick(self) -> None:
        (callback,) = self.waiting
        self.waiting.clear()
        callback()


class Sender:
    """A client that a test makes send."""

    def __init__(self) -> None:
        self._messages: asyncio.Queue[dict[str, Any]] = asyncio.Queue()

    def sends(self, body: bytes, *, more: bool = False) -> None:
        self._messages.put_nowait({"type": "http.request", "body": body, "more_body": more})

    def hangs_up(self) -> None:
        self._messages.put_nowait({"type": "http.disconnect"})

    async def __call__(self) -> dict[str, Any]:
        return await self._messages.get()


async def begun(reader: BodyReader, receive: Receive) -> asyncio.Task[bytes]:
    """A reader that waits for its client."""
    reading = asyncio.ensure_future(reader.read(receive))
    await asyncio.sleep(0)
    return reading


async def test_body_comes_in_pieces() -> None:
    sender = Sender()
    sender.sends(b"client_id=", more=True)
    sender.sends(b"lobby-tv")
    assert await BodyReader().read(sender) == b"client_id=lobby-tv"


async def test_body_may_have_16_kib_at_most() -> None:
    sender = Sender()
    sender.sends(b"x" * 16_384)
    assert len(await BodyReader().read(sender)) == 16_384
    sender.sends(b"x" * 16_384, more=True)
    sender.sends(b"x", more=True)
    with pytest.raises(BodyTooLargeError):
        await BodyReader().read(sender)


async def test_disconnect_ends_the_reading_of_a_body() -> None:
    sender = Sender()
    sender.sends(b"client_id=", more=True)
    sender.hangs_up()
    with pytest.raises(ClientGoneError):
        await BodyReader().read(sender)


async def test_slow_client_is_cut_off_after_its_time() -> None:
    ticks, sender = Ticks(), Sender()
    reading = await begun(BodyReader(call_later=ticks), sender)
    sender.sends(b"c", more=True)
    ticks.tick()
    await asyncio.sleep(0)
    assert not reading.done()
    sender.sends(b"l", more=True)
    ticks.tick()
    with pytest.raises(ClientGoneError):
        await reading
    assert not ticks.waiting


async def test_slow_client_does_not_shorten_the_time_of_others() -> None:
    ticks, slow, quick = Ticks(), Sender(), Sender()
    reader = BodyReader(call_later=ticks)
    dripping = await begun(reader, slow)
    ticks.tick()
    other = await begun(reader, quick)
    ticks.tick()
    with pytest.raises(ClientGoneError):
        await dripping
    quick.sends(b"whole")
    assert await other == b"whole"
    ticks.tick()
    assert not ticks.waiting


async def test_finished_reader_is_not_cancelled_later() -> None:
    """The task handles its request after the body; a tick must not end that."""
    ticks, sender = Ticks(), Sender()
    reader = BodyReader(call_later=ticks)
    answered = asyncio.Event()

    async def request() -> bytes:
        body = await reader.read(sender)
        await answered.wait()
        return body

    working = asyncio.ensure_future(request())
    await asyncio.sleep(0)
    ticks.tick()
    sender.sends(b"whole")
    await asyncio.sleep(0)
    ticks.tick()
    answered.set()
    assert await working == b"whole"


async def test_cancelled_request_stays_cancelled() -> None:
    ticks, sender = Ticks(), Sender()
    reading = await begun(BodyReader(call_later=ticks), sender)
    reading.cancel()
    with pytest.raises(asyncio.CancelledError):
        await reading


async def test_endpoint_responds_to_a_slow_client_with_408() -> None:
    ticks, sent = Ticks(), list[Any]()

    async def endpoint(_: Request) -> Response:
        raise AssertionError

    async def send(message: Any) -> None:
        sent.append(message)

    server = AuthorizationServer({"/token": {"POST": endpoint}}, bodies=BodyReader(call_later=ticks))
    scope: Scope = {"path": "/token", "method": "POST", "headers": [], "query_string": b"", "client": None}
    answering = asyncio.ensure_future(server(scope, Sender(), send))
    await asyncio.sleep(0)
    ticks.tick()
    ticks.tick()
    await answering
    assert sent[0]["status"] == 408
