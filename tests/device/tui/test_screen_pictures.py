"""Every screen at every size, as text and names of colours; ``pytest --snapshot-update`` takes new ones."""

from collections.abc import Callable
from typing import Any

import httpx
import pytest
from syrupy.assertion import SnapshotAssertion
from syrupy.extensions.single_file import SingleFileSnapshotExtension, WriteMode

from pairgrant.tui.theme import CONSOLE, DARK, LIGHT
from tests.device.manual_clock import WALL
from tests.device.simulated_server import SimulatedServer
from tests.device.tui.app_under_test import AppUnderTest, Open
from tests.device.tui.screen_picture import picture

SIZES = [(40, 12), (60, 20), (80, 24), (100, 32), (120, 40), (200, 60), (320, 90)]
Prepare = Callable[[SimulatedServer], Any]


class _TextFile(SingleFileSnapshotExtension):
    _file_extension = "txt"
    _write_mode = WriteMode.TEXT


@pytest.fixture
def pictures(snapshot: SnapshotAssertion) -> SnapshotAssertion:
    """Equal to the pictures of the test that were accepted by eye."""
    return snapshot.use_extension(_TextFile)


@pytest.fixture(autouse=True)
def _same_times(monkeypatch: pytest.MonkeyPatch) -> None:
    """The time zone, and the chance by which waits are spread."""
    monkeypatch.setenv("TZ", "UTC")
    monkeypatch.setattr("random.random", lambda: 0.5)


async def at_every_size(seen: AppUnderTest) -> str:
    """The pictures of a screen at all sizes; the colours of the light theme have the same names."""
    taken = []
    for size in SIZES:
        await seen.resize(size)
        taken.append(picture(seen.app))
    seen.app.theme = LIGHT.name
    await seen.rest()
    assert picture(seen.app) == taken[-1]
    seen.app.theme = DARK.name
    named = zip(SIZES, taken, strict=True)
    return "\n".join(f"=== {columns}x{rows} ===\n{drawn}\n" for (columns, rows), drawn in named)


def _notices(server: SimulatedServer) -> None:
    texts = [
        "Fire drill at 14:00. Leave by the north stairs.",
        "Hostile: \x1b]0;x\x07 [bold]markup[/]",
        "The lift in the east wing is out of order until Friday; please use the stairs beside the reception.",
        *(f"Notice number {number}" for number in range(12)),
    ]
    listed = [
        {"text": text, "created_at": WALL - 30 - 400 * number * number} for number, text in enumerate(texts)
    ]
    server.on("/board/notices", server.says({"notices": listed, "page": "https://pair.example/board"}))


def _outage(server: SimulatedServer) -> None:
    for path in ("/token", "/board/notices"):
        server.on(path, server.says(b"", 503))


SCREENS: dict[str, tuple[list[str | float], Prepare | None]] = {
    "start": ([], None),
    "code": (["enter", 17.0], None),
    "code_in_trouble": (["enter", 7.0], lambda server: server.on("/token", server.fails(httpx.ConnectError))),
    "cannot_scan": (["enter", "question_mark"], None),
    "phone": (["enter", 5.0], lambda server: server.on("/token", server.pending("opened"))),
    "number": (["enter", 5.0], lambda server: server.on("/token", server.pending("matching_number", "47"))),
    "pin": (["enter", 5.0, "0", "4"], lambda server: server.on("/token", server.pending("entering_pin"))),
    "finishing": (["enter", 5.0], lambda server: server.on("/token", server.pending("finishing"))),
    "denied": (
        ["enter", 5.0],
        lambda server: server.on("/token", server.says({"error": "access_denied"}, 400)),
    ),
    "outage": (
        ["enter"],
        lambda server: server.on("/device_authorization", server.fails(httpx.ConnectError)),
    ),
}


@pytest.mark.parametrize("name", SCREENS)
async def test_screen_before_a_sign_in(
    pictures: SnapshotAssertion, server: SimulatedServer, opened: Open, name: str
) -> None:
    steps, prepare = SCREENS[name]
    if prepare:
        prepare(server)
    async with opened() as seen:
        for step in steps:
            await (seen.press(step) if isinstance(step, str) else seen.pass_time(step))
        assert await at_every_size(seen) == pictures


@pytest.mark.parametrize(
    "name", ["home", "home_in_trouble", "sign_out", "details", "other_provider", "empty"]
)
async def test_screen_of_a_sign_in(
    pictures: SnapshotAssertion, server: SimulatedServer, at_home: Open, name: str
) -> None:
    _notices(server)
    if name == "other_provider":
        for document in ("oauth-authorization-server", "openid-configuration"):
            server.on(f"/.well-known/{document}", server.says(server.document(protected_resources=None)))
    if name == "empty":
        server.on("/board/notices", server.says({"notices": []}))
    async with at_home(tokens={"signed_in_at": WALL - 240}) as seen:
        if name == "home_in_trouble":
            _outage(server)
            await seen.press("r")
            await seen.pass_time(5)
        await seen.press(*{"sign_out": "l", "details": "i"}.get(name, ""))
        assert await at_every_size(seen) == pictures


async def test_console_has_the_same_screens_with_its_own_colours(opened: Open) -> None:
    async with opened() as seen:
        seen.app.theme = CONSOLE.name
        await seen.rest()
        assert "primary" in picture(seen.app)
