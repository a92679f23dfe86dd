"""Authorization grants: a request is kept, decided by a person, and its code redeemed once (RFC 6749 §4.1)."""

import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as Base64Error
from dataclasses import dataclass, field

import structlog

from pairgrant_protocol.device_grant import GrantStatus
from pairgrant_protocol.pkce import verifier_matches
from pairgrant_protocol.secret import Secret
from pairgrant_protocol.vocabulary import ErrorCode, GrantType
from pairgrant_server.authorization_server.clients.redirect_uris import is_registered
from pairgrant_server.authorization_server.clock import Clock
from pairgrant_server.authorization_server.code_flow.authorization_request import AuthorizationRequest
from pairgrant_server.authorization_server.errors import OAuthError, invalid_target
from pairgrant_server.authorization_server.model.audience import is_allowed_resource, is_narrower_resource
from pairgrant_server.authorization_server.model.records import (
    AuthorizationDecision,
    AuthorizationGrant,
    Client,
    Consent,
)
from pairgrant_server.authorization_server.model.settings import ServerSettings
from pairgrant_server.authorization_server.secrets.identifiers import ID_BYTES, RandomBytes, new_id
from pairgrant_server.authorization_server.secrets.opaque_code import OpaqueCode
from pairgrant_server.authorization_server.secrets.server_key import ServerKey, digest, same
from pairgrant_server.authorization_server.store.interface.authorization_grants import AuthorizationGrantStore
from pairgrant_server.authorization_server.store.interface.consents import ConsentStore
from pairgrant_server.authorization_server.store.interface.users import UserStore
from pairgrant_server.authorization_server.tokens.connected_devices import ConnectedDevices
from pairgrant_server.authorization_server.tokens.token_issuer import TokenIssuer

__all__ = ["AuthorizationGrant", "AuthorizationGrants", "Pending"]

log = structlog.get_logger()

REQUEST_LIFETIME = 600
"""Seconds that a person has to sign in and decide."""

CODE_LIFETIME = 60
"""Seconds (RFC 6749 §4.1.2 allows ten minutes at most)."""

_TAG_BYTES = 16
_REFERENCE = re.compile(r"[A-Za-z0-9_-]{43}")
"""Base64url of 16 + 16 bytes."""


@dataclass(frozen=True, slots=True)
class Pending:
    """A request that waits for a person's decision; ``reference`` stands for it in URLs."""

    reference: str = field(repr=False)
    grant: AuthorizationGrant
    request: AuthorizationRequest


@dataclass(frozen=True, slots=True)
class Decided:
    """What a person decided about a request; ``code`` where it was approved."""

    request: AuthorizationRequest
    code: Secret | None = field(repr=False)


class AuthorizationGrants:
    """The one place where an authorization request is kept, decided and turned into tokens."""

    def __init__(
        self,
        *,
        grants: AuthorizationGrantStore,
        consents: ConsentStore,
        users: UserStore,
        devices: ConnectedDevices,
        issuer: TokenIssuer,
        server_key: ServerKey,
        settings: ServerSettings,
        clock: Clock,
        random_bytes: RandomBytes,
    ) -> None:
        self._grants = grants
        self._consents = consents
        self._users = users
        self._devices = devices
        self._issuer = issuer
        self._server_key = server_key
        self._settings = settings
        self._clock = clock
        self._random_bytes = random_bytes

    async def begin(self, request: AuthorizationRequest) -> str:
        """Keep a checked request; its reference, which can't be guessed or made up."""
        now = self._clock()
        grant_id = new_id(now, self._random_bytes)
        await self._grants.insert_authorization(
            AuthorizationGrant(grant_id, request.client_id, request.to_json(), now, now + REQUEST_LIFETIME)
        )
        return urlsafe_b64encode(grant_id + self._tag(grant_id)).decode().rstrip("=")

    async def pending(self, reference: str) -> Pending | None:
        """The request behind a reference; None where there is none, it has gone stale, or it was decided."""
        grant_id = self._grant_id(reference)
        grant = None if grant_id is None else await self._grants.authorization(grant_id)
        if grant is None or grant.status is not GrantStatus.PENDING or self._clock() >= grant.expires_at:
            return None
        return Pending(reference, grant, AuthorizationRequest.from_json(grant.request))

    async def has_consented(self, user_id: str, pending: Pending) -> bool:
        """Whether this person has allowed the client all of this before."""
        consent = await self._consents.consent(user_id, pending.request.client_id)
        return consent is not None and pending.request.is_covered_by(consent.scope)

    async def approve(
        self, pending: Pending, *, user_id: str, auth_time: float, scope: tuple[str, ...], remember: bool
    ) -> Secret | None:
        """A code for the client; None: too late, the request was decided before or has gone stale."""
        now = self._clock()
        code = self._code(pending.grant.grant_id)
        decision = AuthorizationDecision(
            pending.grant.grant_id,
            GrantStatus.APPROVED,
            user_id,
            auth_time,
            now + CODE_LIFETIME,
            scope,
            digest(code),
        )
        if not await self._grants.decide_authorization(decision, now):
            return None
        if remember:
            before = await self._consents.consent(user_id, pending.request.client_id)
            # What was left out this time is forgotten, whatever was allowed before.
            others = [
                value for value in (before.scope if before else ()) if value not in pending.request.scope
            ]
            kept = (*others, *scope)
            await self._consents.put_consent(Consent(user_id, pending.request.client_id, kept, now))
        log.info("authorization request approved", client_id=pending.request.client_id, user_id=user_id)
        return code

    async def deny(self, pending: Pending, *, user_id: str, auth_time: float) -> bool:
        """False: too late."""
        now = self._clock()
        decision = AuthorizationDecision(
            pending.grant.grant_id, GrantStatus.DENIED, user_id, auth_time, pending.grant.expires_at
        )
        denied = await self._grants.decide_authorization(decision, now)
        if denied:
            log.info("authorization request denied", client_id=pending.request.client_id, user_id=user_id)
        return denied

    async def decided(self, reference: str, user_id: str, status: GrantStatus) -> Decided | None:
        """The same answer for a person who taps twice, while it is worth something; None where they decided otherwise."""
        grant_id = self._grant_id(reference)
        grant = None if grant_id is None else await self._grants.authorization(grant_id)
        if (
            grant is None
            or (grant.user_id, grant.status) != (user_id, status)
            or self._clock() >= grant.expires_at
        ):
            return None
        code = self._code(grant.grant_id) if status is GrantStatus.APPROVED else None
        return Decided(AuthorizationRequest.from_json(grant.request), code)

    async def redeem(
        self,
        client: Client,
        code: Secret,
        *,
        redirect_uri: str | None,
        code_verifier: Secret,
        resource: str | None,
        address: str,
        dpop_jkt: str | None,
    ) -> bytes:
        """The JSON answer to a code (§4.1.3): for one caller, once. A replay that is right in all else ends what it gave.

        Raises:
            OAuthError: ``invalid_grant`` or ``invalid_target``.
        """
        # A code is read as a device_code is: the identifier of its row, then 256 bits that nobody can guess.
        parsed = OpaqueCode.parse(code)
        grant = None if parsed is None else await self._grants.authorization(parsed.grant_id)
        if grant is None or grant.code_digest is None or not same(grant.code_digest, digest(code)):
            raise _invalid_grant()
        request = AuthorizationRequest.from_json(grant.request)
        if (
            grant.client_id != client.client_id
            or redirect_uri != request.redirect_uri
            or not verifier_matches(request.code_challenge, code_verifier.reveal())
            or (request.dpop_jkt is not None and request.dpop_jkt != dpop_jkt)
        ):
            raise _invalid_grant()
        if grant.status is GrantStatus.REDEEMED:
            if grant.connected_device_id is not None:
                await self._devices.revoke(
                    grant.connected_device_id, reason="a used authorization code was sent again"
                )
            raise _invalid_grant()
        now = self._clock()
        user = None if grant.user_id is None else await self._users.user(grant.user_id)
        if now >= grant.expires_at or user is None or user.locked or grant.auth_time is None:
            raise _invalid_grant()
        scope = tuple(value for value in grant.scope if value in client.scope)
        if not is_registered(request.redirect_uri, client.redirect_uris) or (grant.scope and not scope):
            raise _invalid_grant()  # the client is not what it was when the person was asked
        wanted = request.resource if resource is None else resource
        if not (
            is_allowed_resource(self._settings, client.policy, wanted)
            and is_narrower_resource(request.resource, wanted)
        ):
            raise invalid_target()
        issued = self._issuer.first(
            client,
            grant_type=GrantType.AUTHORIZATION_CODE,
            user_id=user.user_id,
            auth_time=grant.auth_time,
            scope=scope,
            address=address,
            resource=wanted,
            dpop_jkt=dpop_jkt,
            nonce=request.nonce,
        )
        if not await self._grants.redeem_authorization(grant.grant_id, issued.device, now):
            # Someone else sent this very code in between, with the right verifier: a replay like any other.
            return await self.redeem(
                client,
                code,
                redirect_uri=redirect_uri,
                code_verifier=code_verifier,
                resource=resource,
                address=address,
                dpop_jkt=dpop_jkt,
            )
        log.info(
            "code redeemed",
            client_id=client.client_id,
            user_id=user.user_id,
            device_id=issued.device.device_id,
        )
        return issued.response

    async def forget_consent(self, user_id: str, client_id: str) -> None:
        """Ask again next time."""
        await self._consents.remove_consent(user_id, client_id)

    def _code(self, grant_id: bytes) -> Secret:
        """The one code of a grant. Made anew whenever it is needed, so that it is kept nowhere."""
        return Secret(
            urlsafe_b64encode(grant_id + self._server_key.mac("authorization code", grant_id.hex())).decode()
        )

    def _grant_id(self, reference: str) -> bytes | None:
        """None unless it is spelled as ``begin`` spelled it: it goes into an address, and a lenient decoder skips letters."""
        if not _REFERENCE.fullmatch(reference):
            return None
        try:
            raw = urlsafe_b64decode(reference + "=" * (-len(reference) % 4))
        except Base64Error:
            return None
        grant_id, tag = raw[:ID_BYTES], raw[ID_BYTES:]
        return grant_id if same(tag, self._tag(grant_id)) else None

    def _tag(self, grant_id: bytes) -> bytes:
        return self._server_key.mac("authorization request", grant_id.hex())[:_TAG_BYTES]


def _invalid_grant() -> OAuthError:
    return OAuthError(
        ErrorCode.INVALID_GRANT,
        "the code is unknown, expired or used up, or was sent by another client, redirect_uri or code_verifier",
    )
