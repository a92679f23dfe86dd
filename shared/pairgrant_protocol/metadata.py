"""Server metadata: the endpoints for steps (A) and (E) (RFC 8414 §2; OpenID Connect Discovery §3)."""

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Any, Self
from urllib.parse import urlsplit

from pairgrant_protocol.errors import ProtocolError
from pairgrant_protocol.json_object import MalformedMessageError, optional_text, text
from pairgrant_protocol.messages import web_uri
from pairgrant_protocol.visible_text import visible

RFC8414_SUFFIX = "/.well-known/oauth-authorization-server"
OPENID_SUFFIX = "/.well-known/openid-configuration"


class IssuerError(ProtocolError):
    """The text is not a valid issuer identifier; the message shows a valid one."""


def check_issuer(issuer: str) -> str:
    """``issuer`` as an identifier: http or https, without a trailing slash (RFC 8414 §2).

    Raises:
        IssuerError: it is not a web address, or has a query or a fragment.
    """
    try:
        web_uri(issuer, "issuer")
    except MalformedMessageError:
        raise IssuerError(f"{issuer!r} is not an issuer: write it like https://pair.example") from None
    if "?" in issuer or "#" in issuer:
        raise IssuerError("an issuer has neither a query nor a fragment: write it like https://pair.example")
    return issuer.rstrip("/")


def metadata_urls(issuer: str) -> tuple[str, str]:
    """The URLs of the two documents of ``issuer``.

    RFC 8414 §3.1 puts the well-known part before the path of the issuer, OpenID Connect Discovery after it.
    """
    parts = urlsplit(issuer)
    return f"{parts.scheme}://{parts.netloc}{RFC8414_SUFFIX}{parts.path}", issuer + OPENID_SUFFIX


@dataclass(frozen=True, slots=True)
class AuthorizationServerMetadata:
    """The members that a device uses; an endpoint is None if the server does not offer it."""

    issuer: str
    token_endpoint: str
    device_authorization_endpoint: str | None = None
    revocation_endpoint: str | None = None
    userinfo_endpoint: str | None = None
    jwks_uri: str | None = None
    protected_resources: tuple[str, ...] = ()
    """Resource servers that this server issues tokens for (RFC 9728 §4)."""
    dpop_algorithms: tuple[str, ...] = ()
    """Signature algorithms for DPoP proofs (RFC 9449 §5.1); none if the server does not support DPoP."""
    authorization_endpoint: str | None = None
    pushed_authorization_request_endpoint: str | None = None
    """Where a client sends its authorization request before it opens a browser (RFC 9126 §5)."""
    names_issuer: bool = False
    """Whether each authorization response carries ``iss`` (RFC 9207 §3)."""
    code_challenge_methods: tuple[str, ...] = ()
    """Supported PKCE methods (RFC 7636); none if the document does not list any."""
    revokes_device_codes: bool = False
    """An extra member: the revocation endpoint takes a device_code, which cancels its pairing."""

    @classmethod
    def parse(cls, members: Mapping[str, Any], *, expected_issuer: str) -> Self:
        """The document fetched for ``expected_issuer``.

        Raises:
            MalformedMessageError: the document names another issuer (RFC 8414 §3.3), an endpoint is not a web
                address, or an https issuer has an http endpoint.
        """
        document = dict(members)
        issuer = text(document, "issuer")
        if issuer.rstrip("/") != expected_issuer:
            raise MalformedMessageError(
                f"the document names another issuer than the one that was asked: {visible(issuer)}"
            )
        resources = _texts(document, "protected_resources")

        def endpoint(name: str) -> str | None:
            uri = optional_text(document, name)
            return uri and _endpoint(uri, name, expected_issuer)

        return cls(
            issuer=expected_issuer,
            token_endpoint=_endpoint(text(document, "token_endpoint"), "token_endpoint", expected_issuer),
            device_authorization_endpoint=endpoint("device_authorization_endpoint"),
            revocation_endpoint=endpoint("revocation_endpoint"),
            userinfo_endpoint=endpoint("userinfo_endpoint"),
            jwks_uri=endpoint("jwks_uri"),
            protected_resources=tuple(
                _endpoint(uri, "protected_resources", expected_issuer) for uri in resources
            ),
            authorization_endpoint=endpoint("authorization_endpoint"),
            pushed_authorization_request_endpoint=endpoint("pushed_authorization_request_endpoint"),
            names_issuer=document.get("authorization_response_iss_parameter_supported") is True,
            dpop_algorithms=tuple(_texts(document, "dpop_signing_alg_values_supported")),
            code_challenge_methods=tuple(_texts(document, "code_challenge_methods_supported")),
            revokes_device_codes=document.get("device_code_revocation_supported") is True,
        )

    def completed_by(self, other: Self) -> Self:
        """This document with the members that only ``other`` has; both are of one issuer."""
        missing = {
            field.name: getattr(other, field.name) for field in fields(self) if not getattr(self, field.name)
        }
        return replace(self, **missing)


def _texts(document: dict[str, Any], name: str) -> list[str]:
    texts = document.get(name)
    if texts is None:  # absent, or filled with null
        return []
    if not isinstance(texts, list) or not all(isinstance(one, str) for one in texts):
        raise MalformedMessageError(f"{name} is not a list of texts")
    return texts


def _endpoint(uri: str, name: str, issuer: str) -> str:
    web_uri(uri, name)
    if urlsplit(issuer).scheme == "https" and urlsplit(uri).scheme != "https":
        raise MalformedMessageError(f"{name} falls back from https to http")
    return uri
