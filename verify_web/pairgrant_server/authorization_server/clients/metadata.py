"""Client metadata, parsed from a registration request (RFC 7591 §2). Pure.

Unknown members are ignored, and so is a ``software_statement`` (§2.3).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from pairgrant_protocol.messages import split_scope
from pairgrant_protocol.visible_text import visible
from pairgrant_protocol.vocabulary import ErrorCode, GrantType
from pairgrant_server.authorization_server.jose.public_keys import PublicKeysError, public_keys
from pairgrant_server.authorization_server.model.client_policy import ClientPolicy
from pairgrant_server.errors import PairgrantServerError

_MOST_VALUES = 20
_LONGEST_TEXT = 2048
_LONGEST_NAME = 80
_SECRETS = ("client_secret_basic", "client_secret_post")
AUTH_METHODS = ("none", *_SECRETS, "private_key_jwt")


class ClientMetadataError(PairgrantServerError, ValueError):
    """Metadata that can't be registered; the text names the member and quotes no value."""

    def __init__(self, text: str, code: ErrorCode = ErrorCode.INVALID_CLIENT_METADATA) -> None:
        super().__init__(text)
        self.code = code


@dataclass(frozen=True, slots=True)
class ClientMetadata:
    """The metadata of one client: types are checked, and defaults filled in.

    ``clients.validation`` checks the values (redirect URIs, policy), as for every client.
    """

    name: str | None
    auth_method: str
    grant_types: tuple[GrantType, ...]
    redirect_uris: tuple[str, ...]
    scope: tuple[str, ...] | None
    jwks: str | None
    policy: ClientPolicy

    @classmethod
    def parse(cls, members: Mapping[str, Any]) -> Self:
        """Raises ``ClientMetadataError``."""
        auth_method = _text(members, "token_endpoint_auth_method") or "client_secret_basic"
        if auth_method not in AUTH_METHODS:
            raise ClientMetadataError(f"token_endpoint_auth_method is not one of {', '.join(AUTH_METHODS)}")
        grant_types = _grant_types(members)
        _check_response_types(members, grant_types)
        scope = _text(members, "scope")
        return cls(
            name=_name(members),
            auth_method=auth_method,
            grant_types=grant_types,
            redirect_uris=_texts(members, "redirect_uris") or (),
            scope=None if scope is None else split_scope(scope),
            jwks=_jwks(members, auth_method),
            policy=ClientPolicy(
                id_token_algorithm=_text(members, "id_token_signed_response_alg")
                or ClientPolicy().id_token_algorithm,
                requires_dpop=_flag(members, "dpop_bound_access_tokens"),
                requires_pushed_requests=_flag(members, "require_pushed_authorization_requests"),
                post_logout_redirect_uris=_texts(members, "post_logout_redirect_uris") or (),
            ),
        )

    @property
    def has_secret(self) -> bool:
        return self.auth_method in _SECRETS


def _name(members: Mapping[str, Any]) -> str | None:
    """The name that people read at consent; it has no invisible or control characters."""
    name = _text(members, "client_name")
    if name is not None and visible(name) != name:
        raise ClientMetadataError("client_name has invisible characters")
    if name is not None and len(name) > _LONGEST_NAME:
        raise ClientMetadataError(f"client_name has more than {_LONGEST_NAME} characters")
    return name


def _grant_types(members: Mapping[str, Any]) -> tuple[GrantType, ...]:
    wanted = _texts(members, "grant_types")
    known = {str(grant_type): grant_type for grant_type in GrantType}
    if wanted is None:
        return (GrantType.AUTHORIZATION_CODE,)  # §2
    if not wanted or not set(wanted) <= known.keys():
        raise ClientMetadataError("grant_types is empty, or has one that this server does not offer")
    return tuple(known[value] for value in dict.fromkeys(wanted))


def response_types(grant_types: tuple[GrantType, ...]) -> list[str]:
    """The response types of the grant types (§2.1)."""
    return ["code"] if GrantType.AUTHORIZATION_CODE in grant_types else []


def _check_response_types(members: Mapping[str, Any], grant_types: tuple[GrantType, ...]) -> None:
    wanted = _texts(members, "response_types")
    if wanted is not None and set(wanted) != set(response_types(grant_types)):
        raise ClientMetadataError("response_types do not go with grant_types")


def _jwks(members: Mapping[str, Any], auth_method: str) -> str | None:
    """The JWK Set; keys come inline, because this server fetches no URL that a registration names (§5)."""
    if members.get("jwks_uri") is not None:
        raise ClientMetadataError("jwks_uri is not supported; register the keys themselves as jwks")
    jwks = members.get("jwks")
    if (jwks is None) == (auth_method == "private_key_jwt"):
        raise ClientMetadataError("jwks is for token_endpoint_auth_method private_key_jwt, which needs it")
    if jwks is None:
        return None
    try:
        return public_keys(jwks)
    except PublicKeysError as error:
        raise ClientMetadataError(f"jwks: {error}") from None


def _text(members: Mapping[str, Any], name: str) -> str | None:
    value = members.get(name)
    if value is None or value == "":
        return None
    if not isinstance(value, str) or len(value) > _LONGEST_TEXT:
        raise ClientMetadataError(f"{name} is not a text of at most {_LONGEST_TEXT} characters")
    return value


def _texts(members: Mapping[str, Any], name: str) -> tuple[str, ...] | None:
    values = members.get(name)
    if values is None:
        return None
    if (
        not isinstance(values, list)
        or len(values) > _MOST_VALUES
        or not all(isinstance(value, str) and 0 < len(value) <= _LONGEST_TEXT for value in values)
    ):
        code = (
            ErrorCode.INVALID_REDIRECT_URI if name == "redirect_uris" else ErrorCode.INVALID_CLIENT_METADATA
        )
        raise ClientMetadataError(f"{name} is not a list of at most {_MOST_VALUES} texts", code)
    return tuple(values)


def _flag(members: Mapping[str, Any], name: str) -> bool:
    value = members.get(name)
    if value is not None and not isinstance(value, bool):
        raise ClientMetadataError(f"{name} is neither true nor false")
    return bool(value)
