"""The store's hot calls as batches over the held connections: look-ups by key, and changes that report who won."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from operator import attrgetter, itemgetter
from typing import Any, TypeVar

import asyncpg

from pairgrant_protocol.device_grant import GrantStatus
from pairgrant_server.authorization_server.model.records import ConnectedDevice, DeviceGrant, Rotation
from pairgrant_server.authorization_server.store import rows
from pairgrant_server.authorization_server.store.postgresql import statements as sql
from pairgrant_server.authorization_server.store.postgresql.coalescing import Batches
from pairgrant_server.authorization_server.store.postgresql.connections import HeldConnections
from pairgrant_server.authorization_server.store.postgresql.errors import separable

Decision = tuple[bytes, GrantStatus, str, float, float, str | None]
"""grant_id, status, user_id, auth_time, now, scope"""

_LANES = 2

Item = TypeVar("Item")
Found = TypeVar("Found")
Key = TypeVar("Key", str, bytes)


@dataclass(frozen=True, slots=True)
class Redemption:
    grant_id: bytes
    device: ConnectedDevice
    replay: bytes
    now: float


class HotCalls:
    """One ``Batches`` for each kind of call that a device makes, or that stands in its way."""

    def __init__(self, reading: HeldConnections, writing: HeldConnections) -> None:
        self.client = _look_up(reading, sql.CLIENTS_BY_ID, "client_id", rows.client_of, str)
        self.user = _look_up(reading, sql.USERS_BY_ID, "user_id", rows.user_of, str)
        self.grant = _look_up(reading, sql.GRANTS_BY_ID, "grant_id", rows.grant_of, bytes)
        self.polled_grant = _look_up(
            reading, sql.POLLED_GRANTS_BY_ID, "grant_id", lambda row: rows.polled_grant_of(row[:-1]), bytes
        )
        self.connected_device = _look_up(reading, sql.DEVICES_BY_ID, "device_id", rows.device_of, str)
        self.attempts = _attempts(reading)
        self.insert_grant = _change(writing, sql.INSERT_GRANTS, attrgetter("grant_id"), _grant_values)
        self.decide_grant: Batches[Decision, bool] = _change(
            writing, sql.DECIDE_GRANTS, itemgetter(0), lambda decision: decision
        )
        self.redeem_grant = _change(writing, sql.REDEEM_GRANTS, attrgetter("grant_id"), _redemption_values)
        self.rotate_refresh = _change(writing, sql.ROTATE_REFRESH, attrgetter("device_id"), _rotation_values)

    async def drain(self) -> None:
        for batches in vars(self).values():
            await batches.drain()


def _look_up(
    reading: HeldConnections,
    statement: str,
    column: str,
    found: Callable[[asyncpg.Record], Found],
    key: type[Key],
) -> Batches[Key, Found | None]:
    async def run(keys: Sequence[Key]) -> Sequence[Found | None]:
        by_key = {row[column]: row for row in await reading.read(statement, keys)}
        return [found(by_key[key]) if key in by_key else None for key in keys]

    return Batches(run, key, shared=True, separable=separable)


def _attempts(reading: HeldConnections) -> Batches[tuple[str, int], int]:
    async def run(items: Sequence[tuple[str, int]]) -> Sequence[int]:
        found = await reading.read(sql.ATTEMPTS_SINCE, *zip(*items, strict=True))
        totals = {(row["subject"], row["since"]): row["total"] for row in found}
        return [totals[item] for item in items]

    return Batches(run, tuple, shared=True, separable=separable)


def _change(
    writing: HeldConnections,
    statement: str,
    key: Callable[[Item], Key],
    values: Callable[[Item], tuple[Any, ...]],
) -> Batches[Item, bool]:
    """A compare-and-set; the statement returns the key of each item that ``won``.

    A second batch goes its way while the first is being made durable; should both want one row, the statement decides.
    """

    async def run(items: Sequence[Item]) -> Sequence[bool]:
        in_order = sorted(items, key=key)  # rows are locked in this order, by every server
        won = await writing.change(statement, *zip(*map(values, in_order), strict=True))
        winners = {row["won"] for row in won}
        return [key(item) in winners for item in items]

    return Batches(run, key, shared=False, separable=separable, lanes=_LANES)


def _all_but_scope(columns: Mapping[str, str]) -> Callable[[Any], tuple[Any, ...]]:
    """The fields that go as they are; a scope is the last column, and goes as one text."""
    *plain, scope = columns
    assert scope == "scope"  # noqa: S101 - held where the columns are listed
    return attrgetter(*plain)


_grant_fields = _all_but_scope(sql.GRANT_COLUMNS)
_device_fields = _all_but_scope(sql.DEVICE_COLUMNS)
_rotation_values: Callable[[Rotation], tuple[Any, ...]] = attrgetter(*sql.ROTATION_COLUMNS)


def _grant_values(grant: DeviceGrant) -> tuple[Any, ...]:
    return (*_grant_fields(grant), " ".join(grant.scope))


def _redemption_values(redemption: Redemption) -> tuple[Any, ...]:
    device = redemption.device
    scope = " ".join(device.scope)
    return (*_device_fields(device), scope, redemption.grant_id, redemption.replay, redemption.now)
