"""What people decide about device authorizations, step (D): shown, approved, denied, undone.

``approval`` has the terms, ``risk`` the weighing of evidence; this module collects and carries out.
"""

import json
from collections.abc import Collection
from dataclasses import replace
from itertools import filterfalse
from typing import NamedTuple, Protocol

from pairgrant_protocol.device_grant import Decision, decided, is_open
from pairgrant_protocol.sign_in_end import EndedBy
from pairgrant_protocol.vocabulary import GrantType, PairingStage
from pairgrant_server.authorization_server.clients.clients import Clients
from pairgrant_server.authorization_server.clock import Clock
from pairgrant_server.authorization_server.device_flow.approval import (
    Approval,
    ApprovalRefusedError,
    ApprovalTerms,
    PolicyViolation,
    approval_terms,
    ends_too_late,
    is_label,
    violations_of,
)
from pairgrant_server.authorization_server.device_flow.grant_secrets import GrantSecrets
from pairgrant_server.authorization_server.device_flow.held_polls import HeldPolls
from pairgrant_server.authorization_server.device_flow.pairing_evidence import (
    OPERATOR_EVIDENCE,
    PairingEvidence,
)
from pairgrant_server.authorization_server.device_flow.return_pin import ReturnPin
from pairgrant_server.authorization_server.device_flow.viewer import Viewer
from pairgrant_server.authorization_server.model.approval_hold import NO_HOLD, ApprovalHold
from pairgrant_server.authorization_server.model.client_policy import DEFAULT_POLICY
from pairgrant_server.authorization_server.model.records import DeviceGrant
from pairgrant_server.authorization_server.model.risk_records import (
    DeviceKey,
    EndedPairing,
    GrantViewer,
    OutboxEvent,
)
from pairgrant_server.authorization_server.risk.assessment import assess
from pairgrant_server.authorization_server.risk.evidence import Number
from pairgrant_server.authorization_server.risk.profile import Decision as RiskDecision
from pairgrant_server.authorization_server.risk.profile import rules_of
from pairgrant_server.authorization_server.store.interface.device_grants import DeviceGrantStore
from pairgrant_server.authorization_server.store.interface.grant_viewers import GrantViewerStore
from pairgrant_server.authorization_server.store.interface.reports import ReportStore
from pairgrant_server.security_events import SecurityEvent, emit


class DecisionStore(DeviceGrantStore, GrantViewerStore, ReportStore, Protocol):
    """The parts of the store that a decision changes."""


class Presented(NamedTuple):
    """What a person is shown before the decision."""

    terms: ApprovalTerms
    enrolled: DeviceKey | None
    """What the operator enrolled about the device's key."""
    is_seen_by_others: bool
    is_reported: bool
    """Whether people have reported this sender within the last day."""


class PairingDecisions:
    def __init__(
        self,
        store: DecisionStore,
        *,
        clients: Clients,
        evidence: PairingEvidence,
        grant_secrets: GrantSecrets,
        return_pin: ReturnPin,
        held: HeldPolls,
        clock: Clock,
    ) -> None:
        self._store = store
        self._clients = clients
        self._evidence = evidence
        self._secrets = grant_secrets
        self._return_pin = return_pin
        self._held = held
        self._clock = clock

    async def look(self, grant: DeviceGrant, viewer: Viewer) -> Presented:
        """A person looked the code of an open grant up: remember it, and show the device how far they are.

        The number exists for the device only from here on, once the person is signed in.
        """
        if viewer.browser_id is not None:
            seen = GrantViewer(grant.grant_id, viewer.browser_id, self._clock(), viewer.user_id)
            await self._store.add_grant_viewer(seen)
        presented = await self.presented(grant, viewer)
        if presented.is_seen_by_others:
            emit(
                SecurityEvent.CODE_SEEN_BY_OTHERS,
                network=viewer.network,
                client_id=grant.client_id,
                user_id=viewer.user_id,
                grant_id=grant.grant_id,
                address=grant.address,
            )
        if viewer.user_id is None:
            stage = PairingStage.SIGNING_IN
        else:
            stage = PairingStage.MATCHING_NUMBER if presented.terms.asks_number else PairingStage.CONFIRMING
        await self._store.set_grant_stage(grant.grant_id, stage)
        self._held.wake(grant.grant_id)
        return presented

    async def presented(self, grant: DeviceGrant, viewer: Viewer) -> Presented:
        """The same, without a change."""
        return Presented(
            await self.terms(grant, viewer),
            await self._evidence.enrolled_key(grant.client_id, grant.dpop_jkt),
            await self.is_seen_by_others(grant, viewer),
            bool(await self._evidence.reports_about(grant)),
        )

    async def is_seen_by_others(self, grant: DeviceGrant, viewer: Viewer) -> bool:
        return await self._evidence.is_seen_by_others(grant.grant_id, viewer)

    async def terms(
        self, grant: DeviceGrant, viewer: Viewer | None, *, is_number_matched: bool = False
    ) -> ApprovalTerms:
        """What the client's policy says about an approval by this viewer; None: an operator."""
        client = self._clients.known(grant.client_id) or await self._clients.client(grant.client_id)
        policy = DEFAULT_POLICY if client is None else client.policy
        evidence = (
            OPERATOR_EVIDENCE
            if viewer is None
            else await self._evidence.of(grant, policy, viewer, is_number_matched=is_number_matched)
        )
        network = None if viewer is None else viewer.network
        rules = rules_of(policy)
        assessment = foreseen = assess(evidence, rules)
        if assessment.decision is RiskDecision.ASK_NUMBER:
            foreseen = assess(replace(evidence, number=Number.MATCHED), rules)
        terms = approval_terms(grant, policy, network, assessment, foreseen, relation=evidence.network)
        if not (terms.allows_network or terms.knows_networks):
            emit(
                SecurityEvent.NETWORK_UNKNOWN,
                grant_id=grant.grant_id,
                client_id=grant.client_id,
                reason="the client requires approval from the device's own network, and forwarding headers "
                "make the networks unknown; add the address of your proxy to PAIRGRANT_TRUSTED_PROXIES",
            )
        return terms

    async def approve(
        self,
        grant: DeviceGrant,
        *,
        user_id: str,
        auth_time: float,
        viewer: Viewer | None,
        number: str | None = None,
        label: str | None = None,
        declined_scope: Collection[str] = (),
        override_policy: bool = False,
    ) -> Approval | None:
        """Approve a grant for a user; None if it was decided before or has expired.

        ``grant`` is as the caller read it; the store decides whether it is still pending.
        ``viewer`` is None for an operator. ``number`` is what the person typed where the terms ask for it:
        another one than the device shows denies the grant. ``label`` is the device's, as the person entered
        it. ``declined_scope`` is left out of the requested scope. With ``override_policy`` an operator
        approves against the client's policy; this is logged.

        Raises:
            ApprovalRefusedError: the client's policy does not allow it.
        """
        now = self._clock()
        if not is_open(grant, now):
            return None
        grant_id = grant.grant_id
        network = None if viewer is None else viewer.network
        terms = await self.terms(grant, viewer)
        if terms.asks_number and number is not None:
            if not self._secrets.is_number(grant_id, user_id, number):
                latest = await self._store.grant(grant_id)
                if latest is None or latest.user_id not in {None, user_id}:
                    return None  # another person has decided meanwhile, and their decision stays
                await self._end(grant, user_id, SecurityEvent.NUMBER_WRONG, network)
                raise ApprovalRefusedError((PolicyViolation.WRONG_NUMBER,))
            terms = await self.terms(grant, viewer, is_number_matched=True)
        violations = violations_of(terms, declined_scope, has_label=is_label(grant, label))
        if ends_too_late(terms, grant.expires_at, now):
            violations = (*violations, PolicyViolation.TOO_LATE)
        if violations and not override_policy:
            _report_violations(SecurityEvent.APPROVAL_REFUSED, grant, user_id, violations, viewer)
            raise ApprovalRefusedError(violations)
        hold = terms.hold(now)
        left_out = {*declined_scope, *terms.withheld_scope}
        scope = tuple(filterfalse(left_out.__contains__, grant.scope)) if left_out else None
        if not await self._decide(grant, Decision.APPROVE, user_id, auth_time, scope=scope, hold=hold):
            return None
        if violations:
            _report_violations(SecurityEvent.POLICY_OVERRIDDEN, grant, user_id, violations, viewer)
        if hold.held_until is not None:
            emit(
                SecurityEvent.APPROVAL_HELD,
                network=network,
                client_id=grant.client_id,
                user_id=user_id,
                grant_id=grant_id,
                address=grant.address,
                reasons=terms.reasons,
            )
        pin = self._return_pin.of(grant_id) if terms.requires_return_pin else None
        return Approval(pin, violations, hold.held_until)

    async def deny(self, grant_id: bytes, *, user_id: str, auth_time: float) -> bool:
        """Deny a grant; False if it was decided before or has expired."""
        grant = await self._store.grant(grant_id)
        return grant is not None and await self._decide(grant, Decision.DENY, user_id, auth_time)

    async def undo(self, grant_id: bytes, *, user_id: str, network: str) -> bool:
        """End what this user approved, its tokens included; False if it had ended before."""
        return await self._end_own(grant_id, user_id, SecurityEvent.APPROVAL_UNDONE, network)

    async def refuse_confirmation(self, grant_id: bytes, *, user_id: str, network: str) -> bool:
        """The same, because it was not this person's screen that signed in."""
        return await self._end_own(grant_id, user_id, SecurityEvent.CONFIRMATION_REFUSED, network)

    async def _end_own(self, grant_id: bytes, user_id: str, cause: SecurityEvent, network: str) -> bool:
        grant = await self._store.grant(grant_id)
        if grant is None or grant.user_id != user_id:
            return False
        return any(await self._end(grant, user_id, cause, network))

    async def _end(
        self, grant: DeviceGrant, user_id: str, cause: SecurityEvent, network: str | None
    ) -> EndedPairing:
        now = self._clock()
        facts = {"client_id": grant.client_id, "grant_id": grant.grant_id.hex(), "user_id": user_id}
        event_id = f"{cause.value} {grant.grant_id.hex()}"  # once, however often the form is sent
        event = OutboxEvent(event_id, cause.value, json.dumps(facts), now)
        ended = await self._store.end_pairing(
            event, now, ended_by=EndedBy.USER, grant_id=grant.grant_id, user_id=user_id
        )
        if any(ended):
            self._held.wake(grant.grant_id)
            emit(
                cause,
                network=network,
                client_id=grant.client_id,
                user_id=user_id,
                grant_id=grant.grant_id,
                address=grant.address,
            )
        return ended

    async def _decide(
        self,
        grant: DeviceGrant,
        decision: Decision,
        user_id: str,
        auth_time: float,
        *,
        scope: tuple[str, ...] | None = None,
        hold: ApprovalHold = NO_HOLD,
    ) -> bool:
        """Whether this decision is the one that counts."""
        now = self._clock()
        status = decided(grant, decision, now)
        if status is None:
            return False
        won = await self._store.decide_grant(
            grant.grant_id, status, user_id, auth_time, now, scope=scope, hold=hold
        )
        if won:
            self._held.wake(grant.grant_id)
            emit(
                SecurityEvent.GRANT_DECIDED,
                status=str(status),
                grant_id=grant.grant_id,
                grant_type=str(GrantType.DEVICE_CODE),
                client_id=grant.client_id,
                user_id=user_id,
                address=grant.address,
            )
        return won


def _report_violations(
    event: SecurityEvent,
    grant: DeviceGrant,
    user_id: str,
    violations: Collection[PolicyViolation],
    viewer: Viewer | None,
) -> None:
    emit(
        event,
        network=None if viewer is None else viewer.network,
        client_id=grant.client_id,
        user_id=user_id,
        grant_id=grant.grant_id,
        address=grant.address,
        violations=[violation.value for violation in violations],
    )
