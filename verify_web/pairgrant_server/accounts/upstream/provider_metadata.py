"""What another OpenID provider says of itself (OpenID Connect Discovery 1.0 §3), believed only as far as it must be."""

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
"""Of whatever a provider answers; the largest JWK Sets in use are a tenth of that."""

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
    """Whether each of its answers carries ``iss`` (RFC 9207 §3)."""
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
        if (
            issuer != expected_issuer
        ):  # to the letter (§4.3): it is what tells one provider's people from another's
            raise ProviderMetadataError(
                f"it calls itself {visible(str(issuer))}, not {visible(expected_issuer)}"
            )
        if (methods := members.get("code_challenge_methods_supported")) is not None and (
            not isinstance(methods, list) or "S256" not in methods
        ):
            raise ProviderMetadataError("it does not take PKCE with S256 (RFC 7636)")
        if "code" not in _texts(members, "response_types_supported", "code"):
            raise ProviderMetadataError("it has no authorization code flow")
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
    """``issuer`` as it is kept: to the letter, because providers differ in whether it ends in a slash.

    Raises:
        ProviderMetadataError: no address, or one that others on the way could answer for.
    """
    try:
        web_uri(issuer, "issuer")
    except MalformedMessageError:
        raise ProviderMetadataError(
            f"{visible(issuer)!r} is no issuer: write it like https://accounts.example.org"
        ) from None
    if "?" in issuer or "#" in issuer:
        raise ProviderMetadataError("an issuer has neither a query nor a fragment")
    if urlsplit(issuer).scheme == "http" and not (is_loopback(issuer) or allow_http):
        raise ProviderMetadataError(
            "over plain http anyone on the way could answer for the provider: write https://, or add --allow-http for "
            "a demo on a network you trust"
        )
    return issuer


def is_loopback(uri: str) -> bool:
    return urlsplit(uri).hostname in _LOOPBACK


def _texts(members: Mapping[str, Any], name: str, default: str) -> list[Any]:
    value = members.get(name, [default])
    return value if isinstance(value, list) else []


def _endpoint(members: Mapping[str, Any], name: str, issuer: str) -> str:
    """Plain http is for a provider whose issuer is plain http: an operator has allowed that (``checked_issuer``)."""
    uri = members.get(name)
    try:
        web_uri(uri if isinstance(uri, str) else "", name)
    except MalformedMessageError as error:
        raise ProviderMetadataError(f"its discovery document is no use: {error}") from None
    assert isinstance(uri, str)  # noqa: S101 - anything else is no web address
    if "#" in uri:
        raise ProviderMetadataError(f"its {name} has a fragment (RFC 6749 §3.1)")
    if urlsplit(uri).scheme == "http" and urlsplit(issuer).scheme == "https":
        raise ProviderMetadataError(f"its {name} falls back from https to http")
    return uri
