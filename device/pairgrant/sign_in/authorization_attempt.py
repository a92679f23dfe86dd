"""Signing in by a browser on this machine: what is asked for, and whether what comes back is the answer to it (RFC 8252).

Pure: nothing here opens a browser or a port, or sends anything.
"""

from base64 import urlsafe_b64decode
from binascii import Error as Base64Error
from collections.abc import Mapping
from dataclasses import dataclass, field
from hmac import compare_digest
from secrets import token_urlsafe
from typing import Self
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from pairgrant.errors import (
    DeniedError,
    NoAuthorizationCodeGrantError,
    ServerBusyError,
    ServerFaultError,
    refusal,
)
from pairgrant.oauth.pkce import challenge_of, new_verifier
from pairgrant.ui_texts import DENIED_IN_BROWSER
from pairgrant_protocol.json_object import MalformedMessageError, parse_object
from pairgrant_protocol.messages import TokenResponse
from pairgrant_protocol.metadata import AuthorizationServerMetadata
from pairgrant_protocol.secret import Secret
from pairgrant_protocol.vocabulary import ErrorCode

REDIRECT_PATH = "/callback"
"""Of the address that has to be registered for the client, http://127.0.0.1/callback (RFC 8252 §7.3: any port will do)."""

_PASSING = {ErrorCode.TEMPORARILY_UNAVAILABLE, ErrorCode.SERVER_ERROR}


@dataclass(frozen=True, slots=True)
class AuthorizationAttempt:
    """One request through a browser, and what only whoever made it knows (RFC 6749 §4.1.1, RFC 7636, OpenID Connect)."""

    metadata: AuthorizationServerMetadata
    client_id: str
    scope: tuple[str, ...]
    redirect_uri: str
    state: str = field(repr=False)
    nonce: str = field(repr=False)
    verifier: Secret

    @classmethod
    def new(
        cls,
        metadata: AuthorizationServerMetadata,
        *,
        client_id: str,
        scope: tuple[str, ...],
        redirect_uri: str,
    ) -> Self:
        return cls(
            metadata, client_id, scope, redirect_uri, token_urlsafe(32), token_urlsafe(32), new_verifier()
        )

    @property
    def uri(self) -> str:
        """Where the browser is sent."""
        asked = {
            "response_type": "code",
            "client_id": self.client_id,
            "redirect_uri": self.redirect_uri,
            "scope": " ".join(self.scope),
            "state": self.state,
            **challenge_of(self.verifier),
        }
        if "openid" in self.scope:
            asked["nonce"] = self.nonce
        parts = urlsplit(authorization_endpoint(self.metadata))
        query = "&".join(filter(None, [parts.query, urlencode(asked)]))
        return urlunsplit(parts._replace(query=query))

    def is_response(self, query: str) -> bool:
        """Whether ``query`` came because of this request; anyone on this machine can knock at its port."""
        return compare_digest(_parameters(query).get("state", "").encode(), self.state.encode())

    def code(self, query: str) -> Secret:
        """The code in an answer to this request (RFC 6749 §4.1.2).

        Raises:
            DeniedError: there is none, because the person denied it.
            PairgrantError: there is none, or another server than ours sent it (RFC 9207 §2.4).
        """
        response = _parameters(query)
        told = response.get("iss")
        if not self._is_issuer(told) and (told is not None or self.metadata.names_issuer):
            raise ServerFaultError(
                "The answer in the browser came from another server than the one that was asked. Nothing was signed in."
            )
        match response.get("error"):
            case None:
                pass
            case ErrorCode.ACCESS_DENIED:
                raise DeniedError(DENIED_IN_BROWSER)
            case error if error in _PASSING:
                raise ServerBusyError("The server can't sign anyone in right now. Start again in a moment.")
            case error:
                raise refusal(error, response.get("error_description"), client_id=self.client_id)
        if not response.get("code"):
            raise ServerFaultError("The answer in the browser has no code in it. Start again.")
        return Secret(response["code"])

    def redemption(self, code: Secret) -> dict[str, str]:
        """What makes tokens of ``code``, at the token endpoint (RFC 6749 §4.1.3, RFC 7636 §4.5)."""
        return {
            "code": code.reveal(),
            "redirect_uri": self.redirect_uri,
            "code_verifier": self.verifier.reveal(),
        }

    def check_tokens(self, tokens: TokenResponse) -> None:
        """Return unless ``tokens`` come with an id_token of another sign-in (OpenID Connect Core §3.1.3.7).

        It came from the server itself, so its signature says no more than the connection does.

        Raises:
            ServerFaultError
        """
        if "openid" not in self.scope:
            return
        if tokens.id_token is None:
            if "openid" in (self.scope if tokens.scope is None else tokens.scope):
                raise ServerFaultError("The server gave no id_token, which openid asks for.")
            return
        claims = _claims(tokens.id_token)
        audience = claims.get("aud")
        if (
            not self._is_issuer(claims.get("iss"))
            or self.client_id not in (audience if isinstance(audience, list) else [audience])
            or claims.get("nonce") != self.nonce
        ):
            raise ServerFaultError("The server's id_token belongs to another sign-in. Nothing was signed in.")

    def _is_issuer(self, told: object) -> bool:
        """A slash at the end is the one difference that real servers make."""
        return isinstance(told, str) and told.rstrip("/") == self.metadata.issuer


def authorization_endpoint(metadata: AuthorizationServerMetadata) -> str:
    """Where to ask.

    Raises:
        NoAuthorizationCodeGrantError: the server has no such flow, or not with PKCE as it must be.
    """
    if metadata.authorization_endpoint is None:
        raise NoAuthorizationCodeGrantError(
            "This server signs nobody in by a browser here: it names no authorization_endpoint. "
            "Leave out --browser, and use your phone."
        )
    if metadata.code_challenge_methods and "S256" not in metadata.code_challenge_methods:
        raise NoAuthorizationCodeGrantError(
            "This server doesn't protect a sign-in by a browser (PKCE with S256). Leave out --browser."
        )
    return metadata.authorization_endpoint


def _parameters(query: str) -> dict[str, str]:
    """Name -> value; a name that comes twice is worth nothing."""
    pairs = parse_qsl(query, max_num_fields=50) if query.count("&") < 50 else []
    names = [name for name, _ in pairs]
    return {name: value for name, value in pairs if names.count(name) == 1}


def _claims(id_token: Secret) -> Mapping[str, object]:
    _, _, rest = id_token.reveal().partition(".")
    claims, _, _ = rest.partition(".")
    try:
        return parse_object(urlsafe_b64decode(claims + "=" * (-len(claims) % 4)))
    except (MalformedMessageError, Base64Error, ValueError):
        raise ServerFaultError("The server's id_token can't be read.") from None
