"""An attacker who planted a session cookie before its victim signed in, while it leads to its successor."""

from typing import NamedTuple

import pytest

from pairgrant_protocol.device_grant import GrantStatus
from tests.pages.site_under_test import PASSWORD, Browser, SiteUnderTest


class Attack(NamedTuple):
    attacker: Browser
    victim: Browser
    token: str
    """The CSRF token of the planted session."""


@pytest.fixture
async def attack(site: SiteUnderTest) -> Attack:
    """Both browsers had the same cookie; then Alice signed in with a code of hers."""
    attacker, victim = await site.browser(), await site.browser()
    await attacker.open("/signin")
    token = attacker.forms()["/signin"]["csrf_token"]
    victim.http.cookies.update(attacker.http.cookies)
    pairing = await site.start_pairing(device_name="Kitchen")
    await victim.follow(await victim.enter(pairing.user_code))
    await victim.follow(await victim.submit("/signin", username="alice", password=PASSWORD))
    assert "Kitchen" in victim.page.text
    return Attack(attacker, victim, token)


async def is_signed_in(browser: Browser) -> bool:
    return (await browser.open("/devices")).url.path == "/devices"


async def test_planted_cookie_is_not_signed_in(attack: Attack) -> None:
    assert not await is_signed_in(attack.attacker)
    assert (await attack.attacker.open("/consent")).url.path == "/device"


@pytest.mark.parametrize("password", ["", "wrong"])
async def test_successor_is_not_had_without_the_password(attack: Attack, password: str) -> None:
    fields = {"csrf_token": attack.token, "username": "alice", "password": password}
    response = await attack.attacker.post("/signin", fields)
    assert "__Host-pairgrant" not in response.headers.get("set-cookie", "")
    assert attack.attacker.cookie != attack.victim.cookie
    assert not await is_signed_in(attack.attacker)


async def test_another_account_gets_a_session_of_its_own_without_the_codes(attack: Attack) -> None:
    fields = {"csrf_token": attack.token, "username": "bob", "password": PASSWORD}
    await attack.attacker.post("/signin", fields)
    assert attack.attacker.cookie != attack.victim.cookie
    assert await is_signed_in(attack.attacker)
    assert (await attack.attacker.open("/consent")).url.path == "/device"


@pytest.mark.parametrize("fields", [{}, {"next": "/signin"}, {"next": "/board"}])
async def test_signing_out_gives_no_cookie_and_signs_nobody_out(
    attack: Attack, fields: dict[str, str]
) -> None:
    response = await attack.attacker.post("/signout", {"csrf_token": attack.token, **fields})
    assert "set-cookie" not in response.headers
    assert not await is_signed_in(attack.attacker)
    assert await is_signed_in(attack.victim)


async def test_code_of_the_attacker_does_not_reach_the_victims_session(
    site: SiteUnderTest, attack: Attack
) -> None:
    theirs = await site.start_pairing(device_name="Mallory")
    await attack.attacker.post("/device", {"csrf_token": attack.token, "user_code": theirs.user_code})
    assert "Mallory" not in (await attack.victim.open("/consent")).text
    assert (await site.grant(theirs)).status is GrantStatus.PENDING
