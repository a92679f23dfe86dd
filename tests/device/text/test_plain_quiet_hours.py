"""The quiet hours of a kiosk in plain text: no code comes by itself."""

import asyncio
import time
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from pairgrant.device import Device
from pairgrant.quiet_hours import QuietHours
from pairgrant.text.kiosk import _quiet_hours_end
from pairgrant.text.terminal_lines import TerminalLines
from tests.device.manual_clock import ManualClock

NIGHT = QuietHours(22 * 60, 6 * 60 + 30)


@pytest.fixture(autouse=True)
def _utc(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("TZ", "UTC")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.fixture
def at_night(manual_clock: ManualClock) -> ManualClock:
    manual_clock.unix = datetime(2026, 11, 26, 6, 29, tzinfo=UTC).timestamp()
    return manual_clock


async def test_next_code_waits_for_the_end_of_the_quiet_hours(
    device: Device, at_night: ManualClock, capsys: pytest.CaptureFixture[str]
) -> None:
    waiting = asyncio.create_task(_quiet_hours_end(device, TerminalLines(), NIGHT))
    await at_night.pass_time(58)
    assert not waiting.done()
    assert capsys.readouterr().err == "Quiet hours until 06:30.\n"
    await at_night.pass_time(4)
    assert waiting.done()


async def test_person_gets_a_code_at_once(device: Device, at_night: ManualClock) -> None:
    keys = TerminalLines()
    waiting = asyncio.create_task(_quiet_hours_end(device, keys, NIGHT))
    await at_night.pass_time(2)
    assert keys.retry.ask()
    await at_night.pass_time(1)
    assert waiting.done()


async def test_nothing_is_said_by_day(
    device: Device, manual_clock: ManualClock, capsys: pytest.CaptureFixture[str]
) -> None:
    manual_clock.unix = datetime(2026, 11, 26, 6, 30, tzinfo=UTC).timestamp()
    await _quiet_hours_end(device, TerminalLines(), NIGHT)
    assert capsys.readouterr().err == ""
