"""What a client that registers itself has to obey (RFC 7591 §5). Pure."""

from collections.abc import Iterable
from dataclasses import replace

from pairgrant_protocol.vocabulary import GrantType
from pairgrant_server.authorization_server.clients.policy_validation import effective_rules
from pairgrant_server.authorization_server.clients.validation import checked
from pairgrant_server.authorization_server.model.client_policy import ClientPolicy
from pairgrant_server.authorization_server.model.records import Client

FLAGS = (
    "requires_dpop",
    "requires_device_pkce",
    "requires_pushed_requests",
    "requires_same_network",
    "requires_return_pin",
)
LIFETIMES = (
    "device_code_lifetime",
    "access_token_lifetime",
    "refresh_token_lifetime",
    "connection_lifetime",
)
_RULES = (*FLAGS, *LIFETIMES, "trusted_networks")


def checked_floor(policy: ClientPolicy, grant_types: frozenset[GrantType]) -> ClientPolicy:
    """``policy`` as it is stored.

    Raises:
        ClientError: a rule is invalid, or has no effect with ``grant_types``.
    """
    # The grant needs an issuer, which no registration can name.
    kept = (grant_types - {GrantType.JWT_BEARER}) or {GrantType.CLIENT_CREDENTIALS}
    uris = ("https://client.example/",)
    client = Client("any", "Any", frozenset(kept), (), 0.0, uris, secret_digest=b"", policy=policy)
    return checked(client).policy


def tightened(asked: ClientPolicy, floor: ClientPolicy, grant_types: Iterable[GrantType]) -> ClientPolicy:
    """The policy of a client that asked for ``asked``: of each rule the stricter one.

    A rule of the floor that has no effect with the client's grants is left out.
    """
    changes = {}
    for name in effective_rules(_RULES, frozenset(grant_types)):
        least, own = getattr(floor, name), getattr(asked, name)
        if name in FLAGS:
            changes[name] = least or own
        elif name in LIFETIMES:
            changes[name] = min((one for one in (least, own) if one is not None), default=None)
        else:
            changes[name] = least or own
    return replace(asked, **changes)
