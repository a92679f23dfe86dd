"""Devices of Alice: connected by a code, or many of them at once."""

from collections.abc import Callable
from typing import Any

import httpx

from pairgrant_server.authorization_server.device_flow.approval import HOLD_SECONDS
from pairgrant_server.authorization_server.model.records import ConnectedDevice
from tests.pages.site_under_test import Browser, SiteUnderTest


async def connect(site: SiteUnderTest, browser: Browser, **pairing_options: Any) -> dict[str, Any]:
    """The tokens of a device that the person in ``browser`` has approved."""
    pairing = await site.start_pairing(**pairing_options)
    await browser.follow(await browser.enter(pairing.user_code))
    await browser.submit("/consent", decision="approve")
    site.clock.now += HOLD_SECONDS  # a device on another network gets its tokens only then
    tokens: dict[str, Any] = await pairing.poll()
    assert "access_token" in tokens
    return tokens


async def landed(browser: Browser, response: httpx.Response) -> httpx.Response:
    """The page to which a form has led; ``Browser`` has followed to one that says something once."""
    return await browser.follow(response) if response.is_redirect else response


async def the_device(site: SiteUnderTest) -> ConnectedDevice:
    """The only one that is connected."""
    (device,) = await site.backend.parts.devices.of_user((await site.user("alice")).user_id)
    return device


async def add_devices(site: SiteUnderTest, count: int, facts: Callable[[int], dict[str, Any]]) -> None:
    """``count`` devices; the first was seen last, and the last is the newest."""
    now, user_id = site.clock(), (await site.user("alice")).user_id
    for number in range(1, count + 1):
        device = {
            "device_id": f"{number:032x}",
            "user_id": user_id,
            "client_id": "lobby-tv",
            "scope": ("openid", "profile", "board:read"),
            "name": f"Screen {number:03}",
            "address": "192.0.2.7",
            "created_at": now - 86_400 + number,
            "last_seen_at": now - 3600 - number,
            "auth_time": now,
            "expires_at": now + 86_400,
            **facts(number),
        }
        await site.backend.store.add_connected_device(ConnectedDevice(**device))
