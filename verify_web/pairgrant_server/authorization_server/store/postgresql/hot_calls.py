"""Calls that devices make, sent in batches: look-ups by key, compare-and-sets that report who won, counts."""

from collections.abc import Awaitable, Callable, Hashable, Sequence
from operator import itemgetter
from typing import Any, TypeVar

import asyncpg

from pairgrant_server.authorization_server.store.postgresql.coalescing import Batches
from pairgrant_server.authorization_server.store.postgresql.connections import HeldConnections
from pairgrant_server.authorization_server.store.postgresql.errors import separable

_LANES = 2
_KEY = itemgetter(0)

Item = TypeVar("Item")
Result = TypeVar("Result")
Found = TypeVar("Found")
Key = TypeVar("Key", str, bytes)
Values = tuple[Any, ...]


class HotCalls:
    """Makes the ``Batches`` of one database, and waits for all of them at its end."""

    def __init__(self, reading: HeldConnections, writing: HeldConnections) -> None:
        self._reading = reading
        self._writing = writing
        self._batches: list[Batches[Any, Any]] = []

    def look_up(
        self, statement: str, column: str, found: Callable[[asyncpg.Record], Found], key: type[Key]
    ) -> Batches[Key, Found | None]:
        """Finds the row of each key; ``statement`` takes an array of keys and returns them in ``column``."""

        async def run(keys: Sequence[Key]) -> Sequence[Found | None]:
            by_key = {row[column]: row for row in await self._reading.read(statement, keys)}
            return [found(by_key[key]) if key in by_key else None for key in keys]

        return self.read(run, key)

    def read(
        self, run: Callable[[Sequence[Item]], Awaitable[Sequence[Result]]], key: Callable[[Item], Hashable]
    ) -> Batches[Item, Result]:
        """Reads a batch with ``run``."""
        return self._add(Batches(run, key, shared=True, separable=separable))

    def change(self, run: Callable[[Sequence[Item]], Awaitable[Sequence[Result]]]) -> Batches[Item, Result]:
        """Changes rows with ``run``, which takes any items together; a second batch is sent meanwhile.

        The items of a batch fail together if one of them waits too long for a locked row.
        """
        return self._add(Batches(run, id, shared=False, separable=separable, lanes=_LANES))

    def compare_and_set(self, statement: str) -> Batches[Values, bool]:
        """Runs ``statement`` with the values of each item; it returns the key of an item that ``won``.

        The key is the first value. A second batch is sent while the first one becomes durable. If both
        change the same row, the statement decides.
        """

        async def run(items: Sequence[Values]) -> Sequence[bool]:
            # Every server locks rows in this order, so none waits for another.
            won = await self._writing.change_many(statement, sorted(items, key=_KEY))
            winners = {row["won"] for row in won}
            return [item[0] in winners for item in items]

        return self._add(Batches(run, _KEY, shared=False, separable=separable, lanes=_LANES))

    def _add(self, batches: Batches[Item, Result]) -> Batches[Item, Result]:
        self._batches.append(batches)
        return batches

    async def drain(self) -> None:
        for batches in self._batches:
            await batches.drain()
