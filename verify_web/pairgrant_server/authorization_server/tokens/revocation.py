"""Token revocation (RFC 7009)."""

from pairgrant_protocol.secret import Secret
from pairgrant_protocol.sign_in_end import EndedBy
from pairgrant_protocol.vocabulary import ErrorCode
from pairgrant_server.authorization_server.clock import Clock
from pairgrant_server.authorization_server.errors import OAuthError
from pairgrant_server.authorization_server.keys.signing_keys import InvalidJWTError, SigningKeys
from pairgrant_server.authorization_server.model.records import Client
from pairgrant_server.authorization_server.secrets import spent_identifiers
from pairgrant_server.authorization_server.secrets.refresh_token import RefreshToken
from pairgrant_server.authorization_server.secrets.server_key import ServerKey
from pairgrant_server.authorization_server.store.interface.spent_identifiers import SpentIdentifierStore
from pairgrant_server.authorization_server.tokens.connected_devices import ConnectedDevices
from pairgrant_server.authorization_server.tokens.token_issuer import (
    ACCESS_TOKEN_TYPE,
    DEVICE_CLAIM,
    ID_TOKEN_TYPE,
)


class Revocation:
    def __init__(
        self,
        *,
        devices: ConnectedDevices,
        spent: SpentIdentifierStore,
        keys: SigningKeys,
        server_key: ServerKey,
        clock: Clock,
    ) -> None:
        self._devices = devices
        self._spent = spent
        self._keys = keys
        self._server_key = server_key
        self._clock = clock

    async def revoke(self, client: Client, token: Secret) -> None:
        """End ``token`` if it is this client's.

        An unknown token, or another client's, is not an error (§2.2). A refresh or access token ends its
        whole connected device (§2.1). An access token of the client itself has no device; its ``jti`` is
        remembered until it expires.

        Raises:
            OAuthError: ``unsupported_token_type`` for an id_token, which can't be revoked.
        """
        refresh_token = RefreshToken.parse(token, self._server_key)
        if refresh_token is not None:
            await self._end(refresh_token.device_id, client)
            return
        try:
            claims = self._keys.verify(token, typ=ACCESS_TOKEN_TYPE)
        except InvalidJWTError:
            self._refuse_id_token(token)
            return
        if claims["client_id"] != client.client_id or claims["exp"] <= self._clock():
            return
        if DEVICE_CLAIM in claims:
            await self._end(claims[DEVICE_CLAIM], client)
        else:
            await self._spent.spend_identifier(
                spent_identifiers.of_access_token(claims["jti"]), claims["exp"]
            )

    async def _end(self, device_id: str, client: Client) -> None:
        device = await self._devices.device(device_id)
        if device is not None and device.client_id == client.client_id:
            await self._devices.revoke(device_id, EndedBy.CLIENT)

    def _refuse_id_token(self, token: Secret) -> None:
        try:
            self._keys.verify(token, typ=ID_TOKEN_TYPE)
        except InvalidJWTError:
            return
        raise OAuthError(ErrorCode.UNSUPPORTED_TOKEN_TYPE, "an id_token can't be revoked")
