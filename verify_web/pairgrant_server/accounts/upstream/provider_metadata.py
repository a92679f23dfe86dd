"""The metadata of another OpenID provider (OpenID Connect Discovery 1.0 §3), and what is required of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self
from urllib.parse import urlsplit

from pairgrant_protocol.messages import MalformedMessageError, web_uri
from pairgrant_protocol.metadata import OPENID_SUFFIX
from pairgrant_protocol.visible_text import visible
from pairgrant_server.authorization_server.jose.strict_json import StrictJSONError, strict_object
from pairgrant_server.errors import PairgrantServerError

MAX_DOCUMENT_BYTES = 262_144
"""The limit for every response of a provider; the largest JWK Sets in use are a tenth of that."""

_LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})


class ProviderMetadataError(PairgrantServerError, ValueError):
    """A provider that can't be used for sign-in; the text says what is wrong with it."""


@dataclass(frozen=True, slots=True)
class ProviderMetadata:
    """``userinfo_endpoint`` is None where there is none."""

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    userinfo_endpoint: str | None = None
    names_itself: bool = False
    """Whether its authorization responses carry ``iss`` (RFC 9207 §3)."""
    takes_secret_in_header: bool = True
    """``client_secret_basic``, the default, rather than ``client_secret_post``."""

    @classmethod
    def parse(cls, document: bytes, *, expected_issuer: str) -> Self:
        """The document found at ``discovery_uri(expected_issuer)``.

        Raises:
            ProviderMetadataError
        """
        try:
            members = strict_object(document, limit=MAX_DOCUMENT_BYTES)
        except StrictJSONError as error:
            raise ProviderMetadataError(f"its discovery document is unreadable: {error}") from None
        issuer = members.get("issuer")
        if issuer != expected_issuer:  # exactly (§4.3), because identities are keyed by issuer
            raise ProviderMetadataError(
                f"its issuer is {visible(str(issuer))}, not {visible(expected_issuer)}"
            )
        if (methods := members.get("code_challenge_methods_supported")) is not None and (
            not isinstance(methods, list) or "S256" not in methods
        ):
            raise ProviderMetadataError("it does not support PKCE with S256 (RFC 7636)")
        if "code" not in _texts(members, "response_types_supported", "code"):
            raise ProviderMetadataError("it does not support the authorization code flow")
        methods_of_clients = _texts(members, "token_endpoint_auth_methods_supported", "client_secret_basic")
        return cls(
            issuer=expected_issuer,
            authorization_endpoint=_endpoint(members, "authorization_endpoint", expected_issuer),
            token_endpoint=_endpoint(members, "token_endpoint", expected_issuer),
            jwks_uri=_endpoint(members, "jwks_uri", expected_issuer),
            userinfo_endpoint=(
                _endpoint(members, "userinfo_endpoint", expected_issuer)
                if members.get("userinfo_endpoint") is not None
                else None
            ),
            names_itself=members.get("authorization_response_iss_parameter_supported") is True,
            takes_secret_in_header=(
                "client_secret_basic" in methods_of_clients or "client_secret_post" not in methods_of_clients
            ),
        )


def discovery_uri(issuer: str) -> str:
    return issuer.rstrip("/") + OPENID_SUFFIX


def checked_issuer(issuer: str, *, allow_http: bool = False) -> str:
    """``issuer`` as it is stored: unchanged, because some issuers end in a slash and some do not.

    Raises:
        ProviderMetadataError: not a URL, or plain http without ``allow_http``.
    """
    try:
        web_uri(issuer, "issuer")
    except MalformedMessageError:
        raise ProviderMetadataError(
            f"{visible(issuer)!r} is not an issuer: write it like https://accounts.example.org"
        ) from None
    if "?" in issuer or "#" in issuer:
        raise ProviderMetadataError("an issuer can't have a query or a fragment")
    if urlsplit(issuer).scheme == "http" and not (is_loopback(issuer) or allow_http):
        raise ProviderMetadataError(
            "over plain http anyone on the network can impersonate the provider: write https://, or add "
            "--allow-http for a demo on a network you trust"
        )
    return issuer


def is_loopback(uri: str) -> bool:
    return urlsplit(uri).hostname in _LOOPBACK


def _texts(members: Mapping[str, Any], name: str, default: str) -> list[Any]:
    value = members.get(name, [default])
    return value if isinstance(value, list) else []


def _endpoint(members: Mapping[str, Any], name: str, issuer: str) -> str:
    """An endpoint; plain http only if the issuer, which an operator has checked, is plain http."""
    uri = members.get(name)
    try:
        web_uri(uri if isinstance(uri, str) else "", name)
    except MalformedMessageError as error:
        raise ProviderMetadataError(f"its discovery document is invalid: {error}") from None
    assert isinstance(uri, str)  # noqa: S101 - web_uri refuses anything else
    if "#" in uri:
        raise ProviderMetadataError(f"its {name} has a fragment (RFC 6749 §3.1)")
    if urlsplit(uri).scheme == "http" and urlsplit(issuer).scheme == "https":
        raise ProviderMetadataError(f"its {name} falls back from https to http")
    return uri
