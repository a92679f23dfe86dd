"""How large the rows of connected devices are, in a SQLite file with all their indexes."""

from os import urandom
from pathlib import Path

from pairgrant_protocol.vocabulary import GrantType
from pairgrant_server.authorization_server.model.records import Client, ConnectedDevice, User
from pairgrant_server.authorization_server.store.sqlite.store import SqliteStore

_NOW = 1_790_000_000.0
_RESPONSE = 1_100
"""Bytes of a sealed token response, which a device keeps from its last refresh."""


async def bytes_a_device(folder: Path, count: int) -> float:
    """The growth of the file by ``count`` devices that have refreshed, divided by their number."""
    path = folder / "devices.db"
    store = SqliteStore.open(path)
    scope = ("offline_access", "board:read")
    await store.add_client(Client("lobby-tv", "Lobby TV", frozenset({GrantType.DEVICE_CODE}), scope, _NOW))
    await store.add_user(User("u1", "alice", "", _NOW, "Alice"))
    empty = _size(store)
    for number in range(count):
        await store.add_connected_device(_device(number, scope))
    full = _size(store)
    await store.close()
    return (full - empty) / count


def _size(store: SqliteStore) -> int:
    """Bytes of all pages of the database, those in its log included."""
    reader = store.database.reader
    (pages,) = reader.execute("PRAGMA page_count").fetchone()
    (page_size,) = reader.execute("PRAGMA page_size").fetchone()
    return int(pages) * int(page_size)


def _device(number: int, scope: tuple[str, ...]) -> ConnectedDevice:
    return ConnectedDevice(
        device_id=f"{number:032x}",
        user_id="u1",
        client_id="lobby-tv",
        scope=scope,
        name="Reception screen",
        address="203.0.113.5",
        created_at=_NOW,
        last_seen_at=_NOW,
        auth_time=_NOW,
        expires_at=_NOW + 30 * 86_400,
        refresh_sequence=1,
        refresh_digest=urandom(32),
        rotated_at=_NOW,
        replay=urandom(_RESPONSE),
    )
