"""The embedded engine: reads in the caller's thread (7 µs each), writes through one group-committing thread."""

import sqlite3
from collections.abc import Callable, Sequence
from pathlib import Path

from pairgrant_protocol.device_grant import GrantStatus
from pairgrant_protocol.vocabulary import PairingStage
from pairgrant_server.authorization_server.model.records import (
    Client,
    ConnectedDevice,
    DeviceGrant,
    Notice,
    PolledGrant,
    Rotation,
    SigningKey,
    User,
    WebSession,
)
from pairgrant_server.authorization_server.store import rows
from pairgrant_server.authorization_server.store.errors import StoreUnavailableError
from pairgrant_server.authorization_server.store.retention import Retention
from pairgrant_server.authorization_server.store.sqlite.code_flow import (
    INSERT_DEVICE,
    SqliteAuthorizations,
    device_values,
)
from pairgrant_server.authorization_server.store.sqlite.file import ServingLock, connect, prepare
from pairgrant_server.authorization_server.store.sqlite.group_commit import Change, GroupCommitWriter
from pairgrant_server.authorization_server.store.sqlite.identities import SqliteIdentities
from pairgrant_server.authorization_server.store.sqlite.other_processes import OtherProcesses
from pairgrant_server.authorization_server.store.sqlite.rows import ReadingTurns, insertion, named

_STAGES = tuple(PairingStage)

_SWEEP = (
    # Grants are in the order of their making; a bounded bite leaves room for other changes between two sweeps.
    (
        (
            "DELETE FROM device_grants WHERE grant_id IN"
            " (SELECT grant_id FROM device_grants WHERE grant_id < ? LIMIT 5000)"
        ),
        "oldest_grant_id",
    ),
    (
        (
            "DELETE FROM authorization_grants WHERE grant_id IN"
            " (SELECT grant_id FROM authorization_grants WHERE grant_id < ? LIMIT 5000)"
        ),
        "oldest_grant_id",
    ),
    ("DELETE FROM spent_identifiers WHERE expires_at < ?", "oldest_identifier_expiry"),
    ("DELETE FROM initial_access_tokens WHERE expires_at < ?", "oldest_device_end"),
    ("DELETE FROM web_sessions WHERE expires_at < ?", "oldest_session_expiry"),
    ("DELETE FROM attempts WHERE window < ?", "oldest_window"),
    ("DELETE FROM connected_devices WHERE coalesce(revoked_at, expires_at) < ?", "oldest_device_end"),
)
"""Statement, and the bound of ``Retention`` that it takes."""


class SqliteStore(SqliteAuthorizations, SqliteIdentities):
    """Implements ``Store``; see ``interface.py`` for what each method promises."""

    def __init__(self, path: Path, lock: ServingLock | None) -> None:
        self._lock = lock
        self._reader = connect(path, writing=False)
        self._poll_reader = self._reader.cursor()
        self._reading = ReadingTurns(self._reader)
        self._reader.row_factory = named
        self._writer = GroupCommitWriter(lambda: connect(path, writing=True))
        self._others = OtherProcesses(self._reader, self._writer)

    @classmethod
    def open(cls, path: Path, *, serving: bool = False) -> "SqliteStore":
        """The store in the file ``path``, made if need be; ``serving`` claims it for this one server process.

        Raises:
            DatabaseError: the file can't be used; the text says what to do.
        """
        prepare(path)
        return cls(path, ServingLock(path) if serving else None)

    async def close(self) -> None:
        await self._others.close()
        self._writer.close()
        self._reading.close()
        if self._lock is not None:
            self._lock.release()

    # Clients

    async def add_client(self, client: Client) -> bool:
        return await self._insert("clients", rows.client_row(client), unless_taken="client_id")

    async def client(self, client_id: str) -> Client | None:
        row = self._row("SELECT * FROM clients WHERE client_id = ?", client_id)
        return None if row is None else rows.client_of(row)

    async def clients(self) -> Sequence[Client]:
        return [rows.client_of(row) for row in self._rows("SELECT * FROM clients ORDER BY client_id")]

    async def replace_client(self, client: Client) -> bool:
        row = rows.client_row(client)
        changed = ", ".join(f"{name} = :{name}" for name in row)
        return await self._change(f"UPDATE clients SET {changed} WHERE client_id = :client_id", row)  # noqa: S608 - our own names

    async def remove_client(self, client_id: str) -> bool:
        return await self._change("DELETE FROM clients WHERE client_id = ?", client_id)

    # Users

    async def add_user(self, user: User) -> bool:
        return await self._insert("users", rows.user_row(user), unless_taken="username_key")

    async def user(self, user_id: str) -> User | None:
        row = self._row("SELECT * FROM users WHERE user_id = ?", user_id)
        return None if row is None else rows.user_of(row)

    async def user_by_name(self, username: str) -> User | None:
        row = self._row("SELECT * FROM users WHERE username_key = ?", rows.username_key(username))
        return None if row is None else rows.user_of(row)

    async def users(self) -> Sequence[User]:
        return [rows.user_of(row) for row in self._rows("SELECT * FROM users ORDER BY username_key")]

    async def set_user_locked(self, user_id: str, *, locked: bool) -> bool:
        return await self._change(
            "UPDATE users SET locked = ?, session_epoch = session_epoch + ? WHERE user_id = ?",
            *(locked, int(locked), user_id),
        )

    async def set_password_hash(self, user_id: str, password_hash: str) -> bool:
        return await self._change(
            "UPDATE users SET password_hash = ?, session_epoch = session_epoch + 1 WHERE user_id = ?",
            *(password_hash, user_id),
        )

    async def renew_password_hash(self, user_id: str, old_hash: str, new_hash: str) -> bool:
        return await self._change(
            "UPDATE users SET password_hash = ? WHERE user_id = ? AND password_hash = ?",
            *(new_hash, user_id, old_hash),
        )

    async def set_user_profile(self, user_id: str, display_name: str, email: str | None) -> bool:
        return await self._change(
            "UPDATE users SET display_name = ?, email = ? WHERE user_id = ?", display_name, email, user_id
        )

    async def remove_user(self, user_id: str) -> bool:
        return await self._change("DELETE FROM users WHERE user_id = ?", user_id)

    # Device grants

    async def insert_grant(self, grant: DeviceGrant) -> bool:
        values = _grant_values(grant)
        return await self._writer.write(
            lambda connection: connection.execute(_INSERT_GRANT, values).rowcount > 0
        )

    async def grant(self, grant_id: bytes) -> DeviceGrant | None:
        row = self._row("SELECT * FROM device_grants WHERE grant_id = ?", grant_id)
        return None if row is None else rows.grant_of(row)

    async def polled_grant(self, grant_id: bytes) -> PolledGrant | None:
        try:
            self._reading.join()
            row = self._poll_reader.execute(_POLLED_GRANT, (grant_id,)).fetchone()
        except sqlite3.Error as error:
            raise StoreUnavailableError(str(error)) from error
        return None if row is None else rows.polled_grant_of(row)

    async def grant_by_user_code(self, user_code_digest: bytes) -> DeviceGrant | None:
        row = self._row("SELECT * FROM device_grants WHERE user_code_digest = ?", user_code_digest)
        return None if row is None else rows.grant_of(row)

    async def decide_grant(
        self,
        grant_id: bytes,
        status: GrantStatus,
        user_id: str,
        auth_time: float,
        now: float,
        *,
        scope: tuple[str, ...] | None = None,
    ) -> bool:
        return await self._change(
            "UPDATE device_grants SET status = ?, user_id = ?, auth_time = ?, scope = coalesce(?, scope)"
            " WHERE grant_id = ? AND status = 'pending' AND expires_at > ?",
            *(status, user_id, auth_time, None if scope is None else " ".join(scope), grant_id, now),
        )

    async def redeem_grant(self, grant_id: bytes, device: ConnectedDevice, replay: bytes, now: float) -> bool:
        values = device_values(device)

        def redeem(connection: sqlite3.Connection) -> bool:
            won = connection.execute(
                "UPDATE device_grants SET status = 'redeemed', redeemed_at = ?, connected_device_id = ?, replay = ?"
                " WHERE grant_id = ? AND status = 'approved' AND expires_at > ?",
                (now, device.device_id, replay, grant_id, now),
            ).rowcount
            if won:
                connection.execute(INSERT_DEVICE, values)
            return won == 1

        return await self._writer.write(redeem)

    async def set_grant_interval(self, grant_id: bytes, interval: int) -> None:
        await self._change(
            "UPDATE device_grants SET interval = ? WHERE grant_id = ? AND interval < ?",
            interval,
            grant_id,
            interval,
        )

    async def set_grant_stage(self, grant_id: bytes, stage: PairingStage) -> None:
        earlier = " ".join(_STAGES[: _STAGES.index(stage)])
        await self._change(
            "UPDATE device_grants SET stage = ?"
            " WHERE grant_id = ? AND status = 'pending' AND instr(' ' || ? || ' ', ' ' || stage || ' ')",
            *(stage, grant_id, earlier),
        )

    # Connected devices

    async def add_connected_device(self, device: ConnectedDevice) -> None:
        await self._change(INSERT_DEVICE, *device_values(device))

    async def connected_device(self, device_id: str) -> ConnectedDevice | None:
        row = self._row("SELECT * FROM connected_devices WHERE device_id = ?", device_id)
        return None if row is None else rows.device_of(row)

    async def connected_devices(self, user_id: str, now: float) -> Sequence[ConnectedDevice]:
        found = self._rows(
            "SELECT * FROM connected_devices WHERE user_id = ? AND revoked_at IS NULL AND expires_at > ?"
            " ORDER BY created_at DESC",
            *(user_id, now),
        )
        return [rows.device_of(row) for row in found]

    async def rotate_refresh(self, rotation: Rotation) -> bool:
        return await self._change(
            "UPDATE connected_devices SET refresh_sequence = :refresh_sequence, refresh_digest = :refresh_digest,"
            " expires_at = :expires_at, rotated_at = :rotated_at, last_seen_at = :rotated_at, replay = :replay,"
            " address = :address"
            " WHERE device_id = :device_id AND refresh_digest = :expected_digest AND revoked_at IS NULL",
            rows.columns(rotation),
        )

    async def revoke_device(self, device_id: str, now: float) -> bool:
        return await self._change(
            "UPDATE connected_devices SET revoked_at = ?, refresh_digest = NULL, replay = NULL"
            " WHERE device_id = ? AND revoked_at IS NULL",
            *(now, device_id),
        )

    # Sessions

    async def put_session(self, session: WebSession) -> None:
        await self._put("web_sessions", rows.columns(session))

    async def session(self, session_digest: bytes) -> WebSession | None:
        row = self._row("SELECT * FROM web_sessions WHERE session_digest = ?", session_digest)
        return None if row is None else WebSession(**row)

    async def remove_session(self, session_digest: bytes) -> None:
        await self._change("DELETE FROM web_sessions WHERE session_digest = ?", session_digest)

    # Attempts

    async def spend_attempts(self, subjects: Sequence[str], window: int, weight: int = 1) -> Sequence[int]:
        def spend(connection: sqlite3.Connection) -> Sequence[int]:
            return [
                connection.execute(
                    "INSERT INTO attempts VALUES (?, ?, max(?, 0)) ON CONFLICT DO UPDATE"
                    " SET count = max(count + ?, 0) RETURNING count",
                    (subject, window, weight, weight),
                ).fetchone()[0]
                for subject in subjects
            ]

        return await self._writer.write(spend)

    async def attempts(self, subject: str, since: int) -> int:
        row = self._row(
            "SELECT coalesce(sum(count), 0) AS total FROM attempts WHERE subject = ? AND window >= ?",
            subject,
            since,
        )
        return 0 if row is None else row["total"]

    # Signing keys

    async def signing_keys(self) -> Sequence[SigningKey]:
        return [
            SigningKey(**row) for row in self._rows("SELECT * FROM signing_keys ORDER BY created_at DESC")
        ]

    async def add_signing_key(self, key: SigningKey, *, unless_since: float) -> bool:
        return await self._change(
            "INSERT INTO signing_keys (kid, algorithm, sealed, created_at)"
            " SELECT :kid, :algorithm, :sealed, :created_at WHERE NOT EXISTS"
            " (SELECT * FROM signing_keys WHERE algorithm = :algorithm AND created_at >= :unless_since)",
            {**rows.columns(key), "unless_since": unless_since},
        )

    async def remove_signing_key(self, kid: str) -> bool:
        return await self._change("DELETE FROM signing_keys WHERE kid = ?", kid)

    # Notices

    async def notices(self, user_id: str) -> Sequence[Notice]:
        found = self._rows(
            "SELECT * FROM notices WHERE user_id = ? ORDER BY created_at DESC, notice_id DESC", user_id
        )
        return [Notice(**row) for row in found]

    async def add_notice(self, notice: Notice, *, limit: int) -> bool:
        return await self._change(
            "INSERT INTO notices (notice_id, user_id, text, created_at)"
            " SELECT ?, user_id, ?, ? FROM users"
            " WHERE user_id = ?4 AND (SELECT count(*) FROM notices WHERE user_id = ?4) < ?5",
            *(notice.notice_id, notice.text, notice.created_at, notice.user_id, limit),
        )

    async def remove_notice(self, user_id: str, notice_id: str) -> bool:
        return await self._change(
            "DELETE FROM notices WHERE user_id = ? AND notice_id = ?", user_id, notice_id
        )

    # News, and sweeping

    def listen(self, heard: Callable[[bytes | None], None]) -> None:
        self._others.listen(heard)

    async def sweep(self, now: float) -> int:
        keep = Retention.at(now)
        removed = 0
        for statement, bound in _SWEEP:
            removed += await self._writer.write(_deletion(statement, getattr(keep, bound)))
        return removed


_GRANT_COLUMNS, _grant_values = rows.flat(DeviceGrant)
_INSERT_GRANT = f"{insertion('device_grants', _GRANT_COLUMNS)} ON CONFLICT (user_code_digest) DO NOTHING"
_POLLED_GRANT = f"SELECT {', '.join(PolledGrant._fields)} FROM device_grants WHERE grant_id = ?"  # noqa: S608 - our own names


def _deletion(statement: str, bound: bytes | float) -> Change[int]:
    return lambda connection: connection.execute(statement, (bound,)).rowcount
