"""Quiet hours, dimming and drift on the screens."""

import time
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import pairwise

import pytest

from pairgrant.logo import Logo
from pairgrant.qr_symbol import qr_symbol
from pairgrant.quiet_hours import QuietHours
from pairgrant.sign_in.unattended import AFTER_DECISION
from pairgrant.tui.app import PairgrantApp
from pairgrant.tui.brightness import AWAKE, DRIFT_EVERY, UNATTENDED, Brightness, drift_at
from pairgrant.tui.screens.code import CodeScreen
from pairgrant.tui.screens.phone import PhoneScreen
from pairgrant.tui.screens.quiet import QuietScreen
from pairgrant.tui.screens.signed_in import SignedInScreen
from pairgrant.tui.screens.start import StartScreen
from pairgrant.tui.theme import THEMES, dimmed, grounds
from pairgrant.tui.widgets.logo_picture import LogoPicture
from pairgrant.tui.widgets.qr_code import QrCode
from pairgrant_protocol.colour import contrast
from tests.device.manual_clock import ManualClock
from tests.device.simulated_server import SimulatedServer
from tests.device.tui.app_under_test import AppUnderTest, Open, code_on

NIGHT = {"quiet_hours": QuietHours(22 * 60, 6 * 60 + 30)}


@pytest.fixture(autouse=True)
def _utc(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("TZ", "UTC")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.fixture
def at_night(manual_clock: ManualClock) -> ManualClock:
    set_time(manual_clock, 23, 15)
    return manual_clock


def set_time(clock: ManualClock, hour: int, minute: int) -> None:
    clock.unix = datetime(2026, 11, 26, hour, minute, tzinfo=UTC).timestamp()


def app(seen: AppUnderTest) -> PairgrantApp:
    assert isinstance(seen.app, PairgrantApp)
    return seen.app


async def tick(seen: AppUnderTest, seconds: float = 0) -> None:
    await seen.pass_time(seconds)
    app(seen).tick()
    await seen.rest()


def brightness(seen: AppUnderTest) -> str:
    return seen.app.theme.removeprefix("pairgrant-")


@pytest.mark.parametrize("size", [(320, 90), (80, 24), (40, 12), (20, 6)])
@pytest.mark.usefixtures("at_night")
async def test_kiosk_that_starts_at_night_shows_the_time_and_no_code(
    server: SimulatedServer, opened: Open, size: tuple[int, int]
) -> None:
    async with opened(size=size, auto=True, options=NIGHT) as seen:
        assert isinstance(seen.app.screen, QuietScreen)
        assert seen.headline == "23:15"
        assert "Press any key to connect this screen." in seen.words
        assert brightness(seen) == "dark-night"
        assert not server.asked("/device_authorization")


async def test_time_of_day_goes_on(at_night: ManualClock, opened: Open) -> None:
    async with opened(auto=True, options=NIGHT) as seen:
        set_time(at_night, 23, 16)
        assert isinstance(seen.app.screen, QuietScreen)
        seen.app.screen.tick()
        await seen.rest()
        assert seen.headline == "23:16"


@pytest.mark.parametrize("touch", ["x", "enter", "space", "click"])
@pytest.mark.usefixtures("at_night")
async def test_any_key_or_touch_brings_a_code_at_full_brightness(opened: Open, touch: str) -> None:
    async with opened(auto=True, options=NIGHT) as seen:
        await (seen.pilot.click("#quiet") if touch == "click" else seen.press(touch))
        await seen.rest()
        assert code_on(seen.text)
        assert brightness(seen) == "dark"


@pytest.mark.usefixtures("at_night")
async def test_code_without_a_person_makes_way_for_the_time(opened: Open) -> None:
    async with opened(auto=True, options=NIGHT) as seen:
        await seen.press("x")
        await tick(seen, UNATTENDED - 1)
        assert isinstance(seen.app.screen, CodeScreen)
        assert brightness(seen) == "dark"
        await tick(seen, 2)
        assert isinstance(seen.app.screen, QuietScreen)
        assert brightness(seen) == "dark-night"


@pytest.mark.usefixtures("at_night")
async def test_person_with_a_phone_is_never_interrupted(server: SimulatedServer, opened: Open) -> None:
    server.on("/token", server.pending(stage="signing_in"))
    async with opened(auto=True, options=NIGHT) as seen:
        await seen.press("x")
        await tick(seen, 6)
        await tick(seen, 540)
        assert isinstance(seen.app.screen, PhoneScreen)
        assert brightness(seen) == "dark"


async def test_code_on_the_screen_ends_when_the_quiet_hours_begin(
    manual_clock: ManualClock, opened: Open
) -> None:
    set_time(manual_clock, 21, 50)
    async with opened(auto=True, options=NIGHT) as seen:
        await tick(seen)
        assert code_on(seen.text)
        set_time(manual_clock, 22, 0)
        await tick(seen)
        assert isinstance(seen.app.screen, QuietScreen)


async def test_code_comes_by_itself_when_the_quiet_hours_end(at_night: ManualClock, opened: Open) -> None:
    async with opened(auto=True, options=NIGHT) as seen:
        set_time(at_night, 6, 30)
        await tick(seen)
        assert code_on(seen.text)
        assert brightness(seen) == "dark"


async def test_kiosk_without_auto_shows_the_start_after_the_quiet_hours(
    at_night: ManualClock, opened: Open
) -> None:
    async with opened(options=NIGHT) as seen:
        set_time(at_night, 6, 30)
        await tick(seen)
        assert type(seen.app.screen) is StartScreen


@pytest.mark.usefixtures("at_night")
async def test_no_code_comes_by_itself_after_a_denial_at_night(server: SimulatedServer, opened: Open) -> None:
    server.on("/token", server.says({"error": "access_denied"}, 400))
    async with opened(auto=True, options=NIGHT) as seen:
        await seen.press("x")
        await seen.pass_time(6)
        assert seen.headline == "DENIED"
        await tick(seen, AFTER_DECISION + 1)
        assert seen.headline == "DENIED"
        await tick(seen, AWAKE)
        assert isinstance(seen.app.screen, QuietScreen)


async def test_code_follows_a_denial_at_night_although_the_quiet_hours_end_before_the_screen_rests(
    at_night: ManualClock, server: SimulatedServer, opened: Open
) -> None:
    server.on("/token", server.says({"error": "access_denied"}, 400))
    async with opened(auto=True, options=NIGHT) as seen:
        await seen.press("x")
        await seen.pass_time(6)
        assert seen.headline == "DENIED"
        server.on("/token", server.pending())
        await tick(seen, AFTER_DECISION + 1)
        set_time(at_night, 6, 30)
        await tick(seen, AFTER_DECISION + 1)
        assert code_on(seen.text)


@pytest.mark.usefixtures("at_night")
async def test_first_key_only_wakes_the_notices_and_the_next_one_acts(at_home: Open) -> None:
    async with at_home(options=NIGHT) as seen:
        await tick(seen)
        assert brightness(seen) == "dark-night"
        await seen.press("l")
        assert brightness(seen) == "dark"
        assert isinstance(seen.app.screen, SignedInScreen)
        await seen.press("l")
        assert not isinstance(seen.app.screen, SignedInScreen)


@pytest.mark.usefixtures("at_night")
async def test_first_touch_only_wakes_the_notices(at_home: Open) -> None:
    async with at_home(options=NIGHT) as seen:
        await tick(seen)
        await seen.pilot.click("#key-l")
        assert brightness(seen) == "dark"
        assert isinstance(seen.app.screen, SignedInScreen)
        await seen.pilot.click("#key-l")
        assert not isinstance(seen.app.screen, SignedInScreen)


@pytest.mark.usefixtures("at_night")
async def test_notices_are_dim_again_two_minutes_after_the_last_key(at_home: Open) -> None:
    async with at_home(options=NIGHT) as seen:
        await seen.press("x")
        await tick(seen, AWAKE - 1)
        assert brightness(seen) == "dark"
        await tick(seen, 2)
        assert brightness(seen) == "dark-night"


async def test_resting_kiosk_is_dim_and_readable(server: SimulatedServer, opened: Open) -> None:
    server.on("/device_authorization", server.says(server.code(expires_in=30, interval=15)))
    async with opened(auto=True) as seen:
        await tick(seen, 100)
        assert isinstance(seen.app.screen, StartScreen)
        assert brightness(seen) == "dark-rest"
        await seen.press("x")
        assert brightness(seen) == "dark"
        assert code_on(seen.text)


@pytest.mark.usefixtures("at_night")
async def test_bright_pictures_are_hidden_while_the_notices_are_dim(at_home: Open) -> None:
    async with at_home(options=NIGHT) as seen:
        symbol = qr_symbol("https://pair.example/board")
        assert symbol is not None
        code, logo = QrCode(symbol), LogoPicture(Logo(lines=("(o)",)))
        await seen.app.screen.mount(code, logo)
        await seen.press("x")
        assert (code.visible, logo.visible) == (True, True)
        await tick(seen, AWAKE + 1)
        assert (code.visible, logo.visible) == (False, False)


@pytest.mark.parametrize("name", THEMES)
def test_dim_theme_has_less_light_and_its_texts_stay_readable_outside_the_quiet_hours(name: str) -> None:
    theme = THEMES[name]
    for brightness, least in ((Brightness.REST, 4.5), (Brightness.NIGHT, 1.7)):
        dim = dimmed(theme, brightness)
        texts = [dim.primary, dim.foreground, dim.warning, dim.error, dim.variables["quiet"]]
        (ground, *_) = grounds(dim)
        for text in texts:
            assert text is not None
            assert contrast(text, ground) >= (least if name != "console" else 4.5)
        assert dim.dark
        assert contrast(dim.foreground or "", ground) < contrast(theme.foreground or "", grounds(theme)[0])


@pytest.mark.parametrize("margin", range(14))
def test_drift_moves_by_one_cell_within_the_margin_and_returns(margin: int) -> None:
    places = [drift_at(step * DRIFT_EVERY, margin) for step in range(100)]
    assert places[0] == 0
    assert max(map(abs, places)) == min(margin, 4)
    assert all(abs(one - other) <= 1 for one, other in pairwise(places))
    assert sum(places) in range(-20, 20)


@pytest.mark.parametrize("size", [(320, 90), (80, 24), (40, 12), (20, 6)])
async def test_drift_never_cuts_or_moves_more_than_the_margin(at_code: Open, size: tuple[int, int]) -> None:
    async with at_code(size=size, static_qr=True) as seen:
        before = seen.text.splitlines()
        for step in (1, 4, 9, 13):
            app(seen).drift_time = step * DRIFT_EVERY
            screen = seen.app.screen
            assert isinstance(screen, CodeScreen)
            screen.shift()
            await seen.rest()
            moved = screen.styles.padding.left - screen.styles.padding.right
            shifted = [
                line[moved // 2 :] if moved > 0 else " " * (-moved // 2) + line
                for line in seen.text.splitlines()
            ]
            assert [line.rstrip() for line in shifted] == [line.rstrip() for line in before]


async def test_nothing_is_animated(opened: Open) -> None:
    async with opened() as seen:
        assert seen.app.animation_level == "none"
