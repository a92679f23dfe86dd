"""Notices on the boards of users, on both engines."""

from collections.abc import Sequence

from pairgrant_server.authorization_server.model.records import Notice
from pairgrant_server.authorization_server.store.sql import rows, statements
from pairgrant_server.authorization_server.store.sql.database import Database, Statement

_NOTICES_OF_USER = statements.selection(
    "notices", Notice, "WHERE user_id = $1 ORDER BY created_at DESC, notice_id DESC"
)

_LOCK_USER = "SELECT user_id FROM users WHERE user_id = $1 FOR NO KEY UPDATE"
"""Two posts for one user run one after the other, so each counts the notice of the other."""

_ADD_UP_TO_LIMIT = """
INSERT INTO notices (notice_id, user_id, text, created_at)
SELECT $1, user_id, $2, $3 FROM users
WHERE user_id = $4 AND (SELECT count(*) FROM notices WHERE user_id = $4) < $5
ON CONFLICT (notice_id) DO NOTHING
"""


class SqlNotices:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def notices(self, user_id: str) -> Sequence[Notice]:
        return [rows.record_of(Notice, row) for row in await self._database.rows(_NOTICES_OF_USER, user_id)]

    async def add_notice(self, notice: Notice, *, limit: int) -> bool:
        values = (notice.notice_id, notice.text, notice.created_at, notice.user_id, limit)
        return await self._database.change_locked(
            Statement(_LOCK_USER, (notice.user_id,)), Statement(_ADD_UP_TO_LIMIT, values)
        )

    async def remove_notice(self, user_id: str, notice_id: str) -> bool:
        return await self._database.change_by_key(
            "DELETE FROM notices WHERE user_id = $1 AND notice_id = $2", user_id, notice_id
        )
