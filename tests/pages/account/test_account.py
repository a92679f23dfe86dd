"""The page of a person's account: the language and time zone of the pages."""

import pytest

from pairgrant_server.translation import catalogues
from tests.pages.pseudo_language import LANGUAGE, PseudoLanguage, pseudo
from tests.pages.site_under_test import Browser, SiteUnderTest


@pytest.fixture(autouse=True)
def pseudo_language(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(catalogues(), LANGUAGE, PseudoLanguage())


async def test_account_page_needs_a_sign_in_and_comes_after_it(browser: Browser) -> None:
    await browser.open("/account")
    assert browser.page.url.path == "/signin"
    signed_in = await browser.submit("/signin", username="alice", password="correct horse")
    assert signed_in.headers["location"] == "/account"


async def test_account_page_names_the_person_and_is_in_the_navigation(alices: Browser) -> None:
    page = await alices.open("/account")
    assert "<bdi>Alice Liddell</bdi>" in page.text
    assert '<a href="/account" aria-current="page">' in page.text


async def test_language_and_time_zone_are_saved(site: SiteUnderTest, alices: Browser) -> None:
    await alices.open("/account")
    saved = await alices.follow(
        await alices.submit("/account", language=LANGUAGE, time_zone="Pacific/Auckland")
    )
    assert pseudo("Saved.") in saved.text
    assert '<option value="Pacific/Auckland" selected>' in saved.text
    assert f'<option value="{LANGUAGE}" lang="{LANGUAGE}" selected>' in saved.text
    alice = await site.user("alice")
    assert (alice.language, alice.time_zone) == (LANGUAGE, "Pacific/Auckland")


async def test_choice_goes_back_to_what_the_browser_asks_for(site: SiteUnderTest, alices: Browser) -> None:
    await alices.open("/account")
    await alices.submit("/account", language=LANGUAGE, time_zone="Europe/Rome")
    await alices.submit("/account", language="", time_zone="")
    alice = await site.user("alice")
    assert (alice.language, alice.time_zone) == (None, None)
    assert 'lang="en"' in (await alices.open("/account")).text


@pytest.mark.parametrize(("language", "time_zone"), [("tlh", ""), ("", "Qo/noS"), ("../x", "../x")])
async def test_unknown_choice_changes_nothing(
    site: SiteUnderTest, alices: Browser, language: str, time_zone: str
) -> None:
    await alices.open("/account")
    response = await alices.submit("/account", language=language, time_zone=time_zone)
    assert response.status_code == 303
    alice = await site.user("alice")
    assert (alice.language, alice.time_zone) == (None, None)


async def test_dates_are_those_of_the_account_s_time_zone(site: SiteUnderTest, alices: Browser) -> None:
    site.clock.now = 1_795_521_900.0  # 2026-11-24 12:05 UTC
    await alices.sign_in()
    pairing = await site.start_pairing()
    await alices.follow(await alices.enter(pairing.user_code))
    await alices.submit("/consent", decision="approve")
    await pairing.poll()
    assert "24 November 2026" in (await alices.open("/devices")).text
    alice = await site.user("alice")
    await site.backend.people.set_locale(alice.user_id, None, "Pacific/Auckland")
    assert "25 November 2026" in (await alices.open("/devices")).text
