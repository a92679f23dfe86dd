"""Reports of people who did not start a pairing, and the events that go out with them (RFC 10027: detect and
remediate).
"""

from collections.abc import Sequence
from typing import Protocol

from pairgrant_server.authorization_server.model.risk_records import OutboxEvent, Report, ReportEffect


class ReportStore(Protocol):
    async def add_report(self, report: Report, event: OutboxEvent, now: float) -> ReportEffect:
        """End the grant and device of ``report``, and store both it and ``event``: everything or nothing.

        A grant that is pending or approved is denied; its connected device, or the one that the report names,
        is revoked. A second report of the same grant or device ends what is left, and is not counted again.
        """

    async def reports_about(
        self, client_id: str, network: str, dpop_jkt: str | None, since: float
    ) -> Sequence[Report]:
        """Those of this client's devices in ``network`` or with this key, made after ``since``, oldest first.

        Reports that were lifted are left out; at most 1,000.
        """

    async def reports(self, since: float) -> Sequence[Report]:
        """The newest 1,000 that were made after ``since``, newest first."""

    async def lift_report(self, report_id: str, now: float) -> bool:
        """The report no longer counts; False if there is none, or it was lifted before."""

    async def add_outbox_event(self, event: OutboxEvent) -> None: ...

    async def outbox(self, limit: int) -> Sequence[OutboxEvent]:
        """The oldest events."""

    async def remove_outbox_event(self, event_id: str) -> bool:
        """The event was delivered; False if it was removed before."""
