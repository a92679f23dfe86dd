"""Reports in PostgreSQL."""
# ruff: noqa: S608 - tables, columns and types are named in this package; values are always parameters

from collections.abc import Sequence
from typing import NamedTuple

from pairgrant_server.authorization_server.model.risk_records import Report
from pairgrant_server.authorization_server.store.postgresql.coalescing import Batches
from pairgrant_server.authorization_server.store.postgresql.database import PostgresqlDatabase
from pairgrant_server.authorization_server.store.postgresql.errors import storable
from pairgrant_server.authorization_server.store.sql.reports import MOST, SqlReports
from pairgrant_server.authorization_server.store.sql.rows import in_order
from pairgrant_server.authorization_server.store.sql.statements import selection

_ABOUT_NETWORK = selection(
    "reports",
    Report,
    "WHERE client_id = given.client_id AND network = given.network AND created_at > given.since"
    f" AND lifted_at IS NULL ORDER BY created_at DESC LIMIT {MOST}",
)
REPORTS_ABOUT_NETWORKS = f"""
SELECT found.*, given.place
FROM unnest($1::bigint[], $2::text[], $3::text[], $4::float8[]) AS given (place, client_id, network, since),
    LATERAL ({_ABOUT_NETWORK}) AS found
ORDER BY found.created_at
"""

_report_of = in_order(Report)


class _Network(NamedTuple):
    client_id: str
    network: str
    since: float


class PostgresqlReports(SqlReports):
    """Each device authorization reads those about the device's network, so these reads are batched."""

    def __init__(self, database: PostgresqlDatabase) -> None:
        super().__init__(database)
        self._reading = database.reading
        self._about_network: Batches[_Network, Sequence[Report]] = database.hot_calls.read(
            self._about_networks, tuple
        )

    async def reports_about(
        self, client_id: str, network: str | None, dpop_jkt: str | None, since: float
    ) -> Sequence[Report]:
        if dpop_jkt is not None or network is None:
            return await super().reports_about(client_id, network, dpop_jkt, since)
        if not (storable(client_id) and storable(network)):
            return ()
        return await self._about_network(_Network(client_id, network, since))

    async def _about_networks(self, networks: Sequence[_Network]) -> Sequence[Sequence[Report]]:
        reports: list[list[Report]] = [[] for _ in networks]
        for row in await self._reading.read(
            REPORTS_ABOUT_NETWORKS, range(len(networks)), *zip(*networks, strict=True)
        ):
            *columns, place = row
            reports[place].append(_report_of(columns))
        return reports
