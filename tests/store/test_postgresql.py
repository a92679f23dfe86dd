"""PostgreSQL: several servers on one database, the schema they share, and the plans of the statements."""

import asyncio
import contextlib
import re
from collections.abc import AsyncIterator, Awaitable
from dataclasses import fields, replace
from typing import Any, TypeVar

import asyncpg
import pytest

from pairgrant_protocol.device_grant import GrantStatus
from pairgrant_protocol.sign_in_end import EndedBy
from pairgrant_server.authorization_server.model.connected_device import Rotation
from pairgrant_server.authorization_server.model.records import (
    ConnectedDevice,
    DeviceGrant,
    Notice,
    SigningKey,
    WebSession,
)
from pairgrant_server.authorization_server.secrets.identifiers import new_id
from pairgrant_server.authorization_server.store.errors import (
    DatabaseError,
    StoreUnavailableError,
    UnstorableError,
)
from pairgrant_server.authorization_server.store.postgresql import (
    attempts,
    clients,
    connected_devices,
    device_grants,
    reports,
    users,
)
from pairgrant_server.authorization_server.store.postgresql import sweep as postgresql_sweep
from pairgrant_server.authorization_server.store.postgresql.connections import HeldConnections
from pairgrant_server.authorization_server.store.postgresql.server import Server
from pairgrant_server.authorization_server.store.postgresql.store import PostgresqlStore
from pairgrant_server.serving.inline_exchange import continued
from tests.store.sample_records import ALICE, CLIENT, DEVICE, NOW


def grant(number: int) -> DeviceGrant:
    identifier = number.to_bytes(10, "big")
    return DeviceGrant(
        grant_id=new_id(NOW, lambda _: identifier),
        device_code_digest=b"d" * 32,
        user_code_digest=number.to_bytes(32, "big"),
        client_id="lobby-tv",
        scope=("openid",),
        interval=5,
        created_at=NOW,
        expires_at=NOW + 600,
        device_name="Lobby",
        address="192.0.2.7",
    )


def device(number: int) -> ConnectedDevice:
    return replace(DEVICE, device_id=f"{number:032x}")


def rotation(number: int, successor: int) -> Rotation:
    return Rotation(
        f"{number:032x}",
        b"r1" * 16,
        2,
        successor.to_bytes(32, "big"),
        NOW + 7200,
        NOW + 60,
        b"replay",
        "192.0.2.8",
    )


T = TypeVar("T")
Pair = tuple[PostgresqlStore, PostgresqlStore]


@pytest.fixture
async def servers(empty_database: str) -> AsyncIterator[Pair]:
    """Two servers on one database, with a client and a person."""
    pair = (await PostgresqlStore.open(empty_database), await PostgresqlStore.open(empty_database))
    assert await pair[0].add_client(CLIENT)
    assert await pair[0].add_user(ALICE)
    yield pair
    await asyncio.gather(*(store.close() for store in pair))


class TestRaces:
    async def test_one_of_fifty_redemptions_at_two_servers_wins(self, servers: Pair) -> None:
        one = grant(1)
        assert await servers[0].insert_grant(one)
        assert await servers[1].decide_grant(one.grant_id, GrantStatus.APPROVED, "u1", NOW, NOW)
        won = await asyncio.gather(
            *(servers[n % 2].redeem_grant(one.grant_id, device(n), b"answer", NOW) for n in range(50))
        )
        assert won.count(True) == 1
        kept = await servers[0].connected_devices("u1", NOW)
        assert [found.device_id for found in kept] == [device(won.index(True)).device_id]
        found = await servers[1].grant(one.grant_id)
        assert found is not None
        assert found.connected_device_id == kept[0].device_id

    async def test_each_of_many_grants_at_two_servers_is_redeemed_once(self, servers: Pair) -> None:
        many = [grant(n) for n in range(40)]
        assert all(await asyncio.gather(*map(servers[0].insert_grant, many)))
        decisions = await asyncio.gather(
            *(
                server.decide_grant(one.grant_id, status, "u1", NOW, NOW)
                for one in many
                for server in servers
                for status in (GrantStatus.APPROVED, GrantStatus.DENIED)
            )
        )
        assert decisions.count(True) == len(many)
        approved = [found for one in many if (found := await servers[0].grant(one.grant_id)) is not None]
        approved = [found for found in approved if found.status is GrantStatus.APPROVED]
        forwards = [
            servers[0].redeem_grant(one.grant_id, device(n), b"", NOW) for n, one in enumerate(approved)
        ]
        backwards = [
            servers[1].redeem_grant(one.grant_id, device(1000 + n), b"", NOW)
            for n, one in reversed(list(enumerate(approved)))
        ]
        won = await asyncio.gather(*forwards, *backwards)
        assert won.count(True) == len(approved)
        assert len(await servers[0].connected_devices("u1", NOW)) == len(approved)

    async def test_one_of_fifty_rotations_at_two_servers_wins(self, servers: Pair) -> None:
        one = grant(1)
        assert await servers[0].insert_grant(one)
        assert await servers[0].decide_grant(one.grant_id, GrantStatus.APPROVED, "u1", NOW, NOW)
        assert await servers[0].redeem_grant(one.grant_id, device(1), b"answer", NOW)
        won = await asyncio.gather(*(servers[n % 2].rotate_refresh(rotation(1, n)) for n in range(50)))
        assert won.count(True) == 1
        found = await servers[1].connected_device(device(1).device_id)
        assert found is not None
        assert found.refresh_digest == won.index(True).to_bytes(32, "big")

    async def test_user_code_is_issued_once_by_two_servers(self, servers: Pair) -> None:
        same_code = [replace(grant(n), user_code_digest=b"u" * 32) for n in range(20)]
        won = await asyncio.gather(*(servers[n % 2].insert_grant(same_code[n]) for n in range(20)))
        assert won.count(True) == 1
        assert await servers[0].grant_by_user_code(b"u" * 32) == same_code[won.index(True)]

    async def test_board_has_no_more_notices_than_its_limit(self, servers: Pair) -> None:
        added = await asyncio.gather(
            *(servers[n % 2].add_notice(Notice(f"n{n}", "u1", "Hello", NOW), limit=3) for n in range(20))
        )
        assert added.count(True) == 3

    async def test_servers_that_start_at_once_agree_on_one_signing_key(self, servers: Pair) -> None:
        keys = [SigningKey(f"k{n}", "ES256", b"sealed", NOW) for n in range(10)]
        won = await asyncio.gather(
            *(servers[n % 2].add_signing_key(keys[n], unless_since=0) for n in range(10))
        )
        assert won.count(True) == 1

    async def test_attempts_in_opposite_orders_are_counted_without_deadlock(self, servers: Pair) -> None:
        """The subjects come in opposite orders; rows locked in those orders would deadlock."""
        orders = (["network", "server"], ["server", "network"])
        await asyncio.gather(*(servers[n % 2].spend_attempts(orders[n % 2], 600) for n in range(40)))
        assert [await servers[0].attempts(subject, 600) for subject in orders[0]] == [40, 40]


class TestRoundTrips:
    """Statements that devices cause are batched: a round trip each would cost more than the request."""

    async def test_reads_of_requests_at_the_same_time_are_one_round_trip_for_each_kind(
        self, servers: Pair, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        store, sent = servers[0], list[str]()
        read = store.database.reading.read

        async def counted(statement: str, *values: Any) -> list[asyncpg.Record]:
            sent.append(statement)
            return await read(statement, *values)

        monkeypatch.setattr(store.database.reading, "read", counted)
        known = grant(1)
        await store.insert_grant(known)

        async def one_device(number: int) -> None:
            assert not await store.reports_about("lobby-tv", f"192.0.2.{number}", None, NOW)
            assert await store.grant_by_user_code(known.user_code_digest) == known
            await store.grant_by_user_code(bytes([number]) * 32)

        await asyncio.gather(*map(one_device, range(16)))
        assert len(sent) == 3

    async def test_attempts_at_the_same_time_are_one_round_trip(
        self, servers: Pair, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        store, sent = servers[0], list[str]()
        change = store.database.writing.change

        async def counted(statement: str, *values: Any) -> list[asyncpg.Record]:
            sent.append(statement)
            return await change(statement, *values)

        monkeypatch.setattr(store.database.writing, "change", counted)
        await asyncio.gather(*(store.spend_attempts([f"network {n % 3}"], 600) for n in range(16)))
        assert len(sent) == 1
        assert [await store.attempts(f"network {n}", 600) for n in range(3)] == [6, 5, 5]


class TestOutsideATask:
    """The first step of a request runs outside any task (``InlineProtocol``), where no timeout works."""

    async def started(self, reading: Awaitable[T]) -> T:
        """The result of ``reading``, whose first step runs in a callback of the event loop."""
        loop = asyncio.get_running_loop()
        result: asyncio.Future[T] = loop.create_future()

        async def read() -> None:
            try:
                result.set_result(await reading)
            except Exception as error:  # noqa: BLE001 - the caller raises it
                result.set_exception(error)

        def step() -> None:
            application = read()
            with contextlib.suppress(StopIteration):
                rest = continued(application, application.send(None))
                tasks.append(loop.create_task(_awaited(rest)))

        tasks: list[asyncio.Task[None]] = []
        loop.call_soon(step)
        return await result

    async def test_read_opens_a_connection(self, empty_database: str) -> None:
        connections = HeldConnections(Server(empty_database), 1)
        (row,) = await self.started(connections.read("SELECT 1 AS one"))
        assert row["one"] == 1
        await connections.close()

    async def test_read_waits_for_a_connection_that_is_busy(self, empty_database: str) -> None:
        connections = HeldConnections(Server(empty_database), 1)
        slow = asyncio.create_task(connections.read("SELECT 1 AS one FROM pg_sleep(0.05)"))
        await asyncio.sleep(0)
        (row,) = await self.started(connections.read("SELECT 2 AS two"))
        assert row["two"] == 2
        assert slow.done()
        await connections.close()


async def _awaited(rest: Awaitable[None]) -> None:
    await rest


class TestFaultyItems:
    @pytest.mark.parametrize("name", ["TV \0", "TV \ud83d"])
    async def test_unstorable_text_does_not_affect_others_of_its_batch(
        self, servers: Pair, name: str
    ) -> None:
        bad = replace(grant(3), device_name=name)
        results = await asyncio.gather(
            *map(servers[0].insert_grant, [grant(1), grant(2), bad, grant(4)]), return_exceptions=True
        )
        assert [results[0], results[1], results[3]] == [True, True, True]
        assert isinstance(results[2], UnstorableError)
        assert name not in str(results[2])
        assert [await servers[0].grant(grant(n).grant_id) for n in range(1, 5)] == [
            *(grant(1), grant(2), None, grant(4))
        ]

    @pytest.mark.parametrize("name", ["\0", "\ud800"])  # refused by the server; refused by the driver
    async def test_fault_undoes_what_the_driver_has_sent_of_a_large_batch(
        self, servers: Pair, name: str
    ) -> None:
        """The driver sends 128 KB before it looks at the rest; each grant is then tried by itself."""
        many = [replace(grant(n), device_name="x" * 5000) for n in range(100)]
        many[-1] = replace(many[-1], device_name=name)
        *good, bad = await asyncio.gather(*map(servers[0].insert_grant, many), return_exceptions=True)
        assert good == [True] * 99
        assert isinstance(bad, UnstorableError)
        assert await servers[1].grant(many[0].grant_id) == many[0]

    async def test_grant_of_a_removed_client_does_not_affect_others_of_its_batch(self, servers: Pair) -> None:
        orphan = replace(grant(2), client_id="gone")
        results = await asyncio.gather(
            *map(servers[0].insert_grant, [grant(1), orphan, grant(3)]), return_exceptions=True
        )
        assert [results[0], results[2]] == [True, True]
        assert isinstance(results[1], StoreUnavailableError)

    async def test_look_up_by_nul_finds_nothing(self, servers: Pair) -> None:
        assert await servers[0].client("lobby-tv\0") is None
        assert await servers[0].user("u1\0") is None
        assert await servers[0].user_by_name("alice\0") is None
        assert await servers[0].connected_device("\0") is None
        assert await servers[0].attempts("\0", 0) == 0
        assert not await servers[0].remove_client("lobby-tv\0")
        assert not await servers[0].remove_user("u1\0")
        assert not await servers[0].remove_notice("u1", "\0")
        assert not await servers[0].revoke_device("\0", NOW, EndedBy.USER)


class TestSchema:
    async def test_five_processes_open_a_new_database_at_once(self, empty_database: str) -> None:
        stores = await asyncio.gather(*(PostgresqlStore.open(empty_database) for _ in range(5)))
        assert [await store.add_client(CLIENT) for store in stores] == [True, False, False, False, False]
        await asyncio.gather(*(store.close() for store in stores))

    async def test_database_of_a_newer_version_is_refused(self, empty_database: str) -> None:
        await (await PostgresqlStore.open(empty_database)).close()
        connection = await asyncpg.connect(empty_database)
        await connection.execute("UPDATE pairgrant_schema SET version = 999")
        await connection.close()
        with pytest.raises(DatabaseError, match="newer Pairgrant"):
            await PostgresqlStore.open(empty_database)

    async def test_database_with_tables_of_another_program_is_refused(self, empty_database: str) -> None:
        connection = await asyncpg.connect(empty_database)
        await connection.execute("CREATE TABLE users (name TEXT)")
        with pytest.raises(DatabaseError, match="another program"):
            await PostgresqlStore.open(empty_database)
        assert await connection.fetchval("SELECT to_regclass('pairgrant_schema')") is None
        await connection.close()

    async def test_every_field_of_a_record_is_a_column_of_its_table(self, servers: Pair) -> None:
        for table, record in (("device_grants", DeviceGrant), ("connected_devices", ConnectedDevice)):
            found = await servers[0].database.reading.read(
                "SELECT column_name FROM information_schema.columns WHERE table_name = $1", table
            )
            assert {row["column_name"] for row in found} == {field.name for field in fields(record)}


class TestPlans:
    async def test_every_hot_statement_uses_an_index_on_empty_tables(
        self, servers: Pair, empty_database: str
    ) -> None:
        """A scan that was planned for an empty table would be kept, and become slower with each row."""
        hot = [
            clients.CLIENTS_BY_ID,
            users.USERS_BY_ID,
            device_grants.GRANTS_BY_ID,
            device_grants.REDEEMED_GRANTS_BY_ID,
            device_grants.POLLED_GRANTS_BY_ID,
            connected_devices.DEVICES_BY_ID,
            connected_devices.REFRESHED_DEVICES,
            connected_devices.TOKEN_HOLDERS,
            attempts.ATTEMPTS_SINCE,
            device_grants.GRANTS_BY_USER_CODE,
            reports.REPORTS_ABOUT_NETWORKS,
            device_grants.DECIDE_GRANT,
            device_grants.REDEEM_GRANT,
            connected_devices.ROTATE_REFRESH,
            device_grants.ADVANCE_STAGE,
            *(text for text, _ in postgresql_sweep._BY_AGE),
            postgresql_sweep._DEVICES,
        ]
        assert len(hot) == 24
        connection = await Server(empty_database).connect()
        for statement in hot:
            nulls = ", ".join(["NULL"] * max(map(int, re.findall(r"\$(\d+)", statement))))
            await connection.execute(f"PREPARE hot AS {statement}")
            plan = "\n".join(row[0] for row in await connection.fetch(f"EXPLAIN EXECUTE hot ({nulls})"))
            await connection.execute("DEALLOCATE hot")
            assert "Index Cond" in plan
            assert "Seq Scan" not in plan
            assert "Hash Join" not in plan
        await connection.close()


class TestSweep:
    async def test_sweep_skips_a_locked_row(self, servers: Pair, empty_database: str) -> None:
        assert all([await servers[0].insert_grant(grant(n)) for n in range(3)])
        holder = await asyncpg.connect(empty_database)
        async with holder.transaction():
            await holder.execute(
                "SELECT FROM device_grants WHERE grant_id = $1 FOR UPDATE", grant(1).grant_id
            )
            assert await servers[0].sweep(NOW + 86_400) == 2
        await holder.close()
        assert await servers[1].sweep(NOW + 86_400) == 1

    async def test_concurrent_sweeps_remove_each_row_once(self, servers: Pair) -> None:
        many = [WebSession(n.to_bytes(32, "big"), NOW, NOW + 60) for n in range(100)]
        await asyncio.gather(*map(servers[0].add_session, many))
        removed = await asyncio.gather(*(server.sweep(NOW + 61) for server in servers * 3))
        assert sum(removed) == 100

    async def test_devices_are_swept_in_batches_from_the_first_id_to_the_last(
        self, servers: Pair, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        statement = postgresql_sweep._DEVICES.replace("LIMIT 5000", "LIMIT 2")
        monkeypatch.setattr(postgresql_sweep, "_DEVICES", statement)
        monkeypatch.setattr(postgresql_sweep, "_BATCH", 2)
        for n in range(5):
            assert await servers[0].insert_grant(grant(n))
            assert await servers[0].decide_grant(grant(n).grant_id, GrantStatus.APPROVED, "u1", NOW, NOW)
            assert await servers[0].redeem_grant(grant(n).grant_id, device(n), b"", NOW)
        expired = NOW + 40 * 86_400
        assert await servers[0].rotate_refresh(replace(rotation(0, 1), expires_at=expired + 1))
        assert await servers[0].sweep(expired) == 5 + 1  # the grants, and of the first two devices one
        assert [await servers[0].sweep(expired) for _ in range(3)] == [2, 1, 0]
        assert await servers[0].connected_device(device(0).device_id) is not None
