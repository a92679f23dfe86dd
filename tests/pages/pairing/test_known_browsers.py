"""Lockout that can't be used to lock others out, over HTTP: a flood from many networks against the person's
own browser.
"""

import pytest

from pairgrant_protocol.secret import Secret
from tests.pages.site_under_test import SiteUnderTest, is_signed_in

PASSWORD = "correct horse"
KNOWN = "__Host-pairgrant-known"


async def flood(site: SiteUnderTest, *, networks: int, username: str = "alice") -> list[int]:
    """Ten wrong passwords from each of many networks."""
    responses = []
    for number in range(networks):
        browser = await site.browser(f"198.51.100.{number}")
        await browser.open("/signin")
        for _ in range(10):
            fields = {**browser.forms()["/signin"], "username": username, "password": "a wrong one"}
            responses.append((await browser.post("/signin", fields)).status_code)
    return responses


async def test_flood_of_guesses_delays_strangers_and_no_known_browser(site: SiteUnderTest) -> None:
    mine = await site.browser("192.0.2.1")
    assert is_signed_in(await mine.sign_in())
    await mine.open("/devices")
    assert (await mine.submit("/signout")).status_code == 303
    assert set(await flood(site, networks=12)) == {200}
    site.pauses.clear()
    stranger = await site.browser("192.0.2.99")
    assert is_signed_in(await stranger.sign_in())
    assert site.pauses == [1.0]
    assert is_signed_in(await mine.sign_in())
    assert site.pauses == [1.0]


async def test_known_browser_signs_in_at_once_from_the_network_of_the_flood(site: SiteUnderTest) -> None:
    """A school, an office: 110 wrong passwords for many names from the one address."""
    mine = await site.browser("198.51.100.0")
    await mine.sign_in()
    await mine.open("/devices")
    await mine.submit("/signout")
    for number in range(11):
        await flood(site, networks=1, username=f"somebody{number}")
    site.pauses.clear()
    assert is_signed_in(await mine.sign_in())
    assert site.pauses == []
    stranger = await site.browser("198.51.100.0")
    assert is_signed_in(await stranger.sign_in("bob"))
    assert site.pauses == [1.0]


async def test_known_browser_waits_a_second_for_each_guess_after_ten(site: SiteUnderTest) -> None:
    mine = await site.browser()
    await mine.sign_in()
    await mine.open("/devices")
    await mine.submit("/signout")
    responses = [(await mine.sign_in(password="a wrong one")).status_code for _ in range(12)]
    assert (responses, site.pauses) == ([200] * 12, [1.0] * 2)
    assert is_signed_in(await mine.sign_in())


async def test_a_browser_known_to_one_person_is_a_stranger_to_another(site: SiteUnderTest) -> None:
    bobs = await site.browser("192.0.2.1")
    await bobs.sign_in("bob")
    await bobs.open("/devices")
    await bobs.submit("/signout")
    await flood(site, networks=12)
    site.pauses.clear()
    assert is_signed_in(await bobs.sign_in("alice"))
    assert site.pauses == [1.0]


async def test_unknown_username_gets_the_same_response(site: SiteUnderTest) -> None:
    assert await flood(site, networks=11, username="nobody") == await flood(site, networks=11)


@pytest.mark.parametrize("public_url", ["https://pair.example", "http://192.0.2.5:8628"])
async def test_known_browser_cookie_has_the_session_cookies_attributes(
    site: SiteUnderTest, public_url: str
) -> None:
    browser = await site.browser()
    response = await browser.sign_in()
    name = KNOWN if public_url.startswith("https") else "pairgrant-known"
    (cookie,) = [one for one in response.headers.get_list("set-cookie") if one.startswith(f"{name}=")]
    attributes = {part.strip().lower() for part in cookie.split(";")[1:]}
    assert {"httponly", "samesite=lax", "path=/", "max-age=15552000"} <= attributes
    assert ("secure" in attributes) is public_url.startswith("https")


async def test_only_a_successful_sign_in_sets_the_known_browser_cookie(site: SiteUnderTest) -> None:
    browser = await site.browser()
    await browser.sign_in(password="a wrong one")
    assert KNOWN not in browser.http.cookies
    await browser.sign_in()
    assert KNOWN in browser.http.cookies


async def test_a_changed_password_signs_every_browser_out(site: SiteUnderTest) -> None:
    mine, theirs = await site.browser(), await site.browser("192.0.2.66")
    for browser in (mine, theirs):
        await browser.sign_in()
        assert (await browser.open("/devices")).url.path == "/devices"
    await site.backend.people.set_password("alice", Secret("battery staple"))
    for browser in (mine, theirs):
        assert (await browser.open("/devices")).url.path == "/signin"
    assert is_signed_in(await mine.sign_in(password="battery staple"))


@pytest.mark.parametrize("end", ["lock", "remove"])
async def test_locked_or_removed_account_is_signed_out_everywhere(site: SiteUnderTest, end: str) -> None:
    browser = await site.browser()
    await browser.sign_in()
    if end == "lock":
        await site.backend.people.set_locked("alice", locked=True)
    else:
        await site.backend.people.remove("alice")
    assert (await browser.open("/devices")).url.path == "/signin"
    assert (await browser.sign_in()).status_code == 200
