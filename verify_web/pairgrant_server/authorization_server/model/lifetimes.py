"""How long things live for one client, in seconds: its own rule where it has one, else the server's."""

from typing import NamedTuple

from pairgrant_server.authorization_server.model.client_policy import ClientPolicy
from pairgrant_server.authorization_server.model.settings import ServerSettings

LONGEST_ACCESS_TOKEN = 86_400
"""No setting and no client's policy goes beyond: so long a key must be kept that signs no more."""


class Lifetimes(NamedTuple):
    device_code: int
    access_token: int
    refresh_token: int
    """Unused."""
    connection: int
    """At most, however active."""


def lifetimes_of(policy: ClientPolicy, settings: ServerSettings) -> Lifetimes:
    return Lifetimes(
        policy.device_code_lifetime or settings.device_code_lifetime,
        policy.access_token_lifetime or settings.access_token_lifetime,
        policy.refresh_token_lifetime or settings.refresh_token_lifetime,
        policy.connection_lifetime or settings.connection_lifetime,
    )
