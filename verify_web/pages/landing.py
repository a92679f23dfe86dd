"""The first page, for whoever came without a link."""

from starlette.responses import Response

from verify_web.pages.page import page
from verify_web.pages.rendering import still
from verify_web.pages.visit import Visit


@page("/")
async def landing(visit: Visit) -> Response:
    return still(visit, "landing.html")
