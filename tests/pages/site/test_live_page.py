"""Live pages, as far as NiceGUI itself is concerned."""

from types import SimpleNamespace

from nicegui import Client, ui
from starlette.requests import Request

from pairgrant_server.brand.brand import Brand
from pairgrant_server.pages.site.live_page import use_our_page_template
from pairgrant_server.pages.site.look import look_of
from pairgrant_server.pages.site.site import SITE
from tests.pages.site_under_test import HTTPS, Browser, SiteUnderTest


async def test_an_error_page_of_niceguis_own_is_ours_too(site: SiteUnderTest) -> None:
    """NiceGUI makes one by itself, for a page that took too long; it knows nothing of a visit."""
    use_our_page_template()
    visited = SimpleNamespace(public_url=HTTPS, look=look_of(Brand()), scopes=SimpleNamespace(known={}))
    scope = {"type": "http", "method": "GET", "path": "/devices", "query_string": b"", "headers": []}
    request = Request({**scope, SITE: visited})
    with Client(ui.page(""), request=request) as client:
        html = bytes(client.build_response(request, 500).body).decode()
    assert "<h1>Something went wrong</h1>" in html
    assert "quasar" not in html.lower()


async def test_the_page_that_arrives_and_the_live_part_say_the_same(
    site: SiteUnderTest, alices: Browser
) -> None:
    """Before a script has run, and without any, there is nothing to wait for."""
    page = await alices.open("/devices")
    live = site.live_page(page)
    assert live.html in page.text
    assert f"<title>{live.title}</title>" in page.text


async def test_live_page_needs_no_component_but_timer_and_part(site: SiteUnderTest, alices: Browser) -> None:
    page = await alices.open("/devices")
    tags = {element.tag for element in site.live_page(page).client.elements.values()}
    assert tags == {"div", "nicegui-timer", "nicegui-live_part"}
