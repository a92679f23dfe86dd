"""What a live update does to a page in a browser: to its elements, focus, selection, title and region."""

import re
from typing import Any

import pytest
from playwright.async_api import Page, expect

from tests.pages.chromium import (
    OpenTab,
    Served,
    chromium,
    has_chromium,
    open_tab,
    port,
    public_url,
    reach_the_question,
    served,
    sign_in,
    stop_time,
)

__all__ = ["chromium", "has_chromium", "open_tab", "port", "public_url", "served"]

pytestmark = pytest.mark.browser

_NOTE_SHIFTS = """
window.shifts = [];
const note = (list) => window.shifts.push(...list.getEntries().map((shift) => shift.value));
new PerformanceObserver(note).observe({type: "layout-shift", buffered: true});
"""
_TWO_FRAMES = "() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))"
_CARDS = '<div id="devices"><ul>{}</ul></div>'


def card(name: str, text: str = "just now") -> str:
    """A block as long as what the tests need: a heading, a text that changes, a button."""
    return (
        f'<li id="device-{name}"><h2>{name}</h2><p>{text}</p>'
        f'<form method="post" action="/devices/revoke"><button>Remove {name}</button></form></li>'
    )


async def update(page: Page, *cards: str, title: str = "Your devices") -> None:
    """What live.js is given by the socket, and by a response to its own request."""
    part = {"title": title, "html": _CARDS.format("".join(cards)), "is_last": False}
    dispatch = "part => document.dispatchEvent(new CustomEvent('pairgrant:part', {detail: part}))"
    await page.evaluate(dispatch, part)


@pytest.fixture
async def page(served: Served, open_tab: OpenTab) -> Page:
    """The page of connected devices, with two cards; the server changes nothing while its clock rests."""
    tab = await open_tab()
    await tab.goto("/signin?next=/devices")
    await sign_in(tab)
    await expect(tab.get_by_role("heading", level=1)).to_have_text("Your devices")
    await expect(tab.locator("#app div").first).to_be_attached()  # NiceGUI runs
    await update(tab, card("a"), card("b"))
    return tab


class TestFocus:
    @pytest.mark.parametrize(
        "cards",
        [
            [card("a", "a minute ago"), card("b", "a minute ago")],
            [card("b"), card("a")],
            [card("c"), card("a"), card("b")],
            [card("c"), card("d"), card("a", "now")],
        ],
        ids=["texts", "order", "new card", "other cards"],
    )
    async def test_focused_button_stays_the_same_element(self, page: Page, cards: list[str]) -> None:
        button = page.get_by_role("button", name="Remove a")
        await button.focus()
        await button.evaluate("button => { button.isTheSame = true }")
        await update(page, *cards)
        await expect(button).to_be_focused()
        assert await button.evaluate("button => button.isTheSame")
        shown = await page.locator("#devices li").evaluate_all("cards => cards.map(card => card.outerHTML)")
        assert shown == cards

    async def test_focus_of_a_removed_card_goes_to_the_heading_of_the_next(self, page: Page) -> None:
        await page.get_by_role("button", name="Remove a").focus()
        await update(page, card("b"))
        await expect(page.get_by_role("heading", name="b", exact=True)).to_be_focused()

    async def test_focus_of_the_last_card_goes_to_the_heading_before_it(self, page: Page) -> None:
        await page.get_by_role("button", name="Remove b").focus()
        await update(page, card("a"))
        await expect(page.get_by_role("heading", name="a", exact=True)).to_be_focused()

    async def test_without_any_card_the_focus_goes_to_the_heading_of_the_page(self, page: Page) -> None:
        await page.get_by_role("button", name="Remove b").focus()
        await update(page)
        await expect(page.get_by_role("heading", level=1)).to_be_focused()

    async def test_selected_text_stays_selected(self, page: Page) -> None:
        await page.get_by_role("button", name="Remove a").evaluate(
            "node => getSelection().selectAllChildren(node)"
        )
        await update(page, card("b", "a minute ago"), card("a", "a minute ago"))
        assert await page.evaluate("() => getSelection().toString()") == "Remove a"


class TestTaps:
    async def test_update_between_press_and_release_loses_no_tap(self, page: Page) -> None:
        """The card would move away below the finger; it waits until the finger is lifted."""
        box = await page.get_by_role("button", name="Remove b").bounding_box()
        assert box is not None
        await stop_time(page)
        await page.mouse.move(box["x"] + 10, box["y"] + 10)
        await page.mouse.down()
        await update(page, card("b"), card("c"))
        async with page.expect_request(lambda request: request.url.endswith("/devices/revoke")):
            await page.mouse.up()

    async def test_update_follows_when_the_finger_is_lifted(self, page: Page) -> None:
        await stop_time(page)
        await page.mouse.move(5, 300)
        await page.mouse.down()
        await update(page, card("b"))
        await expect(page.get_by_role("button", name="Remove a")).to_be_visible()
        await page.mouse.up()
        await page.clock.run_for(1)
        await expect(page.get_by_role("button", name="Remove a")).to_have_count(0)

    async def test_press_is_not_ended_by_the_limit_of_the_press_before(self, page: Page) -> None:
        await stop_time(page)
        await page.mouse.move(5, 300)
        await page.mouse.down()
        await page.mouse.up()
        await page.clock.run_for(2500)
        await page.mouse.down()
        await page.clock.run_for(700)
        await update(page, card("b"))
        await expect(page.get_by_role("button", name="Remove a")).to_be_visible()

    async def test_form_of_one_question_never_becomes_that_of_another(self, page: Page) -> None:
        undo, confirm = (
            f'<form method="post" action="/{action}"><button>{text}</button></form>'
            for action, text in [("undo", "Undo"), ("confirm", "Yes")]
        )
        await update(page, undo)
        await page.get_by_role("button", name="Undo").focus()
        await update(page, confirm)
        await expect(page.get_by_role("button", name="Yes")).not_to_be_focused()


class TestAnnouncements:
    async def test_connected_is_announced_once_and_is_the_title(
        self, served: Served, open_tab: OpenTab
    ) -> None:
        pairing = await served.start_pairing()
        page = await open_tab()
        await reach_the_question(page, pairing["user_code"])
        await page.get_by_role("button", name="Approve").click()
        await expect(page.get_by_role("heading", level=1)).to_have_text("Approved")
        announcer = page.locator("#announcer[role=status]")
        await expect(announcer).to_be_empty()
        await page.evaluate(
            """() => {
                window.announced = [];
                const note = () => window.announced.push(document.getElementById("announcer").textContent);
                new MutationObserver(note).observe(document.getElementById("announcer"), {childList: true});
            }"""
        )
        await served.poll(pairing)
        await expect(announcer).to_contain_text("Your device is connected")
        await expect(page).to_have_title(re.compile("^Your device is connected"))
        served.clock.now += 30
        said = await page.evaluate("() => window.announced")
        assert len(said) == 1

    async def test_regions_that_speak_stand_outside_of_what_is_replaced(self, page: Page) -> None:
        regions = page.locator("#announcer, #connection")
        assert await regions.count() == 2
        assert await page.locator("main").locator(regions).count() == 0


async def test_live_pages_do_not_shift(served: Served, open_tab: OpenTab) -> None:
    """From the first byte until NiceGUI runs: the page is right before scripts, and they change nothing."""
    pairing = await served.start_pairing()
    page = await open_tab()
    await page.add_init_script(_NOTE_SHIFTS)
    await reach_the_question(page, pairing["user_code"])
    assert await _shifts(page) == []
    await page.get_by_role("button", name="Approve").click()
    await expect(page.get_by_role("heading", level=1)).to_have_text("Approved")
    assert await _shifts(page) == []


async def _shifts(page: Page) -> Any:
    await expect(page.locator("#app div").first).to_be_attached()  # NiceGUI runs
    await page.evaluate(_TWO_FRAMES)
    return await page.evaluate("() => window.shifts")


async def test_instants_are_shown_in_the_time_zone_of_the_browser(page: Page) -> None:
    text = '<time datetime="2026-11-01T23:30:00+00:00">1 November 2026, 23:30 (UTC)</time>'
    devtools = await page.context.new_cdp_session(page)
    await devtools.send("Emulation.setTimezoneOverride", {"timezoneId": "Pacific/Auckland"})
    await update(page, f'<li id="device-a">{text}</li>')
    await expect(page.locator("time")).to_have_text(re.compile(r"^November 2, 2026.*12:30.PM$"))
