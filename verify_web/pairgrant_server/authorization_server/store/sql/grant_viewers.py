"""Who looked a code up, on both engines."""

from collections.abc import Sequence

from pairgrant_server.authorization_server.model.risk_records import GrantViewer
from pairgrant_server.authorization_server.store.sql import rows, statements
from pairgrant_server.authorization_server.store.sql.database import Database, Statement

MOST = 50
"""Viewers of one grant that are stored, of those with an account and of those without; more would tell an
operator nothing. Counted apart, because strangers' browsers must not keep an account out.
"""

_VIEWERS = statements.selection(
    "grant_viewers", GrantViewer, "WHERE grant_id = $1 ORDER BY seen_at, browser_id"
)

_ADD_VIEWER = f"""
INSERT INTO grant_viewers (grant_id, browser_id, seen_at, user_id)
SELECT grant_id, $2, $3, $4 FROM device_grants
WHERE grant_id = $1
    AND (
        SELECT count(*) FROM grant_viewers
        WHERE grant_id = $1 AND browser_id <> $2 AND (user_id IS NULL) = (CAST($4 AS TEXT) IS NULL)
    ) < {MOST}
ON CONFLICT (grant_id, browser_id) DO UPDATE SET seen_at = excluded.seen_at, user_id = excluded.user_id
"""  # noqa: S608 - a number of our own


class SqlGrantViewers:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def add_grant_viewer(self, viewer: GrantViewer) -> bool:
        values = (viewer.grant_id, viewer.browser_id, viewer.seen_at, viewer.user_id)
        add = Statement(_ADD_VIEWER, values)
        (is_stored,) = await self._database.change_together(add, grant_id=viewer.grant_id)
        return is_stored

    async def grant_viewers(self, grant_id: bytes) -> Sequence[GrantViewer]:
        return [rows.record_of(GrantViewer, row) for row in await self._database.rows(_VIEWERS, grant_id)]
