"""How a page is registered: its function takes a ``PageRequest``, and an error becomes an error page."""

from collections.abc import Awaitable, Callable

from nicegui import Client, ui
from starlette.requests import Request
from starlette.responses import Response

from pairgrant_server.pages.site.error_pages import error_page_of, error_response
from pairgrant_server.pages.site.page_request import PageRequest
from pairgrant_server.pages.site.site import site_of

PageFunction = Callable[[PageRequest], Awaitable[Response | None]]

_BUILD_TIMEOUT = 10.0
"""Seconds; even a busy database has responded or timed out by then."""


def page(path: str) -> Callable[[PageFunction], PageFunction]:
    """Register the page at ``path``; its function returns a response, or None for a live page."""

    def register(build: PageFunction) -> PageFunction:
        @ui.page(path, response_timeout=_BUILD_TIMEOUT)
        async def respond(request: Request, client: Client) -> Response | None:
            response = await _respond(build, request)
            if response is not None:
                client.delete()  # no script will connect to it; NiceGUI would keep it for a minute
            return response

        return build

    return register


async def _respond(build: PageFunction, http: Request) -> Response | None:
    request = None
    try:
        request = await PageRequest.of(http)
        return await build(request)
    except Exception as error:  # noqa: BLE001 - every error becomes a page; unexpected ones are logged
        return error_response(error_page_of(error), site_of(http), request)
