"""Entering the code: tolerant of how it is typed, silent about which codes exist, and changing nothing by
being opened.
"""

import re
from html import unescape
from typing import Any

import pytest

from pairgrant_protocol.user_code import normalize
from pairgrant_protocol.vocabulary import PairingStage
from pairgrant_server.authorization_server.device_flow.approval import HOLD_SECONDS
from pairgrant_server.authorization_server.limits.code_attempts import (
    DELAY,
    PER_ACCOUNT_AND_NETWORK,
    PER_NETWORK,
)
from pairgrant_server.authorization_server.limits.code_length import SHORT_TERM
from pairgrant_server.pages.pairing.code_form import NO_SUCH_CODE
from tests.pages.site_under_test import HTTPS, Browser, SiteUnderTest, leads_to

_TOKEN = re.compile(r'name="csrf_token" value="[^"]+"')
_SHOWN_CODE = re.compile(r'(name="user_code" type="text" value=)"[^"]*"')


async def test_the_verification_page_asks_for_the_code_in_one_tolerant_field(browser: Browser) -> None:
    page = await browser.open("/device")
    field = re.search(r'<input class="code"[^>]+>', page.text)
    assert field
    for attribute in (
        'name="user_code"',
        'inputmode="text"',
        'autocapitalize="characters"',
        'autocomplete="off"',
        'spellcheck="false"',
    ):
        assert attribute in field[0]
    assert "maxlength" not in field[0]


@pytest.mark.parametrize(
    "typing",
    [
        str,
        str.lower,
        lambda code: code.replace("-", " "),
        lambda code: f" {code.replace('-', '')}\n",
        lambda code: f"Il tuo codice è “{code}”.",
        lambda code: f"Open {HTTPS}/device and enter this code: {code}",
        lambda code: code.replace("B", "В").replace("C", "с"),  # noqa: RUF001 - Cyrillic
    ],
)
async def test_valid_code_leads_to_the_sign_in_page(
    site: SiteUnderTest, browser: Browser, typing: Any
) -> None:
    pairing = await site.start_pairing()
    response = await browser.enter(typing(pairing.user_code))
    assert (response.status_code, leads_to(response)) == (303, "/signin")
    assert (await pairing.poll())["pairing_stage"] == PairingStage.SIGNING_IN


async def test_valid_code_leads_a_signed_in_person_to_consent(site: SiteUnderTest, alices: Browser) -> None:
    pairing = await site.start_pairing()
    response = await alices.enter(pairing.user_code)
    assert (response.status_code, leads_to(response)) == (303, "/consent")
    assert (await pairing.poll())["pairing_stage"] == PairingStage.CONFIRMING


@pytest.mark.parametrize(
    ("typed", "reason"),
    [
        ("", "Enter the code that your device shows."),
        ("WDJB", "A code has 8 letters; this has 4. Enter all letters that your device shows."),
        ("BCDF" * 4, "A code has 8 letters; this has 16. Compare it with your device."),
        (
            "WDJB1O0",
            (
                "A code never contains 1, O or 0, only consonants from B to Z. 1 may be J, L or T. O or 0 "
                "may be C, D, G or Q. A code has 8 letters; this has 7. Compare it with your device."
            ),
        ),
        (
            "WDJB-MJHД",
            "A code never contains Д, only consonants from B to Z. Compare it with your device.",
        ),
        (
            "please let me in now",
            "This isn't a code. A code has 8 letters, as in WDJB-MJHT. Enter the one that your device shows.",
        ),
    ],
)
async def test_malformed_code_is_explained_and_kept_in_the_field(
    browser: Browser, typed: str, reason: str
) -> None:
    page = await browser.enter(typed)
    assert page.status_code == 200
    assert f'role="alert">{reason}</p>' in unescape(page.text)
    assert f'value="{typed}"' in page.text
    assert 'aria-invalid="true" aria-describedby="code-error"' in page.text


async def test_unknown_code_is_explained_and_kept_in_the_field(browser: Browser) -> None:
    page = await browser.enter("wdjb mjht")
    assert page.status_code == 200
    assert NO_SUCH_CODE in page.text
    assert 'value="wdjb mjht"' in page.text


async def test_typed_code_is_escaped(browser: Browser) -> None:
    page = await browser.enter('"><script>alert(1)</script>')
    assert "<script>alert" not in page.text
    assert "&lt;script&gt;" in page.text


async def test_unknown_expired_denied_and_used_codes_get_the_same_page(site: SiteUnderTest) -> None:
    """Byte for byte, apart from the session's own token, the code as typed and the request's identifier."""
    expired = await site.start_pairing()
    site.clock.now += 601
    denied, used = await site.start_pairing(), await site.start_pairing()
    alice = await site.browser("198.51.100.1")
    await alice.sign_in()
    for pairing, decision in ((denied, "deny"), (used, "approve")):
        await alice.follow(await alice.enter(pairing.user_code))
        await alice.submit("/consent", decision=decision)
    site.clock.now += HOLD_SECONDS  # alice is on another network
    assert "access_token" in await used.poll()
    pages = set()
    for code in ("BBBB-BBBB", expired.user_code, denied.user_code, used.user_code):
        stranger = await site.browser()
        response = await stranger.enter(code)
        body = _SHOWN_CODE.sub(r"\1", _TOKEN.sub("", response.text))
        changing = {"set-cookie", "x-request-id"}
        headers = {name: value for name, value in response.headers.items() if name not in changing}
        pages.add((response.status_code, body, tuple(sorted(headers.items()))))
    assert len(pages) == 1


class TestGuessing:
    """RFC 8628 §5.1: a wrong guess counts against the guesser: the account, or the network of strangers."""

    async def test_many_guesses_require_a_sign_in_and_keep_the_code(
        self, site: SiteUnderTest, browser: Browser
    ) -> None:
        for _ in range(PER_NETWORK):
            assert (await browser.enter("BBBB-BBBB")).status_code == 200
        pairing = await site.start_pairing()
        asked = await browser.enter(pairing.user_code)
        assert "<h1>Sign in</h1>" in asked.text
        assert pairing.user_code not in str(asked.url)
        signed_in = await browser.submit("/signin", username="alice", password="correct horse")
        assert (signed_in.status_code, leads_to(signed_in)) == (303, "/consent")

    async def test_many_guesses_by_an_account_are_refused_for_a_while(
        self, site: SiteUnderTest, alices: Browser
    ) -> None:
        for _ in range(PER_ACCOUNT_AND_NETWORK):
            assert (await alices.enter("BBBB-BBBB")).status_code == 200
        pairing = await site.start_pairing()
        refused = await alices.enter(pairing.user_code)
        assert "Wait ten minutes" in refused.text
        site.clock.now += 1200
        later = await site.start_pairing()
        assert (await alices.enter(later.user_code)).status_code == 303

    async def test_valid_code_is_not_counted_as_a_guess(self, site: SiteUnderTest, alices: Browser) -> None:
        for _ in range(PER_ACCOUNT_AND_NETWORK + 2):
            pairing = await site.start_pairing()
            assert (await alices.enter(pairing.user_code)).status_code == 303

    async def test_forged_forwarded_address_gives_no_further_guesses(
        self, site: SiteUnderTest, browser: Browser
    ) -> None:
        pages = []
        for number in range(PER_NETWORK + 1):
            await browser.open("/device")
            fields = {**browser.forms()["/device"], "user_code": "BBBB-BBBB"}
            response = await browser.post("/device", fields, **{"x-forwarded-for": f"192.0.2.{number}"})
            pages.append(response.url.path)
        assert pages == ["/device"] * PER_NETWORK + ["/signin"]

    async def test_wrong_guesses_by_strangers_do_not_refuse_a_signed_in_person_on_their_network(
        self, site: SiteUnderTest, browser: Browser, alices: Browser
    ) -> None:
        for _ in range(PER_NETWORK + 5):
            await browser.enter("BBBB-BBBB")
        pairing = await site.start_pairing()
        site.pauses.clear()
        assert leads_to(await alices.enter(pairing.user_code)) == "/consent"
        assert site.pauses == []

    async def test_wrong_guesses_of_one_network_change_nothing_on_another(self, site: SiteUnderTest) -> None:
        guesser = await site.browser("198.51.100.66")
        for _ in range(PER_NETWORK + 20):
            await guesser.enter("BBBB-BBBB")
        pairing = await site.start_pairing()
        assert len(normalize(pairing.user_code)) == 8
        stranger = await site.browser("192.0.2.1")
        site.pauses.clear()
        response = await stranger.enter(pairing.user_code)
        assert (response.status_code, leads_to(response), site.pauses) == (303, "/signin", [])

    async def test_guesses_near_the_limit_wait_a_second(self, site: SiteUnderTest, browser: Browser) -> None:
        for _ in range(PER_NETWORK // 2):
            await browser.enter("BBBB-BBBB")
        assert site.pauses == []
        await browser.enter("BBBB-BBBB")
        assert site.pauses == [DELAY]


class TestOwnCode:
    """The code of a person's own grant leads to its outcome, and is no guess."""

    async def approved(self, site: SiteUnderTest, browser: Browser) -> Any:
        pairing = await site.start_pairing()
        await browser.follow(await browser.enter(pairing.user_code))
        await browser.submit("/consent", decision="approve")
        return pairing

    async def test_approved_code_leads_its_session_to_the_outcome_and_is_not_counted(
        self, site: SiteUnderTest, alices: Browser
    ) -> None:
        pairing = await self.approved(site, alices)
        for _ in range(PER_ACCOUNT_AND_NETWORK + 5):
            response = await alices.enter(pairing.user_code)
            assert (response.status_code, leads_to(response)) == (303, "/outcome")
        later = await site.start_pairing()
        assert leads_to(await alices.enter(later.user_code)) == "/consent"

    async def test_approved_code_leads_its_person_to_the_outcome_from_another_browser(
        self, site: SiteUnderTest, alices: Browser
    ) -> None:
        pairing = await self.approved(site, alices)
        other = await site.browser("192.0.2.44")
        await other.sign_in()
        for _ in range(PER_ACCOUNT_AND_NETWORK + 5):
            assert leads_to(await other.enter(pairing.user_code)) == "/outcome"

    async def test_code_that_still_waits_leads_its_session_to_consent_again(
        self, site: SiteUnderTest, alices: Browser
    ) -> None:
        pairing = await site.start_pairing()
        for _ in range(PER_ACCOUNT_AND_NETWORK + 5):
            assert leads_to(await alices.enter(pairing.user_code)) == "/consent"

    async def test_expired_code_leads_its_session_to_the_outcome(
        self, site: SiteUnderTest, alices: Browser
    ) -> None:
        pairing = await site.start_pairing()
        await alices.enter(pairing.user_code)
        site.clock.now += 601
        assert leads_to(await alices.enter(pairing.user_code)) == "/outcome"

    async def test_used_expired_and_invented_codes_look_alike_to_everyone_else(
        self, site: SiteUnderTest, alices: Browser
    ) -> None:
        expired = (await site.start_pairing()).user_code
        site.clock.now += 601
        used = (await self.approved(site, alices)).user_code
        pages = set()
        bobs = await site.browser("192.0.2.45")
        await bobs.sign_in("bob")
        for browser in (bobs, await site.browser("192.0.2.46")):
            for code in (expired, used, "BBBB-BBBB"):
                page = await browser.enter(code)
                assert page.status_code == 200
                text = _SHOWN_CODE.sub(r"\1", _TOKEN.sub("", page.text))
                pages.add((browser is bobs, text))
        assert len(pages) == 2


class TestHint:
    async def test_code_longer_than_any_live_one_is_looked_up_and_its_length_is_explained(
        self, browser: Browser
    ) -> None:
        page = await browser.enter("BBBB-BBBB-B")
        assert f"{NO_SUCH_CODE} Codes have 8 letters at the moment; this has 9." in page.text

    async def test_hint_says_eight_letters_while_codes_have_eight(self, browser: Browser) -> None:
        assert "It has 8 letters, no digits." in (await browser.open("/device")).text

    async def test_hint_does_not_say_eight_letters_while_longer_codes_may_be_live(
        self, site: SiteUnderTest, browser: Browser
    ) -> None:
        for _ in range(SHORT_TERM + 1):
            await site.backend.parts.code_attempts.count_wrong()
        pairing = await site.start_pairing()
        assert len(normalize(pairing.user_code)) == 10
        site.clock.now += 1201
        assert len(normalize((await site.start_pairing()).user_code)) == 8
        assert "It has 8\u201310 letters, no digits." in (await browser.open("/device")).text
        site.clock.now += 600
        assert "It has 8 letters, no digits." in (await browser.open("/device")).text
