"""The code flow up to its code (RFC 6749 §4.1.2).

A request is stored, a person decides about it, and a code is issued. Every verdict comes from
``pairgrant_protocol.authorization_code_grant``; here facts are fetched and verdicts carried out.
"""

from dataclasses import dataclass, field

from pairgrant_protocol.authorization_code_grant import (
    ConsentFacts,
    ConsentVerdict,
    PersonSignIn,
    is_acceptable_sign_in,
    is_awaiting_consent,
    is_repeated,
    judge_consent,
    status_after,
)
from pairgrant_protocol.device_grant import Decision, GrantStatus
from pairgrant_protocol.secret import Secret
from pairgrant_protocol.vocabulary import GrantType
from pairgrant_server.authorization_server.clock import Clock
from pairgrant_server.authorization_server.code_flow.authorization_request import AuthorizationRequest
from pairgrant_server.authorization_server.code_flow.redirection import identifies
from pairgrant_server.authorization_server.code_flow.request_references import RequestReferences
from pairgrant_server.authorization_server.model.records import (
    AuthorizationDecision,
    AuthorizationGrant,
    Client,
    Consent,
)
from pairgrant_server.authorization_server.secrets.identifiers import RandomBytes, new_id
from pairgrant_server.authorization_server.secrets.opaque_code import OpaqueCode
from pairgrant_server.authorization_server.secrets.server_key import ServerKey, digest
from pairgrant_server.authorization_server.store.interface.authorization_grants import AuthorizationGrantStore
from pairgrant_server.authorization_server.store.interface.consents import ConsentStore
from pairgrant_server.security_events import SecurityEvent, emit

REQUEST_LIFETIME = 600
"""Seconds that a person has to sign in and decide."""

CODE_LIFETIME = 60
"""Seconds (RFC 6749 §4.1.2 allows ten minutes at most)."""


@dataclass(frozen=True, slots=True)
class PendingAuthorization:
    """A request that waits for a person's decision; ``reference`` stands for it in URLs."""

    reference: str = field(repr=False)
    grant: AuthorizationGrant
    request: AuthorizationRequest


@dataclass(frozen=True, slots=True)
class DecidedAuthorization:
    """What a person decided about a request; ``code`` is the authorization code of an approved one."""

    request: AuthorizationRequest
    code: Secret | None = field(repr=False)


class CodeFlow:
    """Stores authorization requests and carries out what people decide about them."""

    def __init__(
        self,
        *,
        grants: AuthorizationGrantStore,
        consents: ConsentStore,
        server_key: ServerKey,
        clock: Clock,
        random_bytes: RandomBytes,
    ) -> None:
        self._grants = grants
        self._consents = consents
        self._server_key = server_key
        self._references = RequestReferences(server_key)
        self._clock = clock
        self._random_bytes = random_bytes

    async def begin(self, request: AuthorizationRequest) -> str:
        """Store a checked request; its reference."""
        now = self._clock()
        grant_id = new_id(now, self._random_bytes)
        await self._grants.insert_authorization(
            AuthorizationGrant(grant_id, request.client_id, request.to_json(), now, now + REQUEST_LIFETIME)
        )
        return self._references.reference(grant_id)

    async def pending(self, reference: str) -> PendingAuthorization | None:
        """The request behind a reference; None if there is none, or if it has expired or was decided."""
        grant = await self._grant(reference)
        if grant is None or not is_awaiting_consent(grant, self._clock()):
            return None
        return PendingAuthorization(reference, grant, AuthorizationRequest.from_json(grant.request))

    def accepts_sign_in(self, pending: PendingAuthorization, sign_in: PersonSignIn | None) -> bool:
        """Whether the request accepts this sign-in; otherwise the person has to sign in (again)."""
        return is_acceptable_sign_in(
            pending.request, sign_in, requested_at=pending.grant.created_at, now=self._clock()
        )

    async def may_skip_consent(self, pending: PendingAuthorization, client: Client, user_id: str) -> bool:
        """Whether the person allowed the client all of this before, and need not be asked again.

        A client that another program could pose as is always asked about (RFC 8252 §8.6).
        """
        if pending.request.always_asks or not identifies(client, pending.request.redirect_uri):
            return False
        consent = await self._consents.consent(user_id, client.client_id)
        return consent is not None and pending.request.is_covered_by(consent.scope)

    async def approve(
        self,
        pending: PendingAuthorization,
        client: Client,
        sign_in: PersonSignIn,
        *,
        scope: tuple[str, ...],
        remember: bool,
    ) -> Secret | None:
        """A code for ``client``.

        None if the decision is not accepted: too late, or against the client's policy. ``scope`` is what the
        person approved; with ``remember`` the person is not asked again for the same.
        """
        code = self._code(pending.grant.grant_id)
        if not await self._decide(Decision.APPROVE, pending, client, sign_in, scope=scope, code=code):
            return None
        if remember:
            await self._remember(pending, sign_in.user_id, scope)
        _report(GrantStatus.APPROVED, pending, sign_in)
        return code

    async def deny(self, pending: PendingAuthorization, client: Client, sign_in: PersonSignIn) -> bool:
        """False if the decision is not accepted."""
        denied = await self._decide(Decision.DENY, pending, client, sign_in)
        if denied:
            _report(GrantStatus.DENIED, pending, sign_in)
        return denied

    async def repeated(self, reference: str, decision: Decision, user_id: str) -> DecidedAuthorization | None:
        """The outcome once more for a person who sends the same decision twice.

        None if they decided otherwise.
        """
        grant = await self._grant(reference)
        if grant is None or not is_repeated(grant, decision, user_id, self._clock()):
            return None
        code = self._code(grant.grant_id) if decision is Decision.APPROVE else None
        return DecidedAuthorization(AuthorizationRequest.from_json(grant.request), code)

    async def forget_consent(self, user_id: str, client_id: str) -> None:
        """Ask again next time."""
        await self._consents.remove_consent(user_id, client_id)

    async def _grant(self, reference: str) -> AuthorizationGrant | None:
        grant_id = self._references.grant_id(reference)
        return None if grant_id is None else await self._grants.authorization(grant_id)

    async def _decide(
        self,
        decision: Decision,
        pending: PendingAuthorization,
        client: Client,
        sign_in: PersonSignIn,
        *,
        scope: tuple[str, ...] = (),
        code: Secret | None = None,
    ) -> bool:
        """Judge a decision, and store it if it is accepted and no other one was stored before."""
        now = self._clock()
        facts = ConsentFacts(
            decision,
            is_client_allowed=pending.request.is_still_allowed(client),
            is_sign_in_acceptable=self.accepts_sign_in(pending, sign_in),
            requested_scope=pending.request.scope,
            optional_scope=client.policy.optional_scope,
            approved_scope=scope,
        )
        if judge_consent(pending.grant, facts, now) is not ConsentVerdict.ACCEPTED:
            return False
        return await self._grants.decide_authorization(
            AuthorizationDecision(
                pending.grant.grant_id,
                status_after(decision),
                sign_in.user_id,
                sign_in.auth_time,
                pending.grant.expires_at if code is None else now + CODE_LIFETIME,
                scope,
                None if code is None else digest(code),
            ),
            now,
        )

    async def _remember(self, pending: PendingAuthorization, user_id: str, scope: tuple[str, ...]) -> None:
        """Store what was approved; a scope that was left out this time is asked about again."""
        before = await self._consents.consent(user_id, pending.request.client_id)
        others = [value for value in (before.scope if before else ()) if value not in pending.request.scope]
        kept = (*others, *scope)
        await self._consents.put_consent(Consent(user_id, pending.request.client_id, kept, self._clock()))

    def _code(self, grant_id: bytes) -> Secret:
        """The one code of a grant: derived from the server key each time, so that it is stored nowhere."""
        return OpaqueCode.of(grant_id, self._server_key.mac("authorization code", grant_id.hex())).text


def _report(status: GrantStatus, pending: PendingAuthorization, sign_in: PersonSignIn) -> None:
    emit(
        SecurityEvent.GRANT_DECIDED,
        status=status.value,
        client_id=pending.grant.client_id,
        user_id=sign_in.user_id,
        grant_id=pending.grant.grant_id,
        grant_type=GrantType.AUTHORIZATION_CODE.value,
    )
