"""A token response kept for a caller that lost it, step (F).

The response is sealed under the code or refresh token that it was issued for, so that only the holder of that
secret can receive it again. ``pairgrant_protocol.replay`` tells for how long.
"""

from pairgrant_protocol.secret import Secret
from pairgrant_server.authorization_server.secrets.server_key import UnsealableError, seal, unseal

_PURPOSE = "replay of a token response"


def seal_response(used: Secret, response: bytes) -> bytes:
    """``response`` sealed under the code or refresh token that it uses up."""
    return seal(used, _PURPOSE, response)


def lost_response(used: Secret, sealed: bytes | None) -> bytes | None:
    """The response that was sealed under ``used``; None if there is none, or if another secret sealed it."""
    if sealed is None:
        return None
    try:
        return unseal(used, _PURPOSE, sealed)
    except UnsealableError:
        return None
