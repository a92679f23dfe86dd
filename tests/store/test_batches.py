"""Batches of calls: each caller gets its own result or error, and one of equal changes wins."""

import asyncio
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pairgrant_server.authorization_server.store.postgresql.coalescing import Batches


class Database:
    """Records the batches that reach it, and returns each item as its own result; ``gate`` holds it up."""

    def __init__(self) -> None:
        self.batches: list[list[str]] = []
        self.gate = asyncio.Event()
        self.gate.set()
        self.reached = asyncio.Event()
        self.errors: dict[str, Exception] = {}
        self.taken: set[str] = set()

    async def run(self, items: Sequence[str]) -> Sequence[str]:
        self.batches.append(list(items))
        self.reached.set()
        await self.gate.wait()
        for item in items:
            if item in self.errors:
                raise self.errors[item]
        return items

    async def take(self, items: Sequence[str]) -> Sequence[bool]:
        """A compare-and-set on the item's first letter, like the store's, which reports winners by key."""
        await self.run(items)
        won = {item[0] for item in items} - self.taken
        self.taken |= won
        return [item[0] in won for item in items]


@pytest.fixture
def database() -> Database:
    return Database()


def reads(database: Database, *, size: int = 256) -> Batches[str, str]:
    return Batches(
        database.run, str, shared=True, separable=lambda error: isinstance(error, ValueError), size=size
    )


def changes(database: Database, *, size: int = 256, lanes: int = 1) -> Batches[str, bool]:
    return Batches(
        database.take,
        lambda item: item[0],
        shared=False,
        separable=lambda error: isinstance(error, ValueError),
        size=size,
        lanes=lanes,
    )


class TestBatching:
    async def test_calls_of_one_turn_are_one_batch(self, database: Database) -> None:
        assert await asyncio.gather(*map(reads(database), "abc")) == ["a", "b", "c"]
        assert database.batches == [["a", "b", "c"]]

    async def test_calls_of_consecutive_turns_are_one_batch(self, database: Database) -> None:
        batches = reads(database)
        calls: list[asyncio.Future[str]] = []
        for item in "abc":
            calls.append(batches(item))
            await asyncio.sleep(0)
        assert await asyncio.gather(*calls) == ["a", "b", "c"]
        assert database.batches == [["a", "b", "c"]]

    async def test_batch_is_sent_although_every_turn_brings_a_call(self, database: Database) -> None:
        batches = reads(database)
        calls: list[asyncio.Future[str]] = []
        while not database.batches:
            calls.append(batches(f"item {len(calls)}"))
            await asyncio.sleep(0)
        assert 1 < len(database.batches[0]) < 10
        await asyncio.gather(*calls)

    async def test_calls_during_a_batch_are_sent_in_the_next(self, database: Database) -> None:
        database.gate.clear()
        batches = reads(database)
        first = asyncio.ensure_future(batches("a"))
        await database.reached.wait()
        later = asyncio.gather(*map(batches, "bcd"))
        await asyncio.sleep(0)
        database.gate.set()
        assert await first == "a"
        assert await later == ["b", "c", "d"]
        assert database.batches == [["a"], ["b", "c", "d"]]

    async def test_batch_has_at_most_size_items(self, database: Database) -> None:
        assert await asyncio.gather(*map(reads(database, size=2), "abcde")) == list("abcde")
        assert database.batches == [["a", "b"], ["c", "d"], ["e"]]

    async def test_call_after_an_idle_time_is_served(self, database: Database) -> None:
        batches = reads(database)
        assert [await batches("a"), await batches("a")] == ["a", "a"]
        assert database.batches == [["a"], ["a"]]

    async def test_waiting_reads_with_equal_keys_share_one_result(self, database: Database) -> None:
        assert await asyncio.gather(*map(reads(database), "abab")) == ["a", "b", "a", "b"]
        assert database.batches == [["a", "b"]]

    async def test_read_does_not_share_the_result_of_a_batch_that_was_sent_before_it(
        self, database: Database
    ) -> None:
        database.gate.clear()
        batches = reads(database)
        first = asyncio.ensure_future(batches("a"))
        await database.reached.wait()
        second = asyncio.ensure_future(batches("a"))
        await asyncio.sleep(0)
        database.gate.set()
        await first
        await second
        assert database.batches == [["a"], ["a"]]


class TestOneWinner:
    async def test_changes_with_equal_keys_are_sent_one_after_the_other(self, database: Database) -> None:
        won = await asyncio.gather(*map(changes(database), ["a1", "a2", "b1", "a3"]))
        assert won == [True, False, True, False]
        assert database.batches == [["a1", "b1"], ["a2"], ["a3"]]

    @given(
        items=st.lists(st.sampled_from(["a1", "a2", "b1", "b2", "c1"]), max_size=20),
        size=st.integers(1, 5),
    )
    def test_first_change_of_each_key_wins(self, items: list[str], size: int) -> None:
        async def scene() -> tuple[list[bool], list[list[str]]]:
            database = Database()
            won = await asyncio.gather(*map(changes(database, size=size), items))
            return won, database.batches

        with asyncio.Runner() as runner:
            won, batches = runner.run(scene())
        keys = [item[0] for item in items]
        assert won == [keys.index(key) == place for place, key in enumerate(keys)]
        assert sorted(item for batch in batches for item in batch) == sorted(items)
        for batch in batches:
            assert len(batch) <= size
            assert len({item[0] for item in batch}) == len(batch)


class TestErrors:
    async def test_separable_error_is_raised_to_its_own_caller(self, database: Database) -> None:
        database.errors["b"] = ValueError("bad")
        results = await asyncio.gather(*map(reads(database), "abc"), return_exceptions=True)
        assert results[0] == "a"
        assert isinstance(results[1], ValueError)
        assert results[2] == "c"
        assert database.batches == [["a", "b", "c"], ["a"], ["b"], ["c"]]

    async def test_inseparable_error_is_raised_to_all_callers_and_nothing_is_repeated(
        self, database: Database
    ) -> None:
        database.errors["b"] = ConnectionError("gone")
        results = await asyncio.gather(*map(reads(database), "abc"), return_exceptions=True)
        assert [type(result) for result in results] == [ConnectionError] * 3
        assert len({id(result) for result in results}) == 3  # a traceback of one's own
        assert database.batches == [["a", "b", "c"]]

    async def test_call_after_an_error_is_served(self, database: Database) -> None:
        database.errors["a"] = ConnectionError("gone")
        batches = reads(database)
        with pytest.raises(ConnectionError):
            await batches("a")
        assert await batches("b") == "b"

    async def test_wrong_number_of_results_is_an_error(self) -> None:
        async def short(items: Sequence[str]) -> Sequence[str]:
            return items[1:]

        batches = Batches(short, str, shared=True, separable=lambda _: False)
        results = await asyncio.gather(*map(batches, "ab"), return_exceptions=True)
        assert [type(result) for result in results] == [ValueError, ValueError]


class TestCancellation:
    async def test_call_cancelled_before_sending_withdraws_its_item(self, database: Database) -> None:
        database.gate.clear()
        batches = reads(database)
        first = asyncio.ensure_future(batches("a"))
        await database.reached.wait()
        gone, stays = asyncio.ensure_future(batches("b")), asyncio.ensure_future(batches("c"))
        await asyncio.sleep(0)
        gone.cancel()
        await asyncio.sleep(0)
        database.gate.set()
        assert await first == "a"
        assert await stays == "c"
        assert database.batches == [["a"], ["c"]]

    async def test_call_cancelled_while_running_affects_no_other_call(self, database: Database) -> None:
        database.gate.clear()
        batches = reads(database)
        gone, stays = asyncio.ensure_future(batches("a")), asyncio.ensure_future(batches("b"))
        await database.reached.wait()
        gone.cancel()
        database.gate.set()
        assert await stays == "b"
        assert gone.cancelled()

    async def test_batch_of_cancelled_calls_is_followed_by_the_next(self, database: Database) -> None:
        database.gate.clear()
        batches = reads(database, size=1)
        first = asyncio.ensure_future(batches("a"))
        await database.reached.wait()
        gone, stays = asyncio.ensure_future(batches("b")), asyncio.ensure_future(batches("c"))
        await asyncio.sleep(0)
        gone.cancel()
        await asyncio.sleep(0)
        database.gate.set()
        assert [await first, await stays] == ["a", "c"]

    async def test_drain_waits_for_all_queued_calls(self, database: Database) -> None:
        batches = reads(database, size=1)
        calls = [asyncio.ensure_future(batches(item)) for item in "abc"]
        await asyncio.sleep(0)
        await batches.drain()
        assert database.batches == [["a"], ["b"], ["c"]]
        assert await asyncio.gather(*calls) == list("abc")


class TestLanes:
    async def test_two_lanes_run_two_batches_and_the_third_waits(self, database: Database) -> None:
        both = changes(database, lanes=2)
        database.gate.clear()
        calls = []
        for items in ("ab", "cd", "ef", "gh"):
            calls += [asyncio.ensure_future(both(item)) for item in items]
            await asyncio.sleep(0)  # the calls
            await asyncio.sleep(0)  # the batch
        assert database.batches == [["a", "b"], ["c", "d"]]
        database.gate.set()
        assert await asyncio.gather(*calls) == [True] * 8
        assert database.batches == [["a", "b"], ["c", "d"], ["e", "f", "g", "h"]]

    async def test_one_of_equal_changes_in_two_concurrent_batches_wins(self, database: Database) -> None:
        both = changes(database, lanes=2)
        database.gate.clear()
        twins = []
        for item in ("a1", "a2"):
            twins.append(asyncio.ensure_future(both(item)))
            await asyncio.sleep(0)
            await asyncio.sleep(0)
        assert database.batches == [["a1"], ["a2"]]
        database.gate.set()
        assert await asyncio.gather(*twins) == [True, False]

    async def test_call_at_the_end_of_a_batch_is_served(self, database: Database) -> None:
        both = changes(database, lanes=2)
        for number in range(20):
            await both(chr(ord("a") + number))
        await both.drain()
        assert len(database.batches) == 20


class TestEndOfTheLoop:
    """``asyncio.run`` cancels every task at its end; calls that clean up may come afterwards."""

    @pytest.mark.parametrize("turns", [0, 1, 2, 3, 4])
    async def test_call_of_a_sender_that_is_cancelled_is_cancelled_and_later_ones_run(
        self, database: Database, turns: int
    ) -> None:
        batches = reads(database)
        database.gate.clear()
        first = batches("a")
        for _ in range(turns):
            await asyncio.sleep(0)
        (sender,) = asyncio.all_tasks() - {asyncio.current_task()}
        second = batches("b")
        sender.cancel()
        database.gate.set()
        for call in (first, second):
            with pytest.raises(asyncio.CancelledError):
                await call
        assert await batches("c") == "c"
        await batches.drain()
