"""The first page, for whoever came without a link."""

from starlette.responses import Response

from pairgrant_server.pages.site.page import page
from pairgrant_server.pages.site.rendering import still
from pairgrant_server.pages.site.visit import Visit


@page("/")
async def landing(visit: Visit) -> Response:
    return still(visit, "landing.html")
