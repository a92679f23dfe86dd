"""A whole pairing in Chromium, step by step, in any language: controls are found by what they do."""

from collections.abc import Awaitable, Callable
from urllib.parse import urlsplit

from playwright.async_api import Locator, Page, expect

from tests.pages.site_under_test import PASSWORD, Pairing
from tests.pages.states.world import World

Tap = Callable[[Locator], Awaitable[None]]
Arrive = Callable[[Page], Awaitable[object]]

TO_CODE = 'main a[href="/device"]'
CONTINUE = 'form[action="/device"] button:not([formaction])'
SIGN_IN = 'form[action="/signin"] button'
APPROVE, DENY = 'button[value="approve"]', 'button[value="deny"]'


async def click(control: Locator) -> None:
    await control.click()


async def double_click(control: Locator) -> None:
    """As people do who are used to desktops, or whose finger trembles."""
    await control.dblclick(no_wait_after=True)


async def by_keyboard(control: Locator) -> None:
    """Tab to ``control``, which shows that it has the focus, and press Enter."""
    page = control.page
    await focus_by_keyboard(control)
    await page.keyboard.press("Enter")


async def focus_by_keyboard(control: Locator) -> None:
    """Tab to ``control``; it is reached once at most, and each control on the way shows its focus."""
    page = control.page
    for _ in range(40):
        if await control.evaluate("control => control === document.activeElement"):
            break
        await page.keyboard.press("Tab")
        style = "e => { const s = getComputedStyle(e); return [s.outlineStyle, parseFloat(s.outlineWidth)] }"
        outline, width = await page.locator(":focus").evaluate(style)
        assert outline != "none", await page.locator(":focus").evaluate("e => e.outerHTML")
        assert width >= 2
    else:
        raise AssertionError(f"{control} is not reached by the keyboard")


async def nothing(_page: Page) -> None:
    """No look at the pages on the way."""


class PairingWalk:
    """``tap`` is how this person activates a control; ``arrive`` looks at every page on the way."""

    def __init__(self, world: World, *, tap: Tap = click, arrive: Arrive = nothing) -> None:
        self.world = world
        self.page = world.tab
        self._tap = tap
        self._arrive = arrive

    async def tap(self, control: str, leads_to: str) -> None:
        """Tap, and wait for the page at the path ``leads_to``."""
        await self._tap(self.page.locator(control).first)
        await self.arrive(leads_to)

    async def arrive(self, path: str) -> None:
        await self.page.wait_for_url(lambda url: urlsplit(url).path == path)
        await self.page.wait_for_load_state()
        await expect(self.page.locator("h1")).to_be_visible()
        await self._arrive(self.page)

    async def type(self, field: str, text: str) -> None:
        control = self.page.locator(f'main [name="{field}"]')
        if self._tap is by_keyboard:
            await focus_by_keyboard(control)
            await self.page.keyboard.type(text)
        else:
            await control.fill(text)

    async def to_the_question(self) -> Pairing:
        """From the start page, by a wrong code and the right one, to consent."""
        pairing = await self.world.site.start_pairing(device_name="Reception screen")
        await self.page.goto("/")
        await self._arrive(self.page)
        await self.tap(TO_CODE, "/device")
        await self.type("user_code", "BBBB-BBBB")
        await self._tap(self.page.locator(CONTINUE).first)
        await expect(self.page.locator("[role=alert]")).to_be_visible()
        await self.arrive("/device")
        await self.page.locator('main [name="user_code"]').fill("")
        await self.type("user_code", pairing.user_code.lower().replace("-", " "))
        await self.tap(CONTINUE, "/signin")
        await self.type("username", "alice")
        await self.type("password", PASSWORD)
        await self.tap(SIGN_IN, "/consent")
        return pairing

    async def to_the_outcome(self) -> Pairing:
        pairing = await self.to_the_question()
        await self.tap(APPROVE, "/outcome")
        return pairing

    async def to_connected(self) -> Pairing:
        """The device fetches its tokens, and the page turns by itself, with or without scripts."""
        pairing = await self.to_the_outcome()
        await self.world.redeem(pairing)
        await expect(self.page.locator('main a[href="/devices"]')).to_be_visible()
        await self._arrive(self.page)
        return pairing
