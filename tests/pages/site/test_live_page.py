"""Live pages, as far as NiceGUI itself is concerned."""

from html.parser import HTMLParser
from types import SimpleNamespace

import pytest
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


PART = {"x-pairgrant-part": "1"}


class TestRequestForThePartAlone:
    """What ``static/live/*.js`` asks for where no socket gets through."""

    @pytest.fixture
    async def consent(self, site: SiteUnderTest, alices: Browser) -> str:
        """The path of a consent page with its query."""
        pairing = await site.start_pairing()
        page = await alices.follow(await alices.enter(pairing.user_code))
        return page.url.raw_path.decode()

    @pytest.mark.parametrize("action", [None, "approve"])
    async def test_response_has_the_title_and_the_blocks_of_the_page(
        self, alices: Browser, consent: str, action: str | None
    ) -> None:
        if action is not None:
            page = await alices.follow(await alices.submit("/consent", decision=action))
            consent = page.url.raw_path.decode()
        page = await alices.open(consent)
        part = (await alices.http.get(consent, headers=PART)).json()
        assert f"<title>{part['title']}</title>" in page.text
        assert part["html"] in page.text
        assert not part["is_last"]

    @pytest.mark.parametrize("path", ["/devices", "/consent"])
    async def test_every_block_has_an_id(self, alices: Browser, consent: str, path: str) -> None:
        part = (await alices.http.get(consent if path == "/consent" else path, headers=PART)).json()
        blocks = _TopLevel()
        blocks.feed(part["html"])
        assert blocks.found
        assert all("id" in attributes for attributes in blocks.found)

    async def test_no_live_page_is_kept_for_it(self, alices: Browser, consent: str) -> None:
        before = len(Client.instances)
        await alices.http.get(consent, headers=PART)
        assert len(Client.instances) == before

    async def test_another_page_is_a_redirect_as_ever(self, alices: Browser, consent: str) -> None:
        await alices.submit("/consent", decision="deny")
        response = await alices.http.get(consent, headers=PART)
        assert response.status_code == 303
        assert response.headers["location"].startswith("/outcome")

    async def test_stranger_gets_nothing(self, site: SiteUnderTest, consent: str) -> None:
        stranger = await site.browser()
        response = await stranger.http.get(consent, headers=PART)
        assert response.status_code == 303
        assert response.text == ""

    async def test_error_of_a_form_is_left_for_the_page(self, site: SiteUnderTest, alices: Browser) -> None:
        pairing = await site.start_pairing(device_capabilities="number")
        await alices.follow(await alices.enter(pairing.user_code))
        form = {**alices.forms()["/consent"], "decision": "approve", "number": ""}
        response = await alices.http.post("/consent", data=form, headers={"origin": alices.origin})
        await alices.http.get(response.headers["location"], headers=PART)
        page = await alices.follow(response)
        assert "Type the two digits" in page.text

    async def test_outcome_that_is_final_says_so(self, alices: Browser, consent: str) -> None:
        page = await alices.follow(await alices.submit("/consent", decision="deny"))
        part = (await alices.http.get(page.url.raw_path.decode(), headers=PART)).json()
        assert part["is_last"]
        assert "<script" not in page.text


class _TopLevel(HTMLParser):
    """Collects the attributes of the outermost elements."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[dict[str, str | None]] = []
        self._depth = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if self._depth == 0:
            self.found.append(dict(attrs))
        self._depth += tag not in {"br", "hr", "img", "input", "path", "circle"}

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Changes no depth."""

    def handle_endtag(self, tag: str) -> None:
        self._depth -= tag not in {"path", "circle"}
