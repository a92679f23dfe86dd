"""The loopback port that receives the browser's redirect (RFC 8252 §7.3) and shows one small page.

Any program on this machine and any web page can connect to it. So it reads little, waits briefly, accepts
only the expected response, and shows only how the sign-in ended.
"""

import asyncio
from base64 import b64encode
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from hashlib import sha256
from html import escape
from http import HTTPStatus

from pairgrant.errors import LoopbackError
from pairgrant.sign_in.authorization_attempt import REDIRECT_PATH
from pairgrant.translation import Translatable, gettext, language_in_use

_MAX_REQUEST_BYTES = 16_384
_IO_TIMEOUT = 5.0
"""Seconds to receive a request, and to send the page."""

_STYLE = (
    "body{font:1.1rem/1.5 system-ui,sans-serif;max-width:32rem;margin:15vh auto;padding:0 1rem;color:#222;"
    "background:#fff}h1{font-size:1.4rem}@media(prefers-color-scheme:dark){body{color:#eee;background:#111}}"
)
_POLICY = (
    f"default-src 'none'; style-src 'sha256-{b64encode(sha256(_STYLE.encode()).digest()).decode()}'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)


class Loopback:
    """``response`` resolves to the query of the redirect; then ``show`` must be called with how it ended."""

    def __init__(self, port: int) -> None:
        loop = asyncio.get_running_loop()
        self.redirect_uri = f"http://127.0.0.1:{port}{REDIRECT_PATH}"
        self.response: asyncio.Future[str] = loop.create_future()
        self.is_expected: Callable[[str], bool] = lambda _: False
        """Tells the expected response from others; rejects all until the request is known."""
        self._host = f"127.0.0.1:{port}"
        self._page: asyncio.Future[bytes] = loop.create_future()
        self._shown: asyncio.Future[None] = loop.create_future()

    async def show(self, title: str, text: str) -> None:
        """Show the page in the browser; it contains no address, token or script."""
        self._page.set_result(_response(HTTPStatus.OK, title, text))
        with suppress(TimeoutError):
            await asyncio.wait_for(self._shown, _IO_TIMEOUT)

    def end(self) -> None:
        """Release a browser that still waits for a page."""
        if not self._page.done():
            self._page.set_result(_unexpected())

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve one request on one connection."""
        try:
            async with asyncio.timeout(_IO_TIMEOUT):
                head = await reader.readuntil(b"\r\n\r\n")
            query = redirect_query(head, self._host)
            if query is not None and not self.response.done() and self.is_expected(query):
                await self._accept(query, writer)
            else:
                await _write(writer, _not_found() if query is None else _unexpected())
        except (TimeoutError, asyncio.IncompleteReadError, asyncio.LimitOverrunError, ConnectionError):
            pass
        finally:
            writer.close()
            with suppress(ConnectionError):
                await writer.wait_closed()

    async def _accept(self, query: str, writer: asyncio.StreamWriter) -> None:
        self.response.set_result(query)
        try:
            await _write(writer, await self._page)
        finally:
            if not self._shown.done():
                self._shown.set_result(None)


@asynccontextmanager
async def loopback() -> AsyncIterator[Loopback]:
    """An open port of 127.0.0.1, closed at the end with all of its connections.

    Raises:
        LoopbackError: no port can be opened.
    """
    serving: dict[asyncio.Task[None], asyncio.StreamWriter] = {}
    here: Loopback | None = None

    async def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        if here is None or task is None:
            writer.close()
            return
        serving[task] = writer
        try:
            await here.serve(reader, writer)
        finally:
            del serving[task]

    try:
        server = await asyncio.start_server(accept, "127.0.0.1", 0, limit=_MAX_REQUEST_BYTES)
    except OSError as error:
        raise LoopbackError(
            Translatable(
                "No port can be opened on this machine for the browser's redirect ({reason}). "
                "Leave out --browser and use your phone.",
                reason=error.strerror,
            )
        ) from None
    try:
        here = Loopback(server.sockets[0].getsockname()[1])
        yield here
    finally:
        server.close()
        if here is not None:
            here.end()
        left = dict(serving)
        for writer in left.values():
            writer.transport.abort()
        await asyncio.gather(*left, return_exceptions=True)


def redirect_query(head: bytes, host: str) -> str | None:
    """The query of a GET for the redirect URI; None for any other request or host (DNS rebinding)."""
    line, *headers = head.decode("latin-1").split("\r\n")
    method, _, rest = line.partition(" ")
    target, _, version = rest.partition(" ")
    path, _, query = target.partition("?")
    named = [text.partition(":")[2].strip() for text in headers if text.lower().startswith("host:")]
    if method != "GET" or not version.startswith("HTTP/1.") or path != REDIRECT_PATH or named != [host]:
        return None
    return query if query.isascii() else None


async def _write(writer: asyncio.StreamWriter, response: bytes) -> None:
    writer.write(response)
    async with asyncio.timeout(_IO_TIMEOUT):
        await writer.drain()


def _response(status: HTTPStatus, title: str, text: str) -> bytes:
    page = (
        f'<!doctype html><html lang="{language_in_use()}"><meta charset="utf-8">'
        f"<title>{escape(title)}</title>"
        f"<style>{_STYLE}</style>"
        f"<h1>{escape(title)}</h1><p>{escape(text)}</p></html>"
    ).encode()
    head = (
        f"HTTP/1.1 {status.value} {status.phrase}\r\nContent-Type: text/html; charset=utf-8\r\n"
        f"Content-Length: {len(page)}\r\nContent-Security-Policy: {_POLICY}\r\nCache-Control: no-store\r\n"
        "Referrer-Policy: no-referrer\r\nX-Content-Type-Options: nosniff\r\nConnection: close\r\n\r\n"
    )
    return head.encode() + page


def _not_found() -> bytes:
    return _response(HTTPStatus.NOT_FOUND, gettext("Page not found"), "")


def _unexpected() -> bytes:
    return _response(
        HTTPStatus.BAD_REQUEST,
        gettext("Unexpected response"),
        gettext("Go back to the terminal. If nothing happens there, start again."),
    )
