"""How a page is registered: a NiceGUI page that is handed the visit, and that answers even when it fails."""

from collections.abc import Awaitable, Callable

from nicegui import Client, ui
from starlette.requests import Request
from starlette.responses import Response

from pairgrant_server.front.faults import fault_of
from pairgrant_server.pages.site.problems import fault_page
from pairgrant_server.pages.site.site import site_of
from pairgrant_server.pages.site.visit import Visit

PageFunction = Callable[[Visit], Awaitable[Response | None]]

_BUILD_TIMEOUT = 10.0
"""Seconds; by then even a busy database has answered or given up."""


def page(path: str) -> Callable[[PageFunction], PageFunction]:
    """The page at ``path``: still where the function answers, live where it returns None (see ``live``)."""

    def register(build: PageFunction) -> PageFunction:
        @ui.page(path, response_timeout=_BUILD_TIMEOUT)
        async def answer(request: Request, client: Client) -> Response | None:
            response = await _answer(build, request)
            if response is not None:
                client.delete()  # no script will come for it, and it would be kept for a minute
            return response

        return build

    return register


async def _answer(build: PageFunction, request: Request) -> Response | None:
    try:
        return await build(await Visit.of(request))
    except Exception as error:  # noqa: BLE001 - fault_of logs it; NiceGUI's own error page would know less
        return fault_page(fault_of(error), site_of(request).public_url)
