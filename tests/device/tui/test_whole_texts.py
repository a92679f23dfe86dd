"""No text is cut: what the widgets of a screen say, compared with what is drawn."""

from collections.abc import Callable
from typing import Any

import httpx
import pytest

from pairgrant_protocol.secret import Secret
from tests.device.simulated_server import SimulatedServer
from tests.device.tui.app_under_test import AppUnderTest, Open
from tests.device.tui.screen_reader import cut_texts

Prepare = Callable[[SimulatedServer], Any]
LARGE_ENOUGH = [(200, 60), (120, 40), (80, 24), (60, 20), (40, 12)]


BEFORE: dict[str, tuple[list[str | float], Prepare | None]] = {
    "start": ([], None),
    "code": (["enter", 5.0], None),
    "help": (["enter", "question_mark"], None),
    "phone": (["enter", 5.0], lambda server: server.on("/token", server.pending("confirming"))),
    "number": (["enter", 5.0], lambda server: server.on("/token", server.pending("matching_number", "47"))),
    "pin": (["enter", 5.0], lambda server: server.on("/token", server.pending("entering_pin"))),
    "finishing": (["enter", 5.0], lambda server: server.on("/token", server.pending("finishing"))),
    "trouble": (["enter", 7.0], lambda server: server.on("/token", server.fails(httpx.ConnectError))),
    "denied": (
        ["enter", 5.0],
        lambda server: server.on("/token", server.says({"error": "access_denied"}, 400)),
    ),
    "unreachable": (
        ["enter"],
        lambda server: server.on("/device_authorization", server.fails(httpx.ConnectError)),
    ),
}
"""Screens before a sign-in: keys and seconds that lead to them, and what the server does."""

_ESCAPES = ["escape"] * 3

CONNECTED: dict[str, tuple[list[str | float], dict[str, Any]]] = {
    "home": ([], {}),
    "details": (["i"], {}),
    "sign_out": (["l"], {}),
    "somebody_else": (["n"], {}),
    "lock": ([20.0, *_ESCAPES], {"lock": True, "pin": Secret("2468")}),
    "wrong_pin": ([20.0, *_ESCAPES, *"1111", "enter"], {"lock": True, "pin": Secret("2468")}),
    "staff": ([20.0, *_ESCAPES, *"2468", "enter"], {"lock": True, "pin": Secret("2468")}),
}
"""Screens of a connected kiosk: keys and seconds that lead to them, and its options."""


async def take(steps: list[str | float], seen: AppUnderTest) -> None:
    """Press keys, and let seconds pass."""
    for step in steps:
        await (seen.press(step) if isinstance(step, str) else seen.pass_time(step))


async def cut_at_any_size(seen: AppUnderTest) -> dict[tuple[int, int], list[str]]:
    found = {}
    for size in LARGE_ENOUGH:
        await seen.resize(size)
        found[size] = cut_texts(seen.app.screen)
    return {size: texts for size, texts in found.items() if texts}


@pytest.mark.parametrize(("steps", "prepare"), BEFORE.values(), ids=BEFORE)
async def test_no_text_before_a_sign_in_is_cut(
    server: SimulatedServer, opened: Open, steps: list[str | float], prepare: Prepare | None
) -> None:
    if prepare:
        prepare(server)
    async with opened() as seen:
        await take(steps, seen)
        assert await cut_at_any_size(seen) == {}


@pytest.mark.parametrize(("steps", "options"), CONNECTED.values(), ids=CONNECTED)
async def test_no_text_of_a_connected_screen_is_cut(
    at_home: Open, steps: list[str | float], options: dict[str, Any]
) -> None:
    async with at_home(options=options) as seen:
        await take(steps, seen)
        assert await cut_at_any_size(seen) == {}


async def test_no_text_of_a_connected_screen_in_trouble_is_cut(
    server: SimulatedServer, at_home: Open
) -> None:
    async with at_home() as seen:
        server.on("/token", server.says(b"", 503))
        server.on("/board/notices", server.says(b"", 503))
        await seen.press("r")
        await seen.pass_time(5)
        assert await cut_at_any_size(seen) == {}
