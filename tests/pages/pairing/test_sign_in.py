"""Signing in: a new session each time, one response for every failure, and no open redirect."""

import re
from typing import Any

import pytest
from structlog.testing import capture_logs

from pairgrant_protocol.secret import Secret
from pairgrant_server.accounts.passwords import PasswordsBusyError
from pairgrant_server.accounts.sessions import LIFETIME
from pairgrant_server.authorization_server.limits.sign_in_attempts import DELAY, PER_NAME, PER_NETWORK
from pairgrant_server.pages.pairing.sign_in import WRONG_CREDENTIALS
from pairgrant_server.pages.pairing.sign_in_form import CODE_EXPIRED
from tests.pages.site_under_test import Browser, SiteUnderTest, is_signed_in

_TOKEN = re.compile(r'name="csrf_token" value="[^"]+"')


async def test_sign_in_without_a_code_leads_to_the_connected_devices(browser: Browser) -> None:
    response = await browser.sign_in()
    assert (response.status_code, response.headers["location"]) == (303, "/devices")
    assert "Sign out" in (await browser.follow(response)).text


async def test_the_form_quotes_the_name_of_the_device_below_the_headline(
    site: SiteUnderTest, browser: Browser
) -> None:
    pairing = await site.start_pairing(device_name="Reception screen")
    page = await browser.follow(await browser.enter(pairing.user_code))
    assert "<h1>Sign in to connect a device</h1>" in page.text
    assert "<bdi>Lobby TV</bdi>, which calls itself “<bdi>Reception screen</bdi>”" in page.text


async def test_the_form_says_that_the_code_has_expired_and_leads_to_the_outcome(
    site: SiteUnderTest, browser: Browser
) -> None:
    pairing = await site.start_pairing()
    await browser.follow(await browser.enter(pairing.user_code))
    site.clock.now += 700
    page = await browser.open("/signin")
    assert CODE_EXPIRED in page.text
    assert "to connect a device" not in page.text
    page = await browser.follow(await browser.submit("/signin", username="alice", password="correct horse"))
    assert page.url.path == "/outcome"
    assert "This code has expired" in page.text


async def test_a_password_manager_knows_the_fields(browser: Browser) -> None:
    page = await browser.open("/signin")
    assert re.search(r'name="username"[^>]+autocomplete="username"', page.text)
    assert re.search(r'name="password"[^>]+autocomplete="current-password"', page.text)


async def test_every_failure_reads_the_same_and_keeps_the_username(
    site: SiteUnderTest, browser: Browser
) -> None:
    await site.backend.people.set_locked("bob", locked=True)
    pages = set()
    for username, password in (
        ("alice", "wrong"),
        ("nobody", "wrong"),
        ("bob", "correct horse"),
        ("alice", ""),
    ):
        response = await browser.sign_in(username, password)
        assert f'value="{username}"' in response.text
        body = _TOKEN.sub("", response.text).replace(f'value="{username}"', "")
        pages.add((response.status_code, body))
    ((status, body),) = pages
    assert status == 200
    assert WRONG_CREDENTIALS.replace("'", "&#39;") in body


async def test_the_password_never_comes_back(browser: Browser) -> None:
    assert "hunter22" not in (await browser.sign_in("alice", "hunter22")).text


async def test_signing_in_gives_a_new_session(site: SiteUnderTest, browser: Browser) -> None:
    """Session fixation: a cookie that someone planted or saw is worth nothing after the sign-in."""
    await browser.open("/signin")
    planted = browser.cookie
    await browser.sign_in()
    assert browser.cookie != planted
    attacker = await site.browser()
    attacker.http.cookies.set("__Host-pairgrant", planted, domain="pair.example")
    assert (await attacker.open("/devices")).url.path == "/signin"


async def test_signing_in_again_gives_a_new_session_again(alices: Browser) -> None:
    first = alices.cookie
    await alices.open("/device")
    # The form is not shown to who is signed in, but a second tab may still have it open.
    fields = {**alices.forms()["/device"], "username": "bob", "password": "correct horse"}
    assert (await alices.post("/signin", fields)).status_code == 303
    assert alices.cookie != first


@pytest.mark.parametrize("next_page", ["/", "/device", "/devices", "/board"])
async def test_next_leads_to_a_page_of_this_site(browser: Browser, next_page: str) -> None:
    await browser.open(f"/signin?next={next_page}")
    response = await browser.submit("/signin", username="alice", password="correct horse")
    assert response.headers["location"] == next_page


@pytest.mark.parametrize(
    "next_page",
    [
        "https://evil.example",
        "//evil.example",
        "/\\evil.example",
        "/%5Cevil.example",
        "javascript:alert(1)",
        "/devices/../..//evil.example",
        "/devices@evil.example",
        " /devices",
        "/consent",
        "",
    ],
)
async def test_next_is_no_open_redirect(browser: Browser, next_page: str) -> None:
    """Neither from the link, nor when it is written into the form."""
    await browser.http.get("/signin", params={"next": next_page})
    await browser.open("/signin")
    assert "next" not in browser.forms()["/signin"]
    response = await browser.submit("/signin", username="alice", password="correct horse", next=next_page)
    assert response.headers["location"] == "/devices"


async def test_sign_in_page_redirects_a_signed_in_person(site: SiteUnderTest, alices: Browser) -> None:
    assert (await alices.open("/signin?next=/board")).url.path == "/board"
    pairing = await site.start_pairing()
    await alices.enter(pairing.user_code)
    assert (await alices.open("/signin")).url.path == "/consent"


class TestThrottling:
    async def test_after_many_wrong_passwords_the_right_one_waits_a_second(
        self, site: SiteUnderTest, browser: Browser
    ) -> None:
        for _ in range(PER_NAME):
            assert (await browser.sign_in("alice", "wrong")).status_code == 200
        assert site.pauses == []
        assert is_signed_in(await browser.sign_in())
        assert site.pauses == [DELAY]

    async def test_guesses_at_an_invented_name_refuse_no_one_on_that_network(
        self, site: SiteUnderTest, browser: Browser
    ) -> None:
        for _ in range(PER_NETWORK + 5):
            assert (await browser.sign_in("invented", "wrong")).status_code == 200
        assert is_signed_in(await (await site.browser()).sign_in())

    async def test_unverified_password_is_not_counted_as_an_attempt(
        self, site: SiteUnderTest, browser: Browser, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        async def busy(*_: Any) -> None:
            raise PasswordsBusyError

        with monkeypatch.context() as patched:
            patched.setattr(site.backend.people, "sign_in", busy)
            for _ in range(PER_NAME + 1):
                assert (await browser.sign_in()).status_code == 503
        assert is_signed_in(await browser.sign_in())

    async def test_limit_of_one_network_delays_no_one_on_another(
        self, site: SiteUnderTest, browser: Browser
    ) -> None:
        for _ in range(PER_NAME + 1):
            await browser.sign_in("alice", "wrong")
        site.pauses.clear()
        elsewhere = await site.browser("198.51.100.7")
        assert is_signed_in(await elsewhere.sign_in())
        assert site.pauses == []

    async def test_successful_sign_in_is_not_counted_as_an_attempt(self, site: SiteUnderTest) -> None:
        for _ in range(PER_NAME + 1):
            assert is_signed_in(await (await site.browser()).sign_in())


class TestSigningOut:
    async def test_sign_out_ends_the_session_at_once(self, site: SiteUnderTest, alices: Browser) -> None:
        old_cookie = alices.cookie
        await alices.open("/devices")
        response = await alices.submit("/signout")
        assert (response.status_code, response.headers["location"]) == (303, "/")
        assert alices.cookie != old_cookie
        assert (await alices.open("/devices")).url.path == "/signin"
        thief = await site.browser()
        thief.http.cookies.set("__Host-pairgrant", old_cookie, domain="pair.example")
        assert (await thief.open("/devices")).url.path == "/signin"

    async def test_not_you_keeps_the_code_for_the_next_sign_in(
        self, site: SiteUnderTest, alices: Browser
    ) -> None:
        pairing = await site.start_pairing()
        await alices.follow(await alices.enter(pairing.user_code))
        asked = await alices.follow(await alices.submit("/signout"))
        assert "<h1>Sign in to connect a device</h1>" in asked.text
        question = await alices.follow(
            await alices.submit("/signin", username="bob", password="correct horse")
        )
        assert pairing.user_code in question.text
        assert "signed in as <strong>bob</strong>" in question.text


async def test_a_session_ends_after_its_lifetime(site: SiteUnderTest, alices: Browser) -> None:
    site.clock.now += LIFETIME
    assert (await alices.open("/devices")).url.path == "/signin"


async def test_a_locked_person_is_signed_out_at_once(site: SiteUnderTest, alices: Browser) -> None:
    await site.backend.people.set_locked("alice", locked=True)
    assert (await alices.open("/devices")).url.path == "/signin"


async def test_too_many_concurrent_sign_ins_are_503(site: SiteUnderTest, browser: Browser) -> None:
    passwords = site.backend.people._passwords
    passwords._places = 0
    with capture_logs() as lines:
        response = await browser.sign_in()
    assert response.status_code == 503
    assert response.headers["retry-after"] == "5"
    assert [line["limit"] for line in lines if line["event"] == "limit.reached"] == ["sign-ins"]


async def test_changed_password_replaces_the_old_one(site: SiteUnderTest, browser: Browser) -> None:
    await site.backend.people.set_password("alice", Secret("battery staple"))
    assert (await browser.sign_in()).status_code == 200
    assert is_signed_in(await browser.sign_in("alice", "battery staple"))
