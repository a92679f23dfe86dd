"""Reports of people who did not start a pairing: what they end, and whom they stop (RFC 10027).

A report denies or revokes, ends every token of the code, and counts against its sender: the client in the
network of the device, and the device's key. It never counts against other networks.
"""

import json
import math
from collections.abc import Sequence

from pairgrant_protocol.device_grant import GrantStatus
from pairgrant_protocol.sign_in_end import EndedBy
from pairgrant_protocol.visible_text import visible
from pairgrant_server.authorization_server.clock import Clock
from pairgrant_server.authorization_server.device_flow.held_polls import HeldPolls
from pairgrant_server.authorization_server.device_flow.pairing_evidence import EvidenceStore, PairingEvidence
from pairgrant_server.authorization_server.device_flow.sender_throttle import (
    REPORTS_LAST,
    THROTTLE_WINDOW,
    throttled_until,
)
from pairgrant_server.authorization_server.limits.network import network_of
from pairgrant_server.authorization_server.model.records import ConnectedDevice, DeviceGrant
from pairgrant_server.authorization_server.model.risk_records import EndedPairing, OutboxEvent, Report
from pairgrant_server.authorization_server.secrets.identifiers import RandomBytes, new_id
from pairgrant_server.security_events import SecurityEvent, emit

_SECOND_TAP = 60
"""Seconds in which a report by the same person is the same report."""

_ASK_EVERY = 1
"""Seconds between two reads of whether any report counts."""

_ENDED_STATUSES = frozenset({GrantStatus.PENDING.value, GrantStatus.APPROVED.value})
"""What a report ends."""


class PairingReports:
    def __init__(
        self,
        store: EvidenceStore,
        *,
        evidence: PairingEvidence,
        held: HeldPolls,
        clock: Clock,
        random_bytes: RandomBytes,
    ) -> None:
        self._store = store
        self._evidence = evidence
        self._held = held
        self._clock = clock
        self._random_bytes = random_bytes
        self._asked_at = -math.inf
        self._has_any = True

    async def report_grant(
        self, grant: DeviceGrant, *, page: str, network: str, user_id: str | None
    ) -> EndedPairing:
        """A person on ``network`` did not start this pairing; ``page`` is where they said so."""
        viewers = await self._store.grant_viewers(grant.grant_id)
        report = self._report(
            grant.client_id,
            grant.address,
            page=page,
            network=network,
            user_id=user_id,
            seen={
                "device_name": visible(grant.device_name or ""),
                "status": grant.status.value,
                "started_at": grant.created_at,
                "seen_by": len(viewers),
            },
            grant_id=grant.grant_id,
            device_id=grant.connected_device_id,
            dpop_jkt=grant.dpop_jkt,
        )
        return await self._end(report)

    async def repeated(self, grant: DeviceGrant, *, network: str, user_id: str | None) -> EndedPairing | None:
        """What the same person's report of this grant has ended less than a minute ago."""
        now = self._clock()
        about = await self._store.reports_about(
            grant.client_id, network_of(grant.address), grant.dpop_jkt, now - _SECOND_TAP
        )
        earlier = next((one for one in about if one.grant_id == grant.grant_id), None)
        if earlier is None or not _is_second_tap(earlier, now, network, user_id):
            return None
        return _ended(earlier)

    async def report_device(
        self, device: ConnectedDevice, *, page: str, network: str, user_id: str
    ) -> EndedPairing:
        """The same of a device that is connected, however long ago."""
        report = self._report(
            device.client_id,
            device.address,
            page=page,
            network=network,
            user_id=user_id,
            seen={"device_name": visible(device.name), "connected_at": device.created_at},
            device_id=device.device_id,
            dpop_jkt=device.dpop_jkt,
        )
        return await self._end(report)

    async def throttled_until(
        self, client_id: str, network: str | None, dpop_jkt: str | None
    ) -> float | None:
        """Until when (Unix time) this client gets no codes in ``network`` or for this key; None: it does."""
        now = self._clock()
        if not self._asked_at <= now < self._asked_at + _ASK_EVERY:
            await self._ask(now)
        if not self._has_any:
            return None
        reports = await self._store.reports_about(client_id, network, dpop_jkt, now - REPORTS_LAST)
        until = throttled_until(reports)
        return until if until is not None and until > now else None

    async def _ask(self, now: float) -> None:
        """Read whether anyone has reported anything that still counts.

        Read at most once a second, because every device authorization needs it. So the first report to
        another process may stop a sender a second late; one to this process does at once.
        """
        self._asked_at = now  # before the read: a report that is stored meanwhile asks again
        try:
            self._has_any = await self._store.has_reports(now - REPORTS_LAST)
        except BaseException:
            self._asked_at = -math.inf
            raise

    async def recent(self, since: float) -> Sequence[Report]:
        """Those made after ``since``, newest first."""
        return await self._store.reports(since)

    async def lift(self, report_id: str) -> bool:
        """The report no longer counts; False if there is none, or it was lifted before."""
        return await self._store.lift_report(report_id, self._clock())

    def _report(
        self,
        client_id: str,
        address: str,
        *,
        page: str,
        network: str,
        user_id: str | None,
        seen: dict[str, object],
        grant_id: bytes | None = None,
        device_id: str | None = None,
        dpop_jkt: str | None = None,
    ) -> Report:
        now = self._clock()
        return Report(
            report_id=new_id(now, self._random_bytes).hex(),
            client_id=client_id,
            network=network_of(address),
            created_at=now,
            page=page,
            seen=json.dumps(seen),
            grant_id=grant_id,
            device_id=device_id,
            dpop_jkt=dpop_jkt,
            user_id=user_id,
            reporter_network=network,
        )

    async def _end(self, report: Report) -> EndedPairing:
        since = report.created_at - REPORTS_LAST
        about = await self._store.reports_about(report.client_id, report.network, report.dpop_jkt, since)
        if (earlier := _earlier(about, report)) is not None:
            return _ended_by(earlier, report)
        facts = {
            "report_id": report.report_id,
            "client_id": report.client_id,
            "network": report.network,
            "page": report.page,
            "user_id": report.user_id,
        }
        name = SecurityEvent.PAIRING_REPORTED
        event = OutboxEvent(report.report_id, name.value, json.dumps(facts), report.created_at)
        ended = await self._store.end_pairing(
            event,
            report.created_at,
            ended_by=EndedBy.REPORT,
            grant_id=report.grant_id,
            device_id=report.device_id,
            user_id=report.user_id,
            report=None if _counts_already(report, about) else report,
        )
        if not any(ended):
            about = await self._store.reports_about(report.client_id, report.network, report.dpop_jkt, since)
            if (earlier := _earlier(about, report)) is not None:  # stored at the same time
                return _ended_by(earlier, report)
        self._asked_at = -math.inf
        if report.grant_id is not None:
            self._held.wake(report.grant_id)
        emit(
            name,
            network=report.reporter_network,
            client_id=report.client_id,
            user_id=report.user_id,
            grant_id=report.grant_id,
            device_id=report.device_id,
            address=report.network,
            reason=report.page,
        )
        return ended


def _earlier(about: Sequence[Report], report: Report) -> Report | None:
    """Another report of this grant or device: it has ended then, and is not an event again."""
    return next(
        (one for one in about if one.report_id != report.report_id and _is_about_the_same(one, report)), None
    )


def _is_about_the_same(one: Report, other: Report) -> bool:
    return (other.grant_id is not None and one.grant_id == other.grant_id) or (
        other.device_id is not None and one.device_id == other.device_id
    )


def _is_second_tap(earlier: Report, now: float, network: str, user_id: str | None) -> bool:
    """Whether the same person reports the same a moment later."""
    is_recent = now - earlier.created_at < _SECOND_TAP
    return is_recent and (earlier.reporter_network, earlier.user_id) == (network, user_id)


def _ended_by(earlier: Report, report: Report) -> EndedPairing:
    """For a second tap, what the first one has ended; else there was nothing left to end."""
    if not _is_second_tap(earlier, report.created_at, report.reporter_network, report.user_id):
        return EndedPairing(grant=False, device=False)
    return _ended(earlier)


def _ended(report: Report) -> EndedPairing:
    status = json.loads(report.seen).get("status")
    return EndedPairing(grant=status in _ENDED_STATUSES, device=report.device_id is not None)


def _counts_already(report: Report, about: Sequence[Report]) -> bool:
    """Whether a report without a sign-in has one from its network about its sender within the hour.

    Only the first is stored: a flood of them would push those of other people out of what is read.
    """
    return report.user_id is None and any(
        one.user_id is None
        and (one.reporter_network, one.network) == (report.reporter_network, report.network)
        and report.created_at - one.created_at < THROTTLE_WINDOW
        for one in about
    )
