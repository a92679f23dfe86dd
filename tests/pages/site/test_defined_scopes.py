"""Scopes of the operator on the pages: in the reader's language, and the strong ones never folded away."""

import re
from dataclasses import replace

from pairgrant_server.authorization_server.model.defined_scope import DefinedScope, Icon, ScopeText
from pairgrant_server.authorization_server.store.interface.store import Store
from tests.pages.site_under_test import SCOPE, Browser, SiteUnderTest

READ = DefinedScope(
    "reports:read",
    {"en": ScopeText("Read your reports", "All of <them>."), "it": ScopeText("Leggere i rapporti")},
    Icon.DOCUMENT,
)
WIPE = DefinedScope("z:wipe", {"en": ScopeText("Erase everything")}, is_strong=True)


async def defined(site: SiteUnderTest, *scopes: DefinedScope) -> None:
    store: Store = site.backend.store
    for scope in scopes:
        await store.put_defined_scope(scope)
    client = await site.client("lobby-tv")
    wanted = tuple(dict.fromkeys([*SCOPE.split(), *(scope.name for scope in scopes), "un:known"]))
    await store.replace_client(replace(client, scope=wanted))
    site.clock.now += 3


async def consent(site: SiteUnderTest, browser: Browser, scope: str) -> str:
    pairing = await site.start_pairing(scope=scope)
    return (await browser.follow(await browser.enter(pairing.user_code))).text


async def test_title_sentence_and_icon_are_on_the_consent_page(site: SiteUnderTest, alices: Browser) -> None:
    await defined(site, READ)
    text = await consent(site, alices, "openid reports:read un:known")
    assert "Read your reports <small>All of &lt;them&gt;.</small>" in text
    assert re.search(r'<li class=" ?pictured"><svg class="icon"', text)
    assert "<li>Know that it is you</li>" in text
    assert "<li>“un:known”</li>" in text


async def test_text_is_in_the_language_of_the_page(site: SiteUnderTest, alices: Browser) -> None:
    await defined(site, READ, WIPE)
    alices.http.headers["accept-language"] = "it"
    text = await consent(site, alices, "openid reports:read z:wipe")
    if 'lang="it"' in text:  # once there is a catalogue
        assert "Leggere i rapporti" in text
    assert "Erase everything" in text


async def test_strong_scope_comes_first_emphasized_and_is_never_folded_away(
    site: SiteUnderTest, alices: Browser
) -> None:
    await defined(site, READ, WIPE)
    text = await consent(site, alices, f"{SCOPE} reports:read z:wipe")
    assert "<strong>Erase everything</strong>" in text
    assert text.index("Erase everything") < text.index("Know that it is you") < text.index("<details")
    await site.set_policy(optional_scope=("z:wipe", "board:write", "reports:read"))
    text = await consent(site, alices, f"{SCOPE} reports:read z:wipe")
    assert text.index('name="optional z:wipe"') < text.index("<details")


async def test_built_in_scope_shows_the_text_of_the_operator(site: SiteUnderTest, alices: Browser) -> None:
    await defined(site, DefinedScope("openid", {"en": ScopeText("Recognize you")}))
    text = await consent(site, alices, "openid")
    assert "<li>Recognize you</li>" in text
    assert "Know that it is you" not in text


async def test_page_of_a_connected_device_shows_the_title(site: SiteUnderTest, alices: Browser) -> None:
    await defined(site, READ)
    pairing = await site.start_pairing(scope="openid reports:read")
    await alices.follow(await alices.enter(pairing.user_code))
    await alices.submit("/consent", decision="approve")
    assert "access_token" in await pairing.poll()
    link = re.search(r'href="(/devices/[0-9a-f]+)"', (await alices.open("/devices")).text)
    assert link is not None
    assert "Read your reports" in (await alices.open(link[1])).text


async def test_metadata_lists_defined_scopes_within_two_seconds(
    site: SiteUnderTest, browser: Browser
) -> None:
    async def supported() -> list[str]:
        found = await browser.http.get("/.well-known/openid-configuration")
        return list(found.json()["scopes_supported"])

    assert await supported() == SCOPE.split()
    await defined(site, READ)
    assert await supported() == [*SCOPE.split(), "reports:read"]
