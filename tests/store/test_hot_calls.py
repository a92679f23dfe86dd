"""Batches of changes as every server sends them."""

import asyncio
from collections.abc import Sequence
from typing import Any, cast

from pairgrant_server.authorization_server.store.postgresql.connections import HeldConnections
from pairgrant_server.authorization_server.store.postgresql.hot_calls import HotCalls, Values


class Writing:
    """A connection on which the items before "c" win."""

    def __init__(self) -> None:
        self.sent: list[Sequence[Values]] = []

    async def change_many(self, _statement: str, items: Sequence[Values]) -> list[dict[str, Any]]:
        self.sent.append(items)
        return [{"won": item[0]} for item in items if item[0] < "c"]


async def test_rows_are_locked_in_the_order_of_their_keys_and_results_come_in_that_of_the_calls() -> None:
    writing = Writing()
    hot_calls = HotCalls(cast("HeldConnections", None), cast("HeldConnections", writing))
    change = hot_calls.compare_and_set("UPDATE …")

    results = await asyncio.gather(*(change((key, 1)) for key in "dacb"))

    assert writing.sent == [[("a", 1), ("b", 1), ("c", 1), ("d", 1)]]
    assert results == [False, True, False, True]
