"""The pages about evidence in a real browser: each state fits, is accessible, and leads on."""

from dataclasses import replace
from typing import Any

import pytest
from playwright.async_api import Page, expect

from pairgrant_protocol.fresh_scan import proof
from pairgrant_protocol.messages import DeviceAuthorizationRequest, DeviceAuthorizationResponse
from pairgrant_server.authorization_server.device_flow.approval import HOLD_SECONDS
from pairgrant_server.authorization_server.device_flow.grant_secrets import GrantSecrets
from pairgrant_server.authorization_server.model.client_policy import ClientPolicy
from pairgrant_server.authorization_server.model.records import DeviceGrant
from pairgrant_server.authorization_server.model.risk_records import DeviceKey
from pairgrant_server.authorization_server.places.places import Place
from tests.pages.chromium import (
    DESKTOP,
    PHONE,
    SCOPE,
    OpenTab,
    Served,
    check_page,
    chromium,
    has_chromium,
    open_tab,
    port,
    public_url,
    served,
    sign_in,
)

__all__ = ["chromium", "has_chromium", "open_tab", "port", "public_url", "served"]

pytestmark = pytest.mark.browser

FAR = "198.51.100.20"
KEY = "A" * 43
SMALLEST = (320, 640)


class Milan:
    def place(self, address: str) -> Place | None:
        return Place("Milan", "Italy", "Example Telecom") if address == FAR else None

    def is_hosting(self, address: str) -> bool:
        return False


@pytest.fixture
def places() -> Milan:
    return Milan()


async def start(served: Served, address: str = "127.0.0.1", **request: Any) -> DeviceAuthorizationResponse:
    """A device authorization from any address."""
    client = await served.backend.store.client("lobby-tv")
    assert client is not None
    wanted = DeviceAuthorizationRequest("lobby-tv", **request)
    return await served.backend.parts.device_flow.issue(
        client, wanted, tuple(SCOPE.split()), address, dpop_jkt=KEY if "device_label" in request else None
    )


async def set_policy(served: Served, **rules: Any) -> None:
    client = await served.backend.store.client("lobby-tv")
    assert client is not None
    await served.backend.store.replace_client(replace(client, policy=ClientPolicy(**rules)))
    served.clock.now += 3


async def grant_of(served: Served, pairing: DeviceAuthorizationResponse) -> DeviceGrant:
    grant = await served.backend.parts.device_flow.look_up(pairing.user_code.replace("-", ""))
    assert grant is not None
    return grant


async def number_of(served: Served, pairing: DeviceAuthorizationResponse) -> str:
    alice = await served.backend.people.user_by_name("alice")
    assert alice is not None
    grant = await grant_of(served, pairing)
    return GrantSecrets(served.backend.server_key).number(grant.grant_id, alice.user_id)


async def report_one(served: Served) -> None:
    grant = await grant_of(served, await start(served, FAR))
    await served.backend.parts.reports.report_grant(grant, page="code", network="192.0.2.1", user_id=None)


async def enter(page: Page, pairing: DeviceAuthorizationResponse) -> None:
    await page.goto("/device")
    await page.get_by_label("Code").fill(pairing.user_code)
    await page.keyboard.press("Enter")


SIZES = pytest.mark.parametrize(
    ("size", "scheme"),
    [(PHONE, "light"), (PHONE, "dark"), (DESKTOP, "light"), (DESKTOP, "dark"), (SMALLEST, "light")],
    ids=["phone", "phone-dark", "desktop", "desktop-dark", "smallest"],
)


@SIZES
async def test_link_number_and_wrong_number_fit_and_are_accessible(
    served: Served, open_tab: OpenTab, size: tuple[int, int], scheme: str
) -> None:
    page = await open_tab(size, scheme)
    scanned = await start(served, capabilities=("number", "fresh_scan"))
    assert scanned.proof_key is not None
    await page.goto("/device?type=code")
    await check_page(page)
    await page.goto(f"/D/{scanned.user_code}/{proof(scanned.proof_key, scanned.user_code, 0)}")
    await check_page(page)
    await page.get_by_role("button", name="Continue").click()
    await sign_in(page)
    await expect(page.get_by_role("heading", level=1)).to_have_text("Connect this device?")
    await check_page(page)
    near = await start(served, capabilities=("number",))
    await enter(page, near)
    await expect(page.get_by_label("Type the number")).to_be_visible()
    await check_page(page)
    await page.get_by_label("Type the number").fill(f"{(int(await number_of(served, near)) + 1) % 100:02}")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("heading", level=1)).to_contain_text("The number was wrong")
    await check_page(page)


@SIZES
async def test_warnings_and_refusals_fit_and_are_accessible(
    served: Served, open_tab: OpenTab, size: tuple[int, int], scheme: str
) -> None:
    await report_one(served)
    key = DeviceKey("lobby-tv", KEY, "Lobby screen", 0, place="ground floor", owner="Facilities")
    await served.backend.store.put_device_key(key)
    weak: dict[str, Any] = {"strong_scope": ("board:write",), "weak_connection_lifetime": 86_400}
    await set_policy(served, requires_device_label=True, **weak)
    worst = await start(
        served, FAR, capabilities=("number", "browser"), device_label="Room 4", device_name="Reception screen"
    )
    other, page = await open_tab(), await open_tab(size, scheme)
    await enter(other, worst)
    await enter(page, worst)
    await sign_in(page)
    await expect(page.get_by_role("heading", name="On another network than you")).to_be_visible()
    await expect(page.locator("#time-left")).to_contain_text("Someone else has entered this code too")
    await check_page(page)
    await page.get_by_role("button", name="Approve").click()
    await expect(page.get_by_text("Type the two digits")).to_be_visible()
    await check_page(page)
    await set_policy(served, profile="strict")
    await enter(page, await start(served, FAR))
    await expect(page.get_by_role("alert")).to_contain_text("This device can't be approved")
    await check_page(page)
    await page.get_by_role("button", name="I didn't start this").click()
    await expect(page.get_by_role("heading", level=1)).to_have_text("The request is denied")
    await check_page(page)


@SIZES
async def test_hold_and_confirmation_fit_and_are_accessible(
    served: Served, open_tab: OpenTab, size: tuple[int, int], scheme: str
) -> None:
    await set_policy(served, profile="strict")
    page, near = await open_tab(size, scheme), await start(served, capabilities=("number",))
    await enter(page, near)
    await sign_in(page)
    await expect(page.get_by_text("Approve takes effect after 20 seconds")).to_be_visible()
    await check_page(page)
    await page.get_by_label("Type the number").fill(await number_of(served, near))
    await page.get_by_role("button", name="Approve").click()
    await expect(page.get_by_role("button", name="Undo")).to_be_visible()
    await check_page(page)
    served.clock.now += HOLD_SECONDS
    await expect(page.get_by_role("button", name="Undo")).to_have_count(0)
    assert "access_token" in await served.poll({"device_code": near.device_code.reveal()})
    question = "Did your screen just say “Hello, Alice Liddell”?"
    await expect(page.get_by_role("heading", level=1)).to_have_text(question)
    await check_page(page)
    await page.get_by_role("button", name="Yes").click()
    await expect(page.get_by_role("heading", level=1)).to_have_text("Your device is connected")
    await check_page(page)
    await page.get_by_role("link", name="Your devices").click()
    await page.get_by_role("link", name="Lobby TV").first.click()
    await expect(page.get_by_role("button", name="I didn't start this")).to_be_visible()
    await check_page(page)


async def test_link_on_another_site_prefills_nothing(served: Served, open_tab: OpenTab) -> None:
    """``localhost`` is another site than ``127.0.0.1``."""
    pairing, page = await start(served), await open_tab()
    await page.goto(served.public_url.replace("127.0.0.1", "localhost"))
    await page.evaluate("url => { location.href = url }", f"{served.public_url}/D/{pairing.user_code}")
    await expect(page.get_by_role("status")).to_contain_text("Another site led you here.")
    await expect(page.get_by_label("Code")).to_have_value("")
    await check_page(page)


async def test_undo_is_one_tap(served: Served, open_tab: OpenTab) -> None:
    pairing, page = await start(served, FAR), await open_tab()
    await enter(page, pairing)
    await sign_in(page)
    await page.get_by_role("button", name="Approve").click()
    await page.get_by_role("button", name="Undo").click()
    await expect(page.get_by_role("heading", level=1)).to_have_text("Denied")


async def test_enter_key_on_a_ticked_scope_does_not_approve(served: Served, open_tab: OpenTab) -> None:
    await set_policy(served, optional_scope=("board:write",))
    pairing, page = await start(served), await open_tab()
    await enter(page, pairing)
    await sign_in(page)
    await page.get_by_text("some of which you can leave out").click()
    await page.get_by_role("checkbox").focus()
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("heading", level=1)).not_to_have_text("Approved")
    fields = {"device_code": pairing.device_code.reveal()}
    assert "access_token" not in await served.poll(fields)


async def test_scan_to_connected_takes_three_taps_beside_the_sign_in(
    served: Served, open_tab: OpenTab
) -> None:
    """Continue, sign in, Approve, as before there were proofs; nothing is typed but the password."""
    pairing, page = await start(served, capabilities=("number", "fresh_scan")), await open_tab()
    assert pairing.proof_key is not None
    await page.goto(f"/D/{pairing.user_code}/{proof(pairing.proof_key, pairing.user_code, 0)}")
    await page.get_by_role("button", name="Continue").click()
    await sign_in(page)
    await page.get_by_role("button", name="Approve").click()
    await expect(page.get_by_role("heading", level=1)).to_have_text("Approved")
    assert "access_token" in await served.poll({"device_code": pairing.device_code.reveal()})
    await expect(page.get_by_role("heading", level=1)).to_have_text("Your device is connected")


@SIZES
async def test_device_that_stops_waiting_ends_the_consent_page_by_itself(
    served: Served, open_tab: OpenTab, size: tuple[int, int], scheme: str
) -> None:
    pairing, page = await start(served, device_name="Reception screen"), await open_tab(size, scheme)
    await enter(page, pairing)
    await sign_in(page)
    await page.wait_for_url("**/consent*")
    form = {"client_id": "lobby-tv", "token": pairing.device_code.reveal()}
    assert (await served.http.post("/revoke", data=form)).status_code == 200
    await page.wait_for_url("**/outcome*")
    await expect(page.get_by_role("heading", level=1)).to_have_text("The device stopped waiting")
    await expect(page.get_by_role("link", name="Enter the new code")).to_be_visible()
    await check_page(page)
