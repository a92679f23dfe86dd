"""Refresh token rotation (RFC 6749 §6, RFC 9700 §4.14): each one is used once, and gives its successor."""

from dataclasses import replace
from typing import NamedTuple

from pairgrant_protocol.messages import split_scope
from pairgrant_protocol.replay import is_replayable
from pairgrant_protocol.secret import Secret
from pairgrant_protocol.sign_in_end import EndedBy
from pairgrant_protocol.vocabulary import ErrorCode, GrantType
from pairgrant_server.authorization_server.clock import Clock
from pairgrant_server.authorization_server.errors import (
    OAuthError,
    SignInEndedByServerError,
    invalid_target,
)
from pairgrant_server.authorization_server.limits.network import network_of
from pairgrant_server.authorization_server.model.audience import is_allowed_resource, is_narrower_resource
from pairgrant_server.authorization_server.model.connected_device import Rotation
from pairgrant_server.authorization_server.model.records import Client, ConnectedDevice
from pairgrant_server.authorization_server.model.settings import ServerSettings
from pairgrant_server.authorization_server.model.with_account import RefreshedDevice
from pairgrant_server.authorization_server.secrets.refresh_token import RefreshToken
from pairgrant_server.authorization_server.secrets.server_key import ServerKey, digest, same
from pairgrant_server.authorization_server.store.interface.connected_devices import ConnectedDeviceStore
from pairgrant_server.authorization_server.store.interface.users import UserStore
from pairgrant_server.authorization_server.tokens.connected_devices import ConnectedDevices
from pairgrant_server.authorization_server.tokens.device_history import DeviceHistory
from pairgrant_server.authorization_server.tokens.ends import end_of, shows_name
from pairgrant_server.authorization_server.tokens.replay import (
    is_for_resource,
    is_for_scope,
    is_same_caller,
    lost_response,
    reason_of_end,
    seal_response,
)
from pairgrant_server.authorization_server.tokens.token_issuer import NextTokens, TokenIssuer
from pairgrant_server.security_events import SecurityEvent, emit

_NO_LONGER_VALID = "the refresh token is unknown, expired, revoked or used up"
_USED_AGAIN = "an old refresh token was used again"


class _RepeatedRequest(NamedTuple):
    """What a request with a refresh token asks for, where it came from, and which key it proved."""

    scope: str | None
    resource: str | None
    address: str
    dpop_jkt: str | None

    def report(self, event: SecurityEvent, device: ConnectedDevice, reason: str | None = None) -> None:
        """Whose token came again, and from where."""
        emit(
            event,
            client_id=device.client_id,
            device_id=device.device_id,
            network=network_of(self.address),
            grant_type=GrantType.REFRESH_TOKEN.value,
            reason=reason,
        )


class RefreshTokenRotation:
    """Turns a refresh token into the next tokens of its connected device."""

    def __init__(
        self,
        *,
        store: ConnectedDeviceStore,
        users: UserStore,
        devices: ConnectedDevices,
        history: DeviceHistory,
        issuer: TokenIssuer,
        server_key: ServerKey,
        settings: ServerSettings,
        clock: Clock,
    ) -> None:
        self._store = store
        self._users = users
        self._devices = devices
        self._history = history
        self._issuer = issuer
        self._server_key = server_key
        self._settings = settings
        self._clock = clock

    async def refresh(
        self,
        client: Client,
        refresh_token: Secret,
        *,
        scope: str | None,
        resource: str | None,
        address: str,
        dpop_jkt: str | None,
    ) -> bytes:
        """The token response's JSON. The refresh token is used up; its successor is in the response.

        ``dpop_jkt`` is the key that the caller proved to hold; tokens that are bound need theirs (RFC 9449
        §5).

        Raises:
            OAuthError: ``invalid_grant``, ``invalid_scope`` or ``invalid_target``.
        """
        token = RefreshToken.parse(refresh_token, self._server_key)
        device = None if token is None else await self._store.refreshed_device(token.device_id)
        if token is None or device is None or device.client_id != client.client_id:
            raise _invalid_grant()
        kept = device.refresh_digest
        if kept is None or not device.is_active(self._clock()) or not same(kept, digest(token.text)):
            return await self._repeat(token, client, _RepeatedRequest(scope, resource, address, dpop_jkt))
        _require_key(device, client, dpop_jkt)
        if not device.is_account_usable:
            raise _invalid_grant()
        wanted = _narrowed(scope, device, client)
        if resource is not None and not (
            is_allowed_resource(self._settings, client.policy, resource)
            and is_narrower_resource(device.resource, resource)
        ):
            raise invalid_target()
        issued = self._issuer.next(device, client, scope=wanted, resource=resource)
        if await self._store.rotate_refresh(_rotation(device, kept, issued, token.text, address)):
            if address != device.address:
                await self._history.note_network(device.device_id, device.address, address)
            return issued.response
        # The device has ended meanwhile, or the token was used by a twin of this call or by a thief.
        return await self._repeat(token, client, _RepeatedRequest(scope, resource, address, dpop_jkt))

    async def _repeat(self, token: RefreshToken, client: Client, asked: "_RepeatedRequest") -> bytes:
        """The same response, once, for the caller that lost it; the stored device tells who that is.

        Any other use of an old token ends the family (RFC 9700 §4.14).

        Raises:
            OAuthError: ``invalid_grant``, which says why if the device has ended.
        """
        device = await self._devices.device(token.device_id)
        if device is None:
            raise _invalid_grant()
        if not _is_active(device, self._clock()):
            raise await self._ended(device, token, client, asked.dpop_jkt)
        _require_key(device, client, asked.dpop_jkt)
        if device.refresh_digest is not None and same(device.refresh_digest, digest(token.text)):
            raise _invalid_grant()  # not an old one: the device or its account has changed between two reads
        reason = None
        if device.refresh_sequence == token.sequence + 1:
            user = await self._users.user(device.user_id)
            if user is None or user.locked:
                raise _invalid_grant()
            response = lost_response(token.text, device.replay)
            if response is not None and is_replayable(device.rotated_at, self._clock()):
                if is_same_caller(device, asked.address, asked.dpop_jkt):
                    self._require_same_request(asked, response)
                    if await self._store.use_refresh_replay(device.device_id, device.refresh_sequence):
                        asked.report(SecurityEvent.TOKEN_REPLAYED, device)
                        return response
                else:
                    reason = reason_of_end(device, asked.address)
        if await self._devices.revoke(device.device_id, EndedBy.REUSE, reason=_USED_AGAIN):
            asked.report(SecurityEvent.FAMILY_ENDED, device, reason)
        raise _invalid_grant()

    def _require_same_request(self, asked: "_RepeatedRequest", response: bytes) -> None:
        """Raises ``OAuthError`` if ``asked`` is for another resource or scope than ``response``."""
        if not is_for_resource(response, self._settings, asked.resource):
            raise invalid_target()
        if not is_for_scope(response, asked.scope):
            raise OAuthError(ErrorCode.INVALID_SCOPE, "the response to repeat has another scope")

    async def _ended(
        self, device: ConnectedDevice, token: RefreshToken, client: Client, dpop_jkt: str | None
    ) -> OAuthError:
        """``invalid_grant``, which says why only to a caller that holds the latest token, and the key.

        An old token may be in the hands of a thief, and a token without its key too.
        """
        has_key = not client.policy.requires_dpop if device.dpop_jkt is None else device.dpop_jkt == dpop_jkt
        end = end_of(device, self._clock()) if has_key and token.sequence == device.refresh_sequence else None
        if end is None:
            return _invalid_grant()
        user = await self._users.user(device.user_id) if shows_name(device, end) else None
        return SignInEndedByServerError(
            _NO_LONGER_VALID, end if user is None else replace(end, name=user.display_name)
        )


def _is_active(device: ConnectedDevice, now: float) -> bool:
    return not device.has_ended(now) and now < device.expires_at


def _require_key(device: ConnectedDevice | RefreshedDevice, client: Client, dpop_jkt: str | None) -> None:
    """Raises ``OAuthError`` if the caller lacks the key of the tokens, or they have none and need one."""
    if device.dpop_jkt is not None:
        if device.dpop_jkt != dpop_jkt:
            raise _invalid_grant()
    elif client.policy.requires_dpop:
        # A copy made before the client had to use DPoP would go on with a key of the thief.
        raise OAuthError(ErrorCode.INVALID_GRANT, "these tokens are not bound to a key; start again")


def _invalid_grant() -> OAuthError:
    return OAuthError(ErrorCode.INVALID_GRANT, _NO_LONGER_VALID)


def _narrowed(scope: str | None, device: RefreshedDevice, client: Client) -> tuple[str, ...]:
    """The scope of the next access token: within what was approved and what the client may have now."""
    approved = tuple([value for value in device.scope if value in client.scope])
    wanted = split_scope(scope) if scope else ()
    if not wanted:
        return approved
    if not set(wanted) <= set(approved):
        raise OAuthError(ErrorCode.INVALID_SCOPE, "the person approved less than that")
    return wanted


def _rotation(
    device: RefreshedDevice, kept: bytes, issued: NextTokens, used: Secret, address: str
) -> Rotation:
    """``kept`` is the digest of the refresh token ``used``."""
    if issued.refresh_digest is None:
        raise _invalid_grant()  # the client or the scope has lost its right to refresh tokens
    return Rotation(
        device_id=device.device_id,
        expected_digest=kept,
        refresh_sequence=issued.refresh_sequence,
        refresh_digest=issued.refresh_digest,
        expires_at=issued.expires_at,
        rotated_at=issued.issued_at,
        replay=seal_response(used, issued.response),
        address=address,
    )
