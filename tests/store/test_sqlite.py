"""What is SQLite's own: the file, the group commit, the one serving process, and death at any moment."""

import asyncio
import os
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Coroutine
from dataclasses import is_dataclass, replace
from enum import StrEnum
from itertools import chain
from pathlib import Path
from types import ModuleType
from typing import Any, get_args, get_type_hints

import pytest

from pairgrant_protocol.device_grant import GrantStatus
from pairgrant_protocol.vocabulary import PairingStage
from pairgrant_server.authorization_server.model import connected_device, records
from pairgrant_server.authorization_server.model.connected_device import DeviceEventKind, Rotation
from pairgrant_server.authorization_server.model.device_kind import DeviceKind
from pairgrant_server.authorization_server.store.errors import DatabaseError, StoreUnavailableError
from pairgrant_server.authorization_server.store.sqlite.file import connect
from pairgrant_server.authorization_server.store.sqlite.group_commit import GroupCommitWriter
from pairgrant_server.authorization_server.store.sqlite.listener import SqliteListener
from pairgrant_server.authorization_server.store.sqlite.migrations import prepare
from pairgrant_server.authorization_server.store.sqlite.store import SqliteStore
from tests.processes.programs import PATIENCE
from tests.store.sample_records import ALICE, CLIENT, DEVICE, NOW

_FRAME = 24 + 4096
"""Bytes by which the write-ahead log grows for a page."""


def enums_of(module: ModuleType) -> set[type[StrEnum]]:
    """The enums that are types of fields in the records of ``module``."""
    fields = chain.from_iterable(
        get_type_hints(one).values() for one in vars(module).values() if is_dataclass(one)
    )
    types = chain.from_iterable((field, *get_args(field)) for field in fields)
    return {one for one in types if isinstance(one, type) and issubclass(one, StrEnum)}


class TestFile:
    async def test_file_and_folder_are_created_readable_only_by_their_owner(self, tmp_path: Path) -> None:
        path = tmp_path / "new" / "folder" / "pairgrant.db"
        store = SqliteStore.open(path)
        await store.close()
        assert path.stat().st_mode & 0o777 == 0o600

    @pytest.mark.as_shipped
    async def test_writing_connection_syncs_each_commit(self, tmp_path: Path) -> None:
        path = tmp_path / "pairgrant.db"
        prepare(path)
        connection = connect(path, writing=True)
        assert connection.execute("PRAGMA synchronous").fetchone() == (2,)  # FULL
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
        connection.close()

    def test_bytes_and_null_have_adapters_which_bind_them_in_half_the_time(self) -> None:
        assert type(sqlite3.adapt(b"digest", sqlite3.PrepareProtocol)) is bytearray
        assert sqlite3.adapt(None, sqlite3.PrepareProtocol) is None

    def test_every_enum_in_a_record_has_an_adapter(self) -> None:
        enums = enums_of(records) | enums_of(connected_device)
        assert {GrantStatus, PairingStage, DeviceKind, DeviceEventKind} < enums
        for member in chain.from_iterable(enums):
            assert type(sqlite3.adapt(member, sqlite3.PrepareProtocol)) is str

    def test_error_names_a_file_that_is_not_a_database(self, tmp_path: Path) -> None:
        path = tmp_path / "notes.txt"
        path.write_text("this is no database, but long enough to look at" * 20)
        with pytest.raises(DatabaseError, match=r"notes\.txt"):
            SqliteStore.open(path)

    def test_folder_that_can_not_be_created_is_a_database_error(self, tmp_path: Path) -> None:
        (tmp_path / "file").touch()
        with pytest.raises(DatabaseError, match="--database"):
            SqliteStore.open(tmp_path / "file" / "pairgrant.db")

    def test_database_of_a_newer_version_is_refused(self, tmp_path: Path) -> None:
        path = tmp_path / "pairgrant.db"
        prepare(path)
        connection = sqlite3.connect(path)
        connection.execute("PRAGMA user_version = 999")
        connection.close()
        with pytest.raises(DatabaseError, match="newer Pairgrant"):
            SqliteStore.open(path)

    async def test_second_server_on_the_same_file_is_refused(self, tmp_path: Path) -> None:
        first = SqliteStore.open(tmp_path / "pairgrant.db", serving=True)
        with pytest.raises(DatabaseError, match="already serves"):
            SqliteStore.open(tmp_path / "pairgrant.db", serving=True)
        operator = SqliteStore.open(tmp_path / "pairgrant.db")  # a command beside the server is welcome
        assert await operator.clients() == []
        await operator.close()
        await first.close()
        again = SqliteStore.open(tmp_path / "pairgrant.db", serving=True)
        await again.close()


class TestGroupCommit:
    @pytest.fixture
    def writer(self, tmp_path: Path) -> GroupCommitWriter:
        path = tmp_path / "group.db"
        connection = sqlite3.connect(path)
        connection.execute("CREATE TABLE lines (text TEXT PRIMARY KEY)")
        connection.close()
        return GroupCommitWriter(lambda: connect(path, writing=True))

    @staticmethod
    def line(text: str) -> Callable[[sqlite3.Connection], int]:
        return lambda connection: connection.execute("INSERT INTO lines VALUES (?)", (text,)).rowcount

    async def test_failed_change_affects_no_other_change_of_its_group(
        self, writer: GroupCommitWriter, tmp_path: Path
    ) -> None:
        def half_done(connection: sqlite3.Connection) -> None:
            self.line("half")(connection)
            raise LookupError("second half")

        results = await asyncio.gather(
            writer.write(self.line("a")),
            writer.write(half_done),
            writer.write(self.line("a")),
            writer.write(self.line("b")),
            return_exceptions=True,
        )
        writer.close()
        assert results[0] == results[3] == 1
        assert isinstance(results[1], LookupError)
        assert isinstance(results[2], StoreUnavailableError)
        connection = sqlite3.connect(tmp_path / "group.db")
        assert sorted(connection.execute("SELECT text FROM lines")) == [("a",), ("b",)]
        connection.close()

    async def test_group_waits_once_for_a_lock_of_another_process(self, tmp_path: Path) -> None:
        path = tmp_path / "locked.db"
        holder = sqlite3.connect(path, isolation_level=None)
        holder.execute("CREATE TABLE lines (text TEXT PRIMARY KEY)")
        waits: list[str] = []

        def refused(connection: sqlite3.Connection) -> None:
            connection.execute("PRAGMA busy_timeout = 0")
            connection.set_trace_callback(waits.append)

        writer = GroupCommitWriter(lambda: connect(path, writing=True))
        await writer.write(refused)
        holder.execute("BEGIN IMMEDIATE")
        results = await asyncio.gather(
            *(writer.write(self.line(str(n))) for n in range(20)), return_exceptions=True
        )
        holder.execute("ROLLBACK")
        assert [type(result) for result in results] == [StoreUnavailableError] * 20
        assert waits.count("BEGIN IMMEDIATE") < 20
        assert await writer.write(self.line("later")) == 1
        writer.close()
        holder.close()

    async def test_changes_of_turns_that_follow_each_other_share_a_commit(
        self, writer: GroupCommitWriter
    ) -> None:
        run: list[str] = []
        await writer.write(lambda connection: connection.set_trace_callback(run.append))
        run.clear()
        first = asyncio.ensure_future(writer.write(self.line("first turn")))
        await asyncio.sleep(0)
        second = asyncio.ensure_future(writer.write(self.line("second turn")))
        assert list(await asyncio.gather(first, second)) == [1, 1]
        assert run.count("BEGIN IMMEDIATE") == 1
        writer.close()

    async def test_change_waits_for_a_few_turns_although_each_of_them_brings_another_one(
        self, writer: GroupCommitWriter
    ) -> None:
        changes, waiting = [], []
        for turn in range(30):
            changes.append(asyncio.ensure_future(writer.write(self.line(str(turn)))))
            await asyncio.sleep(0)
            waiting.append(len(writer._waiting))
        assert 1 < max(waiting) < 15
        assert await asyncio.gather(*changes) == [1] * 30
        writer.close()

    async def test_loop_that_stopped_before_it_handed_its_changes_over_holds_up_no_other_loop(
        self, writer: GroupCommitWriter
    ) -> None:
        async def begin() -> None:
            writer.write(self.line("of the loop that stops"))

        stopped = asyncio.new_event_loop()
        await asyncio.to_thread(lambda: stopped.run_until_complete(begin()))
        assert await asyncio.wait_for(writer.write(self.line("of this loop")), PATIENCE) == 1
        stopped.close()
        writer.close()

    async def test_close_writes_queued_changes(self, writer: GroupCommitWriter, tmp_path: Path) -> None:
        tasks = [asyncio.ensure_future(writer.write(self.line(str(number)))) for number in range(600)]
        await asyncio.sleep(0)  # let each task queue its change
        writer.close()
        assert await asyncio.gather(*tasks) == [1] * 600
        with pytest.raises(StoreUnavailableError):
            await writer.write(self.line("late"))

    async def test_cancelled_caller_affects_no_other_caller(self, writer: GroupCommitWriter) -> None:
        gone = asyncio.ensure_future(writer.write(self.line("gone")))
        await asyncio.sleep(0)
        gone.cancel()
        assert await writer.write(self.line("stays")) == 1
        assert gone.cancelled()
        writer.close()


def _at_once(reading: Coroutine[Any, Any, int]) -> int:
    """The result of a read that never waits, as for a request that starts while its bytes are parsed."""
    with pytest.raises(StopIteration) as ended:
        reading.send(None)
    return int(ended.value.value)


class TestPages:
    async def test_refresh_writes_one_page_of_a_device_that_has_a_response_to_replay(
        self, tmp_path: Path
    ) -> None:
        store = SqliteStore.open(tmp_path / "pairgrant.db")
        await store.add_client(CLIENT)
        await store.add_user(ALICE)
        for number in range(100):
            await store.add_connected_device(
                replace(DEVICE, device_id=f"{number:032}", replay=b"response" * 140)
            )
        rotation = Rotation(
            f"{50:032}", DEVICE.refresh_digest or b"", 2, b"r2" * 16, NOW + 7200, NOW, b"the next" * 140, ""
        )
        before = (tmp_path / "pairgrant.db-wal").stat().st_size
        assert await store.rotate_refresh(rotation)
        assert (tmp_path / "pairgrant.db-wal").stat().st_size - before == _FRAME
        await store.close()


class TestReadingTurns:
    async def test_reads_of_one_turn_see_one_state_and_the_next_turn_sees_newer_commits(
        self, tmp_path: Path
    ) -> None:
        ours = SqliteStore.open(tmp_path / "pairgrant.db")
        other = connect(tmp_path / "pairgrant.db", writing=True)
        seen: list[int] = []

        def two_requests_in_one_turn() -> None:
            seen.append(_at_once(ours.attempts("server", 0)))
            other.execute("INSERT INTO attempts VALUES ('server', 0, 7)")
            seen.append(_at_once(ours.attempts("server", 0)))

        asyncio.get_running_loop().call_soon(two_requests_in_one_turn)
        asyncio.get_running_loop().call_soon(lambda: seen.append(len(seen)))
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        asyncio.get_running_loop().call_soon(lambda: seen.append(_at_once(ours.attempts("server", 0))))
        await asyncio.sleep(0)
        assert seen == [0, 0, 2, 7]
        other.close()
        await ours.close()

    async def test_request_that_starts_while_its_bytes_are_parsed_reads_in_no_transaction_of_a_task(
        self, tmp_path: Path
    ) -> None:
        ours = SqliteStore.open(tmp_path / "pairgrant.db")
        other = connect(tmp_path / "pairgrant.db", writing=True)
        seen: list[int] = []

        def bytes_received() -> None:
            other.execute("INSERT INTO attempts VALUES ('server', 0, 7)")
            seen.append(_at_once(ours.attempts("server", 0)))

        asyncio.get_running_loop().call_soon(bytes_received)  # uvloop calls it before it ends the transaction
        assert await ours.attempts("server", 0) == 0
        assert ours.database.reader.in_transaction
        await asyncio.sleep(0)
        assert seen == [7]
        other.close()
        await ours.close()

    async def test_tasks_of_one_turn_share_a_transaction_and_the_next_turn_sees_newer_commits(
        self, tmp_path: Path
    ) -> None:
        ours = SqliteStore.open(tmp_path / "pairgrant.db")
        other = connect(tmp_path / "pairgrant.db", writing=True)

        async def read() -> int:
            return await ours.attempts("server", 0)

        async def read_after_a_commit() -> int:
            other.execute("INSERT INTO attempts VALUES ('server', 0, 7)")
            return await ours.attempts("server", 0)

        assert [*await asyncio.gather(read(), read_after_a_commit())] == [0, 0]
        assert [*await asyncio.gather(read())] == [7]
        other.close()
        await ours.close()

    def test_transaction_of_a_loop_that_stopped_does_not_outlive_it(self, tmp_path: Path) -> None:
        ours = SqliteStore.open(tmp_path / "pairgrant.db")
        other = connect(tmp_path / "pairgrant.db", writing=True)

        async def read() -> int:
            return await ours.attempts("server", 0)

        stopped = asyncio.new_event_loop()
        stopped.call_soon(lambda: _at_once(read()))
        stopped.call_soon(stopped.stop)
        stopped.run_forever()
        assert ours.database.reader.in_transaction
        other.execute("INSERT INTO attempts VALUES ('server', 0, 7)")
        assert asyncio.run(read()) == 7
        asyncio.run(ours.close())
        other.close()
        stopped.close()

    async def test_acknowledged_change_is_seen_by_the_next_read_of_its_caller(self, tmp_path: Path) -> None:
        store = SqliteStore.open(tmp_path / "pairgrant.db")
        is_over = asyncio.Event()

        async def read_in_every_turn() -> None:
            while not is_over.is_set():
                await store.attempts("server", 0)
                await asyncio.sleep(0)

        reading = asyncio.ensure_future(read_in_every_turn())
        for count in range(1, 50):
            await store.spend_attempts(["server"], 0)
            assert await store.attempts("server", 0) == count
        is_over.set()
        await reading
        await store.close()

    async def test_store_closes_in_the_turn_of_a_read(self, tmp_path: Path) -> None:
        store = SqliteStore.open(tmp_path / "pairgrant.db")
        asyncio.get_running_loop().call_soon(lambda: _at_once(store.attempts("server", 0)))
        await asyncio.sleep(0)
        assert store.database.reader.in_transaction
        await store.close()
        await asyncio.sleep(0)


class TestChangesByOtherProcesses:
    async def test_commit_of_another_process_is_reported_and_our_own_is_not(self, tmp_path: Path) -> None:
        ours = SqliteStore.open(tmp_path / "pairgrant.db")
        theirs = SqliteStore.open(tmp_path / "pairgrant.db")
        reported: list[bytes | None] = []
        others = SqliteListener(ours.database)
        others._listeners.append(reported.append)

        async def reported_by_a_check() -> list[bytes | None]:
            reported.clear()
            await others._check()
            await asyncio.sleep(0)  # listeners are called in the loop's next turn
            return list(reported)

        assert await reported_by_a_check() == [None]  # anything may have happened before
        assert await reported_by_a_check() == []
        await ours.spend_attempts(["server"], 0)
        assert await reported_by_a_check() == []
        await theirs.spend_attempts(["server"], 0)
        await ours.spend_attempts(["server"], 0)
        assert await reported_by_a_check() == [None]
        assert await reported_by_a_check() == []
        await ours.close()
        await theirs.close()


_ACKNOWLEDGE_AND_DIE = """
import asyncio, sys
from pathlib import Path
from pairgrant_server.authorization_server.store.sqlite.store import SqliteStore

async def main():
    store = SqliteStore.open(Path(sys.argv[1]))
    number = 0
    while True:
        await asyncio.gather(*(store.spend_attempts([f"{number + i}"], 0) for i in range(8)))
        number += 8
        print(number, flush=True)

asyncio.run(main())
"""


def acknowledged_until_killed(path: Path) -> int:
    """How many changes a process acknowledged before it was killed at work."""
    process = subprocess.Popen(
        [sys.executable, "-c", _ACKNOWLEDGE_AND_DIE, str(path)], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    acknowledged = 0
    while acknowledged < 400:
        acknowledged = int(process.stdout.readline())
    os.kill(process.pid, signal.SIGKILL)
    for line in process.stdout.read().split():
        acknowledged = int(line)
    process.stdout.close()
    process.wait()
    return acknowledged


class TestKill:
    async def test_acknowledged_changes_survive_kill_9(self, tmp_path: Path) -> None:
        acknowledged = acknowledged_until_killed(tmp_path / "pairgrant.db")
        store = SqliteStore.open(tmp_path / "pairgrant.db")
        kept = [await store.attempts(str(number), 0) for number in range(acknowledged)]
        assert kept == [1] * acknowledged
        await store.close()
