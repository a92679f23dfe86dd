"""Client authentication with ``private_key_jwt`` (RFC 7523 §2.2, OpenID Connect Core §9)."""

from pairgrant_server.authorization_server.clock import Clock
from pairgrant_server.authorization_server.jose.assertion import (
    AUTHENTICATION_TYPE,
    Audiences,
    checked_assertion,
)
from pairgrant_server.authorization_server.jose.foreign_jwt import ForeignJWT, ForeignJWTError
from pairgrant_server.authorization_server.jose.public_keys import keys_of
from pairgrant_server.authorization_server.model.records import Client
from pairgrant_server.authorization_server.model.settings import ServerSettings
from pairgrant_server.authorization_server.secrets import spent_identifiers
from pairgrant_server.authorization_server.store.interface.spent_identifiers import SpentIdentifierStore

ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"


class PrivateKeyJwt:
    """Accepts each client assertion once, at all endpoints and in all processes together."""

    def __init__(self, spent: SpentIdentifierStore, settings: ServerSettings, clock: Clock) -> None:
        self._spent = spent
        self._audiences = Audiences.of(settings)
        self._clock = clock

    async def authenticated(self, client: Client | None, jwt: ForeignJWT) -> Client:
        """``client``, if ``jwt`` authenticates it; each assertion is accepted once.

        Raises:
            ForeignJWTError
        """
        if client is None or client.jwks is None:
            raise ForeignJWTError("unknown client, or one without keys")
        jwt.verify(keys_of(client.jwks))
        assertion = checked_assertion(jwt, AUTHENTICATION_TYPE, self._audiences, client.policy, self._clock())
        if not assertion.issuer == assertion.subject == client.client_id:
            raise ForeignJWTError("iss and sub are not the client_id")
        used = spent_identifiers.of_client_assertion(client.client_id, assertion.jti)
        if not await self._spent.spend_identifier(used, assertion.expires_at):
            raise ForeignJWTError("the assertion was used before; make a new one for every request")
        return client
