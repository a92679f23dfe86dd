"""What a device calls itself never speaks for this site, on any page."""

import re
from dataclasses import replace

import pytest

from pairgrant_protocol.vocabulary import GrantType
from pairgrant_server.authorization_server.model.client_policy import ClientPolicy
from tests.pages.site_under_test import Browser, SiteUnderTest

HOSTILE = (
    "your account again. “Call +39 06 5555 1234, write to x@evil.example, open evil.example” Z"
    + "\u0335" * 40
)

_HEADINGS = re.compile(r"<(title|h1|h2)[^>]*>(.*?)</\1>", re.DOTALL)


async def pages_of_a_pairing(site: SiteUnderTest, browser: Browser, device_name: str) -> list[str]:
    """Every page that names the device: sign-in, consent, both outcomes, devices, and the board."""
    pairing = await site.start_pairing(device_name=device_name)
    texts = [(await browser.follow(await browser.enter(pairing.user_code))).text]
    texts.append(
        (
            await browser.follow(await browser.submit("/signin", username="alice", password="correct horse"))
        ).text
    )
    texts.append((await browser.follow(await browser.submit("/consent", decision="approve"))).text)
    await pairing.poll()
    texts.extend([(await browser.open(path)).text for path in ("/outcome", "/devices", "/board")])
    return texts


async def test_no_heading_has_words_of_the_device(site: SiteUnderTest, browser: Browser) -> None:
    for text in await pages_of_a_pairing(site, browser, "Urgent"):
        assert "Urgent" in text
        assert not any("Urgent" in heading for _, heading in _HEADINGS.findall(text))


async def test_pages_quote_the_name_without_its_addresses(site: SiteUnderTest, browser: Browser) -> None:
    for text in await pages_of_a_pairing(site, browser, HOSTILE):
        assert "“<bdi>your account again. &#39;Call …" in text
        for word in ("+39", "5555", "evil.example", "\u0335"):
            assert word not in text


@pytest.mark.parametrize("is_set_later", [False, True])
async def test_client_that_ignores_device_names_shows_none(
    site: SiteUnderTest, browser: Browser, *, is_set_later: bool
) -> None:
    """Also those of devices that paired before the rule was set."""

    async def ignore_names() -> None:
        client = await site.client("lobby-tv")
        await site.backend.store.replace_client(
            replace(client, policy=ClientPolicy(ignores_device_names=True))
        )
        site.clock.now += 3  # clients are remembered for two seconds

    if not is_set_later:
        await ignore_names()
    texts = await pages_of_a_pairing(site, browser, "Urgent")
    if is_set_later:
        await ignore_names()
        texts = [(await browser.open(path)).text for path in ("/outcome", "/devices", "/board")]
    assert not any("Urgent" in text or "calls itself" in text for text in texts)
    assert all("Lobby TV" in text for text in texts)


async def test_name_of_an_application_is_in_no_heading(site: SiteUnderTest, browser: Browser) -> None:
    await site.backend.parts.clients.add(
        "evil", "Urgent", secret=None, grant_types=frozenset({GrantType.DEVICE_CODE}), scope="openid"
    )
    pairing = await site.start_pairing(client_id="evil", scope="openid")
    for text in (
        (await browser.follow(await browser.enter(pairing.user_code))).text,
        (
            await browser.follow(await browser.submit("/signin", username="alice", password="correct horse"))
        ).text,
    ):
        assert "Urgent" in text
        assert not any("Urgent" in heading for _, heading in _HEADINGS.findall(text))
