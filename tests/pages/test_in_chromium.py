"""The site in a real browser, over a real socket: phone and desktop, light and dark, with and without
JavaScript.
"""

import re

import pytest
import websockets
from playwright.async_api import Page, expect

from pairgrant_protocol.device_grant import GrantStatus
from tests.pages.chromium import (
    DESKTOP,
    PHONE,
    OpenTab,
    Served,
    check_page,
    chromium,
    has_chromium,
    open_tab,
    port,
    public_url,
    reach_the_question,
    served,
    sign_in,
)

__all__ = ["chromium", "has_chromium", "open_tab", "port", "public_url", "served"]

pytestmark = pytest.mark.browser


async def rename_and_remove(page: Page, *, javascript: bool) -> None:
    """In the list of devices: give one a name, undo its removal, and remove it."""
    await page.get_by_role("link", name="Lobby TV").first.click()
    await check_page(page, javascript=javascript)
    await page.get_by_label("Your name for it").fill("Kitchen")
    await page.get_by_role("button", name="Save the name").click()
    await expect(page.get_by_role("heading", level=1)).to_have_text("“Kitchen”")
    await check_page(page, javascript=javascript)
    await page.get_by_role("link", name="Your devices").click()
    await page.get_by_role("button", name="Remove “Kitchen”").click()
    await expect(page.get_by_text("Removing “Kitchen” in")).to_be_visible()
    await check_page(page, javascript=javascript)
    await page.get_by_role("button", name="Undo").click()
    await expect(page.get_by_text("Nothing was removed.")).to_be_visible()
    await page.get_by_role("button", name="Remove “Kitchen”").click()
    await page.get_by_role("button", name="Remove now").click()


@pytest.mark.parametrize("javascript", [True, False], ids=["javascript", "no-javascript"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [PHONE, DESKTOP], ids=["phone", "desktop"])
async def test_pairing_from_code_entry_to_connected(
    served: Served, open_tab: OpenTab, size: tuple[int, int], scheme: str, *, javascript: bool
) -> None:
    """From a wrong code to a removed device; every page on the way is checked."""
    pairing = await served.start_pairing()
    page = await open_tab(size, scheme, javascript=javascript)
    await page.goto("/")
    await check_page(page, javascript=javascript)
    await page.get_by_role("link", name="Enter the code").click()
    await check_page(page, javascript=javascript)
    await page.get_by_label("Code").fill("bbbb bbbb")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("alert")).to_contain_text("No device is waiting for this code.")
    await expect(page.get_by_label("Code")).to_have_value("bbbb bbbb")
    await check_page(page, javascript=javascript)

    await page.get_by_label("Code").fill(pairing["user_code"].lower().replace("-", " "))
    await page.get_by_role("button", name="Continue").click()
    await expect(page.get_by_role("heading", level=1)).to_have_text("Sign in to connect a device")
    await check_page(page, javascript=javascript)
    await sign_in(page)

    await expect(page.get_by_role("heading", level=1)).to_have_text("Connect this device?")
    await expect(page.locator("p.code")).to_have_text(pairing["user_code"])
    # The page counts down by itself until its socket is open.
    await expect(page.get_by_role("timer")).to_have_text(re.compile(r"^(10:00|9:\d\d)$"))
    await check_page(page, javascript=javascript)
    await page.get_by_role("button", name="Approve").click()

    await expect(page.get_by_role("heading", level=1)).to_have_text("Approved")
    await check_page(page, javascript=javascript)
    assert "access_token" in await served.poll(pairing)
    await expect(page.get_by_role("heading", level=1)).to_have_text("Your device is connected")
    await check_page(page, javascript=javascript)

    await page.get_by_role("link", name="Your devices").click()
    await expect(page.get_by_role("heading", level=2)).to_have_text("Lobby TV")
    await check_page(page, javascript=javascript)
    await page.get_by_role("link", name="Board").click()
    await page.get_by_label("New notice").fill("Please ring the bell")
    await page.get_by_role("button", name="Add").click()
    await expect(page.get_by_role("listitem")).to_contain_text("Please ring the bell")
    await check_page(page, javascript=javascript)
    await page.get_by_role("link", name="Devices").click()
    await rename_and_remove(page, javascript=javascript)
    await expect(page.get_by_text("No device is connected.")).to_be_visible()
    await page.get_by_role("button", name="Sign out").click()
    await expect(page.get_by_role("heading", level=1)).to_have_text("Connect a device")


class TestLiveParts:
    async def test_approval_turns_to_connected_without_a_reload(
        self, served: Served, open_tab: OpenTab
    ) -> None:
        pairing = await served.start_pairing()
        page = await open_tab()
        await reach_the_question(page, pairing["user_code"])
        await page.get_by_role("button", name="Approve").click()
        await expect(page.get_by_role("heading", level=1)).to_have_text("Approved")
        await page.evaluate("() => { window.stillTheSame = true }")
        await served.poll(pairing)
        await expect(page.get_by_role("heading", level=1)).to_have_text("Your device is connected")
        assert await page.evaluate("() => window.stillTheSame")

    async def test_countdown_ends_on_the_outcome_page(self, served: Served, open_tab: OpenTab) -> None:
        pairing = await served.start_pairing()
        page = await open_tab()
        await reach_the_question(page, pairing["user_code"])
        served.clock.now += 61
        await expect(page.get_by_role("timer")).to_have_text(re.compile(r"^8:5\d$"))
        served.clock.now += 539
        await expect(page.get_by_role("heading", level=1)).to_have_text("This code has expired")

    async def test_a_device_that_connects_appears_by_itself(self, served: Served, open_tab: OpenTab) -> None:
        page = await open_tab()
        await page.goto("/signin?next=/devices")
        await sign_in(page)
        await expect(page.get_by_text("No device is connected.")).to_be_visible()
        pairing = await served.start_pairing()
        alice = await served.backend.people.user_by_name("alice")
        grant = await served.backend.parts.device_flow.look_up(pairing["user_code"].replace("-", ""))
        assert alice is not None
        assert grant is not None
        now = served.clock.now
        await served.backend.store.decide_grant(grant.grant_id, GrantStatus.APPROVED, alice.user_id, now, now)
        await served.poll(pairing)
        await expect(page.get_by_role("heading", level=2)).to_have_text("Lobby TV")

    async def test_nicegui_does_not_shift_the_layout(self, served: Served, open_tab: OpenTab) -> None:
        """No layout shift when the live part takes over."""
        pairing = await served.start_pairing()
        still, live = await open_tab(javascript=False), await open_tab()
        for page in (still, live):
            await reach_the_question(page, pairing["user_code"])
        await expect(live.locator("#app div").first).to_be_attached()  # NiceGUI runs
        assert await still.locator("main").bounding_box() == await live.locator("main").bounding_box()


class TestSocket:
    @pytest.mark.parametrize("origin", ["http://evil.example", "null"])
    async def test_foreign_page_can_not_open_a_socket(self, served: Served, origin: str) -> None:
        query = "EIO=4&transport=websocket&implicit_handshake=true&client_id=x"
        url = f"ws{served.public_url.removeprefix('http')}/_nicegui_ws/socket.io/?{query}"
        with pytest.raises(websockets.InvalidStatus, match="403"):
            await websockets.connect(url, origin=origin)  # type: ignore[arg-type]
        async with websockets.connect(url, origin=served.public_url) as connection:  # type: ignore[arg-type]
            assert (await connection.recv()).startswith("0{")  # type: ignore[arg-type]


class TestUnusualBehaviour:
    async def test_server_restart_keeps_half_typed_input(self, served: Served, open_tab: OpenTab) -> None:
        pairing = await served.start_pairing()
        page = await open_tab()
        await page.goto("/device")
        await page.get_by_label("Code").fill(pairing["user_code"][:5])
        await served.restart()
        await page.get_by_label("Code").press_sequentially(pairing["user_code"][5:])
        await expect(page.get_by_label("Code")).to_have_value(pairing["user_code"])
        await page.keyboard.press("Enter")
        await expect(page.get_by_role("heading", level=1)).to_have_text("Sign in to connect a device")

    async def test_enter_key_on_the_consent_page_decides_nothing(
        self, served: Served, open_tab: OpenTab
    ) -> None:
        pairing = await served.start_pairing()
        page = await open_tab()
        await reach_the_question(page, pairing["user_code"])
        await page.keyboard.press("Enter")
        await page.keyboard.press("Space")
        assert (await served.poll(pairing))["error"] == "authorization_pending"

    async def test_going_back_after_the_decision_shows_the_outcome(
        self, served: Served, open_tab: OpenTab
    ) -> None:
        pairing = await served.start_pairing()
        page = await open_tab()
        await reach_the_question(page, pairing["user_code"])
        await page.get_by_role("button", name="Deny").click()
        await expect(page.get_by_role("heading", level=1)).to_have_text("Denied")
        await page.go_back()
        await expect(page.get_by_role("heading", level=1)).to_have_text("Denied")

    async def test_a_double_tap_on_approve_ends_where_one_does(
        self, served: Served, open_tab: OpenTab
    ) -> None:
        pairing = await served.start_pairing()
        page = await open_tab()
        await reach_the_question(page, pairing["user_code"])
        await page.get_by_role("button", name="Approve").dblclick(no_wait_after=True)
        await expect(page.get_by_role("heading", level=1)).to_have_text("Approved")
        assert "access_token" in await served.poll(pairing)

    async def test_link_of_the_qr_code_leads_to_the_sign_in_by_one_button(
        self, served: Served, open_tab: OpenTab
    ) -> None:
        pairing = await served.start_pairing()
        page = await open_tab()
        await page.goto(pairing["verification_uri_complete"].removeprefix(served.public_url))
        await check_page(page)
        assert (await served.poll(pairing))["pairing_stage"] == "waiting"
        await page.get_by_role("button", name="Continue").click()
        await expect(page.get_by_role("heading", level=1)).to_have_text("Sign in to connect a device")
