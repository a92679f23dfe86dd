"""The number that the device shows is typed beside Approve: one try, and only two digits are a try."""

import re

import pytest

from pairgrant_protocol.device_grant import GrantStatus
from pairgrant_protocol.vocabulary import PairingStage
from pairgrant_server.pages.pairing.typed_number import typed_number
from tests.pages.site_under_test import Browser, Pairing, SiteUnderTest, leads_to


@pytest.fixture
async def pairing(site: SiteUnderTest) -> Pairing:
    return await site.start_pairing(device_capabilities="number")


@pytest.fixture
async def asked(alices: Browser, pairing: Pairing) -> Browser:
    page = await alices.follow(await alices.enter(pairing.user_code))
    assert page.url.path == "/consent"
    return alices


async def number_of(pairing: Pairing) -> str:
    polled = await pairing.poll()
    assert polled["pairing_stage"] == PairingStage.MATCHING_NUMBER
    return str(polled["number"])


async def test_page_asks_for_two_digits_and_shows_the_code_without_asking_to_compare_it(
    asked: Browser, pairing: Pairing
) -> None:
    text = asked.page.text
    assert '<label for="number">Type the number that your device shows</label>' in text
    assert 'inputmode="numeric" autocomplete="off" maxlength="2"' in text
    assert f'Code: <span class="inline-code">{pairing.user_code}</span>' in text
    assert "Your device must show this code" not in text
    assert "or tell you a number?" in text


async def test_page_shows_no_number_of_two_digits(asked: Browser) -> None:
    main = asked.page.text.partition("<main")[2].partition("</main>")[0]
    shown = re.sub(r"<[^>]+>", " ", main)
    assert re.findall(r"(?<![\d:.])\d\d(?![\d:.])", shown) == []
    assert not re.search(r'value="\d\d"', main)


async def test_right_number_approves(site: SiteUnderTest, asked: Browser, pairing: Pairing) -> None:
    number = await number_of(pairing)
    response = await asked.submit("/consent", decision="approve", number=f" {number[0]} {number[1]} ")
    assert leads_to(response) == "/outcome"
    assert "access_token" in await pairing.poll()


@pytest.mark.parametrize("typed", ["", "4", "476", "4x", "  "])
async def test_approve_without_two_digits_explains_and_is_no_try(
    site: SiteUnderTest, asked: Browser, pairing: Pairing, typed: str
) -> None:
    page = await asked.submit("/consent", decision="approve", number=typed)
    assert page.url.path == "/consent"
    assert 'role="alert">Type the two digits that your device shows' in page.text
    assert (await site.grant(pairing)).status is GrantStatus.PENDING
    await asked.submit("/consent", decision="approve", number=await number_of(pairing))
    assert (await site.grant(pairing)).status is GrantStatus.APPROVED


async def test_wrong_number_denies_and_says_what_to_do(
    site: SiteUnderTest, asked: Browser, pairing: Pairing
) -> None:
    number = await number_of(pairing)
    wrong, question = f"{(int(number) + 1) % 100:02}", asked.forms()["/consent"]
    page = await asked.follow(await asked.submit("/consent", decision="approve", number=wrong))
    assert page.url.path == "/outcome"
    assert "<h1>The number was wrong, so nothing was connected</h1>" in page.text
    assert "start again on it" in page.text
    assert (await pairing.poll())["error"] == "access_denied"
    await asked.post("/consent", {**question, "decision": "approve", "number": number})
    assert (await site.grant(pairing)).status is GrantStatus.DENIED


async def test_deny_needs_no_number_and_approve_is_what_the_enter_key_chooses(asked: Browser) -> None:
    """Digits are typed on purpose; a person who confirms them by the keyboard must not deny by that."""
    text = asked.page.text
    assert '<button name="decision" value="deny" class="deny" form="deny">' in text
    assert text.count('form="decision"') == text.count('id="number"') == 1
    assert leads_to(await asked.submit("/consent", decision="deny")) == "/outcome"


async def test_number_is_asked_for_when_the_evidence_becomes_weaker(
    site: SiteUnderTest, alices: Browser
) -> None:
    """The device shows its number as soon as the page asks for it, also if it did not at the look-up."""
    await site.set_policy(number_match="off")
    pairing = await site.start_pairing(device_capabilities="number")
    await alices.follow(await alices.enter(pairing.user_code))
    assert (await pairing.poll())["pairing_stage"] == PairingStage.CONFIRMING
    await site.set_policy()
    assert 'name="number"' in (await alices.open("/consent")).text
    site.clock.now += 5
    assert await number_of(pairing)


async def test_reloaded_page_makes_the_device_show_the_number_of_this_account_again(
    site: SiteUnderTest, alices: Browser, pairing: Pairing
) -> None:
    """Else the first person could only fail after another account had looked the code up."""
    bobs = await site.browser()
    await bobs.sign_in("bob")
    await alices.follow(await alices.enter(pairing.user_code))
    await bobs.follow(await bobs.enter(pairing.user_code))
    site.clock.now += 1  # the last look counts; two at the same instant have no order
    await alices.open("/consent")
    await alices.submit("/consent", decision="approve", number=await number_of(pairing))
    assert (await site.grant(pairing)).status is GrantStatus.APPROVED


async def test_open_page_that_asks_for_its_changes_leaves_the_number_alone(
    site: SiteUnderTest, alices: Browser, pairing: Pairing
) -> None:
    """Two people have the page open: the number is that of the one who opened it last."""
    bobs = await site.browser()
    await bobs.sign_in("bob")
    alices_page = await alices.follow(await alices.enter(pairing.user_code))
    await bobs.follow(await bobs.enter(pairing.user_code))
    number = await number_of(pairing)
    await alices.http.get(alices_page.url.raw_path.decode(), headers={"x-pairgrant-part": "1"})
    assert await number_of(pairing) == number


@pytest.mark.parametrize(
    ("text", "number"),
    [("47", "47"), (" 4 7\n", "47"), ("٤٧", "47"), ("\uff14\uff17", "47"), ("00", "00")],
)
def test_two_digits_are_a_number(text: str, number: str) -> None:
    assert typed_number(text) == number


@pytest.mark.parametrize("text", ["", "4", "477", "4a", "²³", "4-7", "\ud800"])
def test_anything_else_is_none(text: str) -> None:
    assert typed_number(text) is None
