"""Proof that the device that polls is the one that asked, for servers that want it on the device flow (RFC 7636).

No specification has it there; Keycloak, PingAM and this project's server can ask for it. It is sent only when it is asked
for: a server's list of code_challenge_methods speaks of its authorization endpoint, and Google refuses a verifier that it
didn't expect.
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
    """What the device authorization request carries (RFC 7636 §4.2, §4.3)."""
    return {
        "code_challenge": code_challenge_of(verifier.reveal()),
        "code_challenge_method": "S256",
    }


def wants_challenge(response: HttpResponse) -> bool:
    """Whether a device authorization was refused because it came without a challenge."""
    try:
        said = ErrorResponse.parse(parse_object(response.body))
    except MalformedMessageError:
        return False
    return said.error == ErrorCode.INVALID_REQUEST and "code_challenge" in (said.error_description or "")
