"""Whether a token is active now: the check behind userinfo and introspection (RFC 7662), after step (F)."""

from collections.abc import Mapping
from dataclasses import field
from typing import Any

from pairgrant_protocol.record import record
from pairgrant_protocol.secret import Secret
from pairgrant_server.authorization_server.clock import Clock
from pairgrant_server.authorization_server.keys.signing_keys import InvalidJWTError, SigningKeys
from pairgrant_server.authorization_server.model.records import ConnectedDevice, User
from pairgrant_server.authorization_server.secrets import spent_identifiers
from pairgrant_server.authorization_server.secrets.refresh_token import RefreshToken
from pairgrant_server.authorization_server.secrets.server_key import ServerKey, digest, same
from pairgrant_server.authorization_server.store.interface.clients import ClientStore
from pairgrant_server.authorization_server.store.interface.connected_devices import ConnectedDeviceStore
from pairgrant_server.authorization_server.store.interface.spent_identifiers import SpentIdentifierStore
from pairgrant_server.authorization_server.store.interface.users import UserStore
from pairgrant_server.authorization_server.tokens.token_issuer import ACCESS_TOKEN_TYPE, DEVICE_CLAIM


@record
class ActiveAccessToken:
    """An access token that is active; the caller checks ``aud``, ``scope`` and ``cnf``.

    ``username`` is that of its account; None for a token of the client itself (RFC 6749 §4.4).
    """

    claims: Mapping[str, Any] = field(repr=False)
    username: str | None

    @property
    def audience(self) -> list[str]:
        audience: list[str] = self.claims["aud"]
        return audience

    @property
    def dpop_jkt(self) -> str | None:
        """The thumbprint of the key that a caller has to prove (RFC 9449 §6.1)."""
        confirmation: dict[str, str] = self.claims.get("cnf", {})
        return confirmation.get("jkt")


@record
class ActiveRefreshToken:
    user: User
    device: ConnectedDevice


class Introspection:
    """Reads device, user and client each time, so that a revocation takes effect at once."""

    def __init__(
        self,
        *,
        devices: ConnectedDeviceStore,
        users: UserStore,
        clients: ClientStore,
        spent: SpentIdentifierStore,
        keys: SigningKeys,
        server_key: ServerKey,
        clock: Clock,
    ) -> None:
        self._devices = devices
        self._users = users
        self._clients = clients
        self._spent = spent
        self._keys = keys
        self._server_key = server_key
        self._clock = clock

    async def access_token(self, token: Secret) -> ActiveAccessToken | None:
        """None if it is invalid, expired or revoked, or if its account, client or device was removed."""
        try:
            claims = self._keys.verify(token, typ=ACCESS_TOKEN_TYPE)
        except InvalidJWTError:
            return None
        now = self._clock()
        if claims["exp"] <= now:
            return None
        device_id = claims.get(DEVICE_CLAIM)
        if device_id is None:
            return await self._of_client(claims)
        holder = await self._devices.token_holder(device_id)
        if holder is None or not holder.is_active(now):
            return None
        return ActiveAccessToken(claims, holder.username)

    async def person(self, token: ActiveAccessToken) -> User | None:
        """The account of the token; None for a token of the client itself, or if it was removed meanwhile."""
        return None if token.username is None else await self._users.user(token.claims["sub"])

    async def refresh_token(self, token: Secret) -> ActiveRefreshToken | None:
        """None if it is not the current refresh token of an active device."""
        refresh_token = RefreshToken.parse(token, self._server_key)
        active = None if refresh_token is None else await self._active(refresh_token.device_id)
        if active is None:
            return None
        _, device = active
        if device.refresh_digest is None or not same(device.refresh_digest, digest(token)):
            return None
        return ActiveRefreshToken(*active)

    async def _of_client(self, claims: Mapping[str, Any]) -> ActiveAccessToken | None:
        if await self._spent.is_spent(spent_identifiers.of_access_token(claims["jti"])):
            return None
        if await self._clients.client(claims["client_id"]) is None:
            return None
        return ActiveAccessToken(claims, None)

    async def _active(self, device_id: str) -> tuple[User, ConnectedDevice] | None:
        """The account and the device behind a refresh token; removing a client removes its devices."""
        now = self._clock()
        device = await self._devices.connected_device(device_id)
        if device is None or device.has_ended(now) or device.expires_at <= now:
            return None
        user = await self._users.user(device.user_id)
        return None if user is None or user.locked else (user, device)
