"""When the sign-in of a guest ends."""

import time as clocks
from collections.abc import Iterator
from datetime import UTC, datetime, time

import pytest

from pairgrant.tui.guest_rules import GuestRules, Why, next_time_of_day


@pytest.fixture(autouse=True)
def _rome(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("TZ", "Europe/Rome")
    clocks.tzset()
    yield
    monkeypatch.undo()
    clocks.tzset()


def instant(text: str) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()


@pytest.mark.parametrize(
    ("after", "at", "expected"),
    [
        ("2026-11-26T08:00", "18:00", "2026-11-26T17:00"),
        ("2026-11-26T17:00", "18:00", "2026-11-27T17:00"),
        ("2026-11-26T17:01", "18:00", "2026-11-27T17:00"),
        ("2026-07-01T16:30", "18:00", "2026-07-02T16:00"),
        ("2026-03-28T20:00", "02:30", "2026-03-29T01:30"),  # skipped: 02:30 is 03:30 that night
        ("2026-03-29T01:30", "02:30", "2026-03-30T00:30"),
        ("2026-10-24T20:00", "02:30", "2026-10-25T00:30"),  # twice: the first
        ("2026-10-25T00:30", "02:30", "2026-10-26T01:30"),
        ("2026-10-24T22:30", "00:00", "2026-10-25T23:00"),  # a day of 25 hours
    ],
)
def test_time_of_day_follows_the_local_clocks(after: str, at: str, expected: str) -> None:
    assert next_time_of_day(instant(after), time.fromisoformat(at)) == instant(expected)


def test_the_end_that_comes_first_counts() -> None:
    rules = GuestRules(300.0, time(18))
    signed_in_at = instant("2026-11-26T16:00")
    early = rules.ending(idle=10, signed_in_at=signed_in_at, wall=instant("2026-11-26T16:10"))
    assert (early.left, early.why) == (290, Why.IDLE)
    late = rules.ending(idle=10, signed_in_at=signed_in_at, wall=instant("2026-11-26T16:59"))
    assert (late.left, late.why) == (60, Why.TIME_OF_DAY)
    assert rules.ending(idle=301, signed_in_at=signed_in_at, wall=instant("2026-11-26T16:59")).left == 0


@pytest.mark.parametrize(
    ("rules", "signed_in_at", "ends"),
    [
        (GuestRules(60.0, None), instant("2026-11-26T16:00"), True),
        (GuestRules(None, time(18)), instant("2026-11-26T16:00"), False),
        (GuestRules(None, time(18)), instant("2026-11-25T16:00"), True),
        (GuestRules(None, time(18)), None, True),
    ],
)
def test_restart_ends_a_sign_in_whose_guest_may_be_gone(
    rules: GuestRules, signed_in_at: float | None, *, ends: bool
) -> None:
    assert rules.ends_at_start(signed_in_at=signed_in_at, wall=instant("2026-11-26T16:30")) is ends


def test_countdown_takes_at_most_half_of_the_idle_time() -> None:
    assert GuestRules(60.0, None).countdown == 30
    assert GuestRules(600.0, None).countdown == 60
    assert GuestRules(None, time(18)).countdown == 60
