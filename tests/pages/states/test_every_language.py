"""Each state from right to left, in a language made from English; those with long texts in every language."""

import pytest

from pairgrant_server.translation import SOURCE_LANGUAGE, languages
from tests.pages.pseudo_language import LANGUAGE
from tests.pages.states.all_states import STATES
from tests.pages.states.checks import SMALLEST, overflows, untranslated
from tests.pages.states.registry import State
from tests.pages.states.stage import Shown, Stage
from tests.pages.states.world import LONG_NAME

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]

DATA = "|".join(
    (
        *(LONG_NAME, LONG_NAME[:38], "Reception screen", "Kitchen tablet", "Lobby TV", "Lobby screen"),
        *("ground floor", "Facilities", "Room 4", "Milan, Italy, Example Telecom", "Example & Co\\."),
        *("Alice Liddell", "alice", "A Web App", "Pairgrant", "redirect_uri"),
        *(r"(Screen|Notice) \d+", "Please ring the bell", "Back at three", "W{200}", "One more"),
        *(r"\b[A-Z]{4,6}(-[A-Z]{2,6}){1,2}\b", r"\b[0-9a-f]{12,}\b", r"(https://)?app\.example"),
        *("Pay with your card", "Up to 50 a day", "Switch the lights", "Open the doors"),
        *("All of the building", "Read your mail"),
        *(r"(http://)?127\.0\.0\.1:\d+", r"\bUTC\b", "nothing"),
    )
)
"""What people and devices are called, write or type, codes and references."""

LONG = (
    *("code-longer-codes", "code-other-letters", "code-to-be-typed", "code-from-another-site"),
    *("code-sign-in-first", "sign-in-device-long-name", "sign-in-providers", "provider-no-account"),
    *("consent-everything", "consent-refused-everything", "consent-only-same-network-unknown"),
    *("consent-unknown-network-of-the-device", "consent-twelve-letters", "consent-optional"),
    *("outcome-return-pin", "outcome-undo", "outcome-confirm-in-time", "outcome-connected-long-name"),
    *("outcome-cancelled", "devices-four", "board", "application-consent-unchecked"),
    *("logout-of-someone-else", "error-of-application-redirect-uri", "landing-signed-in"),
)


@pytest.mark.parametrize("state", STATES.values(), ids=str)
async def test_state_is_translated_as_a_whole_and_fits_from_right_to_left(stage: Stage, state: State) -> None:
    async with stage.show(state, language=LANGUAGE, size=SMALLEST) as shown:
        page = shown.page
        assert await page.locator(f'html[lang="{LANGUAGE}"][dir="rtl"]').count() == 1
        found = await overflows(page, SMALLEST, text=200) + shown.complaints
        assert found + await untranslated(page, DATA) == []


@pytest.mark.parametrize("name", LONG)
async def test_long_texts_fit_in_every_language(stage: Stage, name: str) -> None:
    async with stage.show(STATES[name], size=SMALLEST) as shown:
        found = []
        for language in languages():
            if language not in {SOURCE_LANGUAGE, LANGUAGE}:
                found += await _in_language(shown, language)
    assert found == []


async def _in_language(shown: Shown, language: str) -> list[str]:
    await shown.page.context.add_cookies(
        [{"name": "pairgrant-language", "value": language, "url": shown.page.url}]
    )
    await shown.page.reload()
    assert await shown.page.evaluate("document.documentElement.lang") == language
    return [f"{language}: {what}" for what in await overflows(shown.page, SMALLEST, text=200)]
