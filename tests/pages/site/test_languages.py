"""The language of a page: the switch's, else the browser's, else English."""

import pytest

from pairgrant_server.translation import catalogues
from tests.pages.pseudo_language import LANGUAGE, PseudoLanguage, pseudo
from tests.pages.site_under_test import Browser, SiteUnderTest

DENY = pseudo("Deny")
ASKS = {"accept-language": "ar-EG, en;q=0.5"}


@pytest.fixture(autouse=True)
def pseudo_language(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(catalogues(), LANGUAGE, PseudoLanguage())


async def test_page_is_in_the_language_that_the_browser_asks_for(site: SiteUnderTest) -> None:
    page = await (await site.browser()).open("/device", **ASKS)
    assert '<html lang="ar" dir="rtl">' in page.text
    assert pseudo("Enter the code on your device") in page.text
    assert page.headers["content-language"] == "ar"


@pytest.mark.parametrize("path", ["/device", "/nothing", "/authorize/problem?why=client", "/devices"])
async def test_every_page_says_what_its_language_depends_on(site: SiteUnderTest, path: str) -> None:
    page = await (await site.browser()).open(path, **ASKS)
    assert "Accept-Language" in page.headers["vary"]
    assert "Cookie" in page.headers["vary"]
    assert page.headers["content-language"] == "ar"
    assert '<html lang="ar" dir="rtl">' in page.text


async def test_page_is_in_english_for_a_browser_that_asks_for_nothing_known(site: SiteUnderTest) -> None:
    page = await (await site.browser()).open("/device", **{"accept-language": "fy, ;;q=9"})
    assert '<html lang="en" dir="ltr">' in page.text
    assert "Enter the code on your device" in page.text


async def test_switch_wins_over_the_browser_and_leads_back_to_the_same_page(site: SiteUnderTest) -> None:
    browser = await site.browser()
    await browser.open("/signin?next=/board", **ASKS)
    response = await browser.submit("/language", language="en")
    assert response.headers["location"] == "/signin?next=/board"
    assert 'lang="en"' in (await browser.open("/signin?next=/board", **ASKS)).text
    await browser.submit("/language", language="ar")
    assert 'lang="ar"' in (await browser.open("/signin?next=/board")).text
    assert 'lang="ar"' in (await browser.open("/nothing")).text


@pytest.mark.parametrize(
    "page",
    ["//evil.example/", "/\\evil.example", "https://evil.example", "/a\nb", "", "device", "/" + "a" * 3000],
)
async def test_switch_leads_to_no_other_site(site: SiteUnderTest, page: str) -> None:
    browser = await site.browser()
    await browser.open("/device")
    response = await browser.submit("/language", language="ar", page=page)
    assert (response.status_code, response.headers["location"]) == (303, "/")


async def test_switch_knows_only_our_languages(site: SiteUnderTest) -> None:
    browser = await site.browser()
    await browser.open("/device")
    response = await browser.submit("/language", language="../../etc")
    assert "language" not in response.headers.get("set-cookie", "")
    browser.http.cookies.set("__Host-pairgrant-language", "../../etc")
    assert 'lang="en"' in (await browser.open("/device")).text


async def test_link_of_another_site_is_not_opened_again_by_the_switch(site: SiteUnderTest) -> None:
    """It would count as opened directly."""
    browser = await site.browser()
    pairing = await site.start_pairing()
    await browser.open(f"/D/{pairing.user_code}", **{"sec-fetch-site": "cross-site"})
    assert browser.forms()["/language"]["page"] == "/device"
    await browser.open(f"/D/{pairing.user_code}", **{"sec-fetch-site": "none"})
    assert browser.forms()["/language"]["page"] == f"/D/{pairing.user_code}"


async def test_page_without_a_code_is_opened_again_also_after_a_link_of_another_site(alices: Browser) -> None:
    await alices.open("/devices", **{"sec-fetch-site": "cross-site"})
    assert alices.forms()["/language"]["page"] == "/devices"


async def test_switch_works_on_an_error_page_that_is_the_first_page(browser: Browser) -> None:
    await browser.open("/authorize/problem?why=client")
    response = await browser.submit("/language", language="ar")
    assert (response.status_code, response.headers["location"]) == (303, "/authorize/problem?why=client")


async def test_live_part_stays_in_the_language_of_its_page(site: SiteUnderTest, alices: Browser) -> None:
    page = await alices.open("/devices", **ASKS)
    live = site.live_page(page)
    assert pseudo("No device is connected.") in live.html
    pairing = await site.start_pairing()
    await alices.follow(await alices.enter(pairing.user_code))
    await alices.submit("/consent", decision="approve")
    await pairing.poll()
    await live.tick()
    assert pseudo("Last seen") in live.html


async def test_refused_request_gets_its_page_in_each_language(site: SiteUnderTest) -> None:
    browser = await site.browser()
    english = await browser.open("/nothing")
    arabic = await browser.open("/nothing", **ASKS)
    assert "Page not found" in english.text
    assert pseudo("Page not found") in arabic.text
    assert arabic.headers["x-request-id"] in arabic.text


async def test_account_wins_over_the_switch_and_the_browser(site: SiteUnderTest, alices: Browser) -> None:
    await alices.open("/board")
    await alices.submit("/language", language="en")
    alice = await site.user("alice")
    await site.backend.people.set_locale(alice.user_id, LANGUAGE, None)
    for path in ("/board", "/devices"):
        page = await alices.open(path)
        assert page.headers["content-language"] == "ar"
        assert '<html lang="ar" dir="rtl">' in page.text


async def test_switch_is_remembered_in_the_account(site: SiteUnderTest, alices: Browser) -> None:
    alice = await site.user("alice")
    await site.backend.people.set_locale(alice.user_id, None, "Europe/Rome")
    await alices.open("/board")
    await alices.submit("/language", language=LANGUAGE)
    alice = await site.user("alice")
    assert (alice.language, alice.time_zone) == (LANGUAGE, "Europe/Rome")
    other = await site.browser()
    await other.sign_in()
    assert 'lang="ar"' in (await other.open("/board")).text


async def test_switch_leaves_a_time_zone_alone_that_is_gone(site: SiteUnderTest, alices: Browser) -> None:
    alice = await site.user("alice")
    await site.backend.store.set_user_locale(alice.user_id, None, "Europe/Atlantis")
    await alices.open("/board")
    assert (await alices.submit("/language", language=LANGUAGE)).status_code == 303
    alice = await site.user("alice")
    assert (alice.language, alice.time_zone) == (LANGUAGE, "Europe/Atlantis")


async def test_language_that_is_gone_changes_nothing(
    site: SiteUnderTest, alices: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    alice = await site.user("alice")
    await site.backend.people.set_locale(alice.user_id, LANGUAGE, None)
    monkeypatch.delitem(catalogues(), LANGUAGE)
    assert 'lang="en"' in (await alices.open("/board")).text


async def test_switch_on_a_page_of_another_session_does_not_change_the_account(
    site: SiteUnderTest, browser: Browser
) -> None:
    await browser.open("/board")
    old = browser.forms()["/language"]
    await browser.submit("/signin", username="alice", password="correct horse")
    await browser.post("/language", {**old, "language": LANGUAGE, "page": "/board"})
    assert (await site.user("alice")).language is None
    assert 'lang="ar"' in (await browser.open("/board")).text
