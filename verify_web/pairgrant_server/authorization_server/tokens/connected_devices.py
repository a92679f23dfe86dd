"""Connected devices: seen, refreshed and revoked; the life of the token family after step (F)."""

from collections.abc import Sequence

import structlog

from pairgrant_protocol.messages import split_scope
from pairgrant_protocol.secret import Secret
from pairgrant_protocol.vocabulary import ErrorCode
from pairgrant_server.authorization_server.clock import Clock
from pairgrant_server.authorization_server.errors import OAuthError, invalid_target
from pairgrant_server.authorization_server.model.audience import is_allowed_resource, is_narrower_resource
from pairgrant_server.authorization_server.model.records import Client, ConnectedDevice, Rotation, User
from pairgrant_server.authorization_server.model.settings import ServerSettings
from pairgrant_server.authorization_server.secrets.refresh_token import RefreshToken
from pairgrant_server.authorization_server.secrets.server_key import ServerKey, digest, same
from pairgrant_server.authorization_server.store.interface.connected_devices import ConnectedDeviceStore
from pairgrant_server.authorization_server.store.interface.users import UserStore
from pairgrant_server.authorization_server.tokens.token_issuer import (
    TokenIssuer,
    lost_answer,
    replayable,
    seal_answer,
)

__all__ = ["ConnectedDevice", "ConnectedDevices"]

log = structlog.get_logger()


class ConnectedDevices:
    """What people see under "connected devices", and what refresh and revocation act on."""

    def __init__(
        self,
        *,
        devices: ConnectedDeviceStore,
        users: UserStore,
        issuer: TokenIssuer,
        server_key: ServerKey,
        settings: ServerSettings,
        clock: Clock,
    ) -> None:
        self._devices = devices
        self._users = users
        self._issuer = issuer
        self._server_key = server_key
        self._settings = settings
        self._clock = clock

    async def of_user(self, user_id: str) -> Sequence[ConnectedDevice]:
        """The devices that can act for this person now, the youngest first."""
        return await self._devices.connected_devices(user_id, self._clock())

    async def device(self, device_id: str) -> ConnectedDevice | None:
        return await self._devices.connected_device(device_id)

    async def revoke(self, device_id: str, *, user_id: str | None = None, reason: str = "person") -> bool:
        """Kill every token of a device; with ``user_id`` only if it is that person's. True if it was alive."""
        device = await self._devices.connected_device(device_id)
        if device is None or (user_id is not None and device.user_id != user_id):
            return False
        revoked = await self._devices.revoke_device(device_id, self._clock())
        if revoked:
            log.info(
                "connected device revoked", device_id=device_id, client_id=device.client_id, reason=reason
            )
        return revoked

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
        """The JSON answer to a refresh (RFC 6749 §6); the token is used up, and its successor is in the answer.

        ``dpop_jkt`` is the key that the caller proved to hold; tokens that are bound need theirs (RFC 9449 §5).

        Raises:
            OAuthError: ``invalid_grant``, ``invalid_scope`` or ``invalid_target``.
        """
        token = RefreshToken.parse(refresh_token, self._server_key)
        device = None if token is None else await self._devices.connected_device(token.device_id)
        now = self._clock()
        if token is None or device is None or device.client_id != client.client_id or not _alive(device, now):
            raise _invalid_grant()
        if device.dpop_jkt is not None and device.dpop_jkt != dpop_jkt:
            raise _invalid_grant()
        if device.refresh_digest is None or not same(device.refresh_digest, digest(token.text)):
            return await self._answer_again(device, token)
        await self._require_user(device)
        wanted = _narrowed(scope, device, client)
        if resource is not None and not (
            is_allowed_resource(self._settings, client.policy, resource)
            and is_narrower_resource(device.resource, resource)
        ):
            raise invalid_target()
        issued = self._issuer.next(device, client, scope=wanted, address=address, resource=resource)
        if await self._devices.rotate_refresh(_rotation(device, issued.device, token.text, issued.answer)):
            return issued.answer
        # Someone else used this very token in between: the twin of this call, or a thief. One look tells.
        device = await self._devices.connected_device(token.device_id)
        if device is None:
            raise _invalid_grant()
        return await self._answer_again(device, token)

    async def _answer_again(self, device: ConnectedDevice, token: RefreshToken) -> bytes:
        """The same answer, for the caller that lost it; an old token at any other time ends the family (RFC 9700 §4.14)."""
        if device.revoked_at is None and device.refresh_sequence == token.sequence + 1:
            await self._require_user(device)
            answer = lost_answer(token.text, device.replay)
            if answer is not None and replayable(device.rotated_at, self._clock()):
                return answer
        if await self.revoke(device.device_id, reason="an old refresh token was used again"):
            log.warning("refresh token replayed", device_id=device.device_id, client_id=device.client_id)
        raise _invalid_grant()

    async def _require_user(self, device: ConnectedDevice) -> User:
        user = await self._users.user(device.user_id)
        if user is None or user.locked:
            raise _invalid_grant()
        return user


def _alive(device: ConnectedDevice, now: float) -> bool:
    return device.revoked_at is None and now < device.expires_at


def _invalid_grant() -> OAuthError:
    return OAuthError(ErrorCode.INVALID_GRANT, "the refresh token is unknown, expired, revoked or used up")


def _narrowed(scope: str | None, device: ConnectedDevice, client: Client) -> tuple[str, ...]:
    """The scope of the next access token: never wider than what was approved, nor than the client may have today."""
    approved = tuple(value for value in device.scope if value in client.scope)
    wanted = split_scope(scope) if scope else approved
    if not set(wanted) <= set(approved):
        raise OAuthError(ErrorCode.INVALID_SCOPE, "the person approved less than that")
    return wanted


def _rotation(before: ConnectedDevice, after: ConnectedDevice, used_up: Secret, answer: bytes) -> Rotation:
    assert before.refresh_digest is not None  # noqa: S101 - it matched
    if after.refresh_digest is None or after.refresh_digest == before.refresh_digest:
        raise _invalid_grant()  # the client or the scope lost its right to refresh tokens
    return Rotation(
        device_id=after.device_id,
        expected_digest=before.refresh_digest,
        refresh_sequence=after.refresh_sequence,
        refresh_digest=after.refresh_digest,
        expires_at=after.expires_at,
        rotated_at=after.last_seen_at,
        replay=seal_answer(used_up, answer),
        address=after.address,
    )
