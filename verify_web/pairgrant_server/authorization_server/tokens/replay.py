"""A token response kept for a caller that lost it, step (F).

The response is sealed under the code or refresh token that it was issued for, so that only the holder of that
secret can receive it again. ``pairgrant_protocol.replay`` tells for how long.
"""

import json

from pairgrant_protocol.base64url import from_base64url
from pairgrant_protocol.messages import split_scope
from pairgrant_protocol.secret import Secret
from pairgrant_server.authorization_server.limits.network import is_known, is_same_network
from pairgrant_server.authorization_server.model.audience import audience
from pairgrant_server.authorization_server.model.records import ConnectedDevice
from pairgrant_server.authorization_server.model.settings import ServerSettings
from pairgrant_server.authorization_server.secrets.server_key import UnsealableError, seal, unseal

_PURPOSE = "replay of a token response"

_UNKNOWN_NETWORK = (
    "the device may have lost the token response, which is repeated without a key only to a known network; "
    "put the address of your proxy into PAIRGRANT_TRUSTED_PROXIES, and let it set X-Forwarded-For"
)


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


def is_same_caller(device: ConnectedDevice, address: str, dpop_jkt: str | None) -> bool:
    """Whether a repeated request can come from the caller that got the tokens of ``device``.

    It proved the key that the tokens are bound to; or they are unbound, and it came from the same network.
    """
    if device.dpop_jkt is not None:
        return device.dpop_jkt == dpop_jkt
    return is_same_network(device.address, address)


def reason_of_end(device: ConnectedDevice, address: str) -> str | None:
    """What the operator can change if a response was not repeated because a network is unknown; else None."""
    is_unknown = not (is_known(device.address) and is_known(address))
    return _UNKNOWN_NETWORK if is_unknown and device.dpop_jkt is None else None


def is_for_resource(response: bytes, settings: ServerSettings, resource: str | None) -> bool:
    """Whether the access token in a kept ``response`` is for ``resource`` and nothing else (RFC 8707 §2.2).

    A repeated request that names no resource receives what the first one got.
    """
    if resource is None:
        return True
    members = json.loads(response)
    claims = json.loads(from_base64url(members["access_token"].split(".")[1]))
    wanted = audience(settings, resource, split_scope(members.get("scope", "")))
    return set(wanted) == set(claims["aud"])


def is_for_scope(response: bytes, scope: str | None) -> bool:
    """Whether the access token in a kept ``response`` has ``scope``, if the repeated request names one."""
    wanted = set(split_scope(scope or ""))
    return not wanted or wanted == set(split_scope(json.loads(response).get("scope", "")))
