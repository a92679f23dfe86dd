"""What a token is worth at this moment: the one judgement behind userinfo and introspection (RFC 7662), after step (F)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

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


@dataclass(frozen=True, slots=True)
class ActiveAccessToken:
    """A token that is good now; whether it is good *here* (``aud``, ``scope``, ``cnf``) is the asker's to judge.

    ``user`` and ``device`` are None where a client speaks for itself (RFC 6749 §4.4).
    """

    claims: Mapping[str, Any] = field(repr=False)
    user: User | None
    device: ConnectedDevice | None

    @property
    def audience(self) -> list[str]:
        audience: list[str] = self.claims["aud"]
        return audience

    @property
    def dpop_jkt(self) -> str | None:
        """The thumbprint of the key that its bearer has to prove (RFC 9449 §6.1)."""
        confirmation: dict[str, str] = self.claims.get("cnf", {})
        return confirmation.get("jkt")


@dataclass(frozen=True, slots=True)
class ActiveRefreshToken:
    user: User
    device: ConnectedDevice


class Introspection:
    """Looks at the token and at what stands behind it; nothing is remembered, so whatever ends counts at once."""

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
        """None: forged, expired, revoked, or its person, client or device is gone."""
        try:
            claims = self._keys.verify(token, typ=ACCESS_TOKEN_TYPE)
        except InvalidJWTError:
            return None
        if claims["exp"] <= self._clock():
            return None
        device_id = claims.get(DEVICE_CLAIM)
        if device_id is None:
            return await self._of_a_client_itself(claims)
        alive = await self._alive(device_id)
        return None if alive is None else ActiveAccessToken(claims, *alive)

    async def refresh_token(self, token: Secret) -> ActiveRefreshToken | None:
        """None: it is no refresh token of ours, or not the one of its device that is good now."""
        refresh_token = RefreshToken.parse(token, self._server_key)
        alive = None if refresh_token is None else await self._alive(refresh_token.device_id)
        if alive is None:
            return None
        _, device = alive
        if device.refresh_digest is None or not same(device.refresh_digest, digest(token)):
            return None
        return ActiveRefreshToken(*alive)

    async def _of_a_client_itself(self, claims: Mapping[str, Any]) -> ActiveAccessToken | None:
        if await self._spent.is_spent(spent_identifiers.of_access_token(claims["jti"])):
            return None
        if await self._clients.client(claims["client_id"]) is None:
            return None
        return ActiveAccessToken(claims, None, None)

    async def _alive(self, device_id: str) -> tuple[User, ConnectedDevice] | None:
        """Who and what stands behind a family of tokens; a client that is removed takes its devices along."""
        device = await self._devices.connected_device(device_id)
        if device is None or device.revoked_at is not None or device.expires_at <= self._clock():
            return None
        user = await self._users.user(device.user_id)
        return None if user is None or user.locked else (user, device)
