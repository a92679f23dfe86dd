"""A cached value: concurrent callers share one fetch, and a failure is not cached."""

import asyncio

import pytest

from pairgrant_server.accounts.upstream.cached_value import CachedValue


class Source:
    def __init__(self) -> None:
        self.now = 0.0
        self.fetches = 0
        self.fails = False
        self.kept = CachedValue(self.fetch, lifetime=100, pause=10, monotonic=lambda: self.now)

    async def fetch(self) -> int:
        self.fetches += 1
        await asyncio.sleep(0)
        if self.fails:
            raise ValueError
        return self.fetches


@pytest.fixture
def source() -> Source:
    return Source()


async def test_value_is_fetched_once_within_its_lifetime(source: Source) -> None:
    assert await asyncio.gather(*(source.kept.get() for _ in range(5))) == [1] * 5
    source.now = 99
    assert await source.kept.get() == 1
    source.now = 100
    assert await source.kept.get() == 2


async def test_value_is_refreshed_no_more_often_than_its_pause_allows(source: Source) -> None:
    await source.kept.get()
    source.now = 9
    assert await source.kept.refreshed() == 1
    source.now = 10
    assert await source.kept.refreshed() == 2


async def test_failure_raises_in_all_callers_and_is_not_cached(source: Source) -> None:
    source.fails = True
    results = await asyncio.gather(*(source.kept.get() for _ in range(3)), return_exceptions=True)
    assert [type(each) for each in results] == [ValueError] * 3
    assert source.fetches == 1
    source.fails = False
    assert await source.kept.get() == 2


async def test_cancelled_caller_does_not_cancel_the_fetch_for_others(source: Source) -> None:
    impatient, patient = (asyncio.create_task(source.kept.get()) for _ in range(2))
    await asyncio.sleep(0)
    impatient.cancel()
    assert await patient == 1
