"""The redemption of an authorization code (RFC 6749 §4.1.3).

Every verdict comes from ``pairgrant_protocol.authorization_code_grant``; here facts are fetched and verdicts
carried out.
"""

from typing import NamedTuple

import structlog

from pairgrant_protocol.authorization_code_grant import (
    CodeRedemptionFacts,
    RedemptionVerdict,
    judge_redemption,
)
from pairgrant_protocol.pkce import verifier_matches
from pairgrant_protocol.secret import Secret
from pairgrant_protocol.sign_in_end import EndedBy
from pairgrant_protocol.vocabulary import ErrorCode, GrantType
from pairgrant_server.authorization_server.clients.redirect_uris import is_registered
from pairgrant_server.authorization_server.clock import Clock
from pairgrant_server.authorization_server.code_flow.authorization_request import AuthorizationRequest
from pairgrant_server.authorization_server.errors import OAuthError, invalid_target
from pairgrant_server.authorization_server.limits.network import network_of
from pairgrant_server.authorization_server.model.audience import is_allowed_resource, is_narrower_resource
from pairgrant_server.authorization_server.model.records import AuthorizationGrant, Client, User
from pairgrant_server.authorization_server.model.settings import ServerSettings
from pairgrant_server.authorization_server.secrets.opaque_code import OpaqueCode
from pairgrant_server.authorization_server.secrets.server_key import digest, same
from pairgrant_server.authorization_server.store.interface.authorization_grants import AuthorizationGrantStore
from pairgrant_server.authorization_server.store.interface.users import UserStore
from pairgrant_server.authorization_server.tokens.connected_devices import ConnectedDevices
from pairgrant_server.authorization_server.tokens.token_issuer import TokenIssuer
from pairgrant_server.security_events import SecurityEvent, emit

log = structlog.get_logger()


class CodeTokenRequest(NamedTuple):
    """A token request with a code; ``dpop_jkt`` is the thumbprint of the key that it proved (RFC 9449)."""

    client: Client
    code: Secret
    redirect_uri: str | None
    code_verifier: Secret
    resource: str | None
    address: str
    dpop_jkt: str | None


class _ApprovedRequest(NamedTuple):
    """What the tokens of an approved grant depend on."""

    grant: AuthorizationGrant
    request: AuthorizationRequest
    user: User | None
    scope: tuple[str, ...]
    """What was approved and may still be the client's."""
    resource: str


class CodeRedemption:
    """Turns an authorization code into tokens, once."""

    def __init__(
        self,
        *,
        grants: AuthorizationGrantStore,
        users: UserStore,
        devices: ConnectedDevices,
        issuer: TokenIssuer,
        settings: ServerSettings,
        clock: Clock,
    ) -> None:
        self._grants = grants
        self._users = users
        self._devices = devices
        self._issuer = issuer
        self._settings = settings
        self._clock = clock

    async def redeem(self, asked: CodeTokenRequest) -> bytes:
        """The token response's JSON; a used code revokes the tokens that it gave (RFC 6749 §4.1.2).

        Raises:
            OAuthError: ``invalid_grant`` or ``invalid_target``.
        """
        while True:
            approval = await self._approval(asked)
            now = self._clock()
            verdict = judge_redemption(
                None if approval is None else approval.grant, self._facts(asked, approval), now
            )
            if approval is None:
                raise _invalid_grant()
            if verdict is RedemptionVerdict.BAD_TARGET:
                raise invalid_target()
            device_id = approval.grant.connected_device_id
            if verdict is RedemptionVerdict.REUSED and device_id is not None:
                await self._end_family(asked, device_id)
            if verdict is not RedemptionVerdict.TOKENS:
                raise _invalid_grant()
            response = await self._issue(asked, approval, now)
            if response is not None:
                return response
            # Another request redeemed the code, or it has just expired: judge what is stored now.

    async def _end_family(self, asked: CodeTokenRequest, device_id: str) -> None:
        if await self._devices.revoke(
            device_id, EndedBy.REUSE, reason="a used authorization code was sent again"
        ):
            emit(
                SecurityEvent.FAMILY_ENDED,
                client_id=asked.client.client_id,
                device_id=device_id,
                network=network_of(asked.address),
                grant_type=GrantType.AUTHORIZATION_CODE.value,
            )

    async def _approval(self, asked: CodeTokenRequest) -> _ApprovedRequest | None:
        """The grant behind the code; None if there is none."""
        code = OpaqueCode.parse(asked.code)
        grant = None if code is None else await self._grants.authorization(code.grant_id)
        if grant is None:
            return None
        request = AuthorizationRequest.from_json(grant.request)
        return _ApprovedRequest(
            grant,
            request,
            None if grant.user_id is None else await self._users.user(grant.user_id),
            tuple(value for value in grant.scope if value in asked.client.scope),
            request.resource if asked.resource is None else asked.resource,
        )

    def _facts(self, asked: CodeTokenRequest, approval: _ApprovedRequest | None) -> CodeRedemptionFacts:
        client = asked.client
        if approval is None:
            return CodeRedemptionFacts(client.client_id, code_matches=False)
        grant, request, user = approval.grant, approval.request, approval.user
        return CodeRedemptionFacts(
            client.client_id,
            code_matches=grant.code_digest is not None and same(grant.code_digest, digest(asked.code)),
            redirect_uri_matches=asked.redirect_uri == request.redirect_uri,
            verifier_matches=verifier_matches(request.code_challenge, asked.code_verifier.reveal()),
            key_matches=request.dpop_jkt is None or request.dpop_jkt == asked.dpop_jkt,
            is_account_usable=user is not None and not user.locked and grant.auth_time is not None,
            is_client_allowed=is_registered(request.redirect_uri, client.redirect_uris)
            and (bool(approval.scope) or not grant.scope),
            is_resource_approved=is_allowed_resource(self._settings, client.policy, approval.resource)
            and is_narrower_resource(request.resource, approval.resource),
        )

    async def _issue(self, asked: CodeTokenRequest, approval: _ApprovedRequest, now: float) -> bytes | None:
        """The token response for the one request that wins the compare-and-set; None for every other."""
        user, auth_time = approval.user, approval.grant.auth_time
        assert user is not None  # noqa: S101 - the verdict says so
        assert auth_time is not None  # noqa: S101 - likewise
        issued = self._issuer.first(
            asked.client,
            grant_type=GrantType.AUTHORIZATION_CODE,
            user_id=user.user_id,
            auth_time=auth_time,
            scope=approval.scope,
            address=asked.address,
            resource=approval.request.resource,
            narrowed_resource=asked.resource,
            dpop_jkt=asked.dpop_jkt,
            nonce=approval.request.nonce,
        )
        if not await self._grants.redeem_authorization(approval.grant.grant_id, issued.device, now):
            return None
        log.info(
            "code redeemed",
            client_id=asked.client.client_id,
            user_id=user.user_id,
            device_id=issued.device.device_id,
        )
        return issued.response


def _invalid_grant() -> OAuthError:
    return OAuthError(
        ErrorCode.INVALID_GRANT,
        "the code is unknown, expired or used up, or the client, redirect_uri or code_verifier is wrong",
    )
