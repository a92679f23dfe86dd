"""A person ends a wait."""

import asyncio

from pairgrant.sign_in.retry_now import LEAST_PAUSE, RetryNow
from tests.device.manual_clock import NOW, ManualClock


async def test_wait_ends_when_a_person_asks(manual_clock: ManualClock) -> None:
    retry = RetryNow()
    waiting = asyncio.create_task(retry.wait(manual_clock.clock, lambda: NOW + 600))
    await manual_clock.pass_time(30)
    assert retry.ask()
    await manual_clock.settle()
    assert await waiting
    assert manual_clock.time == NOW + 30


async def test_wait_ends_when_it_is_due(manual_clock: ManualClock) -> None:
    waiting = asyncio.create_task(RetryNow().wait(manual_clock.clock, lambda: NOW + 60))
    await manual_clock.pass_time(60)
    assert not await waiting


async def test_every_wait_ends(manual_clock: ManualClock) -> None:
    retry = RetryNow()
    waits = [asyncio.create_task(retry.wait(manual_clock.clock, lambda: NOW + 600)) for _ in range(3)]
    await manual_clock.pass_time(5)
    retry.ask()
    await manual_clock.settle()
    assert [await wait for wait in waits] == [True, True, True]


async def test_held_key_ends_one_wait_a_second(manual_clock: ManualClock) -> None:
    retry = RetryNow()
    requests = 0

    async def request_and_fail() -> None:
        nonlocal requests
        while await retry.wait(manual_clock.clock, lambda: NOW + 600):
            requests += 1

    waiting = asyncio.create_task(request_and_fail())
    for _ in range(300):
        await manual_clock.pass_time(0.03)
        retry.ask()
    waiting.cancel()
    assert 300 * 0.03 / LEAST_PAUSE - 2 <= requests <= 300 * 0.03 / LEAST_PAUSE


async def test_key_that_nothing_waits_for_is_dropped(manual_clock: ManualClock) -> None:
    retry = RetryNow()
    assert not retry.ask()
    waiting = asyncio.create_task(retry.wait(manual_clock.clock, lambda: NOW + 600))
    await manual_clock.pass_time(30)
    assert not waiting.done()
    waiting.cancel()
