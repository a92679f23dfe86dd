"""The lifetimes of one client's codes and tokens, in seconds: its policy's, or the server's."""

from typing import NamedTuple

from pairgrant_server.authorization_server.model.client_policy import ClientPolicy
from pairgrant_server.authorization_server.model.settings import ServerSettings

LONGEST_ACCESS_TOKEN = 86_400
"""Upper bound of every setting and policy; a key is kept this long after its last signature."""

LONGEST_ADVISABLE_DEVICE_CODE = 600
"""A longer one gives an attacker more time to pass a code on and to guess it (RFC 8628 §5.1, §5.4)."""


class Lifetimes(NamedTuple):
    device_code: int
    access_token: int
    refresh_token: int
    """Idle."""
    connection: int
    """However active."""


def lifetimes_of(policy: ClientPolicy, settings: ServerSettings) -> Lifetimes:
    return Lifetimes(
        device_code_lifetime(policy, settings),
        policy.access_token_lifetime or settings.access_token_lifetime,
        policy.refresh_token_lifetime or settings.refresh_token_lifetime,
        policy.connection_lifetime or settings.connection_lifetime,
    )


def device_code_lifetime(policy: ClientPolicy, settings: ServerSettings) -> int:
    """``Lifetimes.device_code`` alone: all that a device authorization needs."""
    return policy.device_code_lifetime or settings.device_code_lifetime
