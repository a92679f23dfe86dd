"""Where this machine's own browser comes back to: one address on the loopback interface, for one answer (RFC 8252 §7.3)."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

PATH = "/callback"
_LONGEST_HEAD = 16_384
_PATIENCE = 10.0
"""Seconds for a browser to send what it asks for."""

_PAGE = """\
<!doctype html>
<html lang="en"><meta charset="utf-8"><title>{title}</title>
<body><h1>{title}</h1><p>{text}</p></body></html>
"""
_SEEN = _PAGE.format(
    title="Back to your terminal", text="You can close this page. The terminal says how it went."
)
_NOT_HERE = _PAGE.format(title="Nothing is here", text="This address waits for one answer, at another path.")


class Loopback:
    """``redirect_uri`` is good while it is open; ``answer`` is the query that the browser brought."""

    def __init__(self, port: int, answer: "asyncio.Future[str]") -> None:
        self.redirect_uri = f"http://127.0.0.1:{port}{PATH}"
        self.answer = answer


@asynccontextmanager
async def loopback() -> AsyncIterator[Loopback]:
    """Listen on a free port of 127.0.0.1.

    Raises:
        OSError: there is none.
    """
    answer: asyncio.Future[str] = asyncio.get_running_loop().create_future()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError, TimeoutError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            async with asyncio.timeout(_PATIENCE):
                head = await reader.readuntil(b"\r\n\r\n")
            method, _, rest = head.decode("latin-1").partition(" ")
            path, _, query = rest.partition(" ")[0].partition("?")
            is_answer = (method, path) == ("GET", PATH)
            writer.write(
                _response(_SEEN if is_answer else _NOT_HERE, "200 OK" if is_answer else "404 Not Found")
            )
            await writer.drain()
            if is_answer and not answer.done():
                answer.set_result(query)
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0, limit=_LONGEST_HEAD)
    async with server:
        yield Loopback(server.sockets[0].getsockname()[1], answer)


def _response(page: str, status: str) -> bytes:
    """Nothing of what came is in the page, and nothing may run or be loaded there."""
    body = page.encode()
    head = (
        f"HTTP/1.1 {status}\r\nContent-Type: text/html; charset=utf-8\r\nContent-Length: {len(body)}\r\n"
        "Content-Security-Policy: default-src 'none'\r\nReferrer-Policy: no-referrer\r\nCache-Control: no-store\r\n"
        "X-Content-Type-Options: nosniff\r\nConnection: close\r\n\r\n"
    )
    return head.encode() + body
