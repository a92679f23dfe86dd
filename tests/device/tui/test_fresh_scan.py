"""The QR code that changes: always readable, always fresh, always in the same place."""

from dataclasses import replace
from typing import Any

import pytest
from textual._compositor import ChopsUpdate, LayoutUpdate
from textual.app import App

from pairgrant.tui.widgets.qr_code import QrCode
from pairgrant_protocol.fresh_scan import is_fresh
from pairgrant_protocol.secret import Secret
from tests.device.manual_clock import ManualClock
from tests.device.simulated_server import SimulatedServer
from tests.device.test_qr_symbol import decoded
from tests.device.tui.app_under_test import WITH_QR, AppUnderTest, Open

KEY = "A" * 43
PREFIX = "HTTPS://PAIR.EXAMPLE/D/WDJBMJHT/"


@pytest.fixture(autouse=True)
def _server_with_fresh_scan(server: SimulatedServer) -> None:
    server.on("/device_authorization", server.says(server.code(proof_key=KEY)))


def scanned(seen: AppUnderTest) -> str:
    """What a camera reads off the QR code on the screen."""
    region = seen.app.screen.query_one(QrCode).region
    rows = seen.text.splitlines()[region.y : region.bottom]
    return decoded([row[region.x : region.right] for row in rows])


def is_accepted(uri: str, age: float) -> bool:
    return uri.startswith(PREFIX) and is_fresh(Secret(KEY), "WDJBMJHT", uri.removeprefix(PREFIX), age)


@pytest.mark.parametrize("size", WITH_QR)
async def test_qr_code_is_readable_and_fresh_at_every_moment(at_code: Open, size: tuple[int, int]) -> None:
    async with at_code(size=size) as seen:
        found = []
        for step in range(40):
            found.append(scanned(seen))
            assert is_accepted(found[-1], step * 1.5), step
            await seen.pass_time(1.5)
        assert len(set(found)) == 4


async def test_size_and_place_stay_the_same(at_code: Open) -> None:
    async with at_code() as seen:
        before = seen.app.screen.query_one(QrCode).region
        text = scanned(seen)
        await seen.pass_time(16)
        assert scanned(seen) != text
        assert seen.app.screen.query_one(QrCode).region == before


async def test_whole_symbol_is_replaced_in_one_update_of_the_terminal(
    at_code: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with at_code() as seen:
        region = seen.app.screen.query_one(QrCode).region
        await seen.pass_time(14)
        updates: list[Any] = []
        display = App._display

        def watched(app: App[Any], screen: Any, update: Any) -> None:
            updates.append(update)
            display(app, screen, update)

        monkeypatch.setattr(App, "_display", watched)
        await seen.pass_time(1.5)
        assert not any(isinstance(update, LayoutUpdate) for update in updates)
        of_qr_code = [
            {y for y, left, right in update.spans if left < region.right and right > region.x}
            & set(range(region.y, region.bottom))
            for update in updates
            if isinstance(update, ChopsUpdate)
        ]
        assert [rows for rows in of_qr_code if rows] == [set(range(region.y, region.bottom))]


async def test_qr_code_is_fresh_after_a_suspend(at_code: Open, manual_clock: ManualClock) -> None:
    async with at_code() as seen:
        manual_clock.suspend(200)
        await seen.pass_time(1)
        assert is_accepted(scanned(seen), 201)


async def test_other_layout_after_a_resize_has_the_current_proof(at_code: Open) -> None:
    async with at_code() as seen:
        await seen.pass_time(100)
        for size in ((120, 40), (40, 12), (80, 24)):
            await seen.resize(size)
        assert is_accepted(scanned(seen), 100)


async def test_static_qr_code_never_changes_and_is_not_asked_for(
    server: SimulatedServer, at_code: Open
) -> None:
    async with at_code(static_qr=True) as seen:
        for _ in range(3):
            assert scanned(seen) == "HTTPS://PAIR.EXAMPLE/D/WDJBMJHT"
            await seen.pass_time(20)
        (form,) = server.forms("/device_authorization")
        assert "number" in form["device_capabilities"]
        assert "fresh_scan" not in form["device_capabilities"]


async def test_qr_code_of_a_server_without_fresh_scan_never_changes(
    server: SimulatedServer, at_code: Open
) -> None:
    server.on("/device_authorization", server.says(server.code()))
    async with at_code() as seen:
        await seen.pass_time(20)
        assert scanned(seen) == "HTTPS://PAIR.EXAMPLE/D/WDJBMJHT"


async def test_key_is_on_no_screen(at_code: Open) -> None:
    async with at_code() as seen:
        assert KEY not in seen.text
        assert KEY not in repr(replace(seen.app._code))  # type: ignore[attr-defined]
