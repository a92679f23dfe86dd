"""Accounts of people in SQLite."""

from pairgrant_server.authorization_server.model.records import User
from pairgrant_server.authorization_server.store.sql import rows, statements
from pairgrant_server.authorization_server.store.sql.users import SqlUsers
from pairgrant_server.authorization_server.store.sqlite.database import SqliteDatabase

_USER = statements.selection("users", User, "WHERE user_id = $1")


class SqliteUsers(SqlUsers):
    def __init__(self, database: SqliteDatabase) -> None:
        super().__init__(database)
        self._find = database.find

    async def user(self, user_id: str) -> User | None:
        found = self._find(_USER, user_id)
        return None if found is None else rows.user_of(found)
