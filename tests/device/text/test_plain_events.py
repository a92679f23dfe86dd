"""A pairing in plain lines: what a person needs, in text that can't steer a terminal (RFC 8628 §3.3)."""

import asyncio
import time
from collections.abc import AsyncIterator
from typing import Any

import pytest

from pairgrant.clock import Clock
from pairgrant.errors import UnreachableError
from pairgrant.events import (
    CodeDelayed,
    CodeIssued,
    NumberShown,
    PinRequested,
    PollFailed,
    PollRecovered,
    StageReached,
    WarningIssued,
)
from pairgrant.qr_symbol import qr_symbol
from pairgrant.sign_in.retry_now import RetryNow
from pairgrant.text.next_step import NextStep
from pairgrant.text.plain_events import PlainEvents, qr_lines
from pairgrant.text.plain_sign_in import ringing
from pairgrant_protocol.secret import Secret
from pairgrant_protocol.vocabulary import PairingStage
from tests.device.manual_clock import WALL, ManualClock


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


class Written:
    """The lines that ``PlainEvents`` has written to stdout and stderr."""

    def __init__(self, clock: Clock, *, qr: bool | None = False, size: tuple[int, int] = (80, 24)) -> None:
        self.out: list[str] = []
        self.err: list[str] = []
        self.retry = RetryNow()
        self.can_enter = True
        next_step = NextStep(self.retry, lambda: self.can_enter)
        self.show = PlainEvents(
            self.out.append, self.err.append, clock, next_step, qr=qr, colour=False, size=lambda: size
        )

    @property
    def text(self) -> str:
        return "\n".join(self.out)


@pytest.fixture
async def written(manual_clock: ManualClock) -> AsyncIterator[Written]:
    written = Written(manual_clock.clock)
    yield written
    written.show.end()


@pytest.fixture
async def written_with_qr(manual_clock: ManualClock) -> AsyncIterator[Written]:
    written = Written(manual_clock.clock, qr=True)
    yield written
    written.show.end()


async def test_code_address_and_expiry_are_printed(written: Written) -> None:
    written.show(code())
    assert "Open   https://pair.example/device" in written.text
    assert "Enter  WDJB-MJHT" in written.text
    assert "10 minutes" in written.text


async def test_code_is_printed_as_the_server_sent_it(written: Written) -> None:
    written.show(code(user_code="wdjb mjht 12"))
    assert "Enter  wdjb mjht 12" in written.text


async def test_code_and_address_are_printed_beside_a_qr_code(written_with_qr: Written) -> None:
    """RFC 8628 §3.3.1."""
    written_with_qr.show(code())
    assert "WDJB-MJHT" in written_with_qr.text
    assert "https://pair.example/device" in written_with_qr.text
    assert "▄▄▄▄▄" in written_with_qr.text


@pytest.mark.parametrize(
    ("size", "is_drawn"),
    [
        ((80, 24), True),
        ((200, 60), True),
        ((40, 12), False),
        ((20, 60), False),
        ((33, 24), True),
        ((28, 60), False),
        ((0, 0), False),
    ],
)
async def test_qr_code_is_drawn_where_it_fits_with_the_address_and_the_code(
    manual_clock: ManualClock, size: tuple[int, int], *, is_drawn: bool
) -> None:
    written = Written(manual_clock.clock, qr=None, size=size)
    written.show(code())
    written.show.end()
    assert ("▄▄▄▄▄" in written.text) == is_drawn
    assert "WDJB-MJHT" in written.text
    shown = written.out[1 - size[1] :]  # the last rows of the terminal, above the cursor
    assert not is_drawn or any("https://pair.example/device" in line for line in shown)


async def test_qr_code_that_is_asked_for_is_drawn_on_any_terminal(manual_clock: ManualClock) -> None:
    written = Written(manual_clock.clock, qr=True, size=(20, 3))
    written.show(code())
    written.show.end()
    assert "▄▄▄▄▄" in written.text


async def test_no_block_characters_are_printed_without_a_qr_code(written: Written) -> None:
    written.show(code())
    assert not set("█▀▄") & set(written.text)


async def test_stages_are_printed_as_they_come(written: Written) -> None:
    for stage in PairingStage:
        written.show(StageReached(stage))
    assert written.out == [
        *("Phone connected.", "Signing in.", "Confirming.", "Approved."),
        "Finishing: your phone can still undo this.",
    ]


async def test_number_is_printed_as_one_line(written: Written) -> None:
    written.show(NumberShown("07"))
    assert written.out == ["Type this number on your phone: 07"]


async def test_printed_qr_code_has_no_proof_because_lines_can_not_change(written_with_qr: Written) -> None:
    written_with_qr.show(code(proof_key=Secret("A" * 43)))
    static = qr_symbol("https://pair.example/D/WDJBMJHT")
    assert static is not None
    assert all(row in written_with_qr.out for row in qr_lines(static, colour=False))


async def test_return_pin_is_requested_again_after_wrong_digits(written: Written) -> None:
    for wrong in range(3):
        written.show(PinRequested(wrong))
    ask = "Type the three digits shown on your phone and press Enter."
    assert written.out == [
        ask,
        "Wrong digits. 2 tries left.",
        ask,
        "Wrong digits. 1 try left.",
        ask,
    ]


async def test_outage_is_printed_once_with_the_next_try_and_its_end(written: Written) -> None:
    for _ in range(3):
        written.show(PollFailed("the server responded 502", 5_020.0, WALL))
    written.show(PollRecovered())
    since = time.strftime("%H:%M", time.localtime(WALL))
    next_try = "Next try in 20 seconds. Press Enter to try now."
    assert written.err == [
        f"The server responded 502. The code stays valid. Since {since}. {next_try}",
        "The server responds again.",
    ]


async def test_outage_is_printed_again_after_a_retry_and_every_ten_minutes(
    written: Written, manual_clock: ManualClock
) -> None:
    delay = CodeDelayed(UnreachableError("No network."), WALL, 5_020.0)
    waiting = asyncio.create_task(written.retry.wait(manual_clock.clock, lambda: 5_020.0))
    written.show(delay)
    await manual_clock.settle()
    written.retry.ask()
    written.show(delay)
    assert len(written.err) == 2
    await manual_clock.pass_time(599)
    written.show(delay)
    assert len(written.err) == 2
    await manual_clock.pass_time(1)
    written.show(delay)
    assert len(written.err) == 3
    assert await waiting


async def test_enter_is_not_offered_where_it_cannot_be_pressed(written: Written) -> None:
    written.can_enter = False
    written.show(CodeDelayed(UnreachableError("No network."), WALL, 5_005.0))
    assert written.err[0].endswith("Next try in 5 seconds.")


async def test_remaining_time_is_printed_rarely(written: Written, manual_clock: ManualClock) -> None:
    written.show(code())
    before = len(written.out)
    await manual_clock.pass_time(599)
    assert written.out[before:] == [
        "The code is valid for another 5:00.",
        "The code is valid for another 1:00.",
        "The code is valid for another 0:15.",
    ]


async def test_remaining_time_is_not_printed_after_the_end(
    written: Written, manual_clock: ManualClock
) -> None:
    written.show(code())
    written.show.end()
    before = len(written.out)
    await manual_clock.pass_time(599)
    assert written.out[before:] == []


async def test_hostile_texts_are_escaped(written: Written) -> None:
    hostile = "\x1b]52;c;aGk=\x07\x9b2J\u202e"
    written.show(code(user_code=hostile))
    written.show(PollFailed(hostile, 5_020.0))
    written.show(WarningIssued(hostile))
    for line in [*written.out, *written.err]:
        assert line.isprintable()


@pytest.fixture
def lines() -> list[str]:
    symbol = qr_symbol("https://pair.example/D/WDJBMJHT")
    assert symbol is not None
    return qr_lines(symbol, colour=True)


def test_qr_code_sets_and_resets_both_colours(lines: list[str]) -> None:
    assert {line.partition("m")[0] for line in lines} == {"\x1b[38;5;231;48;5;231"}  # the light rim
    assert any("\x1b[38;5;231;48;5;16m" in line for line in lines)
    assert all(line.endswith("\x1b[0m") for line in lines)


def test_bell_rings_before_what_the_person_has_to_do_at_the_device(written: Written) -> None:
    show = ringing(written.show, lambda: written.out.append("ring"))
    show(StageReached(PairingStage.OPENED))
    show(NumberShown("07"))
    show(PinRequested())
    assert [line for line in written.out if line == "ring"] == ["ring"] * 2
    assert written.out[1] == "ring"
