"""The shared engine: any number of servers on any number of hosts work on one PostgreSQL database.

What devices do comes many at a time and is coalesced (``postgresql_batches.py``); what people and operators do goes
straight through. Nothing is cached here: every answer is what the primary has committed.
"""

from collections.abc import Callable, Sequence

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
from pairgrant_server.authorization_server.store.postgresql import statements as sql
from pairgrant_server.authorization_server.store.postgresql.code_flow import PostgresqlAuthorizations
from pairgrant_server.authorization_server.store.postgresql.connections import HeldConnections
from pairgrant_server.authorization_server.store.postgresql.errors import storable
from pairgrant_server.authorization_server.store.postgresql.hot_calls import HotCalls, Redemption
from pairgrant_server.authorization_server.store.postgresql.identities import PostgresqlIdentities
from pairgrant_server.authorization_server.store.postgresql.listener import GrantListener
from pairgrant_server.authorization_server.store.postgresql.migrations import prepare
from pairgrant_server.authorization_server.store.postgresql.server import Connection, Server
from pairgrant_server.authorization_server.store.postgresql.sweep import Sweep

_READING = 2
_WRITING = 4
"""Connections of one process; changes have their own, so that a slow disk holds up no look-up."""

_STAGES = tuple(PairingStage)


class PostgresqlStore(PostgresqlAuthorizations, PostgresqlIdentities):
    """Implements ``Store``; see ``interface.py`` for what each method promises."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._reading = HeldConnections(server, _READING)
        self._writing = HeldConnections(server, _WRITING)
        self._hot = HotCalls(self._reading, self._writing)
        self._listener = GrantListener(server)
        self._sweep = Sweep(self._writing)

    @classmethod
    async def open(cls, url: str) -> "PostgresqlStore":
        """The store in the database that ``url`` (``postgresql://user:password@host:port/name``) names.

        Raises:
            DatabaseError: the database can't be used; the text says what to do.
        """
        server = Server(url)
        await prepare(server)
        return cls(server)

    async def close(self) -> None:
        await self._listener.close()
        await self._hot.drain()
        await self._reading.close()
        await self._writing.close()

    def __repr__(self) -> str:
        return f"PostgresqlStore({self._server})"

    # Clients

    async def add_client(self, client: Client) -> bool:
        return await self._insert("clients", rows.client_row(client), unless_taken="client_id")

    async def client(self, client_id: str) -> Client | None:
        return await self._hot.client(client_id) if storable(client_id) else None

    async def clients(self) -> Sequence[Client]:
        found = await self._found(sql.ALL_CLIENTS)
        return [rows.client_of(row) for row in found]

    async def replace_client(self, client: Client) -> bool:
        row = rows.client_row(client)
        changed = ", ".join(f"{name} = ${number}" for number, name in enumerate(row, start=1))
        return await self._change(
            f"UPDATE clients SET {changed} WHERE client_id = ${len(row) + 1}",  # noqa: S608 - our own names
            *(*row.values(), client.client_id),
        )

    async def remove_client(self, client_id: str) -> bool:
        return storable(client_id) and await self._remove("clients", "client_id", client_id)

    # Users

    async def add_user(self, user: User) -> bool:
        return await self._insert("users", rows.user_row(user), unless_taken="username_key")

    async def user(self, user_id: str) -> User | None:
        return await self._hot.user(user_id) if storable(user_id) else None

    async def user_by_name(self, username: str) -> User | None:
        found = await self._found(sql.USER_BY_NAME, rows.username_key(username))
        return rows.user_of(found[0]) if found else None

    async def users(self) -> Sequence[User]:
        found = await self._found(sql.ALL_USERS)
        return [rows.user_of(row) for row in found]

    async def set_user_locked(self, user_id: str, *, locked: bool) -> bool:
        return storable(user_id) and await self._change(
            "UPDATE users SET locked = $1, session_epoch = session_epoch + $2::int WHERE user_id = $3",
            *(locked, int(locked), user_id),
        )

    async def set_password_hash(self, user_id: str, password_hash: str) -> bool:
        return await self._change(
            "UPDATE users SET password_hash = $1, session_epoch = session_epoch + 1 WHERE user_id = $2",
            *(password_hash, user_id),
        )

    async def renew_password_hash(self, user_id: str, old_hash: str, new_hash: str) -> bool:
        return storable(user_id) and await self._change(
            "UPDATE users SET password_hash = $1 WHERE user_id = $2 AND password_hash = $3",
            *(new_hash, user_id, old_hash),
        )

    async def set_user_profile(self, user_id: str, display_name: str, email: str | None) -> bool:
        return await self._change(
            "UPDATE users SET display_name = $1, email = $2 WHERE user_id = $3", display_name, email, user_id
        )

    async def remove_user(self, user_id: str) -> bool:
        return storable(user_id) and await self._remove("users", "user_id", user_id)

    # Device grants

    async def insert_grant(self, grant: DeviceGrant) -> bool:
        return await self._hot.insert_grant(grant)

    async def grant(self, grant_id: bytes) -> DeviceGrant | None:
        return await self._hot.grant(grant_id)

    async def polled_grant(self, grant_id: bytes) -> PolledGrant | None:
        return await self._hot.polled_grant(grant_id)

    async def grant_by_user_code(self, user_code_digest: bytes) -> DeviceGrant | None:
        found = await self._found(sql.GRANT_BY_USER_CODE, user_code_digest)
        return rows.grant_of(found[0]) if found else None

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
        approved = None if scope is None else " ".join(scope)
        return await self._hot.decide_grant((grant_id, status, user_id, auth_time, now, approved))

    async def redeem_grant(self, grant_id: bytes, device: ConnectedDevice, replay: bytes, now: float) -> bool:
        return await self._hot.redeem_grant(Redemption(grant_id, device, replay, now))

    async def set_grant_interval(self, grant_id: bytes, interval: int) -> None:
        await self._change(
            'UPDATE device_grants SET "interval" = $2 WHERE grant_id = $1 AND "interval" < $2',
            *(grant_id, interval),
        )

    async def set_grant_stage(self, grant_id: bytes, stage: PairingStage) -> None:
        earlier = _STAGES[: _STAGES.index(stage)]
        await self._writing.change(sql.ADVANCE_STAGE, grant_id, stage, earlier)

    # Connected devices

    async def connected_device(self, device_id: str) -> ConnectedDevice | None:
        return await self._hot.connected_device(device_id) if storable(device_id) else None

    async def connected_devices(self, user_id: str, now: float) -> Sequence[ConnectedDevice]:
        found = await self._found(sql.LIVE_DEVICES_OF_USER, user_id, now)
        return [rows.device_of(row) for row in found]

    async def rotate_refresh(self, rotation: Rotation) -> bool:
        return await self._hot.rotate_refresh(rotation)

    async def revoke_device(self, device_id: str, now: float) -> bool:
        return storable(device_id) and await self._change(
            "UPDATE connected_devices SET revoked_at = $1, refresh_digest = NULL, replay = NULL"
            " WHERE device_id = $2 AND revoked_at IS NULL",
            *(now, device_id),
        )

    # Sessions

    async def put_session(self, session: WebSession) -> None:
        await self._put("web_sessions", rows.columns(session), key="session_digest")

    async def session(self, session_digest: bytes) -> WebSession | None:
        found = await self._found(sql.SESSION, session_digest)
        return WebSession(*found[0]) if found else None

    async def remove_session(self, session_digest: bytes) -> None:
        await self._change("DELETE FROM web_sessions WHERE session_digest = $1", session_digest)

    # Attempts

    async def spend_attempts(self, subjects: Sequence[str], window: int, weight: int = 1) -> Sequence[int]:
        spent = await self._writing.change(sql.SPEND_ATTEMPTS, subjects, window, weight)
        counts = {row["subject"]: row["count"] for row in spent}
        return [counts[subject] for subject in subjects]

    async def attempts(self, subject: str, since: int) -> int:
        return await self._hot.attempts((subject, since)) if storable(subject) else 0

    # Signing keys

    async def signing_keys(self) -> Sequence[SigningKey]:
        return [SigningKey(*row) for row in await self._found(sql.SIGNING_KEYS)]

    async def add_signing_key(self, key: SigningKey, *, unless_since: float) -> bool:
        async def steps(connection: Connection) -> bool:
            await connection.execute("LOCK TABLE signing_keys IN SHARE ROW EXCLUSIVE MODE")
            there = "SELECT EXISTS (SELECT FROM signing_keys WHERE algorithm = $1 AND created_at >= $2)"
            if await connection.fetchval(there, key.algorithm, unless_since):
                return False
            row = rows.columns(key)
            await connection.execute(sql.insertion("signing_keys", row), *row.values())
            return True

        return await self._writing.transaction(steps)

    async def remove_signing_key(self, kid: str) -> bool:
        return storable(kid) and await self._change("DELETE FROM signing_keys WHERE kid = $1", kid)

    # Notices

    async def notices(self, user_id: str) -> Sequence[Notice]:
        return [Notice(*row) for row in await self._found(sql.NOTICES_OF_USER, user_id)]

    async def add_notice(self, notice: Notice, *, limit: int) -> bool:
        async def steps(connection: Connection) -> bool:
            # Whoever posts for this user comes one after the other: each counts what the one before has added.
            held = "SELECT user_id FROM users WHERE user_id = $1 FOR NO KEY UPDATE"
            if await connection.fetchval(held, notice.user_id) is None:
                return False
            count = await connection.fetchval(
                "SELECT count(*) FROM notices WHERE user_id = $1", notice.user_id
            )
            if count >= limit:
                return False
            row = rows.columns(notice)
            await connection.execute(sql.insertion("notices", row), *row.values())
            return True

        return await self._writing.transaction(steps)

    async def remove_notice(self, user_id: str, notice_id: str) -> bool:
        return storable(notice_id) and await self._change(
            "DELETE FROM notices WHERE user_id = $1 AND notice_id = $2", user_id, notice_id
        )

    # News, and sweeping

    def listen(self, heard: Callable[[bytes | None], None]) -> None:
        self._listener.listen(heard)

    async def sweep(self, now: float) -> int:
        return await self._sweep(now)
