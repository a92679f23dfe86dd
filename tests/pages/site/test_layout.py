"""What every page has around its content, and what stands where on the pages that decide."""

import re

import pytest

from tests.pages.site_under_test import Browser, SiteUnderTest

ABOUT_CODES = "Only enter a code shown on a device in front of you."
FAR = "198.51.100.20"


@pytest.mark.parametrize(
    ("path", "is_about_codes"), [("/", True), ("/device", True), ("/signin", False), ("/nowhere", False)]
)
async def test_sentence_about_codes_stands_on_pages_about_codes(
    browser: Browser, path: str, *, is_about_codes: bool
) -> None:
    footer = (await browser.open(path)).text.partition("<footer>")[2]
    assert (ABOUT_CODES in footer) is is_about_codes


@pytest.mark.parametrize("path", ["/devices", "/board"])
async def test_sentence_about_codes_stands_on_no_page_of_the_account(alices: Browser, path: str) -> None:
    assert ABOUT_CODES not in (await alices.open(path)).text


async def test_page_that_does_not_exist_keeps_the_navigation(alices: Browser) -> None:
    page = (await alices.open("/nowhere")).text
    navigation = page.partition("<nav")[2].partition("</nav>")[0]
    assert 'href="/devices"' in navigation
    assert 'href="/board"' in navigation


async def test_address_of_the_site_is_there_for_print(browser: Browser) -> None:
    assert '<p class="address">https://pair.example</p>' in (await browser.open("/device")).text


async def test_refusal_comes_before_everything_else(site: SiteUnderTest, alices: Browser) -> None:
    await site.set_policy(requires_same_network=True)
    pairing = await site.start_pairing(address=FAR)
    main = (await alices.follow(await alices.enter(pairing.user_code))).text.partition("<main")[2]
    assert main.index("can only be approved from its own network") < main.index("<h1>")


async def test_reading_order_is_device_network_code_warning_scopes_decision(
    site: SiteUnderTest, alices: Browser
) -> None:
    pairing = await site.start_pairing(address=FAR, device_name="Kitchen tablet")
    text = (await alices.follow(await alices.enter(pairing.user_code))).text
    order = [
        "<h1>",
        "Kitchen tablet",
        "Lobby TV",
        'class="danger"',
        pairing.user_code,
        "Did someone send you",
    ]
    order += [
        "Did someone send you",
        'id="may"',
        'value="deny"',
        'value="approve"',
        "Not you?",
        "I didn't start this",
    ]
    places = [text.replace("&#39;", "'").index(part) for part in order]
    assert places == sorted(places)


@pytest.mark.parametrize(
    ("scope", "lines", "more"), [("openid profile email offline_access", 4, None), ("", 3, "and 3 more")]
)
async def test_what_it_may_do_has_four_lines_at_most(
    site: SiteUnderTest, alices: Browser, scope: str, lines: int, more: str | None
) -> None:
    pairing = await site.start_pairing(**({"scope": scope} if scope else {}))
    text = (await alices.follow(await alices.enter(pairing.user_code))).text
    section = text.partition('id="may"')[2].partition("</section>")[0]
    shown, _, rest = section.partition("<details>")
    assert shown.count("<li>") == lines
    assert (re.search("<summary>(.*)</summary>", rest) or [None, None])[1] == more
    assert section.count("<li>") == (6 if more else 4)
