"""An application that returns what it gets, and the requests to it."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

App = Callable[[Any, Any, Any], Awaitable[None]]


class Application:
    """Returns the body; for a body that starts with ``wait`` only after ``go_on`` is set."""

    def __init__(self, *, sends_whole: bool = False) -> None:
        self.sends_whole = sends_whole
        self.go_on = asyncio.Event()
        self.begun = asyncio.Event()
        self.waiting = asyncio.Event()
        self.was_in_a_task: list[bool] = []
        self.scopes: list[dict[str, Any]] = []

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        self.scopes.append(scope)
        self.begun.set()
        self.was_in_a_task.append(asyncio.current_task() is not None)
        body = b""
        more = True
        while more:
            message = await receive()
            assert message["type"] == "http.request"
            body += message["body"]
            more = message["more_body"]
        if body.startswith(b"wait"):
            self.waiting.set()
            await self.go_on.wait()
        if body == b"fail":
            raise RuntimeError("on purpose")
        if body == b"silence":
            return
        headers = [(b"content-length", b"%d" % len(body)), (b"x-kind", b"echo")]
        if body.endswith(b"close"):
            headers.append((b"connection", b"close"))
        if body == b"split":
            headers.append((b"x-other", b"a\r\nset-cookie: b"))
        if body == b"watch":
            gone = asyncio.ensure_future(receive())
            self.waiting.set()
            assert (await gone)["type"] == "http.disconnect"
            self.go_on.set()
        send_whole = getattr(send, "send_whole", None) if self.sends_whole else None
        if send_whole is not None and send_whole(418, tuple(headers), body):
            return
        await send({"type": "http.response.start", "status": 418, "headers": headers})
        if body.startswith(b"wait in two"):
            await send({"type": "http.response.body", "body": body[:4], "more_body": True})
            body = body[4:]
        await send({"type": "http.response.body", "body": body})


def post(body: bytes, path: str = "/token", **headers: str) -> bytes:
    lines = [f"POST {path} HTTP/1.1", "host: pair.example", f"content-length: {len(body)}"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    return "\r\n".join([*lines, "", ""]).encode() + body


async def empty(scope: Any, receive: Any, send: Any) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"0")]})
    await send({"type": "http.response.body", "body": b""})
