"""Reports and the outbox, on both engines."""

from collections.abc import Sequence

from pairgrant_protocol.sign_in_end import EndedBy
from pairgrant_server.authorization_server.model.risk_records import EndedPairing, OutboxEvent, Report
from pairgrant_server.authorization_server.store.sql import rows, statements
from pairgrant_server.authorization_server.store.sql.database import Database, Statement

MOST = 1000

_ADD_REPORT = f"{statements.insertion('reports', Report.__dataclass_fields__)} ON CONFLICT DO NOTHING"
_ADD_EVENT = f"{statements.insertion('outbox', OutboxEvent.__dataclass_fields__)} ON CONFLICT DO NOTHING"
_END_GRANT = (
    "UPDATE device_grants SET status = 'denied', user_id = coalesce(user_id, $2)"
    " WHERE grant_id = $1 AND status IN ('pending', 'approved')"
)
_END_DEVICE = """
UPDATE connected_devices SET revoked_at = $1, ended_by = $4, refresh_digest = NULL, replay = NULL
WHERE revoked_at IS NULL
    AND device_id IN ($2, (SELECT connected_device_id FROM device_grants WHERE grant_id = $3))
"""
_COUNTS = f"created_at > $3 AND lifted_at IS NULL ORDER BY created_at DESC LIMIT {MOST}"
_REPORTS_ABOUT_NETWORK = statements.selection(
    "reports", Report, f"WHERE client_id = $1 AND network = $2 AND {_COUNTS}"
)
_REPORTS_ABOUT = statements.selection(
    "reports", Report, f"WHERE client_id = $1 AND (network = $2 OR dpop_jkt = $4) AND {_COUNTS}"
)
_HAS_REPORTS = "SELECT report_id FROM reports WHERE created_at > $1 AND lifted_at IS NULL LIMIT 1"
_REPORTS = statements.selection(
    "reports", Report, f"WHERE created_at > $1 ORDER BY created_at DESC LIMIT {MOST}"
)
_OUTBOX = statements.selection("outbox", OutboxEvent, "ORDER BY created_at, event_id LIMIT $1")


class SqlReports:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def end_pairing(
        self,
        event: OutboxEvent,
        now: float,
        *,
        ended_by: EndedBy,
        grant_id: bytes | None = None,
        device_id: str | None = None,
        user_id: str | None = None,
        report: Report | None = None,
    ) -> EndedPairing:
        steps = [
            Statement(_END_GRANT, (grant_id, user_id)),
            Statement(_END_DEVICE, (now, device_id, grant_id, ended_by.value)),
            Statement(_ADD_EVENT, tuple(rows.columns(event).values())),
        ]
        if report is not None:
            steps.append(Statement(_ADD_REPORT, tuple(rows.columns(report).values())))
        ended_grant, ended_device, *_ = await self._database.change_together(*steps, grant_id=grant_id)
        return EndedPairing(ended_grant, ended_device)

    async def reports_about(
        self, client_id: str, network: str | None, dpop_jkt: str | None, since: float
    ) -> Sequence[Report]:
        about = (client_id, network, since)
        found = (
            await self._database.rows(_REPORTS_ABOUT_NETWORK, *about)  # most devices prove no key
            if dpop_jkt is None
            else await self._database.rows(_REPORTS_ABOUT, *about, dpop_jkt)
        )
        return [rows.record_of(Report, row) for row in reversed(found)]

    async def has_reports(self, since: float) -> bool:
        return await self._database.row(_HAS_REPORTS, since) is not None

    async def reports(self, since: float) -> Sequence[Report]:
        return [rows.record_of(Report, row) for row in await self._database.rows(_REPORTS, since)]

    async def lift_report(self, report_id: str, now: float) -> bool:
        return await self._database.change_by_key(
            "UPDATE reports SET lifted_at = $2 WHERE report_id = $1 AND lifted_at IS NULL", report_id, now
        )

    async def outbox(self, limit: int) -> Sequence[OutboxEvent]:
        return [rows.record_of(OutboxEvent, row) for row in await self._database.rows(_OUTBOX, limit)]
