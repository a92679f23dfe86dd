"""Whole pairings in Chromium: each size and theme, other languages, by keyboard, with large text, without
scripts, with double taps and in two tabs.
"""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.async_api import Page, expect

from pairgrant_protocol.device_grant import GrantStatus
from pairgrant_server.translation import languages
from tests.pages.chromium import DESKTOP, PHONE
from tests.pages.pseudo_language import LANGUAGE
from tests.pages.states.checks import axe, overflows
from tests.pages.states.pairing_walk import APPROVE, CONTINUE, PairingWalk, by_keyboard, double_click
from tests.pages.states.registry import State
from tests.pages.states.stage import Scheme, Stage
from tests.pages.states.world import World
from tests.tabs import new_tab

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]

Start = Callable[..., AbstractAsyncContextManager[World]]


async def _nothing_yet(_world: World) -> None:
    pass


@pytest.fixture
def start(stage: Stage) -> Start:
    """A new site and a tab; whatever the console complains about fails the test."""

    @asynccontextmanager
    async def opened(**options: Any) -> AsyncIterator[World]:
        async with stage.show(State("a whole pairing", _nothing_yet), **options) as shown:
            yield shown.world
            assert shown.complaints == []

    return opened


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [PHONE, DESKTOP], ids=["phone", "desktop"])
async def test_pairing_in_each_size_and_theme(start: Start, size: tuple[int, int], scheme: Scheme) -> None:
    async def look(page: Page) -> None:
        assert await axe(page) == []
        assert await overflows(page, size) == []

    async with start(size=size, scheme=scheme) as world:
        await PairingWalk(world, arrive=look).to_connected()
        assert await world.tab.title() != ""


@pytest.mark.parametrize("language", ["it", LANGUAGE])
async def test_pairing_in_another_language(start: Start, language: str) -> None:
    if language not in languages():
        pytest.skip(f"there is no catalogue for {language} yet")

    async def look(page: Page) -> None:
        assert await page.locator(f'html[lang="{language}"]').count() == 1
        assert await overflows(page, PHONE) == []

    async with start(language=language) as world:
        await PairingWalk(world, arrive=look).to_connected()


async def test_pairing_without_scripts(start: Start) -> None:
    async with start(javascript=False) as world:
        await PairingWalk(world).to_connected()


async def test_pairing_by_keyboard_alone(start: Start) -> None:
    async with start(size=DESKTOP) as world:
        await PairingWalk(world, tap=by_keyboard).to_connected()


async def test_pairing_with_text_at_200_per_cent(start: Start) -> None:
    async def enlarge(page: Page) -> None:
        assert await overflows(page, PHONE, text=200) == []
        await page.evaluate("() => { document.documentElement.style.fontSize = '200%' }")

    async with start() as world:
        await PairingWalk(world, arrive=enlarge).to_connected()


async def test_pairing_with_a_double_tap_on_everything(start: Start) -> None:
    async with start() as world:
        pairing = await PairingWalk(world, tap=double_click).to_connected()
        assert (await world.site.grant(pairing)).status is GrantStatus.REDEEMED


class TestTwoTabs:
    async def test_each_tab_decides_about_its_own_pairing(self, start: Start) -> None:
        async with start() as world:
            walk = PairingWalk(world)
            first = await walk.to_the_question()
            second = await world.site.start_pairing(device_name="Kitchen tablet")
            other = await new_tab(world.tab.context)
            await other.goto("/device")
            await other.locator('[name="user_code"]').fill(second.user_code)
            await other.locator(CONTINUE).click()
            await expect(other.get_by_text("Kitchen tablet").first).to_be_visible()
            await walk.page.reload()
            await expect(walk.page.get_by_text("Reception screen").first).to_be_visible()
            await walk.tap(APPROVE, "/outcome")
            assert (await world.site.grant(first)).status is GrantStatus.APPROVED
            assert (await world.site.grant(second)).status is GrantStatus.PENDING
            await other.locator(APPROVE).click()
            await other.wait_for_url(lambda url: urlsplit(url).path == "/outcome")
            assert (await world.site.grant(second)).status is GrantStatus.APPROVED
            await other.close()

    async def test_code_that_was_typed_before_a_sign_in_in_another_tab_is_not_lost(
        self, start: Start
    ) -> None:
        async with start() as world:
            pairing, page = await world.site.start_pairing(), world.tab
            await page.goto("/device")
            await page.locator('[name="user_code"]').fill(pairing.user_code)
            other = await new_tab(page.context)
            await other.goto("/signin?next=/devices")
            await other.locator('[name="username"]').fill("alice")
            await other.locator('[name="password"]').fill("correct horse")
            await other.locator('form[action="/signin"] button').click()
            await other.wait_for_url("**/devices")
            await other.close()
            await page.locator(CONTINUE).click()
            await page.wait_for_load_state()
            if urlsplit(page.url).path == "/device":
                await expect(page.locator('[name="user_code"]')).to_have_value(pairing.user_code)
                await page.locator(CONTINUE).click()
            await page.wait_for_url(lambda url: urlsplit(url).path == "/consent")
