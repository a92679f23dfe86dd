"""Pictures of the screens, accepted by eye; `pytest --snapshot-update` takes new ones."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from textual.pilot import Pilot

from pairgrant.device import Device
from pairgrant.kiosk_options import KioskOptions
from pairgrant.session.stored_tokens import StoredTokens
from pairgrant.tui.app import PairgrantApp, Purpose
from pairgrant.tui.screens.code import CodeScreen
from pairgrant.tui.screens.pairing import PairingScreen
from pairgrant.tui.screens.signed_in import SignedInScreen
from pairgrant.tui.screens.token_details import TokenDetails
from tests.device.manual_clock import ManualClock
from tests.device.simulated_server import SimulatedServer

Compare = Callable[..., bool]
Act = Callable[[Pilot[Any]], Any]


SIZES = [(320, 90), (200, 60), (120, 40), (100, 32), (80, 24), (60, 20), (40, 12)]


def by_size(size: tuple[int, int]) -> str:
    return f"{size[0]}x{size[1]}"


@pytest.fixture(autouse=True)
def _any_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (
        "NO_COLOR",
        "COLORTERM",
        "TEXTUAL",
        "TEXTUAL_THEME",
        "TEXTUAL_FILTERS",
        "TEXTUAL_COLOR_SYSTEM",
    ):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def looks_as_before(snap_compare: Compare, device: Device, manual_clock: ManualClock) -> Compare:
    """``looks_as_before("enter", 5.0, size=…)``: keys and seconds one after the other, then the picture."""

    def compare(
        *steps: str | float,
        size: tuple[int, int] = (80, 24),
        theme: str = "dark",
        purpose: Purpose = Purpose.KIOSK,
        **settings: Any,
    ) -> bool:
        async def act(pilot: Pilot[Any]) -> None:
            async def rest() -> None:
                for _ in range(3):
                    await manual_clock.settle()
                    await pilot.pause()
                for screen in pilot.app.screen_stack:
                    if isinstance(screen, CodeScreen | PairingScreen | SignedInScreen | TokenDetails):
                        screen.tick()
                await pilot.pause()

            await rest()
            for step in steps:
                if isinstance(step, str):
                    await pilot.press(step)
                else:
                    await manual_clock.pass_time(step)
                await rest()

        changed = replace(device, settings=replace(device.settings, **settings))
        app = PairgrantApp(changed, purpose, KioskOptions(theme=theme))
        return snap_compare(app, terminal_size=size, run_before=act)

    return compare


@pytest.fixture
def _connected(
    server: SimulatedServer,
    stored: Callable[..., StoredTokens],
    keep: Callable[[StoredTokens], None],
    manual_clock: ManualClock,
) -> None:
    keep(stored(obtained_at=manual_clock.unix - 200))
    notices = [
        {"id": "3", "text": "Fire drill tomorrow at ten. Leave by the east stairs and meet at the fountain."},
        {"id": "2", "text": "Hostile: \x1b]0;x\x07 [bold]markup[/]"},
        {"id": "1", "text": "Lunch is at 12"},
    ]
    ages = (30, 400, 90_000)
    listed = [
        {**notice, "created_at": manual_clock.unix - age} for notice, age in zip(notices, ages, strict=True)
    ]
    server.on("/board/notices", server.says({"notices": listed}))


def test_code(looks_as_before: Compare) -> None:
    assert looks_as_before("enter", 17.0)


def test_code_on_light(looks_as_before: Compare) -> None:
    assert looks_as_before("enter", theme="light", size=(200, 60))


def test_code_without_colour(looks_as_before: Compare, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    assert looks_as_before("enter", 200.0)


def test_number_without_colour(
    looks_as_before: Compare, server: SimulatedServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    server.on("/token", server.pending("matching_number", "47"))
    assert looks_as_before("enter", 5.0)


@pytest.mark.usefixtures("_connected")
def test_connected(looks_as_before: Compare) -> None:
    assert looks_as_before(size=(120, 40))
