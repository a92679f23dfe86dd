"""The bell of the terminal, which rings only where it is asked to."""

import pytest
from textual.app import App

from tests.device.simulated_server import SimulatedServer
from tests.device.tui.app_under_test import Open


@pytest.fixture
def rings(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    heard: list[str] = []
    monkeypatch.setattr(App, "bell", lambda _: heard.append("ring"))
    return heard


@pytest.mark.parametrize(
    ("stage", "number"), [("matching_number", "47"), ("entering_pin", None)], ids=["number", "pin"]
)
async def test_bell_rings_once_when_the_person_is_needed_at_the_screen(
    server: SimulatedServer, opened: Open, rings: list[str], stage: str, number: str | None
) -> None:
    server.on("/token", server.pending(stage, number))
    async with opened(options={"bell": True}) as seen:
        await seen.press("enter")
        assert rings == []
        await seen.pass_time(12)
        assert rings == ["ring"]


async def test_bell_rings_when_a_pairing_succeeds(
    server: SimulatedServer, opened: Open, rings: list[str]
) -> None:
    server.on("/token", server.says(server.tokens()))
    async with opened(options={"bell": True}) as seen:
        await seen.press("enter")
        await seen.pass_time(6)
        assert rings == ["ring"]


async def test_bell_is_silent_at_a_start_with_kept_tokens_and_where_it_is_not_asked_for(
    server: SimulatedServer, opened: Open, at_home: Open, rings: list[str]
) -> None:
    server.on("/token", server.says(server.tokens()))
    async with opened() as seen:
        await seen.press("enter")
        await seen.pass_time(6)
    async with at_home(options={"bell": True}):
        assert rings == []
