"""The start page, for people who come without a link."""

from starlette.responses import Response

from pairgrant_server.pages.site.page import page
from pairgrant_server.pages.site.page_request import PageRequest
from pairgrant_server.pages.site.rendering import render_page


@page("/")
async def landing(request: PageRequest) -> Response:
    return render_page(request, "landing.html", notice=request.take_flash().notice)
