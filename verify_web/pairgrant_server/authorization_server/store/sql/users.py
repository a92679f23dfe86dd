"""Accounts of people: the methods that are the same SQL on both engines."""

from collections.abc import Sequence

from pairgrant_server.authorization_server.model.records import User
from pairgrant_server.authorization_server.store.sql import rows, statements
from pairgrant_server.authorization_server.store.sql.connected_devices import ends_of_connections
from pairgrant_server.authorization_server.store.sql.database import Database, Statement

_USER_BY_NAME = statements.selection("users", User, "WHERE username_key = $1")
_ALL_USERS = statements.selection("users", User, "ORDER BY username_key")


class SqlUsers:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def add_user(self, user: User) -> bool:
        row = rows.user_row(user)
        statement = statements.insertion_unless_taken("users", row, "username_key")
        return await self._database.change(statement, *row.values())

    async def user_by_name(self, username: str) -> User | None:
        row = await self._database.row(_USER_BY_NAME, rows.username_key(username))
        return None if row is None else rows.user_of(row)

    async def users(self) -> Sequence[User]:
        return [rows.user_of(row) for row in await self._database.rows(_ALL_USERS)]

    async def set_user_locked(self, user_id: str, *, locked: bool) -> bool:
        return await self._database.change_by_key(
            "UPDATE users SET locked = $1, session_epoch = session_epoch + $2 WHERE user_id = $3",
            *(locked, int(locked), user_id),
        )

    async def set_password_hash(
        self, user_id: str, password_hash: str, *, connections_end: float | None = None
    ) -> bool:
        new_password = Statement(
            "UPDATE users SET password_hash = $1, session_epoch = session_epoch + 1 WHERE user_id = $2",
            (password_hash, user_id),
        )
        ends = () if connections_end is None else ends_of_connections(user_id, connections_end)
        return await self._database.change_and_follow(new_password, *ends)

    async def renew_password_hash(self, user_id: str, old_hash: str, new_hash: str) -> bool:
        return await self._database.change_by_key(
            "UPDATE users SET password_hash = $1 WHERE user_id = $2 AND password_hash = $3",
            *(new_hash, user_id, old_hash),
        )

    async def set_user_profile(self, user_id: str, display_name: str, email: str | None) -> bool:
        return await self._database.change(
            "UPDATE users SET display_name = $1, email = $2 WHERE user_id = $3",
            *(display_name, email, user_id),
        )

    async def set_user_locale(self, user_id: str, language: str | None, time_zone: str | None) -> bool:
        return await self._database.change(
            "UPDATE users SET language = $1, time_zone = $2 WHERE user_id = $3",
            *(language, time_zone, user_id),
        )

    async def remove_user(self, user_id: str) -> bool:
        return await self._database.remove_with_dependents("DELETE FROM users WHERE user_id = $1", user_id)
