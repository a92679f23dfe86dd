"""The device that asks, as the person is shown it (RFC 8628 §5.4): what it says of itself is data, and made visible."""

from dataclasses import dataclass, field
from hashlib import sha256

from pairgrant_protocol.user_code import display
from pairgrant_protocol.visible_text import visible
from pairgrant_server.authorization_server.device_flow.device_flow import DeviceGrant
from pairgrant_server.authorization_server.limits.network import network_of
from pairgrant_server.authorization_server.model.client_policy import DEFAULT_POLICY
from pairgrant_server.pages.site.visit import Visit


@dataclass(frozen=True, slots=True)
class Asking:
    """``age`` and ``seconds_left`` in seconds; ``application`` is the client, ``name`` the device's own name if it has one."""

    name: str
    application: str
    user_code: str = field(repr=False)
    scope: tuple[str, ...]
    optional: tuple[str, ...]
    """What of the scope may be left out."""
    must_be_here: bool
    """Whether only someone on the device's own network may approve."""
    address: str
    same_network: bool
    age: float
    seconds_left: float
    mark: str
    """Stands for this one grant in the form that decides it."""


async def asking(visit: Visit, grant: DeviceGrant) -> Asking:
    """What there is to know of the device behind ``grant``, whose code this browser looked up."""
    client = await visit.site.clients.client(grant.client_id)
    application = visible(grant.client_id if client is None else client.name)
    policy = DEFAULT_POLICY if client is None else client.policy
    now = visit.site.clock()
    return Asking(
        name=visible(grant.device_name) if grant.device_name else application,
        application=application,
        user_code=display(visit.session.user_code or ""),
        scope=tuple(value for value in grant.scope if value not in policy.optional_scope),
        optional=tuple(value for value in grant.scope if value in policy.optional_scope),
        must_be_here=policy.requires_same_network,
        address=visible(grant.address),
        same_network=is_here(visit, grant),
        age=now - grant.created_at,
        seconds_left=grant.expires_at - now,
        mark=mark_of(grant),
    )


def is_here(visit: Visit, grant: DeviceGrant) -> bool:
    """Whether the device and the person are on one network."""
    return network_of(grant.address) == visit.network


def mark_of(grant: DeviceGrant) -> str:
    return sha256(grant.grant_id).hexdigest()
