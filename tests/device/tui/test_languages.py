"""Each language fits: no text of a screen is cut in it, and none is left in English."""

from gettext import NullTranslations
from typing import Any

import pytest

from pairgrant import translation
from pairgrant.translation import languages, use_language
from pairgrant.tui.screens.guest_countdown import GuestCountdown
from tests.device.simulated_server import SimulatedServer
from tests.device.tui.app_under_test import AppUnderTest, Open
from tests.device.tui.screen_reader import texts_of
from tests.device.tui.test_whole_texts import BEFORE, CONNECTED, Prepare, cut_at_any_size, take

TRANSLATED = languages()[1:]
NO_TEXTS = {
    "▄▀ Pairgrant",
    "Lobby TV",
    "pair.example",
    "pair.example/device",
    "WDJB-MJHT",
    "W D J B - M J H T",
}
"""Names, addresses and codes, which are the same in every language."""


class Marking(NullTranslations):
    """A language in which every translated text stands in brackets."""

    def gettext(self, message: str) -> str:
        return f"⟦{message}⟧"

    def pgettext(self, context: str, message: str) -> str:
        return self.gettext(message)

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        return self.gettext(msgid2)


def untranslated(seen: AppUnderTest) -> set[str]:
    """The texts of the screen with a word that is not from a catalogue."""
    shown = {text.strip() for text in texts_of(seen.app.screen)}
    return {text for text in shown - NO_TEXTS if "⟦" not in text and any(map(str.isalpha, text))}


@pytest.fixture
def _marking(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(translation._Catalogue, "current", Marking())


@pytest.mark.usefixtures("_marking")
@pytest.mark.parametrize(("steps", "prepare"), BEFORE.values(), ids=BEFORE)
async def test_every_text_before_a_sign_in_can_be_translated(
    server: SimulatedServer, opened: Open, steps: list[str | float], prepare: Prepare | None
) -> None:
    if prepare:
        prepare(server)
    async with opened() as seen:
        await take(steps, seen)
        assert untranslated(seen) == set()


@pytest.mark.usefixtures("_marking")
@pytest.mark.parametrize(("steps", "options"), CONNECTED.values(), ids=CONNECTED)
async def test_every_text_of_a_connected_screen_can_be_translated(
    at_home: Open, steps: list[str | float], options: dict[str, Any]
) -> None:
    async with at_home(options=options) as seen:
        await take(steps, seen)
        assert untranslated(seen) == set()


@pytest.mark.parametrize("language", TRANSLATED)
@pytest.mark.parametrize(("steps", "prepare"), BEFORE.values(), ids=BEFORE)
async def test_no_text_before_a_sign_in_is_cut(
    server: SimulatedServer, opened: Open, language: str, steps: list[str | float], prepare: Prepare | None
) -> None:
    use_language(language)
    if prepare:
        prepare(server)
    async with opened() as seen:
        await take(steps, seen)
        assert await cut_at_any_size(seen) == {}


@pytest.mark.parametrize("language", TRANSLATED)
@pytest.mark.parametrize(("steps", "options"), CONNECTED.values(), ids=CONNECTED)
async def test_no_text_of_a_connected_screen_is_cut(
    at_home: Open, language: str, steps: list[str | float], options: dict[str, Any]
) -> None:
    use_language(language)
    async with at_home(options=options) as seen:
        await take(steps, seen)
        assert await cut_at_any_size(seen) == {}


async def test_headline_is_drawn_with_the_letters_of_its_language(opened: Open) -> None:
    use_language("fr")
    async with opened(size=(120, 40)) as seen:
        assert seen.headline == "CONNECTEZ"


@pytest.mark.parametrize("language", languages())
async def test_no_text_of_a_guest_s_countdown_is_cut(
    server: SimulatedServer, opened: Open, language: str
) -> None:
    use_language(language)
    server.on("/token", server.says(server.tokens()))
    async with opened(options={"guest_idle": 300.0}) as seen:
        await take(["enter", 5.0, 260.0], seen)
        assert isinstance(seen.app.screen, GuestCountdown)
        assert await cut_at_any_size(seen) == {}
