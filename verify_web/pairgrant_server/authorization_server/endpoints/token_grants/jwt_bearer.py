"""``grant_type=urn:…:jwt-bearer``: an assertion signed by a trusted issuer (RFC 7523 §2.1)."""

from pairgrant_protocol.messages import split_scope
from pairgrant_protocol.vocabulary import ErrorCode, GrantType
from pairgrant_server.authorization_server.clients.clients import (
    allowed_scope,
    forbidden_scope,
)
from pairgrant_server.authorization_server.clock import Clock
from pairgrant_server.authorization_server.endpoints.token_grants.token_request import (
    TokenGrant,
    TokenRequest,
)
from pairgrant_server.authorization_server.errors import OAuthError, invalid_target
from pairgrant_server.authorization_server.http.message import Response, json_bytes
from pairgrant_server.authorization_server.jose.assertion import (
    GRANT_TYPE,
    Assertion,
    Audiences,
    checked_assertion,
)
from pairgrant_server.authorization_server.jose.foreign_jwt import ForeignJWT, ForeignJWTError
from pairgrant_server.authorization_server.jose.public_keys import keys_of
from pairgrant_server.authorization_server.limits.network import network_of
from pairgrant_server.authorization_server.model.audience import is_allowed_resource
from pairgrant_server.authorization_server.model.records import Client, User
from pairgrant_server.authorization_server.model.scopes import OFFLINE_ACCESS
from pairgrant_server.authorization_server.model.settings import ServerSettings
from pairgrant_server.authorization_server.secrets import spent_identifiers
from pairgrant_server.authorization_server.store.interface.store import Store
from pairgrant_server.authorization_server.tokens.token_issuer import TokenIssuer
from pairgrant_server.security_events import SecurityEvent, emit


def jwt_bearer_grant(settings: ServerSettings, store: Store, issuer: TokenIssuer, clock: Clock) -> TokenGrant:
    """The client's policy names the trusted issuers; their subjects are linked to accounts.

    There is no refresh token (RFC 7521 §4.1): the client can get another assertion. The tokens belong to a
    connected device, so that the person sees it, and locking, removing or revoking ends them at once.
    """
    audiences = Audiences.of(settings)

    async def by_assertion(asked: TokenRequest) -> Response:
        client, text = asked.client, asked.secret("assertion").reveal()
        scope = _granted_scope(client, split_scope(asked.form.get("scope", "")))
        resource = asked.form.get("resource", "")
        if not is_allowed_resource(settings, client.policy, resource):
            raise invalid_target()
        try:
            assertion = _verified(client, ForeignJWT.parse(text), audiences, clock())
            user = await _account(assertion, store)
            await _spend(assertion, store)
        except ForeignJWTError as error:
            emit(
                SecurityEvent.SIGN_IN_FAILED,
                network=network_of(asked.http.address),
                client_id=client.client_id,
                grant_type=GrantType.JWT_BEARER.value,
                reason=str(error),
            )
            raise OAuthError(ErrorCode.INVALID_GRANT, str(error)) from None
        issued = issuer.first(
            client,
            grant_type=GrantType.JWT_BEARER,
            user_id=user.user_id,
            auth_time=clock() if assertion.issued_at is None else min(assertion.issued_at, clock()),
            scope=scope,
            address=asked.http.address,
            resource=resource,
            dpop_jkt=asked.dpop_jkt,
        )
        await store.add_connected_device(issued.device)
        return json_bytes(issued.response)

    return by_assertion


def _verified(client: Client, jwt: ForeignJWT, audiences: Audiences, now: float) -> Assertion:
    """Raises ``ForeignJWTError``."""
    named = jwt.text("iss")
    issuer = next((known for known in client.policy.assertion_issuers if known.issuer == named), None)
    if issuer is None:
        raise ForeignJWTError("iss is not a trusted issuer of this client")
    jwt.verify(keys_of(issuer.jwks))
    return checked_assertion(jwt, GRANT_TYPE, audiences, client.policy, now)


async def _spend(assertion: Assertion, store: Store) -> None:
    """Raises ``ForeignJWTError``."""
    used = spent_identifiers.of_grant_assertion(assertion.issuer, assertion.jti)
    if not await store.spend_identifier(used, assertion.expires_at):
        raise ForeignJWTError("the assertion was used before")


async def _account(assertion: Assertion, store: Store) -> User:
    """The account that is linked to the issuer and subject (RFC 7519 §4.1.2: a subject is unique only there).

    A username or an identifier of this server decides nothing: a person may choose a username, and another
    issuer may give it to someone else.

    Raises:
        ForeignJWTError
    """
    user = await store.user_by_identity(assertion.issuer, assertion.subject)
    if user is None or user.locked:
        raise ForeignJWTError("no account is linked to iss and sub, or it is locked")
    return user


def _granted_scope(client: Client, wanted: tuple[str, ...]) -> tuple[str, ...]:
    """Raises ``OAuthError`` with ``invalid_scope``."""
    granted = allowed_scope(client, wanted)
    if granted is None:
        raise OAuthError(
            ErrorCode.INVALID_SCOPE, f"this client may not ask for {forbidden_scope(client, wanted)}"
        )
    return tuple(value for value in granted if value != OFFLINE_ACCESS)
