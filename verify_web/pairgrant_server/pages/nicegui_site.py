"""NiceGUI below our own routes: one NiceGUI app in a process, shared by all sites built on it."""

from collections.abc import Awaitable, Callable
from functools import cache
from inspect import isawaitable
from typing import Any
from urllib.parse import parse_qs

from nicegui import Client, core, ui
from nicegui import app as nicegui_app
from socketio.exceptions import (  # type: ignore[import-untyped]
    ConnectionRefusedError as RefusedError,
)
from starlette.applications import Starlette
from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from pairgrant_server.front.worker import PARAMETER
from pairgrant_server.pages.account import device_page, landing  # noqa: F401 - importing a page registers it
from pairgrant_server.pages.pairing import outcome  # noqa: F401 - likewise
from pairgrant_server.pages.routes import POST_ROUTES
from pairgrant_server.pages.site.live_page import is_in_session, use_our_page_template
from pairgrant_server.pages.site.site import COOKIES, SITE, Site

SOCKET_PATH = "/_nicegui_ws/socket.io/"

_RECONNECT_TIMEOUT = 30
"""Seconds that a phone may be locked or offline before its live page goes on by polling."""

_MESSAGES_KEPT = 50
"""For a page that reconnects; one that missed more polls from then on."""


class NiceGuiSite:
    """The site as an ASGI app; ``site`` is put into the scope of each request.

    With several workers, a page's socket names the worker that rendered the page by ``worker_number``.
    """

    def __init__(self, site: Site, *, worker_number: int | None = None) -> None:
        self.app: ASGIApp = _process_wide_app()
        if worker_number is not None:
            nicegui_app.config.socket_io_js_query_params = {PARAMETER: str(worker_number)}
        self._site = site

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        cookies: list[str] = []

        async def send_with_cookies(message: Message) -> None:
            if message["type"] == "http.response.start" and cookies:
                more = [(b"set-cookie", cookie.encode()) for cookie in cookies]
                message = {**message, "headers": [*message["headers"], *more]}
            await send(message)

        await self.app({**scope, SITE: self._site, COOKIES: cookies}, receive, send_with_cookies)


@cache
def _process_wide_app() -> Starlette:
    parent = Starlette(routes=POST_ROUTES)
    use_our_page_template()
    nicegui_app.config.socket_io_js_transports = ["websocket"]
    ui.run_with(
        parent,  # type: ignore[arg-type]  # it says FastAPI, and uses nothing beyond Starlette
        title="Pairgrant",
        dark=None,
        reconnect_timeout=_RECONNECT_TIMEOUT,
        tailwind=False,
        show_welcome_message=False,
        message_history_length=_MESSAGES_KEPT,
        # No compression: a page has a CSRF token beside user input, and its length would leak it (BREACH).
        gzip_middleware_factory=None,
    )
    _remove_client_events()
    return parent


def _remove_client_events() -> None:
    """Keep only the events by which a browser says which page it shows and what it has received."""
    handlers = core.sio.handlers["/"]
    for event in ("event", "handshake", "javascript_response", "log"):
        del handlers[event]
    handlers["connect"] = _in_session_of_page(handlers["connect"])
    for event, handler in list(handlers.items()):
        handlers[event] = _tolerant(handler)


def _in_session_of_page(connect: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[Any]]:
    """``connect``, only for a live page and with the session cookie of the response that made the page."""

    async def connect_in_session(sid: str, environ: dict[str, Any], *more: Any) -> Any:
        scope = environ["asgi.scope"]
        named = parse_qs(scope["query_string"].decode("latin-1")).get("client_id", [""])
        page = Client.instances.get(named[0])
        if page is None or not is_in_session(page, HTTPConnection(scope).cookies):
            raise RefusedError("Implicit handshake failed")  # then live/connection.js polls
        return await connect(sid, environ, *more)

    return connect_in_session


def _tolerant(handler: Callable[..., Any]) -> Callable[..., Awaitable[Any]]:
    """``handler``, except that a malformed message is refused without being logged as an error."""

    async def listen(*arguments: Any) -> Any:
        try:
            result = handler(*arguments)
            return await result if isawaitable(result) else result
        except (KeyError, TypeError, ValueError, AttributeError):
            return False

    return listen
