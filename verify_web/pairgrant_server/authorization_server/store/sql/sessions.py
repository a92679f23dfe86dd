"""Sessions of browsers, on both engines."""

from pairgrant_server.authorization_server.model.records import WebSession
from pairgrant_server.authorization_server.store.sql import rows, statements
from pairgrant_server.authorization_server.store.sql.database import Database

_SESSION = statements.selection("web_sessions", WebSession, "WHERE session_digest = $1")
_PUT_SESSION = statements.replacement("web_sessions", WebSession.__dataclass_fields__, "session_digest")


class SqlSessions:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def put_session(self, session: WebSession) -> None:
        await self._database.change(_PUT_SESSION, *rows.columns(session).values())

    async def session(self, session_digest: bytes) -> WebSession | None:
        row = await self._database.row(_SESSION, session_digest)
        return None if row is None else rows.record_of(WebSession, row)

    async def remove_session(self, session_digest: bytes) -> None:
        await self._database.change("DELETE FROM web_sessions WHERE session_digest = $1", session_digest)
