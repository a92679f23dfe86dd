"""The attacks, each as what an attacker does and how the person comes to the genuine page."""

import asyncio
import re
from collections.abc import Awaitable, Callable
from http.cookiejar import CookieJar, DefaultCookiePolicy

import httpx
from playwright.async_api import Page

from tests.journey.waiting import PATIENCE
from tests.phishing.person import Person, no_number
from tests.phishing.rehearsal import HOLD, Rehearsal, World
from tests.phishing.sending_device import new_dpop_key
from tests.tabs import new_tab

Attack = Callable[[Rehearsal, Person], Awaitable[None]]

MINUTES_LATER = 300.0
AFTER_THE_PROOFS_END = 46.0
"""Seconds."""

MANY = 30
"""Of strangers; a thousand are tried once, in test_codes_for_many.py."""


async def link_by_mail(stage: Rehearsal, person: Person) -> None:
    """A link is sent by mail, with the code beside it, and opened minutes later."""
    stage.attacker.start()
    link, person.code = stage.attacker.link(), stage.attacker.user_code
    stage.world.clock.advance(MINUTES_LATER)
    await person.page.goto(link)
    await person.goes_along()


async def code_by_mail(stage: Rehearsal, person: Person) -> None:
    """The code is sent by mail and typed minutes later."""
    stage.attacker.start()
    person.code = stage.attacker.user_code
    stage.world.clock.advance(MINUTES_LATER)
    await person.page.goto(f"{stage.world.service.url}/device")
    await person.goes_along()


async def number_by_mail(stage: Rehearsal, person: Person) -> None:
    """The attacker looks the code up with an account of their own, and sends code and number by mail."""
    stage.attacker.start()
    own = await stage.person("bob", stage.world.new_network())
    own.code = person.code = stage.attacker.user_code
    await own.page.goto(f"{stage.world.service.url}/device")
    await own.goes_along(decides=False)
    mailed = stage.attacker.number()
    stage.world.clock.advance(MINUTES_LATER)

    async def number() -> str | None:
        return mailed

    person.number = number
    await person.page.goto(f"{stage.world.service.url}/device")
    await person.goes_along()


async def told_by_telephone(stage: Rehearsal, person: Person) -> None:
    """A caller leads the person through the pages, and has the code but not the number typed."""
    stage.attacker.start()
    person.code = stage.attacker.user_code
    await person.page.goto(f"{stage.world.service.url}/device")
    await person.goes_along()


async def click_in_a_mail(stage: Rehearsal, person: Person) -> None:
    """A link in a native mail program leads to the attacker's server, which redirects (302) at once."""
    await _clicked(stage, person, "/redirect")


async def page_with_script(stage: Rehearsal, person: Person) -> None:
    """The attacker's page goes on by script at once."""
    await _clicked(stage, person, "/script")


async def page_with_link(stage: Rehearsal, person: Person) -> None:
    """The attacker's page opens the genuine one in a new tab, without a referrer."""
    await person.page.goto(f"{stage.world.site.url}/new-tab")
    person.code = stage.attacker.user_code
    person.page = await _in_new_tab(person.page)
    await person.goes_along()


async def photographed_qr_code(stage: Rehearsal, person: Person) -> None:
    """The QR code is photographed and posted, and scanned a minute later."""
    stage.attacker.start()
    link, person.code = stage.attacker.link(), stage.attacker.user_code
    stage.world.clock.advance(AFTER_THE_PROOFS_END)
    await person.page.goto(link)
    await person.goes_along()


async def streamed_qr_code(stage: Rehearsal, person: Person) -> None:
    """The QR code is shown live on the attacker's page, and scanned with another phone."""
    stage.attacker.start()
    person.code = stage.attacker.user_code
    await person.page.goto(stage.attacker.link())
    await person.goes_along()


async def live_relay(stage: Rehearsal, person: Person) -> None:
    """The attacker's page opens the genuine one in a new tab, and shows the number of its device."""
    await person.page.goto(f"{stage.world.site.url}/new-tab")
    relay, person.code = person.page, stage.attacker.user_code

    async def number() -> str | None:
        await relay.goto(f"{stage.world.site.url}/number")
        return await relay.locator("#number").inner_text()

    person.number = number
    person.page = await _in_new_tab(relay)
    await person.goes_along()


async def relay_by_telephone(stage: Rehearsal, person: Person) -> None:
    """A caller reads out address, code and number; the browser was led there by no site."""
    stage.attacker.start()
    person.code = stage.attacker.user_code

    async def number() -> str | None:
        return stage.attacker.number()

    person.number = number
    await person.page.goto(stage.attacker.link())
    await person.goes_along()


async def relay_through_a_vpn(stage: Rehearsal, person: Person) -> None:
    """The same, and the attacker's device shares the person's network."""
    stage.attackers_device_is_at(stage.network)
    await relay_by_telephone(stage, person)


async def code_through_a_vpn(stage: Rehearsal, person: Person) -> None:
    """A code sent by mail, of a device that shares the person's network."""
    stage.attackers_device_is_at(stage.network)
    await code_by_mail(stage, person)


async def rejected_device_again(stage: Rehearsal, person: Person) -> None:
    """A relay succeeded until the person removed the device; its key comes again, with a click."""
    stage.attacker.key = new_dpop_key(stage.world.clock)
    await live_relay(stage, person)
    stage.world.clock.advance(HOLD)
    if "access_token" in stage.attacker.poll():
        await person.opens(f"{stage.world.service.url}/devices")
        await person.press("Remove")
        await person.press("Remove now")
    person.number, person.code = no_number, None
    person.page = await new_tab(person.page.context)
    await click_in_a_mail(stage, person)


async def spoofed_address(stage: Rehearsal, person: Person) -> None:
    """The device names the person's address in X-Forwarded-For, to which the proxy adds its real one."""
    stage.attackers_device_is_at(f"{stage.network}, {stage.world.new_network()}")
    await code_by_mail(stage, person)


async def code_for_two(stage: Rehearsal, person: Person) -> None:
    """One code is sent to two people, and the second approves while the first looks at the page."""
    stage.attacker.start()
    first = await stage.person("bob", stage.world.new_network())
    for one in (first, person):
        one.code = stage.attacker.user_code
        await one.page.goto(f"{stage.world.service.url}/device")
    await first.goes_along(decides=False)
    await person.goes_along()


async def code_for_many(stage: Rehearsal, person: Person) -> None:
    """The same, after many strangers looked the code up."""
    stage.attacker.start()
    person.code = stage.attacker.user_code
    await strangers_look_up(stage.world, person.code, MANY)
    await person.page.goto(f"{stage.world.service.url}/device")
    await person.goes_along()


async def strangers_look_up(world: World, code: str, count: int) -> None:
    """``count`` browsers, each on a network of its own, enter ``code``."""

    async def looks_up(http: httpx.AsyncClient) -> None:
        headers = {"X-Forwarded-For": world.new_network(), "Origin": world.service.url}
        form = await http.get("/device", headers=headers)
        token = re.search(r'name="csrf_token" value="([^"]+)"', form.text)
        assert token is not None
        cookies = "; ".join(f"{name}={value}" for name, value in form.cookies.items())
        fields = {"csrf_token": token[1], "user_code": code}
        found = await http.post("/device", data=fields, headers={**headers, "Cookie": cookies})
        assert found.is_redirect, found.text

    limits = httpx.Limits(max_connections=20)
    async with httpx.AsyncClient(
        base_url=world.service.url,
        trust_env=False,
        timeout=PATIENCE,
        limits=limits,
        cookies=CookieJar(DefaultCookiePolicy(allowed_domains=[])),
    ) as http:
        await asyncio.gather(*[looks_up(http) for _ in range(count)])


async def _clicked(stage: Rehearsal, person: Person, path: str) -> None:
    await person.page.goto(f"{stage.world.site.url}{path}", wait_until="commit")
    await person.page.wait_for_url(f"{stage.world.service.url}/**")
    person.code = stage.attacker.user_code
    await person.goes_along()


async def _in_new_tab(page: Page) -> Page:
    async with page.context.expect_page() as opened:
        await page.get_by_text("Your prize").click()
    tab = await opened.value
    await tab.wait_for_load_state("domcontentloaded")
    return tab
