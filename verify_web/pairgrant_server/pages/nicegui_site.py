"""NiceGUI under our routes: one app to a process, whatever number of sites is built on it."""

from collections.abc import Awaitable, Callable
from functools import cache
from inspect import isawaitable
from typing import Any

from nicegui import app as nicegui_app
from nicegui import core, ui
from starlette.applications import Starlette
from starlette.types import ASGIApp, Receive, Scope, Send

from pairgrant_server.front.worker import PARAMETER
from pairgrant_server.pages.account import landing  # noqa: F401 - importing a page registers it
from pairgrant_server.pages.pairing import outcome  # noqa: F401 - likewise
from pairgrant_server.pages.routes import POST_ROUTES
from pairgrant_server.pages.site.live_page import use_our_page_template
from pairgrant_server.pages.site.site import SITE, Site

SOCKET_PATH = "/_nicegui_ws/socket.io/"

_RECONNECT_TIMEOUT = 30
"""Seconds that a phone may be locked or out of reach before its live page must be loaded anew."""

_MESSAGES_KEPT = 50
"""For a page that reconnects; one that missed more is loaded anew."""


class NiceGuiSite:
    """The site as an ASGI app; ``site`` travels along with each request.

    Where there are several workers, a page's socket names by ``worker_number`` the one that made the page.
    """

    def __init__(self, site: Site, *, worker_number: int | None = None) -> None:
        self.app: ASGIApp = _process_wide_app()
        if worker_number is not None:
            nicegui_app.config.socket_io_js_query_params = {PARAMETER: str(worker_number)}
        self._site = site

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self.app({**scope, SITE: self._site}, receive, send)


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
        # A page carries a CSRF token beside what was typed: compressed, its length would tell about it (BREACH).
        gzip_middleware_factory=None,
    )
    _listen_to_little()
    return parent


def _listen_to_little() -> None:
    """Let a browser say over the socket which page it shows, and what it has received; nothing else is listened to."""
    handlers = core.sio.handlers["/"]
    for event in ("event", "javascript_response", "log"):
        del handlers[event]
    for event, handler in list(handlers.items()):
        handlers[event] = _tolerant(handler)


def _tolerant(handler: Callable[..., Any]) -> Callable[..., Awaitable[Any]]:
    """``handler``, for which a message that makes no sense is no error of ours: it is refused, and not logged."""

    async def listen(*arguments: Any) -> Any:
        try:
            answer = handler(*arguments)
            return await answer if isawaitable(answer) else answer
        except (KeyError, TypeError, ValueError, AttributeError):
            return False

    return listen
