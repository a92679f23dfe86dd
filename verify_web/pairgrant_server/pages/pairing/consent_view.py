"""The device that asks, as the person is shown it (RFC 8628 §5.4): what it says of itself is data, and made visible."""

from dataclasses import dataclass, field
from hashlib import sha256

from pairgrant_protocol.user_code import display
from pairgrant_protocol.visible_text import visible
from pairgrant_server.authorization_server.device_flow.device_flow import DeviceGrant
from pairgrant_server.authorization_server.limits.network import network_of
from pairgrant_server.authorization_server.model.client_policy import DEFAULT_POLICY
from pairgrant_server.pages.site.page_request import PageRequest


@dataclass(frozen=True, slots=True)
class ConsentView:
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


async def consent_view(request: PageRequest, grant: DeviceGrant) -> ConsentView:
    """What there is to know of the device behind ``grant``, whose code this browser looked up."""
    client = await request.site.clients.client(grant.client_id)
    application = visible(grant.client_id if client is None else client.name)
    policy = DEFAULT_POLICY if client is None else client.policy
    now = request.site.clock()
    return ConsentView(
        name=visible(grant.device_name) if grant.device_name else application,
        application=application,
        user_code=display(request.session.user_code or ""),
        scope=tuple(value for value in grant.scope if value not in policy.optional_scope),
        optional=tuple(value for value in grant.scope if value in policy.optional_scope),
        must_be_here=policy.requires_same_network,
        address=visible(grant.address),
        same_network=is_here(request, grant),
        age=now - grant.created_at,
        seconds_left=grant.expires_at - now,
        mark=grant_mark(grant),
    )


def is_here(request: PageRequest, grant: DeviceGrant) -> bool:
    """Whether the device and the person are on one network."""
    return network_of(grant.address) == request.network


def grant_mark(grant: DeviceGrant) -> str:
    return sha256(grant.grant_id).hexdigest()
