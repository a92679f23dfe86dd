"""Client authentication (RFC 6749 §2.3): Basic, in the body, a signed JWT, or a bare client_id."""

from base64 import b64decode
from binascii import Error as Base64Error
from collections.abc import Mapping
from urllib.parse import unquote_plus

from pairgrant_protocol.secret import Secret
from pairgrant_protocol.vocabulary import ErrorCode
from pairgrant_server.authorization_server.clients.clients import Clients
from pairgrant_server.authorization_server.clients.private_key_jwt import ASSERTION_TYPE
from pairgrant_server.authorization_server.errors import ClientAuthenticationError, OAuthError
from pairgrant_server.authorization_server.http.message import Request
from pairgrant_server.authorization_server.jose.foreign_jwt import ForeignJWT, ForeignJWTError
from pairgrant_server.authorization_server.model.records import Client

_NAMES = frozenset({"client_id", "client_assertion"})
_SECRETS = frozenset({"client_secret", "client_assertion"})
_NO_SECRET = (None,)


def known_public_client(request: Request, form: Mapping[str, str], clients: Clients) -> Client | None:
    """The client of a request with a ``client_id`` alone, if it is public and need not be read.

    It spares nearly every poll a coroutine. None: ``authenticate_client`` has to look at the request.

    Raises:
        OAuthError: ``invalid_request``: the header Authorization is given twice.
    """
    client_id = form.get("client_id")
    if client_id is None or not _SECRETS.isdisjoint(form) or request.header(b"authorization") is not None:
        return None
    client = clients.known(client_id)
    return client if client is not None and clients.authenticates(client, _NO_SECRET) else None


async def authenticate_client(request: Request, form: Mapping[str, str], clients: Clients) -> Client:
    """The client that sent ``request``; a client that has keys signs at every endpoint (RFC 7523 §2.2).

    A public client may send ``Basic client_id:`` with an empty password, with or without ``client_id`` in the
    body; oidc-agent and golang.org/x/oauth2 do.

    Raises:
        OAuthError: ``invalid_client`` (401), or ``invalid_request`` where the request contradicts itself.
    """
    authorization = request.header(b"authorization")
    if "client_assertion" in form:
        return await _by_assertion(form, clients, is_only_way=authorization is None)
    if authorization is None:
        client_id = form.get("client_id")
        if client_id is None:
            raise OAuthError(ErrorCode.INVALID_REQUEST, "client_id is missing")
        client = clients.known(client_id) or await clients.client(client_id)
        if client is None or not clients.authenticates(client, (_secret(form.get("client_secret")),)):
            raise _refusal(client, challenge=False)
        return client
    if (credentials := _basic(authorization)) is None:
        raise ClientAuthenticationError("the Authorization header is not Basic", challenge=True)
    client_id, secrets = credentials
    if form.get("client_id", client_id) != client_id:
        raise OAuthError(ErrorCode.INVALID_REQUEST, "two different client IDs")
    if "client_secret" in form:
        raise OAuthError(ErrorCode.INVALID_REQUEST, "two ways of client authentication at once")
    client = clients.known(client_id) or await clients.client(client_id)
    if client is None or not clients.authenticates(client, secrets):
        raise _refusal(client, challenge=True)
    return client


def names_a_client(request: Request, form: Mapping[str, str]) -> bool:
    """Whether ``request`` names a client at all, authenticated or not."""
    return request.header(b"authorization") is not None or not form.keys().isdisjoint(_NAMES)


async def _by_assertion(form: Mapping[str, str], clients: Clients, *, is_only_way: bool) -> Client:
    if not is_only_way or "client_secret" in form:
        raise OAuthError(ErrorCode.INVALID_REQUEST, "two ways of client authentication at once")
    if form.get("client_assertion_type") != ASSERTION_TYPE:
        raise OAuthError(ErrorCode.INVALID_REQUEST, f"client_assertion_type is not {ASSERTION_TYPE}")
    client: Client | None = None
    try:
        assertion = ForeignJWT.parse(form["client_assertion"])
        client_id = assertion.text("sub")
        if form.get("client_id", client_id) != client_id:
            raise OAuthError(ErrorCode.INVALID_REQUEST, "two different client IDs")
        client = clients.known(client_id) or await clients.client(client_id)
        return await clients.assertions.authenticated(client, assertion)
    except ForeignJWTError as error:
        named = None if client is None else client.client_id
        raise ClientAuthenticationError(str(error), challenge=False, client_id=named) from None


def _refusal(client: Client | None, *, challenge: bool) -> ClientAuthenticationError:
    return ClientAuthenticationError(
        "unknown client, or wrong client authentication",
        challenge=challenge,
        client_id=None if client is None else client.client_id,
    )


def _basic(authorization: bytes) -> tuple[str, tuple[Secret | None, ...]] | None:
    """The client_id of a Basic header and its secret in both encodings that clients use.

    None if it is not Basic. RFC 6749 §2.3.1 form-encodes each before they are joined; many clients join them
    as they are.
    """
    scheme, _, credentials = authorization.partition(b" ")
    try:
        client_id, colon, secret = b64decode(credentials.strip(), validate=True).decode().partition(":")
        decoded_id = unquote_plus(client_id, errors="strict")
        decoded_secret = unquote_plus(secret, errors="strict")
    except (ValueError, Base64Error):
        return None
    if scheme.lower() != b"basic" or not colon or not decoded_id or "\0" in decoded_id + decoded_secret:
        return None
    return decoded_id, (_secret(decoded_secret), _secret(secret))


def _secret(text: str | None) -> Secret | None:
    return Secret(text) if text else None
