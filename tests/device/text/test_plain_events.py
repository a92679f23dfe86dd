"""A pairing in plain lines: what a person needs, in text that can't steer a terminal (RFC 8628 §3.3)."""

from typing import Any

import pytest

from pairgrant.events import CodeIssued, PinRequested, PollFailed, PollRecovered, StageReached, WarningIssued
from pairgrant.qr_symbol import qr_symbol
from pairgrant.text.plain_events import PlainEvents, qr_lines
from pairgrant_protocol.vocabulary import PairingStage
from tests.device.manual_clock import ManualClock


def code(**changes: Any) -> CodeIssued:
    members: dict[str, Any] = {
        "user_code": "WDJB-MJHT",
        "verification_uri": "https://pair.example/device",
        "verification_uri_complete": "https://pair.example/D/WDJBMJHT",
        "expires_in": 600,
        "expires_at": 5_600.0,
        **changes,
    }
    return CodeIssued(**members)


class Told:
    """A teller, and what it has written to either side."""

    def __init__(self, clock: Any, *, qr: bool = False) -> None:
        self.said: list[str] = []
        self.aside: list[str] = []
        self.teller = PlainEvents(self.said.append, self.aside.append, clock, qr=qr, colour=False)

    @property
    def text(self) -> str:
        return "\n".join(self.said)


@pytest.fixture
async def told(manual_clock: ManualClock) -> Any:
    told = Told(manual_clock.clock)
    yield told
    told.teller.end()


@pytest.fixture
async def told_with_qr(manual_clock: ManualClock) -> Any:
    told = Told(manual_clock.clock, qr=True)
    yield told
    told.teller.end()


async def test_code_address_and_time_are_said(told: Told) -> None:
    told.teller(code())
    assert "Open   https://pair.example/device" in told.text
    assert "Enter  WDJB-MJHT" in told.text
    assert "10 minutes" in told.text


async def test_the_code_is_as_the_server_sent_it(told: Told) -> None:
    told.teller(code(user_code="wdjb mjht 12"))
    assert "Enter  wdjb mjht 12" in told.text


async def test_code_and_address_stay_beside_a_qr_code(told_with_qr: Told) -> None:
    """RFC 8628 §3.3.1."""
    told_with_qr.teller(code())
    assert "WDJB-MJHT" in told_with_qr.text
    assert "https://pair.example/device" in told_with_qr.text
    assert "▄▄▄▄▄" in told_with_qr.text


async def test_a_screen_reader_hears_no_blocks_unless_asked_for(told: Told) -> None:
    told.teller(code())
    assert not set("█▀▄") & set(told.text)


async def test_stages_are_said_as_they_come(told: Told) -> None:
    for stage in PairingStage:
        told.teller(StageReached(stage))
    assert told.said == ["Phone connected.", "Signing in.", "Confirming.", "Approved."]


async def test_digits_are_asked_for_and_wrong_ones_are_called_so(told: Told) -> None:
    for wrong in range(3):
        told.teller(PinRequested(wrong))
    ask = "Type the three digits shown on your phone and press Enter."
    assert told.said == [
        ask,
        "Wrong digits. 2 tries left.",
        ask,
        "Wrong digits. 1 try left.",
        ask,
    ]


async def test_trouble_is_said_once_and_its_end(told: Told) -> None:
    for _ in range(3):
        told.teller(PollFailed("the server responded 502", 5_020.0))
    told.teller(PollRecovered())
    assert told.aside == [
        "The server responded 502. Retrying; the code stays valid.",
        "The server responds again.",
    ]


async def test_time_is_said_rarely(told: Told, manual_clock: ManualClock) -> None:
    told.teller(code())
    before = len(told.said)
    await manual_clock.pass_time(599)
    assert told.said[before:] == [
        "The code is valid for another 5:00.",
        "The code is valid for another 1:00.",
        "The code is valid for another 0:15.",
    ]


async def test_and_not_after_the_end(told: Told, manual_clock: ManualClock) -> None:
    told.teller(code())
    told.teller.end()
    before = len(told.said)
    await manual_clock.pass_time(599)
    assert told.said[before:] == []


async def test_hostile_texts_come_out_visible(told: Told) -> None:
    hostile = "\x1b]52;c;aGk=\x07\x9b2J\u202e"
    told.teller(code(user_code=hostile))
    told.teller(PollFailed(hostile, 5_020.0))
    told.teller(WarningIssued(hostile))
    for line in [*told.said, *told.aside]:
        assert line.isprintable()


@pytest.fixture
def lines() -> list[str]:
    symbol = qr_symbol("https://pair.example/D/WDJBMJHT")
    assert symbol is not None
    return qr_lines(symbol, colour=True)


def test_a_qr_code_sets_both_its_colours_and_takes_them_back(lines: list[str]) -> None:
    assert {line.partition("m")[0] for line in lines} == {"\x1b[38;5;231;48;5;231"}  # the light rim
    assert any("\x1b[38;5;231;48;5;16m" in line for line in lines)
    assert all(line.endswith("\x1b[0m") for line in lines)
