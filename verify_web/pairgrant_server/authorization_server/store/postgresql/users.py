"""Accounts of people in PostgreSQL."""

from pairgrant_server.authorization_server.model.records import User
from pairgrant_server.authorization_server.store.postgresql.database import PostgresqlDatabase
from pairgrant_server.authorization_server.store.postgresql.errors import storable
from pairgrant_server.authorization_server.store.sql import rows
from pairgrant_server.authorization_server.store.sql.statements import selection
from pairgrant_server.authorization_server.store.sql.users import SqlUsers

USERS_BY_ID = selection("users", User, "WHERE user_id = ANY($1::text[])")


class PostgresqlUsers(SqlUsers):
    def __init__(self, database: PostgresqlDatabase) -> None:
        super().__init__(database)
        self._look_up = database.hot_calls.look_up(USERS_BY_ID, "user_id", rows.user_of, str)

    async def user(self, user_id: str) -> User | None:
        return await self._look_up(user_id) if storable(user_id) else None
