"""The device's clock: it goes on while a laptop sleeps, and waiting is never one long sleep."""

import sys
import time

import pytest

from pairgrant.clock import SLICE, Clock, monotonic_with_suspend


@pytest.mark.skipif(sys.platform != "linux", reason="CLOCK_BOOTTIME is Linux's name for it")
def test_monotonic_clock_includes_suspend_on_linux() -> None:
    before = time.clock_gettime(time.CLOCK_BOOTTIME)
    assert before <= monotonic_with_suspend() <= time.clock_gettime(time.CLOCK_BOOTTIME)


async def test_wait_checks_the_clock_every_second() -> None:
    now = 100.0
    slept = []

    async def sleep(seconds: float) -> None:
        nonlocal now
        slept.append(seconds)
        now += seconds

    clock = Clock(now=lambda: now, wall=lambda: 0.0, sleep=sleep)
    await clock.wait_until(lambda: 103.5)
    assert slept == [SLICE, SLICE, SLICE, 0.5]


async def test_wait_follows_a_due_time_that_changes() -> None:
    now, due = 100.0, 200.0

    async def sleep(seconds: float) -> None:
        nonlocal now, due
        now += seconds
        due = 101.0

    await Clock(now=lambda: now, wall=lambda: 0.0, sleep=sleep).wait_until(lambda: due)
    assert now == 101.0


async def test_wait_returns_at_once_if_due() -> None:
    async def sleep(_seconds: float) -> None:
        raise AssertionError("nothing to wait for")

    await Clock(now=lambda: 5.0, wall=lambda: 0.0, sleep=sleep).wait_until(lambda: 5.0)
