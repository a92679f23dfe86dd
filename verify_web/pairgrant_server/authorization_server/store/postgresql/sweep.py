"""Removes expired rows from PostgreSQL in batches, beside other servers that do the same.

A row that another server is removing or changing is skipped, so no sweep waits for another.
"""

from pairgrant_server.authorization_server.store.postgresql.database import PostgresqlDatabase
from pairgrant_server.authorization_server.store.retention import Retention

_BATCH = 5000
"""Rows read by one statement; few enough that it ends long before its timeout."""


def _removal(table: str, column: str) -> str:
    return f"""
    WITH gone AS (
        DELETE FROM {table} WHERE {column} < $1 AND ctid = ANY (ARRAY(
            SELECT ctid FROM {table} WHERE {column} < $1
            ORDER BY {column} LIMIT {_BATCH} FOR UPDATE SKIP LOCKED
        )) RETURNING TRUE
    )
    SELECT count(*) AS removed FROM gone
    """  # noqa: S608 - our own names


_BY_AGE = (
    (_removal("device_grants", "grant_id"), "oldest_grant_id"),
    (_removal("web_sessions", "expires_at"), "oldest_session_expiry"),
    (_removal("attempts", "window_start"), "oldest_window"),
    (_removal("authorization_grants", "grant_id"), "oldest_grant_id"),
    (_removal("spent_identifiers", "expires_at"), "oldest_identifier_expiry"),
    (_removal("initial_access_tokens", "expires_at"), "oldest_device_end"),
    (_removal("reports", "created_at"), "oldest_report"),
    (_removal("outbox", "created_at"), "oldest_event"),
)
"""Statement, and the bound of ``Retention`` that it takes."""

_DEVICES = f"""
WITH batch AS MATERIALIZED (
    SELECT device_id, coalesce(revoked_at, expires_at) AS ended FROM connected_devices
    WHERE device_id > $2 ORDER BY device_id LIMIT {_BATCH}
), gone AS (
    DELETE FROM connected_devices WHERE coalesce(revoked_at, expires_at) < $1 AND device_id = ANY (ARRAY(
        SELECT device_id FROM connected_devices
        WHERE device_id = ANY (ARRAY(SELECT device_id FROM batch WHERE ended < $1)) FOR UPDATE SKIP LOCKED
    )) RETURNING TRUE
)
SELECT (SELECT count(*) FROM gone) AS removed, (SELECT count(*) FROM batch) AS seen,
    (SELECT max(device_id) FROM batch) AS last
"""  # noqa: S608 - our own numbers


class PostgresqlSweep:
    """One batch of each kind per call.

    Devices are read in the order of their ids, one batch per sweep. An index by their expiry would have to be
    written at every refresh.
    """

    def __init__(self, database: PostgresqlDatabase) -> None:
        self._writing = database.writing
        self._last_device_id = ""

    async def __call__(self, now: float) -> int:
        """The number of rows removed."""
        keep = Retention.at(now)
        removed = 0
        for statement, bound in _BY_AGE:
            (row,) = await self._writing.change(statement, getattr(keep, bound))
            removed += row["removed"]
        (row,) = await self._writing.change(_DEVICES, keep.oldest_device_end, self._last_device_id)
        self._last_device_id = row["last"] if row["seen"] == _BATCH else ""
        return removed + int(row["removed"])
