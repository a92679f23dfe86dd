"""Sessions of browsers and their pairings, on both engines."""

from collections.abc import Sequence

from pairgrant_server.authorization_server.model.records import SessionPairing, WebSession
from pairgrant_server.authorization_server.store.sql import rows, statements
from pairgrant_server.authorization_server.store.sql.database import Database, Statement

MOST = 8
"""Pairings of one session."""

_SESSION = statements.selection("web_sessions", WebSession, "WHERE session_digest = $1")
_REMOVE_EXPIRED = "DELETE FROM web_sessions WHERE session_digest = $1 AND expires_at <= $2"
_ADD_SESSION = statements.insertion_unless_taken(
    "web_sessions", WebSession.__dataclass_fields__, "session_digest"
)
_SUPERSEDE_SESSION = (
    statements.replacement("web_sessions", WebSession.__dataclass_fields__, "session_digest")
    + " WHERE web_sessions.sealed_successor IS NULL OR web_sessions.expires_at <= excluded.created_at"
)
_SET_UPSTREAM = """
UPDATE web_sessions SET sealed_upstream = $2
WHERE session_digest = $1 AND sealed_successor IS NULL
    AND coalesce(sealed_upstream, $4) = $3
"""
_NONE = b""

_PAIRINGS = statements.selection(
    "session_pairings",
    SessionPairing,
    "WHERE session_digest = $1 ORDER BY looked_up_at DESC, grant_id DESC",
)
_ADD_PAIRING = statements.insertion("session_pairings", SessionPairing.__dataclass_fields__)
_PUT_PAIRING = """
INSERT INTO session_pairings (session_digest, grant_id, sealed_user_code, looked_up_at, arrival)
SELECT session_digest, $2, $3, $4, $5 FROM web_sessions
WHERE session_digest = $1 AND sealed_successor IS NULL
ON CONFLICT (session_digest, grant_id) DO UPDATE SET
    sealed_user_code = excluded.sealed_user_code,
    looked_up_at = excluded.looked_up_at,
    arrival = excluded.arrival
"""
_REMOVE_PAIRINGS = "DELETE FROM session_pairings WHERE session_digest = $1"
_REMOVE_OLDEST_PAIRINGS = f"""
DELETE FROM session_pairings WHERE session_digest = $1 AND grant_id NOT IN (
    SELECT grant_id FROM session_pairings WHERE session_digest = $1
    ORDER BY looked_up_at DESC, grant_id DESC LIMIT {MOST}
)
"""  # noqa: S608 - a number of our own


class SqlSessions:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def add_session(self, session: WebSession) -> bool:
        expired = Statement(_REMOVE_EXPIRED, (session.session_digest, session.created_at))
        _, is_added = await self._database.change_together(expired, _values(_ADD_SESSION, session))
        return is_added

    async def session(self, session_digest: bytes) -> WebSession | None:
        row = await self._database.row(_SESSION, session_digest)
        return None if row is None else rows.record_of(WebSession, row)

    async def set_session_upstream(
        self, session_digest: bytes, sealed: bytes, *, expected: bytes | None
    ) -> bool:
        return await self._database.change(_SET_UPSTREAM, session_digest, sealed, expected or _NONE, _NONE)

    async def supersede_session(
        self, ended: WebSession, successor: WebSession | None, pairings: Sequence[SessionPairing]
    ) -> bool:
        begins = [] if successor is None else [_values(_ADD_SESSION, successor)]
        return await self._database.change_and_follow(
            _values(_SUPERSEDE_SESSION, ended),
            Statement(_REMOVE_PAIRINGS, (ended.session_digest,)),
            *begins,
            *(_values(_ADD_PAIRING, pairing) for pairing in pairings),
        )

    async def remove_session(self, session_digest: bytes) -> None:
        await self._database.change("DELETE FROM web_sessions WHERE session_digest = $1", session_digest)

    async def put_session_pairing(self, pairing: SessionPairing) -> bool:
        is_stored, _ = await self._database.change_together(
            _values(_PUT_PAIRING, pairing), Statement(_REMOVE_OLDEST_PAIRINGS, (pairing.session_digest,))
        )
        return is_stored

    async def session_pairings(self, session_digest: bytes) -> Sequence[SessionPairing]:
        found = await self._database.rows(_PAIRINGS, session_digest)
        return [rows.record_of(SessionPairing, row) for row in found]


def _values(text: str, record: WebSession | SessionPairing) -> Statement:
    return Statement(text, tuple(rows.columns(record).values()))
