"""Public documents: the metadata under both its names, the JWK Set, and the health check."""

from collections.abc import Sequence
from contextlib import suppress

from pairgrant_protocol.vocabulary import GrantType
from pairgrant_server.authorization_server.clients.defined_scopes import DefinedScopes, supported_scopes
from pairgrant_server.authorization_server.code_flow.authorization_request import PROMPTS, RESPONSE_MODES
from pairgrant_server.authorization_server.http.message import (
    NO_STORE,
    Endpoint,
    Headers,
    Request,
    Response,
    json_response,
)
from pairgrant_server.authorization_server.jose.public_keys import SIGNING_ALGORITHMS
from pairgrant_server.authorization_server.keys.key_lifecycle import ALGORITHMS, JWKS_MAX_AGE
from pairgrant_server.authorization_server.keys.signing_keys import SigningKeys
from pairgrant_server.authorization_server.model.settings import ServerSettings
from pairgrant_server.authorization_server.store.errors import StoreUnavailableError
from pairgrant_server.authorization_server.store.interface.signing_keys import SigningKeyStore

_PUBLIC: Headers = ((b"cache-control", b"public, max-age=%d" % JWKS_MAX_AGE),)
_AUTH_METHODS = ["none", "client_secret_basic", "client_secret_post", "private_key_jwt"]
_CLAIMS = [
    "sub",
    "name",
    "preferred_username",
    "email",
    "email_verified",
    "iss",
    "aud",
    "exp",
    "iat",
    "auth_time",
    "nonce",
    "at_hash",
]


def metadata_endpoint(
    settings: ServerSettings, grant_types: Sequence[GrantType], scopes: DefinedScopes
) -> Endpoint:
    """RFC 8414 §2 and OpenID Connect Discovery §3: one document serves both.

    RFC 8628 §4 adds its endpoint. Encoded again only when the operator has defined other scopes; a server
    whose database can't be reached lists those that it knows.
    """
    defined = scopes.known
    document = _document(settings, grant_types, supported_scopes(defined))

    async def metadata(_: Request) -> Response:
        nonlocal defined, document
        with suppress(StoreUnavailableError):
            await scopes.refresh()
        if scopes.known is not defined:
            defined = scopes.known
            document = _document(settings, grant_types, supported_scopes(defined))
        return document

    return metadata


def _document(settings: ServerSettings, grant_types: Sequence[GrantType], scopes: list[str]) -> Response:
    url = settings.public_url
    return json_response(
        {
            "issuer": url,
            "authorization_endpoint": f"{url}/authorize",
            "pushed_authorization_request_endpoint": f"{url}/par",
            "require_pushed_authorization_requests": False,
            "authorization_response_iss_parameter_supported": True,
            "response_types_supported": ["code"],
            "response_modes_supported": list(RESPONSE_MODES),
            "code_challenge_methods_supported": ["S256"],
            "prompt_values_supported": list(PROMPTS),
            "request_parameter_supported": False,
            "request_uri_parameter_supported": False,
            "claims_parameter_supported": False,
            "end_session_endpoint": f"{url}/logout",
            "token_endpoint": f"{url}/token",
            "device_authorization_endpoint": f"{url}/device_authorization",
            "revocation_endpoint": f"{url}/revoke",
            "introspection_endpoint": f"{url}/introspect",
            "registration_endpoint": f"{url}/register",
            "userinfo_endpoint": f"{url}/userinfo",
            "jwks_uri": f"{url}/jwks",
            "grant_types_supported": [str(grant_type) for grant_type in grant_types],
            "scopes_supported": scopes,
            "claims_supported": _CLAIMS,
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": list(ALGORITHMS),
            "token_endpoint_auth_methods_supported": _AUTH_METHODS,
            "token_endpoint_auth_signing_alg_values_supported": SIGNING_ALGORITHMS,
            "device_code_revocation_supported": True,
            "revocation_endpoint_auth_methods_supported": _AUTH_METHODS,
            "revocation_endpoint_auth_signing_alg_values_supported": SIGNING_ALGORITHMS,
            "introspection_endpoint_auth_methods_supported": _AUTH_METHODS,
            "introspection_endpoint_auth_signing_alg_values_supported": SIGNING_ALGORITHMS,
            "dpop_signing_alg_values_supported": SIGNING_ALGORITHMS,
            "protected_resources": [settings.resource],
        },
        headers=_PUBLIC,
    )


def jwks_endpoint(keys: SigningKeys) -> Endpoint:
    """RFC 7517 §5; encoded again only when the keys have changed."""
    published = keys.published()
    document = json_response(published, headers=_PUBLIC)

    async def jwks(_: Request) -> Response:
        nonlocal published, document
        if keys.published() is not published:
            published = keys.published()
            document = json_response(published, headers=_PUBLIC)
        return document

    return jwks


def health_endpoint(store: SigningKeyStore) -> Endpoint:
    """200 while the database responds, otherwise 503."""
    healthy = json_response({"status": "ok"}, headers=NO_STORE)

    async def health(_: Request) -> Response:
        await store.signing_keys()
        return healthy

    return health
