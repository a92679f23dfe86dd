"""Reports of people who did not start a pairing, and the events that go out with them (RFC 10027: detect and
remediate).
"""

from collections.abc import Sequence
from typing import Protocol

from pairgrant_protocol.sign_in_end import EndedBy
from pairgrant_server.authorization_server.model.risk_records import EndedPairing, OutboxEvent, Report


class ReportStore(Protocol):
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
        """End a grant and its tokens, and store why: everything or nothing.

        A grant that is pending or approved is denied, by ``user_id`` if no person has decided before. Its
        connected device, or the device ``device_id``, is revoked. A second report of the same grant or device
        is not stored again.
        """

    async def reports_about(
        self, client_id: str, network: str | None, dpop_jkt: str | None, since: float
    ) -> Sequence[Report]:
        """Those of this client's devices in ``network`` or with this key, made after ``since``, oldest first.

        Reports that were lifted are left out; at most 1,000.
        """

    async def has_reports(self, since: float) -> bool:
        """Whether any that was not lifted was made after ``since``."""

    async def reports(self, since: float) -> Sequence[Report]:
        """The newest 1,000 that were made after ``since``, newest first."""

    async def lift_report(self, report_id: str, now: float) -> bool:
        """The report no longer counts; False if there is none, or it was lifted before."""

    async def outbox(self, limit: int) -> Sequence[OutboxEvent]:
        """The oldest events of those that a sweep has not removed."""
