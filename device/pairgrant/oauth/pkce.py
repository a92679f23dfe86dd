"""PKCE (RFC 7636): proves that the device that polls is the one that started the pairing.

RFC 7636 covers the authorization code grant. On the device grant it is an extension that Keycloak, PingAM and
Pairgrant's server can require. The device sends a challenge there only after the server has asked for one:
the metadata's ``code_challenge_methods_supported`` speaks of the authorization endpoint, and Google refuses
an unexpected verifier.
"""

from secrets import token_urlsafe

from pairgrant.oauth.http_response import HttpResponse
from pairgrant_protocol.json_object import MalformedMessageError, parse_object
from pairgrant_protocol.messages import ErrorResponse
from pairgrant_protocol.pkce import code_challenge_of
from pairgrant_protocol.secret import Secret
from pairgrant_protocol.vocabulary import ErrorCode


def new_verifier() -> Secret:
    """A ``code_verifier`` of 256 random bits (RFC 7636 §4.1)."""
    return Secret(token_urlsafe(32))


def challenge_of(verifier: Secret) -> dict[str, str]:
    """The parameters of the request that starts the flow (RFC 7636 §4.2, §4.3)."""
    return {"code_challenge": code_challenge_of(verifier.reveal()), "code_challenge_method": "S256"}


def requires_challenge(response: HttpResponse) -> bool:
    """Whether a device authorization request was refused because it had no ``code_challenge``."""
    try:
        error = ErrorResponse.parse(parse_object(response.body))
    except MalformedMessageError:
        return False
    return error.error == ErrorCode.INVALID_REQUEST and "code_challenge" in (error.error_description or "")
