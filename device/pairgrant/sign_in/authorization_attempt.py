"""One attempt at the authorization code grant with a browser on this machine: its request, and the response
(RFC 8252).

Pure: this module opens no browser or port, and sends nothing.
"""

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
from pairgrant.translation import Translatable
from pairgrant.ui_texts import DENIED_IN_BROWSER
from pairgrant_protocol.base64url import Base64URLError, from_base64url
from pairgrant_protocol.json_object import MalformedMessageError, parse_object
from pairgrant_protocol.messages import TokenResponse
from pairgrant_protocol.metadata import AuthorizationServerMetadata
from pairgrant_protocol.secret import Secret
from pairgrant_protocol.vocabulary import ErrorCode

REDIRECT_PATH = "/callback"
"""The path of the redirect URI to register, http://127.0.0.1/callback; the port is free to vary (RFC 8252
§7.3).
"""

_TEMPORARY = {ErrorCode.TEMPORARILY_UNAVAILABLE, ErrorCode.SERVER_ERROR}


@dataclass(frozen=True, slots=True)
class AuthorizationAttempt:
    """One authorization request and its secrets: state, nonce, verifier (RFC 6749 §4.1.1, RFC 7636, OpenID
    Connect).
    """

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
    def parameters(self) -> dict[str, str]:
        """The parameters of the request."""
        asked = {
            "response_type": "code",
            "client_id": self.client_id,
            "redirect_uri": self.redirect_uri,
            "scope": " ".join(self.scope),
            "state": self.state,
            "nonce": self.nonce if self._may_have_id_token else "",
            **challenge_of(self.verifier),
        }
        return {name: value for name, value in asked.items() if value}

    @property
    def uri(self) -> str:
        """The address that the browser opens."""
        return self._address(self.parameters)

    def pushed_uri(self, request_uri: str) -> str:
        """The address that the browser opens after the parameters were pushed (RFC 9126 §4)."""
        return self._address({"client_id": self.client_id, "request_uri": request_uri})

    def is_response(self, query: str) -> bool:
        """Whether ``query`` is the response to this request; any program on this machine can send one."""
        return compare_digest(_parameters(query).get("state", "").encode(), self.state.encode())

    def code(self, query: str) -> Secret:
        """The code in the response to this request (RFC 6749 §4.1.2).

        Raises:
            DeniedError: the person denied the request.
            PairgrantError: there is no code, or another server sent the response (RFC 9207 §2.4).
        """
        response = _parameters(query)
        issuer = response.get("iss")
        if not self._is_issuer(issuer) and (issuer is not None or self.metadata.names_issuer):
            raise ServerFaultError(
                Translatable("The response in the browser came from another server. Nothing was signed in.")
            )
        match response.get("error"):
            case None:
                pass
            case ErrorCode.ACCESS_DENIED:
                raise DeniedError(DENIED_IN_BROWSER)
            case error if error in _TEMPORARY:
                raise ServerBusyError(
                    Translatable("The server can't sign you in right now. Start again in a moment.")
                )
            case error:
                raise refusal(
                    error, response.get("error_description"), client_id=self.client_id, by_browser=True
                )
        if not response.get("code"):
            raise ServerFaultError(Translatable("The response in the browser has no code. Start again."))
        return Secret(response["code"])

    def redemption(self, code: Secret) -> dict[str, str]:
        """The parameters that redeem ``code`` at the token endpoint (RFC 6749 §4.1.3, RFC 7636 §4.5)."""
        return {
            "code": code.reveal(),
            "redirect_uri": self.redirect_uri,
            "code_verifier": self.verifier.reveal(),
        }

    def check_tokens(self, tokens: TokenResponse) -> None:
        """Check that the id_token belongs to this sign-in (OpenID Connect Core §3.1.3.7).

        The device received it directly from the server, so TLS stands in for checking its signature.

        Raises:
            ServerFaultError: the id_token is missing, or belongs to another sign-in.
        """
        if not self._may_have_id_token:
            return
        if tokens.id_token is None:
            if "openid" in self.scope and (tokens.scope is None or "openid" in tokens.scope):
                raise ServerFaultError(
                    Translatable("The server sent no id_token, which the scope openid asks for.")
                )
            return
        claims = _claims(tokens.id_token)
        audience = claims.get("aud")
        if (
            not self._is_issuer(claims.get("iss"))
            or self.client_id not in (audience if isinstance(audience, list) else [audience])
            or claims.get("nonce") != self.nonce
        ):
            raise ServerFaultError(
                Translatable("The server's id_token belongs to another sign-in. Nothing was signed in.")
            )

    def _address(self, parameters: Mapping[str, str]) -> str:
        parts = urlsplit(authorization_endpoint(self.metadata))
        query = "&".join(filter(None, [parts.query, urlencode(parameters)]))
        return urlunsplit(parts._replace(query=query))

    @property
    def _may_have_id_token(self) -> bool:
        """Whether openid is requested; without a scope the server chooses it (RFC 6749 §3.3)."""
        return not self.scope or "openid" in self.scope

    def _is_issuer(self, issuer: object) -> bool:
        """Whether this is the server's issuer; some servers add a trailing slash."""
        return isinstance(issuer, str) and issuer.rstrip("/") == self.metadata.issuer


def authorization_endpoint(metadata: AuthorizationServerMetadata) -> str:
    """The server's authorization endpoint.

    Raises:
        NoAuthorizationCodeGrantError: the server has no authorization endpoint, or doesn't support PKCE with
            S256.
    """
    if metadata.authorization_endpoint is None:
        raise NoAuthorizationCodeGrantError(
            Translatable(
                "This server doesn't support a sign-in with the browser: "
                "its metadata names no authorization_endpoint. "
                "Use your phone with --device-code."
            )
        )
    if metadata.code_challenge_methods and "S256" not in metadata.code_challenge_methods:
        raise NoAuthorizationCodeGrantError(
            Translatable(
                "This server doesn't protect a sign-in with the browser (PKCE with S256). "
                "Use your phone with --device-code."
            )
        )
    return metadata.authorization_endpoint


def _parameters(query: str) -> dict[str, str]:
    """Name -> value; a parameter that occurs twice is ignored."""
    pairs = parse_qsl(query, max_num_fields=50) if query.count("&") < 50 else []
    names = [name for name, _ in pairs]
    return {name: value for name, value in pairs if names.count(name) == 1}


def _claims(id_token: Secret) -> Mapping[str, object]:
    _, _, rest = id_token.reveal().partition(".")
    claims, _, _ = rest.partition(".")
    try:
        return parse_object(from_base64url(claims))
    except (MalformedMessageError, Base64URLError):
        raise ServerFaultError(Translatable("The server's id_token can't be read.")) from None
