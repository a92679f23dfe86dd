"""Serves the screens to a browser: each connection runs ``pairgrant kiosk`` as a process of its own.

There is one connection at a time, because two kiosks would share one file of tokens.
"""

import asyncio
import os
from collections.abc import Awaitable, Callable
from html import escape
from pathlib import Path
from socket import gaierror
from string import Template

import textual_serve
from aiohttp import web
from textual_serve.server import Server

from pairgrant.errors import DeviceSettingsError
from pairgrant.exit_codes import ExitCode
from pairgrant.served.address import Address
from pairgrant.terminal import print_err, print_out

_FOLDER = Path(__file__).parent
_STATIC = Path(textual_serve.__file__).parent / "static"

_PATIENCE = 3.0
"""Seconds for which a screen waits for the one before it to end, as after a reload."""

_GRACE = 5.0
"""Seconds from a signal to the end of open connections."""

_SIZES = range(6, 100)
"""Sizes of the letters in pixels, as ``?fontsize=`` asks for them."""

_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; "
    "font-src 'self'; img-src 'self' data:; connect-src 'self'; frame-ancestors 'none'; base-uri 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store",
}

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class KioskServer:
    """The pages and the WebSocket; ``command`` is for a shell, ``title`` for the browser's tab."""

    def __init__(self, address: Address, command: str, title: str) -> None:
        self._address = address
        self._title = title
        self._screens = Server(command, host=address.host, port=address.port)
        self._is_open = False

    def application(self) -> web.Application:
        application = web.Application(middlewares=[self._guard])
        application.add_routes(
            [
                web.get("/", self._page),
                web.get("/free", self._free),
                web.get("/page.js", self._script),
                web.get("/ws", self._screen),
                web.static("/static", _STATIC),
            ]
        )
        return application

    @web.middleware
    async def _guard(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Refuse what another site's page asks for."""
        if not self._address.accepts_host(request.host):
            raise web.HTTPForbidden(text=f"Open http://{self._address} instead.")
        response = await handler(request)
        if not response.prepared:
            response.headers.update(_HEADERS)
        return response

    async def _page(self, request: web.Request) -> web.Response:
        size = request.query.get("fontsize", "")
        is_size = size.isascii() and size.isdecimal() and len(size) < 4 and int(size) in _SIZES
        body = Template((_FOLDER / "page.html").read_text("utf-8")).substitute(
            title=escape(self._title), host=escape(request.host), size=size if is_size else "16"
        )
        return web.Response(text=body, content_type="text/html")

    async def _free(self, _: web.Request) -> web.Response:
        return web.Response(status=409 if self._is_open else 204)

    async def _script(self, _: web.Request) -> web.Response:
        return web.Response(text=(_FOLDER / "page.js").read_text("utf-8"), content_type="text/javascript")

    async def _screen(self, request: web.Request) -> web.StreamResponse:
        if not self._address.accepts_origin(request.headers.get("Origin"), request.host):
            raise web.HTTPForbidden(text="Only the page of this address may open this.")
        if not await self._becomes_free():
            raise web.HTTPConflict(text="This screen is open in another browser.")
        self._is_open = True
        try:
            return await self._screens.handle_websocket(request)
        finally:
            self._is_open = False

    async def _becomes_free(self) -> bool:
        for _ in range(int(_PATIENCE / 0.1)):
            if not self._is_open:
                break
            await asyncio.sleep(0.1)
        return not self._is_open


def serve(address: Address, command: str, title: str) -> ExitCode:
    """Serve until a signal ends it.

    Raises:
        DeviceSettingsError: the address can't be used.
    """
    if not address.is_local:
        print_err(
            f"Anyone who can open http://{address} can use this screen: connect it with an account of "
            "their own, read what it shows, and sign it out. The connection is not encrypted. "
            "Serve it to a network only whose users you trust."
        )
    try:
        web.run_app(
            KioskServer(address, command, title).application(),
            host=address.host,
            port=address.port,
            # aiohttp calls it once it listens at the address
            print=lambda _: print_out(f"Open http://{address} in one browser. Press Ctrl+C to end."),
            shutdown_timeout=_GRACE,
            access_log=None,
        )
    except gaierror as error:
        raise DeviceSettingsError(f"--serve can't be used: {error.strerror} ({address}).") from None
    except OSError as error:
        raise DeviceSettingsError(
            f"--serve can't be used: {os.strerror(error.errno or 0)} ({address})."
        ) from None
    except UnicodeError:  # a part of the name is empty or too long
        raise DeviceSettingsError(f"--serve can't be used: {address.host} is no host name.") from None
    return ExitCode.DONE
