"""The PIN of a locked kiosk, and what a wrong one costs."""

from pairgrant.tui.pin_check import LONGEST_WAIT, WAIT_AT_START, PinCheck, wait_after
from pairgrant_protocol.secret import Secret
from tests.device.manual_clock import ManualClock


async def checked(manual_clock: ManualClock) -> PinCheck:
    check = PinCheck(Secret("2468"), manual_clock.clock)
    await manual_clock.pass_time(WAIT_AT_START)
    return check


async def test_only_the_pin_itself_is_right(manual_clock: ManualClock) -> None:
    for typed in ("2469", "246", "24680", "", "٢٤٦٨"):
        assert not (await checked(manual_clock)).is_right(typed), typed
    assert (await checked(manual_clock)).is_right("2468")


async def test_right_pin_is_refused_right_after_the_start(manual_clock: ManualClock) -> None:
    check = PinCheck(Secret("2468"), manual_clock.clock)
    assert not check.is_right("2468")
    assert check.wait == WAIT_AT_START
    assert check.wrong == 0
    await manual_clock.pass_time(WAIT_AT_START)
    assert check.is_right("2468")


async def test_each_wrong_pin_in_a_row_costs_twice_the_time(manual_clock: ManualClock) -> None:
    check = await checked(manual_clock)
    for wait in (2, 4, 8, 16):
        assert not check.is_right("0000")
        assert check.wait == wait
        assert not check.is_right("2468")
        await manual_clock.pass_time(wait)
    assert check.is_right("2468")
    assert not check.is_right("0000")
    assert check.wait == 2


def test_lock_never_refuses_a_pin_for_ever() -> None:
    assert wait_after(1_000_000) == LONGEST_WAIT


def test_pin_is_in_no_repr(manual_clock: ManualClock) -> None:
    check = PinCheck(Secret("2468"), manual_clock.clock)
    assert "2468" not in f"{check!r}{vars(check)}"
