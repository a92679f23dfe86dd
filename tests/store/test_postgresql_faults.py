"""PostgreSQL is unavailable, slow or refuses: no change is repeated, nothing acknowledged is lost."""

import asyncio
import os
import signal
import traceback
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TypeAlias

import asyncpg
import pytest

from pairgrant_protocol.device_grant import GrantStatus
from pairgrant_protocol.vocabulary import PairingStage
from pairgrant_server.authorization_server.model.connected_device import Rotation
from pairgrant_server.authorization_server.model.records import DeviceGrant
from pairgrant_server.authorization_server.secrets.identifiers import new_id
from pairgrant_server.authorization_server.store.errors import StoreUnavailableError
from pairgrant_server.authorization_server.store.postgresql import server as server_module
from pairgrant_server.authorization_server.store.postgresql.store import PostgresqlStore
from tests.postgresql_server import PostgresqlServer
from tests.processes.programs import PATIENCE
from tests.quick_servers import begin_with
from tests.store.sample_records import ALICE, CLIENT, DEVICE, NOW

ROTATION = Rotation("0" * 32, b"r1" * 16, 2, b"r2" * 16, NOW + 7200, NOW + 60, b"replay", "192.0.2.8")


def grant(number: int) -> DeviceGrant:
    grant_id = new_id(NOW, lambda _: number.to_bytes(10, "big"))
    code = number.to_bytes(32, "big")
    return DeviceGrant(grant_id, code, code, "lobby-tv", (), 5, NOW, NOW + 600, None, "192.0.2.7")


@pytest.fixture
async def store(empty_database: str) -> AsyncIterator[PostgresqlStore]:
    opened = await PostgresqlStore.open(empty_database)
    assert await opened.add_client(CLIENT)
    assert await opened.add_user(ALICE)
    assert await opened.insert_grant(grant(0))
    yield opened
    await opened.close()


@pytest.fixture
async def connected(store: PostgresqlStore) -> PostgresqlStore:
    assert await store.decide_grant(grant(0).grant_id, GrantStatus.APPROVED, "u1", NOW, NOW)
    assert await store.redeem_grant(grant(0).grant_id, DEVICE, b"answer", NOW)
    return store


@pytest.fixture
async def operator(empty_database: str) -> AsyncIterator["Operator"]:
    """Another connection to the same database."""
    connection = await asyncpg.connect(empty_database)
    yield connection
    await connection.close()


Operator: TypeAlias = "asyncpg.Connection[asyncpg.Record]"

_OURS = "datname = current_database() AND pid <> pg_backend_pid()"


async def end_connections(operator: Operator) -> None:
    """Return when every connection of the store is gone."""
    await operator.execute("SELECT pg_stat_clear_snapshot()")  # else a transaction sees the same all the time
    await operator.fetch(f"SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE {_OURS}")


async def waiting_for_a_lock(operator: Operator) -> None:
    """Return when the store's statement has reached the server and waits there."""
    question = f"SELECT count(*) FROM pg_stat_activity WHERE {_OURS} AND wait_event_type = 'Lock'"
    async with asyncio.timeout(PATIENCE):
        while not await operator.fetchval(question):
            await operator.execute("SELECT pg_stat_clear_snapshot()")


class Load:
    """Devices that issue and poll without end; ``acknowledged`` has the grants that the store confirmed."""

    def __init__(self, store: PostgresqlStore) -> None:
        self._store = store
        self._numbers = iter(range(1, 1_000_000))
        self.acknowledged: list[int] = []
        self._more = asyncio.Condition()
        self.refused = 0
        self.stop = False

    @asynccontextmanager
    async def running(self) -> AsyncIterator["Load"]:
        async with asyncio.TaskGroup() as tasks:
            for _ in range(16):
                tasks.create_task(self._device())
            await self.reach(200)
            yield self
            self.stop = True

    async def reach(self, more: int) -> None:
        """Return when ``more`` grants have been acknowledged."""
        goal = len(self.acknowledged) + more
        async with asyncio.timeout(PATIENCE):
            async with self._more:
                await self._more.wait_for(lambda: len(self.acknowledged) >= goal)

    async def _device(self) -> None:
        while not self.stop:
            number = next(self._numbers)
            try:
                assert await self._store.insert_grant(grant(number))
                async with self._more:
                    self.acknowledged.append(number)
                    self._more.notify_all()
                assert await self._store.grant(grant(number).grant_id) == grant(number)
            except StoreUnavailableError:  # and nothing but that
                self.refused += 1
                await asyncio.sleep(0.01)

    async def none_is_lost(self) -> bool:
        found = await asyncio.gather(*(self._store.grant(grant(n).grant_id) for n in self.acknowledged))
        return found == [grant(n) for n in self.acknowledged]


class TestOutage:
    async def test_connections_that_break_under_load_are_replaced(
        self, store: PostgresqlStore, operator: Operator
    ) -> None:
        async with Load(store).running() as load:
            for _ in range(5):
                await end_connections(operator)
                await load.reach(200)
        assert await load.none_is_lost()

    async def test_broken_idle_connections_cause_no_error(
        self, store: PostgresqlStore, operator: Operator
    ) -> None:
        await end_connections(operator)
        assert await store.grant(grant(0).grant_id) == grant(0)
        await end_connections(operator)
        assert await store.insert_grant(grant(1))

    @pytest.mark.parametrize("mode", ["fast", "immediate"])
    async def test_acknowledged_changes_survive_a_stop_of_the_database_server_under_load(
        self, store: PostgresqlStore, postgresql_server: PostgresqlServer, mode: str
    ) -> None:
        if postgresql_server.folder is None:
            pytest.skip("the server of PAIRGRANT_TEST_POSTGRESQL can't be stopped by a test")
        async with Load(store).running() as load:
            await asyncio.to_thread(postgresql_server.stop, mode)
            try:
                with pytest.raises(StoreUnavailableError, match="postgresql://") as caught:
                    await store.user("u1")
                assert "ss-w0rd" not in "".join(traceback.format_exception(caught.value))
                async with asyncio.timeout(PATIENCE):
                    while not load.refused:  # noqa: ASYNC110 - changes under way are retried first
                        await asyncio.sleep(0.01)
            finally:
                await asyncio.to_thread(postgresql_server.start)
            await load.reach(200)
        assert await load.none_is_lost()

    async def test_running_change_is_not_repeated_after_its_connection_broke(
        self, connected: PostgresqlStore, operator: Operator
    ) -> None:
        async with operator.transaction():
            await operator.execute("SELECT FROM connected_devices FOR UPDATE")
            rotating = asyncio.ensure_future(connected.rotate_refresh(ROTATION))
            await waiting_for_a_lock(operator)
            await end_connections(operator)
        with pytest.raises(StoreUnavailableError):
            await rotating
        assert await connected.connected_device(DEVICE.device_id) == DEVICE
        assert await connected.rotate_refresh(ROTATION)

    async def test_running_read_is_repeated_after_its_connection_broke(
        self, store: PostgresqlStore, operator: Operator
    ) -> None:
        async with operator.transaction():
            await operator.execute("LOCK TABLE device_grants IN ACCESS EXCLUSIVE MODE")
            reading = asyncio.ensure_future(store.grant(grant(0).grant_id))
            await waiting_for_a_lock(operator)
            await end_connections(operator)
        assert await reading == grant(0)

    @pytest.mark.as_shipped
    async def test_connection_that_does_not_respond_is_replaced(
        self, postgresql_server: PostgresqlServer, empty_database: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        if postgresql_server.folder is None:
            pytest.skip("the server of PAIRGRANT_TEST_POSTGRESQL can't be frozen by a test")
        await (await PostgresqlStore.open(empty_database)).close()  # making the tables may take its time
        monkeypatch.setattr(server_module, "_CONNECT_TIMEOUT", PATIENCE)
        store = await PostgresqlStore.open(empty_database)
        assert await store.users() == []
        frozen = store.database.reading._idle[0].connection.get_server_pid()
        os.kill(frozen, signal.SIGSTOP)
        try:
            async with asyncio.timeout(PATIENCE):
                assert await store.users() == []
            assert store.database.reading._idle[0].connection.get_server_pid() != frozen
        finally:
            os.kill(frozen, signal.SIGCONT)
        await store.close()


class TestRefusedStatements:
    async def test_row_that_stays_locked_is_unavailable(
        self, empty_database: str, store: PostgresqlStore, operator: Operator, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(server_module, "_BEGIN", begin_with(lock_timeout="50ms"))
        impatient = await PostgresqlStore.open(empty_database)
        async with operator.transaction():
            await operator.execute("SELECT FROM device_grants FOR UPDATE")
            with pytest.raises(StoreUnavailableError, match="55P03"):
                await impatient.decide_grant(grant(0).grant_id, GrantStatus.DENIED, "u1", NOW, NOW)
            assert await impatient.grant(grant(0).grant_id) == grant(0)  # reads go on
        assert await impatient.decide_grant(grant(0).grant_id, GrantStatus.DENIED, "u1", NOW, NOW)
        await impatient.close()

    async def test_victim_of_a_deadlock_is_repeated(self, empty_database: str, operator: Operator) -> None:
        # The store looks for a deadlock once, after this time; by then the operator waits as well.
        name = empty_database.rpartition("/")[2]
        await operator.execute(f"ALTER DATABASE {name} SET deadlock_timeout = '4s'")
        store = await PostgresqlStore.open(empty_database)
        await operator.execute("SET deadlock_timeout = '1min'")
        await store.spend_attempts(["a", "b"], 600)
        async with operator.transaction():
            await operator.execute("UPDATE attempts SET count = 10 WHERE subject = 'b'")
            spending = asyncio.ensure_future(store.spend_attempts(["a", "b"], 600))
            await waiting_for_a_lock(operator)
            await operator.execute("UPDATE attempts SET count = 10 WHERE subject = 'a'")
        assert await spending == [11, 11]
        await store.close()

    async def test_read_only_server_is_unavailable_for_changes_until_it_accepts_writes(
        self, empty_database: str, store: PostgresqlStore, operator: Operator
    ) -> None:
        name = empty_database.rpartition("/")[2]
        await operator.execute(f"ALTER DATABASE {name} SET default_transaction_read_only = on")
        await end_connections(operator)
        with pytest.raises(StoreUnavailableError, match="read-only"):
            await store.insert_grant(grant(1))
        assert await store.grant(grant(0).grant_id) == grant(0)
        await operator.execute(f"ALTER DATABASE {name} RESET default_transaction_read_only")
        assert await store.insert_grant(grant(1))

    async def test_synchronous_commit_is_on_whatever_the_default_of_the_database(
        self, empty_database: str, store: PostgresqlStore, operator: Operator
    ) -> None:
        name = empty_database.rpartition("/")[2]
        await operator.execute(f"ALTER DATABASE {name} SET synchronous_commit = off")
        await end_connections(operator)
        assert (await store.database.writing.read("SHOW synchronous_commit"))[0][0] == "on"

    async def test_close_waits_for_running_calls_and_makes_the_store_unavailable(
        self, store: PostgresqlStore, operator: Operator
    ) -> None:
        async with operator.transaction():
            await operator.execute("LOCK TABLE users, device_grants IN ACCESS EXCLUSIVE MODE")
            reading = asyncio.ensure_future(store.users())
            writing = asyncio.ensure_future(store.insert_grant(grant(1)))
            await waiting_for_a_lock(operator)
            closing = asyncio.ensure_future(store.close())
        assert [await reading, await writing] == [[ALICE], True]
        await closing
        with pytest.raises(StoreUnavailableError):
            await store.user("u1")


class TestListener:
    async def test_any_grant_is_reported_after_the_listening_connection_was_lost(
        self, store: PostgresqlStore, operator: Operator
    ) -> None:
        changed: asyncio.Queue[bytes | None] = asyncio.Queue()
        store.listen(changed.put_nowait)
        assert await asyncio.wait_for(changed.get(), PATIENCE) is None
        await store.set_grant_stage(grant(0).grant_id, PairingStage.OPENED)
        assert await asyncio.wait_for(changed.get(), PATIENCE) == grant(0).grant_id
        await end_connections(operator)
        assert await asyncio.wait_for(changed.get(), PATIENCE) is None
        assert await store.decide_grant(grant(0).grant_id, GrantStatus.APPROVED, "u1", NOW, NOW)
        assert await asyncio.wait_for(changed.get(), PATIENCE) == grant(0).grant_id

    async def test_lost_compare_and_set_and_foreign_notification_are_not_reported(
        self, store: PostgresqlStore, operator: Operator
    ) -> None:
        changed: asyncio.Queue[bytes | None] = asyncio.Queue()
        store.listen(changed.put_nowait)
        assert await asyncio.wait_for(changed.get(), PATIENCE) is None
        assert not await store.decide_grant(b"unknown", GrantStatus.APPROVED, "u1", NOW, NOW)
        await operator.execute("NOTIFY pairgrant_grant, 'nonsense'")
        await operator.execute("NOTIFY pairgrant_grant, '00ff'")
        assert await asyncio.wait_for(changed.get(), PATIENCE) == b"\x00\xff"
