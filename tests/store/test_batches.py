"""Calls that travel together: everyone gets their own answer, no one pays for a neighbour, and of equals one wins."""

import asyncio
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pairgrant_server.authorization_server.store.postgresql.coalescing import Batches


class Database:
    """Records the batches that reach it, and answers each item with itself; ``gate`` holds it up."""

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
        """A compare-and-set on the item's first letter, as the store's: winners are told by key."""
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


class TestTogether:
    async def test_calls_of_one_turn_leave_together(self, database: Database) -> None:
        assert await asyncio.gather(*map(reads(database), "abc")) == ["a", "b", "c"]
        assert database.batches == [["a", "b", "c"]]

    async def test_what_comes_meanwhile_leaves_with_the_next(self, database: Database) -> None:
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

    async def test_a_batch_has_a_bound(self, database: Database) -> None:
        assert await asyncio.gather(*map(reads(database, size=2), "abcde")) == list("abcde")
        assert database.batches == [["a", "b"], ["c", "d"], ["e"]]

    async def test_an_idle_one_serves_again(self, database: Database) -> None:
        batches = reads(database)
        assert [await batches("a"), await batches("a")] == ["a", "a"]
        assert database.batches == [["a"], ["a"]]

    async def test_equal_reads_that_wait_share_one_answer(self, database: Database) -> None:
        assert await asyncio.gather(*map(reads(database), "abab")) == ["a", "b", "a", "b"]
        assert database.batches == [["a", "b"]]

    async def test_a_read_never_shares_the_answer_to_a_question_that_was_sent_before_it(
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
    async def test_equal_changes_take_turns(self, database: Database) -> None:
        won = await asyncio.gather(*map(changes(database), ["a1", "a2", "b1", "a3"]))
        assert won == [True, False, True, False]
        assert database.batches == [["a1", "b1"], ["a2"], ["a3"]]

    @given(
        items=st.lists(st.sampled_from(["a1", "a2", "b1", "b2", "c1"]), max_size=20),
        size=st.integers(1, 5),
    )
    def test_of_whatever_comes_at_once_the_first_of_each_key_wins(self, items: list[str], size: int) -> None:
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
    async def test_an_items_own_fault_is_its_own(self, database: Database) -> None:
        database.errors["b"] = ValueError("bad")
        results = await asyncio.gather(*map(reads(database), "abc"), return_exceptions=True)
        assert results[0] == "a"
        assert isinstance(results[1], ValueError)
        assert results[2] == "c"
        assert database.batches == [["a", "b", "c"], ["a"], ["b"], ["c"]]

    async def test_the_databases_fault_is_everyones_and_nothing_is_sent_twice(
        self, database: Database
    ) -> None:
        database.errors["b"] = ConnectionError("gone")
        results = await asyncio.gather(*map(reads(database), "abc"), return_exceptions=True)
        assert [type(result) for result in results] == [ConnectionError] * 3
        assert len({id(result) for result in results}) == 3  # a traceback of one's own
        assert database.batches == [["a", "b", "c"]]

    async def test_after_an_error_it_goes_on(self, database: Database) -> None:
        database.errors["a"] = ConnectionError("gone")
        batches = reads(database)
        with pytest.raises(ConnectionError):
            await batches("a")
        assert await batches("b") == "b"

    async def test_answers_that_do_not_match_are_an_error_not_a_mix_up(self) -> None:
        async def short(items: Sequence[str]) -> Sequence[str]:
            return items[1:]

        batches = Batches(short, str, shared=True, separable=lambda _: False)
        results = await asyncio.gather(*map(batches, "ab"), return_exceptions=True)
        assert [type(result) for result in results] == [ValueError, ValueError]


class TestGoingAway:
    async def test_who_leaves_before_the_departure_takes_the_item_back(self, database: Database) -> None:
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

    async def test_who_leaves_on_the_way_harms_no_neighbour(self, database: Database) -> None:
        database.gate.clear()
        batches = reads(database)
        gone, stays = asyncio.ensure_future(batches("a")), asyncio.ensure_future(batches("b"))
        await database.reached.wait()
        gone.cancel()
        database.gate.set()
        assert await stays == "b"
        assert gone.cancelled()

    async def test_when_all_of_a_batch_have_left_the_next_one_follows(self, database: Database) -> None:
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

    async def test_draining_waits_for_all_that_is_queued(self, database: Database) -> None:
        batches = reads(database, size=1)
        calls = [asyncio.ensure_future(batches(item)) for item in "abc"]
        await asyncio.sleep(0)
        await batches.drain()
        assert database.batches == [["a"], ["b"], ["c"]]
        assert await asyncio.gather(*calls) == list("abc")


class TestLanes:
    async def test_a_second_batch_leaves_while_the_first_is_under_way_and_a_third_waits(
        self, database: Database
    ) -> None:
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

    async def test_of_equals_in_two_batches_at_once_one_wins(self, database: Database) -> None:
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

    async def test_whoever_calls_the_moment_a_batch_has_ended_is_served(self, database: Database) -> None:
        both = changes(database, lanes=2)
        for number in range(20):
            await both(chr(ord("a") + number))
        await both.drain()
        assert len(database.batches) == 20
