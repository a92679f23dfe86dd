"""A second tap on a button, before the response to the first: the person sees what one tap leads to.

A browser gives up the first navigation and follows the response to the second, which it sent with the cookies
of before. What the first response said about cookies may have arrived before, after, or not at all.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import httpx
import pytest

from pairgrant_protocol.secret import Secret
from pairgrant_server.accounts.upstream.upstreams import Upstreams
from pairgrant_server.authorization_server.device_flow.approval import HOLD_SECONDS
from pairgrant_server.pages.pairing.code_form import NO_SUCH_CODE
from pairgrant_server.pages.pairing.sign_in import WRONG_CREDENTIALS
from pairgrant_server.pages.pairing.upstream import SIGN_IN_WITH
from pairgrant_server.pages.routes import _POSTS
from tests.authorization_server.hand_clock import HandClock
from tests.fake_provider import FakeProvider
from tests.pages.application.code_flow_steps import BACK, CODE_GRANTS, authorize_url, follow
from tests.pages.site_under_test import PASSWORD, Browser, Pairing, SiteUnderTest

FAR = "198.51.100.20"


@dataclass
class Taps:
    """A form of the open page, filled in; ``text`` is what the person sees after it, on the page ``path``."""

    browser: Browser
    action: str
    fields: dict[str, str]
    path: str
    text: str
    sent_to: str | None = None
    """The path of the form, if a button sends it elsewhere."""


Prepare = Callable[[SiteUnderTest], Awaitable[Taps]]
CASES: dict[str, tuple[str, Prepare]] = {}


def case(path: str) -> Callable[[Prepare], Prepare]:
    """A case of the form that is sent to ``path``."""

    def add(prepare: Prepare) -> Prepare:
        CASES[prepare.__name__.replace("_", " ")] = (path, prepare)
        return prepare

    return add


async def signed_in(site: SiteUnderTest) -> Browser:
    browser = await site.browser()
    await browser.sign_in()
    return browser


async def asked(site: SiteUnderTest, **options: str) -> tuple[Browser, Pairing]:
    """Alice, with the consent page of a pairing."""
    browser, pairing = await signed_in(site), await site.start_pairing(**options)
    await browser.follow(await browser.enter(pairing.user_code))
    return browser, pairing


async def connected(site: SiteUnderTest, **options: str) -> tuple[Browser, Pairing]:
    browser, pairing = await asked(site, **options)
    await browser.follow(await browser.submit("/consent", decision="approve"))
    site.clock.now += HOLD_SECONDS
    assert "access_token" in await pairing.poll()
    return browser, pairing


@case("/device")
async def code(site: SiteUnderTest) -> Taps:
    browser, pairing = await site.browser(), await site.start_pairing()
    await browser.open("/device")
    return Taps(
        browser,
        "/device",
        {"user_code": pairing.user_code},
        "/signin",
        "<h1>Sign in to connect a device</h1>",
    )


@case("/device")
async def code_of_a_person_who_is_signed_in(site: SiteUnderTest) -> Taps:
    browser, pairing = await signed_in(site), await site.start_pairing()
    await browser.open("/device")
    return Taps(
        browser, "/device", {"user_code": pairing.user_code}, "/consent", "<h1>Connect this device?</h1>"
    )


@case("/device")
async def opened_link(site: SiteUnderTest) -> Taps:
    browser, pairing = await signed_in(site), await site.start_pairing()
    await browser.open(f"/D/{pairing.user_code}")
    return Taps(browser, "/device", {}, "/consent", "<h1>Connect this device?</h1>")


@case("/device")
async def wrong_code(site: SiteUnderTest) -> Taps:
    browser = await site.browser()
    await browser.open("/device")
    return Taps(browser, "/device", {"user_code": "BBBB-BBBB"}, "/device", NO_SUCH_CODE)


@case("/signin")
async def sign_in(site: SiteUnderTest) -> Taps:
    browser, pairing = await site.browser(), await site.start_pairing()
    await browser.follow(await browser.enter(pairing.user_code))
    fields = {"username": "alice", "password": PASSWORD}
    return Taps(browser, "/signin", fields, "/consent", "<h1>Connect this device?</h1>")


@case("/signin")
async def sign_in_without_a_code(site: SiteUnderTest) -> Taps:
    browser = await site.browser()
    await browser.open("/signin?next=/board")
    fields = {"username": "alice", "password": PASSWORD}
    return Taps(browser, "/signin", fields, "/board", "<h1>Your board</h1>")


@case("/signin")
async def wrong_password(site: SiteUnderTest) -> Taps:
    browser = await site.browser()
    await browser.open("/signin")
    fields = {"username": "alice", "password": "wrong"}
    return Taps(browser, "/signin", fields, "/signin", WRONG_CREDENTIALS)


@case("/signout")
async def sign_out(site: SiteUnderTest) -> Taps:
    browser = await signed_in(site)
    await browser.open("/devices")
    return Taps(browser, "/signout", {}, "/", '<a href="/signin?next=/devices">Sign in</a>')


@case("/signout")
async def not_you(site: SiteUnderTest) -> Taps:
    browser, _ = await asked(site)
    return Taps(browser, "/signout", {}, "/signin", "<h1>Sign in to connect a device</h1>")


@case("/consent")
async def approve(site: SiteUnderTest) -> Taps:
    browser, _ = await asked(site)
    return Taps(browser, "/consent", {"decision": "approve"}, "/outcome", "<h1>Approved")


@case("/consent")
async def deny(site: SiteUnderTest) -> Taps:
    browser, _ = await asked(site)
    return Taps(browser, "/consent", {"decision": "deny"}, "/outcome", "<h1>Denied</h1>")


@case("/undo")
async def undo(site: SiteUnderTest) -> Taps:
    browser, _ = await asked(site, address=FAR)
    await browser.follow(await browser.submit("/consent", decision="approve"))
    return Taps(browser, "/undo", {}, "/outcome", "<h1>Denied</h1>")


@case("/confirm")
async def confirm(site: SiteUnderTest) -> Taps:
    browser, _ = await connected(site, address=FAR)
    await browser.open("/outcome")
    return Taps(browser, "/confirm", {"reply": "yes"}, "/outcome", "<h1>Your device is connected</h1>")


@case("/confirm")
async def refuse(site: SiteUnderTest) -> Taps:
    browser, _ = await connected(site, address=FAR)
    await browser.open("/outcome")
    return Taps(browser, "/confirm", {"reply": "no"}, "/outcome", "<h1>Your device was removed</h1>")


@case("/report")
async def report_of_a_typed_code(site: SiteUnderTest) -> Taps:
    browser, pairing = await site.browser(), await site.start_pairing()
    await browser.open("/device")
    fields = {"user_code": pairing.user_code}
    return Taps(browser, "/device", fields, "/reported", "<h1>The request is denied</h1>", sent_to="/report")


@case("/report")
async def report_of_a_link(site: SiteUnderTest) -> Taps:
    browser, pairing = await site.browser(), await site.start_pairing()
    await browser.open(f"/D/{pairing.user_code}")
    return Taps(browser, "/report", {}, "/reported", "<h1>The request is denied</h1>")


@case("/report")
async def report_instead_of_a_decision(site: SiteUnderTest) -> Taps:
    browser, _ = await asked(site)
    return Taps(browser, "/report", {}, "/reported", "<h1>The request is denied</h1>")


async def _page_of_device(site: SiteUnderTest) -> str:
    (device,) = await site.backend.parts.devices.of_user((await site.user("alice")).user_id)
    return f"/devices/{device.device_id}"


@case("/report")
async def report_of_a_device(site: SiteUnderTest) -> Taps:
    browser, _ = await connected(site)
    await browser.open(await _page_of_device(site))
    return Taps(browser, "/report", {}, "/reported", "<h1>The device is signed out</h1>")


@case("/devices/remove")
async def removal_of_a_device(site: SiteUnderTest) -> Taps:
    browser, _ = await connected(site)
    await browser.open("/devices")
    return Taps(browser, "/devices/remove", {}, "/devices", "Removing “")


@case("/devices/remove-all")
async def removal_of_all_devices(site: SiteUnderTest) -> Taps:
    browser, _ = await connected(site)
    await browser.open("/devices/remove-all")
    return Taps(browser, "/devices/remove-all", {}, "/devices", "Removing “")


async def _removing(site: SiteUnderTest) -> Browser:
    taps = await removal_of_a_device(site)
    await taps.browser.follow(await taps.browser.submit("/devices/remove"))
    return taps.browser


@case("/devices/revoke")
async def removal_of_a_device_at_once(site: SiteUnderTest) -> Taps:
    return Taps(await _removing(site), "/devices/revoke", {}, "/devices", "No device is connected.")


@case("/devices/undo")
async def undo_of_a_removal(site: SiteUnderTest) -> Taps:
    return Taps(await _removing(site), "/devices/undo", {}, "/devices", "Nothing was removed.")


@case("/devices/rename")
async def name_of_a_device(site: SiteUnderTest) -> Taps:
    browser, _ = await connected(site)
    path = await _page_of_device(site)
    await browser.open(path)
    return Taps(browser, "/devices/rename", {"name": "Kitchen"}, path, "The name was saved.")


@case("/board/add")
async def notice(site: SiteUnderTest) -> Taps:
    browser = await signed_in(site)
    await browser.open("/board")
    return Taps(browser, "/board/add", {"text": "Lunch at 12"}, "/board", "Lunch at 12")


@case("/board/remove")
async def removal_of_a_notice(site: SiteUnderTest) -> Taps:
    browser = await signed_in(site)
    await browser.open("/board")
    await browser.follow(await browser.submit("/board/add", text="Lunch at 12"))
    return Taps(browser, "/board/remove", {}, "/board", "The board is empty.")


async def _application(site: SiteUnderTest) -> Browser:
    await site.backend.parts.clients.add(
        "web",
        "A Web App",
        secret=Secret("the secret of a web application"),
        grant_types=CODE_GRANTS,
        scope="openid profile",
        redirect_uris=(BACK,),
    )
    browser = await signed_in(site)
    await follow(browser, authorize_url())
    return browser


@case("/authorize/consent")
async def consent_to_an_application(site: SiteUnderTest) -> Taps:
    browser = await _application(site)
    return Taps(browser, "/authorize/consent", {"decision": "approve"}, BACK, "code=")


@case("/authorize/consent")
async def denial_of_an_application(site: SiteUnderTest) -> Taps:
    browser = await _application(site)
    return Taps(browser, "/authorize/consent", {"decision": "deny"}, BACK, "error=access_denied")


@case("/logout/confirm")
async def sign_out_for_an_application(site: SiteUnderTest) -> Taps:
    browser = await signed_in(site)
    await browser.open("/logout")
    return Taps(browser, "/logout/confirm", {}, "/", '<a href="/signin?next=/devices">Sign in</a>')


@case(SIGN_IN_WITH)
async def button_of_a_provider(site: SiteUnderTest) -> Taps:
    browser = await site.browser()
    await browser.open("/signin")
    return Taps(browser, "/signin/with/example", {}, "/signin/with/example", "Continue to Example")


@case("/language")
async def language(site: SiteUnderTest) -> Taps:
    browser = await site.browser()
    await browser.open("/device")
    fields = {"language": "it", "page": "/device"}
    return Taps(browser, "/language", fields, "/device", '<html lang="it"')


@case("/account")
async def account(site: SiteUnderTest) -> Taps:
    browser = await signed_in(site)
    await browser.open("/account")
    fields = {"language": "it", "time_zone": "Europe/Rome"}
    return Taps(browser, "/account", fields, "/account", '<html lang="it"')


@pytest.fixture
def provider(clock: HandClock) -> FakeProvider:
    return FakeProvider(clock=clock)


@pytest.fixture
def app_options(provider: FakeProvider) -> dict[str, object]:
    return {"connect_upstream": provider.connect}


@pytest.fixture(autouse=True)
async def _provider(site: SiteUnderTest, provider: FakeProvider) -> None:
    await Upstreams(site.backend.store, site.backend.server_key, site.clock).add(
        "example", issuer=provider.issuer, client_id="pairgrant", label="Example", creates_accounts=True
    )


async def tapped(site: SiteUnderTest, taps: Taps, *, at_once: bool) -> list[Browser]:
    """The browser as each of the two responses alone would leave it, with the response as ``page``."""
    fields = {**taps.browser.forms()[taps.action], **taps.fields}

    async def tap() -> Browser:
        copy = await site.browser()
        copy.http.cookies.update(taps.browser.http.cookies)
        copy.page = await copy.http.post(
            taps.sent_to or taps.action, data=fields, headers={"origin": copy.origin}
        )
        return copy

    if at_once:
        return list(await asyncio.gather(tap(), tap()))
    first = await tap()
    site.clock.now += 0.15
    return [first, await tap()]


async def shown(browser: Browser, response: httpx.Response) -> tuple[str, str]:
    """Path and text of the page that a response leads to; an application's page is its address."""
    assert response.status_code == 303, (response.status_code, response.text)
    location = response.headers["location"]
    if not location.startswith("/"):
        return location.partition("?")[0], location
    page = await browser.open(location)
    assert page.status_code == 200
    return page.url.path, page.text


@pytest.mark.parametrize("arrived", ["second", "first, second", "second, first"])
@pytest.mark.parametrize("at_once", [True, False], ids=["at once", "150 ms apart"])
@pytest.mark.parametrize("name", CASES)
async def test_second_tap_leads_to_what_one_tap_leads_to(
    site: SiteUnderTest, name: str, *, at_once: bool, arrived: str
) -> None:
    """``arrived`` are the responses whose cookies the browser keeps, in their order."""
    taps = await CASES[name][1](site)
    first, second = await tapped(site, taps, at_once=at_once)
    for which in arrived.split(", "):
        taps.browser.http.cookies.update({"first": first, "second": second}[which].http.cookies)
    path, text = await shown(taps.browser, second.page)
    assert path == taps.path
    assert taps.text in text
    for wrong in ("Someone else has entered this code too", "no longer connected", "in the meantime"):
        assert wrong not in text


def test_every_form_of_the_site_is_tapped_twice() -> None:
    forms = {*_POSTS, SIGN_IN_WITH}
    assert {path for path, _ in CASES.values()} == forms, "add a case to this file"


@pytest.mark.parametrize("at_once", [True, False])
async def test_notice_that_is_sent_twice_is_one_notice(site: SiteUnderTest, *, at_once: bool) -> None:
    taps = await notice(site)
    await tapped(site, taps, at_once=at_once)
    assert (await taps.browser.open("/board")).text.count("<p>Lunch at 12") == 1


async def test_notice_that_is_meant_twice_is_two_notices(site: SiteUnderTest) -> None:
    browser = await signed_in(site)
    for _ in range(2):
        await browser.open("/board")
        await browser.follow(await browser.submit("/board/add", text="Lunch at 12"))
    assert browser.page.text.count("<p>Lunch at 12") == 2


async def test_provider_takes_the_response_to_either_tap(site: SiteUnderTest, provider: FakeProvider) -> None:
    taps = await button_of_a_provider(site)
    uris = []
    for copy in await tapped(site, taps, at_once=True):
        taps.browser.http.cookies.update(copy.http.cookies)
        page = await taps.browser.follow(copy.page)
        uris.append(page.headers["refresh"].partition("url=")[2])
    assert len(set(uris)) == 1
    assert (await taps.browser.http.get(provider.authorize(uris[0]))).status_code == 303
